"""A cleaned copy beside the untouched original: made while somebody who can open the file asks for it, kept sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any, Final

from django.utils.translation import gettext as _

from audit import clock
from integrity.action import Incomplete, WrongState
from integrity.inspection.codes import Job, Refused, Trouble
from integrity.inspection.kinds import Kind, kind_of
from integrity.inspection.models import CleanedCopy
from integrity.inspection.sandbox import sandbox
from integrity.inspection.words import REMOVED, TROUBLES
from integrity.people.models import User
from integrity.vault.files import FileDamaged, StoredFile, file_details, keep, open_stream
from integrity.vault.keyring import Keyring
from integrity.vault.uploads import PendingFile, SealedUpload

# What read the original: a court may ask. Office files are rewritten by the product's own code.
_READERS: Final = {
    Kind.PICTURE: ("pillow",),
    Kind.PAGES: ("pypdfium2", "pillow"),
    Kind.OOXML: ("pillow",),
    Kind.ODF: ("pillow",),
}
_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "application/pdf": "pdf",
}
_OFFICE_ENDINGS: Final = {
    "document": "docx",
    "sheet": "xlsx",
    "presentation": "pptx",
    "text": "odt",
    "spreadsheet": "ods",
}


@dataclass(frozen=True)
class Prepared:
    """A cleaned copy that is not kept yet: sealed under a key of its own, with the account of how it was made."""

    upload: SealedUpload
    account: dict[str, Any]

    def discard(self) -> None:
        """Nothing of it stays; harmless once it is kept."""
        self.upload.close()


@dataclass(frozen=True)
class OpenedCopy:
    """A cleaned copy with its account, opened."""

    size: int
    sha256: str
    made_on: date
    made_by: str
    removed: list[Any]
    made_with: str


def prepare(stored: StoredFile, keyring: Keyring) -> Prepared:
    """Make a cleaned copy of a file in the sandbox. Raises Incomplete with the sentence why it cannot be made.

    Outside any transaction, because it takes seconds; `keep_copy` keeps it. In flat memory: what leaves the sandbox is
    encrypted piece by piece as an upload is.
    """
    details = file_details(stored, keyring)
    media_type, size = str(details["type"]), int(details["size"])
    try:
        with sandbox(Job.CLEAN, open_stream(stored, keyring), media_type=media_type, size=size) as answer:
            pending = PendingFile(f"cleaned-{stored.pk.hex[:8]}.{_ending(media_type)}")
            try:
                for piece in answer.content:
                    pending.write(piece)
                upload = pending.finish()
            finally:
                pending.close()
    except Refused as refused:
        raise Incomplete(str(TROUBLES[refused.trouble]), object=f"file/{stored.pk}") from refused
    except FileDamaged as damage:
        raise Incomplete(str(TROUBLES[Trouble.UNREADABLE]), object=f"file/{stored.pk}") from damage
    kind = kind_of(media_type)
    account = {
        "original": details["sha256"],
        "copy": upload.sha256,
        "removed": [each.value for each in answer.removed],
        "made_with": [f"{name} {version(name)}" for name in _READERS.get(kind, ())] if kind is not None else [],
    }
    return Prepared(upload=upload, account=account)


def keep_copy(prepared: Prepared, *, original: StoredFile, person: User) -> CleanedCopy:
    """Keep the cleaned copy beside the original, sealed to the same key. Inside an action.

    Raises WrongState when there is one already.
    """
    held = StoredFile.objects.select_for_update(of=("self",)).select_related("owner_key").get(pk=original.pk)
    if CleanedCopy.objects.filter(original=held).exists():
        raise WrongState(_("There is a cleaned copy of this file already."), object=f"file/{original.pk}")
    copy = CleanedCopy(
        original=held,
        copy=keep(prepared.upload, owner_key=held.owner_key),
        made_by=person,
        made_on=clock.today(),
    )
    copy.seal(account=prepared.account)
    copy.save(force_insert=True)
    return copy


def copy_of(stored: StoredFile) -> CleanedCopy | None:
    """The cleaned copy of a file, if one was made."""
    return (
        CleanedCopy.objects.select_related("copy__owner_key", "original__owner_key", "made_by")
        .filter(original=stored)
        .first()
    )


def opened(copy: CleanedCopy, keyring: Keyring) -> OpenedCopy:
    """A cleaned copy as a page shows it. Two private-key operations."""
    account = copy.open(keyring, "account")
    codes = frozenset(account["removed"])
    return OpenedCopy(
        size=int(file_details(copy.copy, keyring)["size"]),
        sha256=account["copy"],
        made_on=copy.made_on,
        made_by=copy.made_by.name,
        removed=[words for code, words in REMOVED.items() if code.value in codes],
        made_with=", ".join(account["made_with"]),
    )


def _ending(media_type: str) -> str:
    return _ENDINGS.get(media_type) or _OFFICE_ENDINGS.get(media_type.rpartition(".")[2], "odp")
