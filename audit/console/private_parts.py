"""The private part of an entry, for an auditor whose keys open it: compared with what the entry commits to.

This room has no keys. A floor above declares who opens and who erases, as it tells names (`names.py`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Protocol, cast

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.console.proving import content_of
from audit.log.models import Entry
from audit.log.private import Ground, Private, erasure_of
from audit.log.sealing import VERSION, place_of
from audit.private import FIELD, MalformedPart, PrivatePart, WrongPart

LONGEST: Final = 1_000


class Changed(Exception):
    """The ciphertext is not what was sealed for this entry."""


class CannotErase(Exception):
    """The private part is not erased; the message is the sentence that the person reads."""


class Keeper(Protocol):
    """Who has the keys to private parts."""

    def open(self, request: HttpRequest, sealed: bytes, *, commitment: str) -> bytes | None:
        """What was sealed, or None when this person's keys do not open it. Raises Changed."""

    def erase(self, request: HttpRequest, entry: Entry, *, ground: Ground, explanation: str) -> None:
        """Erase the private part of an entry, with an entry that says so. Raises CannotErase."""


_keepers: list[Keeper] = []


def declare(keeper: type[Keeper]) -> type[Keeper]:
    """Register who opens and erases; the last one declared does."""
    _keepers[:] = [keeper()]
    return keeper


class Standing(Enum):
    """What can be said of an entry's private part."""

    MATCHES = "matches"
    CLOSED = "closed"
    CHANGED = "changed"
    ERASED = "erased"
    MISSING = "missing"


@dataclass(frozen=True)
class Shown:
    """The private part of an entry: how it stands, its texts and its salt, and the entry that says it was erased."""

    standing: Standing
    part: PrivatePart | None = None
    erasure: Entry | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is something that could be erased."""
        return self.standing not in {Standing.ERASED, Standing.MISSING}

    @property
    def texts(self) -> Mapping[str, str]:
        """What was written, by the names of the fields."""
        return self.part.part if self.part else {}

    @property
    def ground(self) -> str:
        """Why it was erased, in words."""
        content = content_of(self.erasure) if self.erasure else None
        told = str((content or {}).get("facts", {}).get("ground", ""))
        return str(Ground(told).label) if told in Ground.values else told


def shown(request: HttpRequest, entry: Entry) -> Shown | None:
    """The private part of an entry as far as this person may see it; None when the entry has none.

    At most one private-key operation, beyond those that lead to the auditors' key.
    """
    content = content_of(entry) or {}
    commitment = content.get(FIELD)
    if not isinstance(commitment, str):
        return None
    erasure = erasure_of(commitment)
    row = Private.objects.filter(pk=commitment).first()
    if row is None:
        return Shown(Standing.ERASED if erasure else Standing.MISSING, erasure=erasure)
    sealed = bytes(row.sealed)
    if erasure is not None or _digest_in(content, commitment) != hashlib.sha256(sealed).hexdigest():
        return Shown(Standing.CHANGED, erasure=erasure)
    try:
        plaintext = _keepers[-1].open(request, sealed, commitment=commitment) if _keepers else None
        if plaintext is None:
            return Shown(Standing.CLOSED)
        part = PrivatePart.parse(plaintext)
        part.check(bytes(entry.leaf))
    except (Changed, MalformedPart, WrongPart):
        return Shown(Standing.CHANGED)
    return Shown(Standing.MATCHES, part)


def erase(request: HttpRequest, entry: Entry, *, ground: Ground, explanation: str) -> None:
    """Erase the private part of an entry. Raises CannotErase."""
    if not _keepers:
        raise CannotErase(_("Nobody here has keys to private parts."))
    _keepers[-1].erase(request, entry, ground=ground, explanation=explanation)


def _digest_in(content: Mapping[str, Any], commitment: str) -> object:
    facts = content.get("facts")
    sealed = facts.get("sealed") if isinstance(facts, dict) else None
    return sealed.get(f"{place_of(commitment)}/{VERSION}") if isinstance(sealed, dict) else None


class EraseForm(forms.Form):
    """Why the private part is erased."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        widget=forms.RadioSelect,
        choices=[(ground.value, ground.label) for ground in Ground if ground is not Ground.RETENTION],
    )
    explanation = forms.CharField(
        label=_("Explanation"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It is kept as the private part of the entry about the erasure, for auditors alone."),
    )

    @property
    def given(self) -> tuple[Ground, str]:
        """The ground, and the explanation."""
        return Ground(self.cleaned_data["ground"]), cast(str, self.cleaned_data["explanation"])
