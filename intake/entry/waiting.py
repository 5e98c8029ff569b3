"""An officer's drafts as a list tells them: enough to know one from another, and none of what was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.dateparse import parse_date

from intake.channels.forms import language_name
from intake.entry import drafts
from intake.entry.drafts import Typed
from intake.entry.forms import SIDES
from intake.entry.models import EntryDraft
from intake.portal.asking import PATH
from intake.portal.models import Origin
from integrity.people.models import User
from integrity.vault.keyring import Keyring


@dataclass(frozen=True)
class Waiting:
    """One draft: how and when it was told, from which side, in which language, with how many files."""

    draft: EntryDraft
    origin: str
    received_on: date | None
    side: str
    language: str
    files: int

    @classmethod
    def of(cls, draft: EntryDraft, typed: Typed) -> Waiting:
        """A draft by what stands in it, valid or not."""
        origin, language = typed.text("origin"), typed.text("language")
        sides = {path.value: str(label) for path, label in SIDES.items()}
        try:
            received_on = parse_date(typed.text("received_on"))
        except ValueError:
            received_on = None
        return cls(
            draft=draft,
            origin=str(Origin(origin).label) if origin in Origin.values else "",
            received_on=received_on,
            side=sides.get(typed.text(PATH), ""),
            language=language_name(language) if language else "",
            files=len(typed.files),
        )


def waiting_for(person: User, keyring: Keyring) -> list[Waiting]:
    """Every draft that waits for an officer, newest first."""
    return [Waiting.of(draft, typed) for draft, typed in drafts.opened(person, keyring)]
