"""Entries are gathered here until the end of the outermost audit transaction, so that what orders them is held late."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from asgiref.local import Local
from django.db import connection
from django.db import transaction as database

from audit.log import private
from audit.log.errors import OutsideTransaction, Unrecorded
from audit.log.leaf import Leaf
from audit.log.numbering import write


@dataclass
class Frame:
    """What one level of nesting has gathered, and how deep in the database's own nesting it is."""

    depth: int
    leaves: list[Leaf] = field(default_factory=list)
    sealed: dict[str, str] = field(default_factory=dict)
    afterwards: list[Leaf] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)


# Local, not a context variable, because Django keeps database connections in the same way.
_local = Local(thread_critical=True)


def frames() -> list[Frame]:
    """The open audit transactions of this thread, the outermost first."""
    if not hasattr(_local, "frames"):
        _local.frames = []
    opened: list[Frame] = _local.frames
    return opened


def current() -> Frame:
    """The innermost open audit transaction. Raises OutsideTransaction."""
    opened = frames()
    if not opened:
        raise OutsideTransaction("nothing can be logged outside audit.log.actions.transaction()")
    return opened[-1]


@contextmanager
def transaction() -> Iterator[None]:
    """A database transaction whose entries are written at its end; see `audit.log.actions.transaction`."""
    opened = frames()
    frame = Frame(depth=0)
    try:
        with database.atomic():
            frame.depth = len(connection.savepoint_ids)
            opened.append(frame)
            try:
                yield
            finally:
                opened.pop()
            if opened:
                opened[-1].leaves += frame.leaves
                opened[-1].sealed |= frame.sealed
                opened[-1].erased += frame.erased
            else:
                if frame.sealed:
                    raise Unrecorded(f"no entry names the ciphertext written at {min(frame.sealed)}")
                _write(frame.leaves)
                private.remove(frame.erased)
    finally:
        if opened:
            opened[-1].afterwards += frame.afterwards
        elif frame.afterwards:
            with database.atomic():
                _write(frame.afterwards)


def _write(leaves: list[Leaf]) -> None:
    write(leaves)
    private.keep(leaves)
