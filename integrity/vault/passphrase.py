"""From a passphrase or a receipt to key bytes: Argon2id (RFC 9106).

One derivation takes tens of megabytes and a fraction of a second on purpose. So only a few run at once,
the others queue for a bounded time (`queue.py`), and none runs while a database transaction is open: it would hold
locks that everybody else waits for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from integrity.vault.queue import Queue
from integrity.vault.queue import TooBusy as TooBusy

SALT_LENGTH: Final = 16
# More than one lane deadlocks under threads in this release of `cryptography`.
_LANES: Final = 1
_GREATEST_MEMORY: Final = 1024 * 1024
_source: ContextVar[str] = ContextVar("source", default="")


class InsideTransaction(RuntimeError):
    """A derivation was asked for while a database transaction is open: a bug in the caller."""


@dataclass(frozen=True)
class Cost:
    """What one derivation costs: memory in KiB, and passes over it."""

    memory: int
    iterations: int

    def __post_init__(self) -> None:
        if not (8 <= self.memory <= _GREATEST_MEMORY and 1 <= self.iterations <= 100):
            raise ValueError(f"{self.memory} KiB and {self.iterations} passes are no cost that can be paid.")

    @property
    def is_weak(self) -> bool:
        """Whether this is less than 19 MiB and 2 passes, the least that is advised for what people type."""
        return self.memory < RECEIPT_MEMORY or self.iterations < RECEIPT_ITERATIONS


RECEIPT_MEMORY: Final = 19 * 1024
RECEIPT_ITERATIONS: Final = 2
STAFF: Final = Cost(memory=64 * 1024, iterations=3)
RECEIPT: Final = Cost(memory=RECEIPT_MEMORY, iterations=RECEIPT_ITERATIONS)


def staff_cost() -> Cost:
    """The cost of a passphrase at the desk: `STAFF`, or settings.VAULT_STAFF_COST (KiB, passes)."""
    return _configured("VAULT_STAFF_COST", STAFF)


def receipt_cost() -> Cost:
    """The cost of a receipt (80 random bits): `RECEIPT`, or settings.VAULT_RECEIPT_COST (KiB, passes)."""
    return _configured("VAULT_RECEIPT_COST", RECEIPT)


def derive(passphrase: str, *, salt: bytes, cost: Cost, length: int = 32) -> bytes:
    """`length` bytes from a passphrase and a salt of at least 16 bytes.

    Raises InsideTransaction when a database transaction is open, TooBusy when the queue takes longer than
    settings.VAULT_DERIVATION_WAIT seconds, ImproperlyConfigured for a weak cost outside the tests.
    """
    if len(salt) < SALT_LENGTH:
        raise ValueError(f"A salt has at least {SALT_LENGTH} bytes, this one has {len(salt)}.")
    if cost.is_weak and not getattr(settings, "TESTING", False):
        raise ImproperlyConfigured(
            f"An Argon2id cost of {cost.memory} KiB and {cost.iterations} passes is too weak; "
            f"the least is {RECEIPT_MEMORY} KiB and {RECEIPT_ITERATIONS} passes."
        )
    _refuse_inside_transaction()
    queue = _queue(getattr(settings, "VAULT_DERIVATIONS_AT_ONCE", 2), cost)
    with queue.turn(_source.get(), patience=getattr(settings, "VAULT_DERIVATION_WAIT", 20)):
        return Argon2id(
            salt=salt, length=length, iterations=cost.iterations, lanes=_LANES, memory_cost=cost.memory
        ).derive(_prepared(passphrase))


@contextmanager
def in_the_name_of(source: str) -> Iterator[None]:
    """Inside the block derivations wait in the line of this source, which has few places; "" is everybody else's."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def _prepared(passphrase: str) -> bytes:
    """One spelling for what looks alike on different keyboards (RFC 8265, OpaqueString: spaces, then NFC)."""
    spaced = [" " if unicodedata.category(character) == "Zs" else character for character in passphrase]
    return unicodedata.normalize("NFC", "".join(spaced)).encode("utf-8", "surrogatepass")


def _refuse_inside_transaction() -> None:
    if getattr(settings, "VAULT_ALLOW_DERIVE_IN_TRANSACTION", False):
        return
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        raise InsideTransaction("Derive the key first, then open the transaction.")


def _configured(name: str, default: Cost) -> Cost:
    memory_and_iterations = getattr(settings, name, None)
    return Cost(*memory_and_iterations) if memory_and_iterations else default


@cache
def _queue(at_once: int, cost: Cost) -> Queue:
    """A queue of its own for each cost: many wrong receipts must not keep staff from signing in."""
    return Queue(at_once)
