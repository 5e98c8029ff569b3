"""Batches with files for tests: lists, ZIP files that are as they should be, and those that are not."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from intake.entry.archives import opened
from intake.entry.reading import BatchPlan, plan
from intake.portal.models import Report
from integrity.vault.files import file_details, open_stream
from integrity.vault.keyring import Keyring

ROW: dict[str, Any] = {
    "reference": "CANARY-REF-1",
    "received_on": "2025-03-01",
    "path": "staff",
    "concerns": "others",
    "what": "CANARY-WHAT; at gate 3",
}


def listed(*files: Sequence[str]) -> bytes:
    """A list in JSON: a report for each sequence of files that it names."""
    return json.dumps(
        [{**ROW, "reference": f"R-{number}", "files": list(names)} for number, names in enumerate(files, start=1)]
    ).encode()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file with these files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def renamed(archive: bytes, before: bytes, after: bytes, *, flags: int | None = None) -> bytes:
    """A ZIP file in which a name has other bytes of the same length, and its entries these flags."""
    assert len(before) == len(after)
    assert archive.count(before) == 2
    return patched(archive.replace(before, after), flags=flags)


def patched(archive: bytes, *, size: int | None = None, flags: int | None = None) -> bytes:
    """A ZIP file whose table of contents tells another size, or other flags, of every file."""
    found = bytearray(archive)
    at = found.find(b"PK\x01\x02")
    while at >= 0:
        if flags is not None:
            found[at + 8 : at + 10] = struct.pack("<H", flags)
        if size is not None:
            found[at + 24 : at + 28] = struct.pack("<L", size)
        at = found.find(b"PK\x01\x02", at + 4)
    if flags is not None:
        at = found.find(b"PK\x03\x04")
        while at >= 0:
            found[at + 6 : at + 8] = struct.pack("<H", flags)
            at = found.find(b"PK\x03\x04", at + 4)
    return bytes(found)


def planned(content: bytes, *sources: Path, to_the_end: bool = True) -> BatchPlan:
    """What a list would make with the files that lie there."""
    with opened(sources) as beside:
        return plan(content, source="old", beside=beside, to_the_end=to_the_end)


def faults(content: bytes, *sources: Path) -> list[tuple[int, str]]:
    """What is wrong with the files of a list, by line."""
    found = planned(content, *sources).faults
    assert {fault.column for fault in found} <= {"files"}
    return [(fault.line, fault.sentence) for fault in found]


def lying(folder: Path, archive: bytes, name: str = "files.zip") -> Path:
    """A ZIP file on disk."""
    path = folder / name
    path.write_bytes(archive)
    return path


def kept_with(report: Report, keys: Keyring) -> list[tuple[dict[str, Any], bytes]]:
    """The files of a report, as one of its recipients opens them."""
    keys.find([report.key])
    return [
        (file_details(each.file, keys), b"".join(open_stream(each.file, keys))) for each in report.attachments.all()
    ]
