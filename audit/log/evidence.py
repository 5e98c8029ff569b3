"""Evidence for a court: the entries of one matter, each with its proof, in a folder that needs no software of ours."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from audit.log import events
from audit.log.cosigning import policy, publish_witnessed, published
from audit.log.errors import CannotExport
from audit.log.evidence_sheet import Line, Sheet
from audit.log.models import Checkpoint, Entry
from audit.log.pending import transaction
from audit.log.signer import load_signer
from audit.log.statements import write, write_certificates
from audit.log.stored import prove
from audit.log.witnessed import Cosignature, Timestamp
from audit.proof import ProofFile

PROVED = events.declare(
    "log.proved",
    facts=("entries", "size"),
    description="Entries of a matter were written to a folder with their proofs.",
)
Resolver = Callable[[str], list[str]]
_resolvers: list[Resolver] = []


@dataclass(frozen=True)
class Written:
    """What was written: how many entries, and the size of the log that they are proved against."""

    entries: int
    size: int


def resolved_by(resolver: Resolver) -> Resolver:
    """Register how a name that people use (a case's reference) becomes the pseudonyms that the log uses."""
    if resolver not in _resolvers:
        _resolvers.append(resolver)
    return resolver


def objects_of(name: str) -> list[str]:
    """The pseudonyms of a matter: what the floors above make of the name, or the name itself."""
    return [found for resolver in _resolvers for found in resolver(name)] or [name]


def write_evidence(directory: Path, *, name: str, actor: str) -> Written:
    """Write the entries of a matter to a new or empty folder, and leave an entry that this was done.

    Raises CannotExport when there are none or the folder is not empty, and CannotSign.
    """
    from audit.log.actions import append

    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CannotExport(_("%(path)s is not an empty folder.") % {"path": directory})
    objects = objects_of(name)
    if not Entry.objects.filter(object__in=objects).exists():
        raise CannotExport(_("The log has no entry about %(name)s.") % {"name": name})
    publish_witnessed(at_once=True)
    latest = Checkpoint.objects.order_by("-size").first()
    if latest is None:
        raise CannotExport(_("The log has no signed checkpoint yet. Integrate it first."))
    entries = Entry.objects.filter(object__in=objects, index__lt=latest.size).order_by("index")
    note, stamps = published(latest), _stamps()
    lines, used = [], {}
    for entry in entries.iterator(chunk_size=500):
        _write_entry(directory, entry, latest.size, note)
        stamp = next((each for each in stamps if each[0].size > entry.index), None)
        if stamp:
            _write_stamped(directory, entry, *stamp)
            used[stamp[0].size] = stamp[0]
        lines.append(_line(entry, stamp[0] if stamp else None))
    for size, each in used.items():
        write(directory / "timestamps" / f"{size}.tsr", bytes(each.response))
    if used and settings.LOG_TIMESTAMP_CA:
        write_certificates(directory)
    write(directory / "log.vkey", f"{load_signer().verifier}\n".encode())
    write(directory / "policy", policy().encode())
    sheet = _sheet(name, latest, lines)
    write(directory / "README.txt", sheet.as_text().encode())
    # The library that draws it takes as much memory as a whole room; only this command needs it.
    from audit.log.evidence_pdf import write_sheet

    write_sheet(directory / "evidence.pdf", sheet)
    write(directory / "checkpoint", note)
    with transaction():
        append(PROVED, actor=actor, object=objects[0], facts={"entries": len(lines), "size": latest.size})
    return Written(len(lines), latest.size)


def _write_entry(directory: Path, entry: Entry, size: int, note: bytes) -> None:
    write(directory / "entries" / f"{entry.index}.json", bytes(entry.leaf))
    proof = ProofFile(entry.index, tuple(prove(entry.index, size)), note)
    write(directory / "entries" / f"{entry.index}.tlog-proof", proof.encode())


def _write_stamped(directory: Path, entry: Entry, stamp: Timestamp, note: bytes) -> None:
    """A second proof, against the first timestamped checkpoint that covers the entry."""
    proof = ProofFile(entry.index, tuple(prove(entry.index, stamp.size)), note)
    write(directory / "entries" / f"{entry.index}.stamped.tlog-proof", proof.encode())


def _stamps() -> list[tuple[Timestamp, bytes]]:
    """The timestamps, smallest first, each with its checkpoint."""
    found = []
    for stamp in Timestamp.objects.order_by("size"):
        checkpoint = Checkpoint.objects.filter(size=stamp.size).first()
        if checkpoint:
            found.append((stamp, published(checkpoint)))
    return found


def _line(entry: Entry, stamp: Timestamp | None) -> Line:
    content = json.loads(bytes(entry.leaf))
    known = events.registered().get(entry.type)
    return Line(
        index=entry.index,
        time=str(content.get("time", "")),
        type=entry.type,
        description=str(known.description) if known else "",
        actor=entry.actor,
        before=f"{stamp.time:%Y-%m-%d %H:%M} UTC" if stamp else "",
    )


def _sheet(name: str, latest: Checkpoint, lines: list[Line]) -> Sheet:
    cosigned = Cosignature.objects.filter(size=latest.size).order_by("witness").values_list("witness", "time")
    return Sheet(
        matter=name,
        origin=load_signer().name,
        key=str(load_signer().verifier),
        size=latest.size,
        root=bytes(latest.root).hex(),
        witnesses=tuple(f"{witness}, {time:%Y-%m-%d %H:%M:%S} UTC" for witness, time in cosigned),
        lines=tuple(lines),
    )
