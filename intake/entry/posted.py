"""What one page of the entry form sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from intake.channels.concerns import CONCERNS
from intake.entry.drafts import Typed
from intake.entry.forms import HOW, RECEIPT, asking_for
from intake.portal.asking import CHANNEL, PATH, Asking, Data
from intake.portal.receipt import PageSecret
from integrity.vault.forms import SealedFilesWidget, SubmittedFiles

LATER: Final = "later"
_CONTROLS: Final = frozenset({"csrfmiddlewaretoken", "page", "draft", "seen", "ticket", "asked", "go"})
# How and by whom it was told is chosen again in a moment; it is not worth a draft by itself.
_WAY: Final = frozenset({*HOW, PATH, CONCERNS.name, CHANNEL, RECEIPT})


@dataclass(frozen=True)
class Posted:
    """One page as it was sent: the draft it came from with the version it showed, its receipt's secret, what it holds.

    The secret of the page is in no draft: it is worth the receipt.
    """

    page: PageSecret
    draft: UUID
    seen: int
    ticket: str
    later: bool
    shown: frozenset[str]
    data: Data = field(repr=False)
    asking: Asking = field(repr=False)
    files: SubmittedFiles = field(repr=False)

    @classmethod
    def new(cls) -> Posted:
        """An empty page."""
        return cls.of(Typed(), draft=uuid4(), seen=0)

    @classmethod
    def of(cls, typed: Typed, *, draft: UUID, seen: int) -> Posted:
        """The page that shows what stands in a draft. Each has a receipt of its own, until one of them is sent."""
        data = typed.data
        asking = asking_for(data)
        if asking.files_name:
            data.setlist(f"{asking.files_name}-kept", [upload.token for upload in typed.uploads])
        return cls(PageSecret.new(), draft, seen, "", False, frozenset(), data, asking, SubmittedFiles())

    @classmethod
    def by(cls, request: HttpRequest) -> Posted:
        """Read a request. What is missing or broken of its marks counts as a page that came from no draft."""
        post = request.POST
        data: Data = MultiValueDict({key: post.getlist(key) for key in post if key not in _CONTROLS})
        asking = asking_for(data)
        name = asking.files_name
        files = SealedFilesWidget().value_from_datadict(post, request.FILES, name) if name else SubmittedFiles()
        seen = post.get("seen", "")
        return cls(
            page=PageSecret.parse(post.get("page", "")) or PageSecret.new(),
            draft=_uuid(post.get("draft", "")) or uuid4(),
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0,
            ticket=post.get("ticket", ""),
            later=post.get("go") == LATER,
            shown=frozenset(post.getlist("asked")),
            data=data,
            asking=asking,
            files=files,
        )

    @property
    def typed(self) -> Typed:
        """What is kept of it: every value, and the files that were not taken out."""
        about_files = {f"{self.asking.files_name}{ending}" for ending in ("-kept", "-remove")}
        values = {
            name: [str(value) for value in values]
            for name, values in self.data.lists()
            if name not in about_files and any(values)
        }
        return Typed(values, tuple(upload.token for upload in self.files.uploads))

    @property
    def holds_something(self) -> bool:
        """Whether more was typed than how it was told."""
        typed = self.typed
        return bool(typed.files or set(typed.values) - _WAY)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
