"""A file as pages of the desk list it: what it is, what speaks against opening it, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from integrity.inspection.kinds import can_be_cleaned, can_be_shown
from integrity.inspection.words import type_in_words
from integrity.vault.content import ACTIVE, PROGRAMS, named_otherwise
from integrity.vault.files import StoredFile, file_details
from integrity.vault.keyring import Keyring
from integrity.vault.scanning import Scan, Unscanned, Verdict


@dataclass(frozen=True)
class FileAddresses:
    """Where a file can be fetched, looked at, cleaned, and its cleaned copy fetched."""

    fetch: str
    look: str
    clean: str = ""
    copy: str = ""


@dataclass(frozen=True)
class ShownFile:
    """A file as a page shows it; `size` in bytes, `warnings` in sentences, the gravest first."""

    name: str
    size: int
    sha256: str
    ciphertext_sha256: str
    type: str
    type_words: Any
    scan: Scan | None
    scan_words: Any
    warnings: list[str]
    addresses: FileAddresses
    can_be_cleaned: bool
    can_be_shown: bool

    @property
    def is_infected(self) -> bool:
        """Whether the scanner found malware in it."""
        return self.scan is not None and self.scan.verdict == Verdict.INFECTED

    @property
    def is_program(self) -> bool:
        """Whether it is something that a machine runs."""
        return self.type in PROGRAMS


def shown(stored: StoredFile, keyring: Keyring, addresses: FileAddresses) -> ShownFile:
    """A file with its details. One private-key operation."""
    details = file_details(stored, keyring)
    name, media_type = str(details["name"]), str(details["type"])
    scan = Scan.of(details.get("scan"))
    return ShownFile(
        name=name,
        size=int(details["size"]),
        sha256=str(details["sha256"]),
        ciphertext_sha256=stored.ciphertext_sha256,
        type=media_type,
        type_words=type_in_words(media_type),
        scan=scan,
        scan_words=_in_words(scan),
        warnings=list(_warnings(name, media_type, scan)),
        addresses=addresses,
        can_be_cleaned=can_be_cleaned(media_type),
        can_be_shown=can_be_shown(media_type),
    )


def is_infected(stored: StoredFile, keyring: Keyring) -> bool:
    """Whether the scanner found malware in a file when it arrived. One private-key operation."""
    scan = Scan.of(file_details(stored, keyring).get("scan"))
    return scan is not None and scan.verdict == Verdict.INFECTED


def _warnings(name: str, media_type: str, scan: Scan | None) -> Any:
    if scan is not None and scan.verdict == Verdict.INFECTED:
        yield _("The scanner found malware in it: %(name)s.") % {"name": scan.name}
    ending = named_otherwise(name, media_type)
    words = type_in_words(media_type)
    if ending:
        yield _("Its name says .%(ending)s; its content is something else: %(type)s.") % {
            "ending": ending,
            "type": words,
        }
    if media_type in PROGRAMS:
        yield _("It is a program: opening it would run it.")
    elif media_type in ACTIVE:
        yield _("Files of this type can hold scripts or macros.")


def _in_words(scan: Scan | None) -> Any:
    if scan is None:
        return _("It was never shown to a scanner.")
    if scan.verdict == Verdict.NOT_SCANNED:
        return Unscanned(scan.reason).label if scan.reason in Unscanned.values else scan.verdict.label
    if scan.verdict == Verdict.INFECTED:
        return f"{scan.verdict.label}: {scan.name}"
    return _("The scanner found nothing when it arrived; that proves nothing.")
