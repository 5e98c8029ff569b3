"""A report while it is being written: kept after each page, closed to everybody but the page it was written in.

The row's key and its place are derived from the secret of the page, which is nowhere else; the table opens nothing.
Who wants to go on later asks for the receipt already: its lookup finds the draft, and what it gives opens the secret.

A draft belongs to the person alone. Nobody at the institution can read it, nothing follows from it, and most are gone
within the hour; so what is kept here leaves no entry in the log (docs/decisions/0017).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.utils.datastructures import MultiValueDict

from audit import clock
from intake.portal import spent
from intake.portal.models import Draft
from intake.portal.receipt import PageSecret, ReporterSecret
from intake.portal.spent import Use
from integrity.vault import storage
from integrity.vault.seal import CannotOpen, Place
from integrity.vault.storage import FileGone
from integrity.vault.uploads import SealedUpload
from integrity.vault.wrap import unwrap, wrap

_HALF: Final = 32
# Content is filled up to a multiple of so many bytes: its length shall not tell how much was written on which page.
_STEP: Final = 4096
# Seven answers of the greatest length in a script of which each letter takes six bytes here; nobody writes as much.
MOST: Final = 2 * 1024 * 1024

Part = Mapping[str, list[str]]


@dataclass(frozen=True)
class Writing:
    """What somebody wrote so far, as their browser sent it, so that nothing is lost that a form would refuse.

    `parts` has the values of each question by the name of the question; `files` are the tokens of files that arrived;
    `at` is the question where they are, `done` those they went through. `replaced` are texts that another window, or
    an earlier page, had put where something else was sent later.
    """

    parts: Mapping[str, Part] = field(default_factory=dict, repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)
    at: str = ""
    done: tuple[str, ...] = ()
    reviewed: bool = False
    replaced: Mapping[str, Part] = field(default_factory=dict, repr=False)

    @property
    def data(self) -> MultiValueDict[str, str]:
        """All values, as a form takes them."""
        return MultiValueDict({key: list(values) for part in self.parts.values() for key, values in part.items()})

    def mark(self, page: PageSecret, name: str) -> str:
        """A short sign of what stands under a question, by which a page shows from what it started."""
        return page.nonce("part", name, json.dumps(self.parts.get(name, {}), sort_keys=True)).hex()[:16]

    def went_through(self, *names: str) -> Writing:
        """The same, with these questions among those that were gone through."""
        return replace(self, done=(*self.done, *(name for name in names if name not in self.done)))

    def without_lost_files(self) -> Writing:
        """The same without the files that are gone, once that was said."""
        return replace(self, files=tuple(each.token for each in self.uploads))

    @property
    def uploads(self) -> list[SealedUpload]:
        """The files that are still waiting."""
        return list(waiting(self.files))


@dataclass(frozen=True)
class Begun:
    """A draft as it was found: what stands in it, until when it is kept, and whether a receipt was asked for."""

    writing: Writing
    ends_on: date
    numbered: bool


def identifier(page: PageSecret) -> bytes:
    """Under which key the draft of a page is in the table."""
    return _halves(page)[0]


def find(page: PageSecret) -> Begun | None:
    """The draft of a page, or None when there is none, or its time is over."""
    row = Draft.objects.filter(pk=identifier(page), ends_on__gte=clock.today()).first()
    try:
        return None if row is None else Begun(_read(row, page), row.ends_on, row.lookup is not None)
    except CannotOpen:
        return None


def keep(page: PageSecret, change: Callable[[Writing], Writing]) -> Begun:
    """Change what is kept, or begin with it; its time starts anew, and that of its files. Two windows both count.

    Raises RequestDataTooBig, and leaves what was kept as it was, for more than a draft may hold.
    """
    try:
        begun = _change(page, change)
    except IntegrityError:
        # Two windows began the same draft at once, and the other one was first.
        begun = _change(page, change)
    for upload in begun.writing.uploads:
        storage.hold_pending(upload.identifier, days=settings.DRAFT_DAYS)
    return begun


def give_number(page: PageSecret) -> None:
    """Let the page's receipt open the draft. One Argon2id call. Raises TooBusy."""
    secret = ReporterSecret.of(page.receipt)
    key, _secret = _halves(page)
    wrapped = wrap(page.raw, secret=_page_key(secret), place=_place(key, "page"))
    Draft.objects.filter(pk=key).update(lookup=secret.lookup, page=wrapped)


def find_by_receipt(secret: ReporterSecret) -> PageSecret | None:
    """The secret of the page whose draft a receipt opens, or None. One query, by an index."""
    row = Draft.objects.filter(lookup=secret.lookup, ends_on__gte=clock.today()).first()
    if row is None or row.page is None:
        return None
    try:
        raw = unwrap(bytes(row.page), secret=_page_key(secret), place=_place(bytes(row.pk), "page"))
        page = PageSecret(raw)
        _read(row, page)
    except (CannotOpen, ValueError):
        return None
    return page


def remove(page: PageSecret) -> None:
    """Remove a draft and its files at once."""
    begun = find(page)
    Draft.objects.filter(pk=identifier(page)).delete()
    for upload in begun.writing.uploads if begun else ():
        upload.discard()


def throw_away(page: PageSecret) -> None:
    """Remove a draft as its person wants it: what its pages send again, when somebody goes back, begins no other."""
    if Draft.objects.filter(pk=identifier(page)).exists():
        with suppress(IntegrityError), transaction.atomic():
            spent.spend(page, Use.THROWN_AWAY, days=settings.DRAFT_DAYS)
    remove(page)


def was_thrown_away(page: PageSecret) -> bool:
    """Whether a page's draft was thrown away. One query, by the key."""
    return spent.is_spent(page, Use.THROWN_AWAY)


def sweep() -> int:
    """Remove the drafts whose time is over; their files go with the sweep of files. Returns how many."""
    return Draft.objects.filter(ends_on__lt=clock.today()).delete()[0]


def waiting(tokens: Iterable[str]) -> Iterator[SealedUpload]:
    """The files of these tokens that are still waiting."""
    for token in tokens:
        try:
            yield SealedUpload.from_token(token)
        except FileGone:
            continue


def _change(page: PageSecret, change: Callable[[Writing], Writing]) -> Begun:
    key, secret = _halves(page)
    ends_on = clock.today() + timedelta(days=settings.DRAFT_DAYS)
    with transaction.atomic():
        row = Draft.objects.select_for_update().filter(pk=key).first()
        writing = change(_read(row, page) if row and row.ends_on >= clock.today() else Writing())
        encoded = _encoded(writing)
        if len(encoded) > MOST:
            raise RequestDataTooBig("More than one draft may hold.")
        wrapped = wrap(_padded(encoded), secret=secret, place=_place(key, "wrapped"))
        if row is None:
            Draft.objects.create(id=key, wrapped=wrapped, ends_on=ends_on)
        else:
            Draft.objects.filter(pk=key).update(wrapped=wrapped, ends_on=ends_on)
    return Begun(writing, ends_on, row is not None and row.lookup is not None)


def _read(row: Draft, page: PageSecret) -> Writing:
    key, secret = _halves(page)
    plain: dict[str, Any] = json.loads(unwrap(bytes(row.wrapped), secret=secret, place=_place(key, "wrapped")))
    return Writing(
        parts=plain["parts"],
        files=tuple(plain["files"]),
        at=plain["at"],
        done=tuple(plain["done"]),
        reviewed=plain["reviewed"],
        replaced=plain["replaced"],
    )


def _encoded(writing: Writing) -> bytes:
    content = {
        "parts": writing.parts,
        "files": writing.files,
        "at": writing.at,
        "done": writing.done,
        "reviewed": writing.reviewed,
        "replaced": writing.replaced,
    }
    return json.dumps(content).encode("ascii")


def _padded(plain: bytes) -> bytes:
    return plain + b" " * (-len(plain) % _STEP)


def _halves(page: PageSecret) -> tuple[bytes, bytes]:
    both = HKDF(hashes.SHA256(), 2 * _HALF, salt=None, info=b"integrity draft v1").derive(page.raw)
    return both[:_HALF], both[_HALF:]


def _page_key(secret: ReporterSecret) -> bytes:
    return HKDF(hashes.SHA256(), _HALF, salt=None, info=b"integrity draft page v1").derive(secret.private.seed)


def _place(key: bytes, column: str) -> Place:
    return Place(Draft._meta.db_table, column, key.hex())
