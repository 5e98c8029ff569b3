"""The form field for several files, which loses none of them when something else in the form is wrong.

Files that arrived are listed when the page comes back, each with a hidden token that finds it again and a
checkbox to take it out. The token holds the file's key: it goes into the page and back, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.datastructures import MultiValueDict
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrity.vault import limits
from integrity.vault.storage import FileGone
from integrity.vault.uploads import RefusedUpload, SealedUpload, UploadRefusal


@dataclass(frozen=True)
class SubmittedFiles:
    """What one submission of the form says about its files."""

    uploads: tuple[SealedUpload, ...] = ()
    refused: tuple[RefusedUpload, ...] = ()
    removed: tuple[SealedUpload, ...] = ()
    gone: int = 0

    def __bool__(self) -> bool:
        return bool(self.uploads or self.refused or self.gone)


class SealedFilesWidget(forms.FileInput):
    """A file input for several files, after the list of those that arrived already."""

    template_name = "vault/sealed_files.html"
    allow_multiple_selected = True
    input_type = "file"

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, UploadedFile], name: str
    ) -> SubmittedFiles:
        """New files, files of earlier submissions by their tokens, and which of those are taken out."""
        arrived = _values(files, name)
        removals = set(_values(data, f"{name}-remove"))
        earlier: dict[UUID, SealedUpload] = {}
        gone = 0
        for token in _values(data, f"{name}-kept"):
            try:
                upload = SealedUpload.from_token(token)
            except FileGone:
                gone += 1
            else:
                earlier[upload.identifier] = upload
        return SubmittedFiles(
            uploads=(
                *(upload for identifier, upload in earlier.items() if str(identifier) not in removals),
                *(upload for upload in arrived if isinstance(upload, SealedUpload)),
            ),
            refused=tuple(upload for upload in arrived if isinstance(upload, RefusedUpload)),
            removed=tuple(upload for identifier, upload in earlier.items() if str(identifier) in removals),
            gone=gone,
        )

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: MultiValueDict[str, UploadedFile], name: str
    ) -> bool:
        """Whether the submission says nothing about the files."""
        return name not in files and f"{name}-kept" not in data

    def format_value(self, value: Any) -> None:
        """A file input shows no value."""

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Beside Django's context: `kept`, the list of files that arrived."""
        context = super().get_context(name, None, dict(attrs or {}))
        kept = list(value.uploads) if isinstance(value, SubmittedFiles) else []
        context["kept"] = kept
        if kept:
            attributes = context["widget"]["attrs"]
            attributes.pop("required", None)
            described_by = f"{attributes.get('aria-describedby', '')} {attributes.get('id', name)}_more"
            attributes["aria-describedby"] = described_by.strip()
        return context


class SealedFilesField(forms.Field):
    """Several files; the cleaned value is a list of SealedUpload, to be given to `files.keep` one by one."""

    widget = SealedFilesWidget
    default_error_messages = {
        "gone": gettext_lazy(
            "A file that you chose earlier is no longer here, because too much time has passed or it was "
            "already sent. Please choose it again if it is still needed."
        ),
    }

    def __init__(self, *, help_text: Any = None, **options: Any) -> None:
        super().__init__(help_text=_LIMITS if help_text is None else help_text, **options)

    def clean(self, value: Any) -> list[SealedUpload]:
        """The files to keep. Every file that was not taken is named with the reason; the others stay."""
        submitted = value if isinstance(value, SubmittedFiles) else SubmittedFiles()
        for upload in submitted.removed:
            upload.discard()
        errors = [ValidationError(refusal_sentence(upload), code="refused") for upload in submitted.refused]
        if submitted.gone:
            errors.append(ValidationError(self.error_messages["gone"], code="gone"))
        most = limits.files_per_request()
        if len(submitted.uploads) > most:
            errors.append(ValidationError(_too_many_sentence(len(submitted.uploads), most), code="too_many"))
        if errors:
            raise ValidationError(errors)
        if self.required and not submitted.uploads:
            raise ValidationError(self.error_messages["required"], code="required")
        return list(submitted.uploads)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether any file was sent."""
        return bool(data)


def refusal_sentence(upload: RefusedUpload) -> str:
    """Which file was not taken, and why."""
    match upload.refusal:
        case UploadRefusal.TOO_LARGE:
            return _("“%(name)s” was not taken: it is larger than %(limit)s.") % {
                "name": upload.name,
                "limit": filesizeformat(limits.bytes_per_file()),
            }
        case UploadRefusal.TOO_MANY:
            most = limits.files_per_request()
            return ngettext(
                "“%(name)s” was not taken: only %(most)d file can be sent at once.",
                "“%(name)s” was not taken: only %(most)d files can be sent at once.",
                most,
            ) % {"name": upload.name, "most": most}
        case UploadRefusal.EMPTY:
            return _("“%(name)s” was not taken: it is empty.") % {"name": upload.name}
        case UploadRefusal.NO_ROOM:
            return _("“%(name)s” was not taken: there is no room for it at the moment. Try again later.") % {
                "name": upload.name
            }
        case UploadRefusal.ENOUGH_TODAY:
            return _(
                "“%(name)s” was not taken: very much has been sent today from the same part of the network. "
                "You can send what you wrote now, and add files later."
            ) % {"name": upload.name}


def _too_many_sentence(count: int, most: int) -> str:
    return ngettext(
        "You chose %(count)d files; only %(most)d can be sent at once. Take some out.",
        "You chose %(count)d files; only %(most)d can be sent at once. Take some out.",
        count,
    ) % {"count": count, "most": most}


def _limits_sentence() -> str:
    most = limits.files_per_request()
    return ngettext(
        "You can choose %(most)d file of up to %(limit)s.",
        "You can choose up to %(most)d files, each of up to %(limit)s.",
        most,
    ) % {"most": most, "limit": filesizeformat(limits.bytes_per_file())}


_LIMITS = lazy(_limits_sentence, str)()


def _values(source: Any, name: str) -> Sequence[Any]:
    """All values of a name, whether the source keeps several (a request) or one (a plain dict in code)."""
    if hasattr(source, "getlist"):
        return source.getlist(name)
    value = source.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
