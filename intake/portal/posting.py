"""What one page of the report form sent, and how it goes into what was written before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from intake.channels.concerns import CONCERNS
from intake.portal.asking import CHANNEL, PATH, Asking, Data, belonging
from intake.portal.drafts import Part, Writing, waiting
from intake.portal.forms import ReportForm
from intake.portal.receipt import PageSecret
from integrity.vault.uploads import RefusedUpload, SealedUpload

# Of these, which decide the way, an earlier choice is not worth keeping beside a later one.
WAY: Final = frozenset({PATH, CONCERNS.name, CHANNEL})
_CONTROLS: Final = frozenset({"page", "at", "go"})


@dataclass(frozen=True)
class Posted:
    """One page as it was sent. `names` are the questions it asked, `marks` say from what each of them started.

    `declared` is whether the page itself said what it asked; a client may leave that out, and then it asked everything.
    """

    page: PageSecret
    go: str
    names: tuple[str, ...]
    declared: bool
    marks: Mapping[str, str] = field(repr=False)
    parts: Mapping[str, Part] = field(repr=False)
    kept: tuple[SealedUpload, ...] = field(repr=False)
    gone: int
    removed: frozenset[str]
    arrived: tuple[SealedUpload, ...] = field(repr=False)
    refused: tuple[RefusedUpload, ...] = field(repr=False)

    @classmethod
    def by(cls, request: HttpRequest) -> Posted:
        """Read a request. A page whose secret is missing or broken counts as a new one."""
        data: Data = MultiValueDict({key: request.POST.getlist(key) for key in request.POST if key not in _CONTROLS})
        at = [each.partition(".") for each in request.POST.getlist("at")]
        names = tuple(name for name, _dot, _mark in at if name) if at else tuple(Asking.after(data).steps)
        tokens = [token for name in names for token in data.getlist(f"{name}-kept")]
        kept = tuple(waiting(dict.fromkeys(tokens)))
        uploads: list[UploadedFile[Any]] = [each for name in names for each in request.FILES.getlist(name)]
        return cls(
            page=PageSecret.parse(request.POST.get("page", "")) or PageSecret.new(),
            go=request.POST.get("go", ""),
            names=names,
            declared=bool(at and names),
            marks={name: mark for name, _dot, mark in at if mark},
            parts=belonging(_without_files(data, names), names),
            kept=kept,
            gone=len(set(tokens)) - len(kept),
            removed=frozenset(each for name in names for each in data.getlist(f"{name}-remove")),
            arrived=tuple(each for each in uploads if isinstance(each, SealedUpload)),
            refused=tuple(each for each in uploads if isinstance(each, RefusedUpload)),
        )

    @property
    def had_draft(self) -> bool:
        """Whether something was kept already when the page was made."""
        return bool(self.marks)

    def onto(self, writing: Writing) -> Writing:
        """What was written before, with what this page says. What another window put in the same place is set aside."""
        replaced = {
            name: writing.parts[name]
            for name in self.names
            if name not in WAY
            and writing.parts.get(name, self.parts[name]) != self.parts[name]
            and self.marks.get(name) != writing.mark(self.page, name)
        }
        parts = {**writing.parts, **self.parts}
        return replace(
            writing,
            parts={name: part for name, part in parts.items() if part},
            files=self._files(writing),
            replaced={**writing.replaced, **replaced},
        )

    def _files(self, writing: Writing) -> tuple[str, ...]:
        """The files of both. The same file again, as when a page is sent twice, counts once. Lost ones stay."""
        waiting_still = list(waiting(writing.files))
        lost = set(writing.files) - {each.token for each in waiting_still}
        found: dict[tuple[str, str], SealedUpload] = {}
        for upload in (*waiting_still, *self.kept, *self.arrived):
            earlier = found.setdefault((upload.details.name, upload.sha256), upload)
            if str(upload.identifier) in self.removed or earlier.identifier != upload.identifier:
                upload.discard()
        left = [each.token for each in found.values() if str(each.identifier) not in self.removed]
        return (*left, *(token for token in writing.files if token in lost))


def form_of(writing: Writing, asking: Asking, *, sent: Posted | None = None, **options: Any) -> ReportForm:
    """The form with what was written; what was wrong with the files of the page that was just sent is told in it."""
    data = writing.data
    files: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict()
    name = asking.files_name
    if name:
        lost = [""] * (sent.gone if sent else 0)
        data.setlist(f"{name}-kept", [*writing.files, *lost])
        files.setlist(name, list(sent.refused) if sent else [])
    return ReportForm(data, files, asking=asking, **options)


def _without_files(data: Data, names: Iterable[str]) -> Data:
    about_files = {f"{name}{ending}" for name in names for ending in ("-kept", "-remove")}
    return MultiValueDict({key: values for key, values in data.lists() if key not in about_files})
