"""Writes what was signed to a folder: checkpoints with their cosignatures, timestamps, keys and policy."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from audit.log.cosigning import certificates, policy, published
from audit.log.models import Checkpoint
from audit.log.signer import load_signer
from audit.log.witnessed import Cosignature, Timestamp
from audit.note import Note, VerifierKey, parse_signatures
from audit.timestamps import NoTimestamp


def write_statements(directory: Path, latest: Checkpoint, keys: tuple[VerifierKey, ...] | None = None) -> None:
    """Write every statement up to the latest checkpoint into an export, and that one last.

    So an export that was cut short is seen to be none. `keys` are the log's public keys, the present one first; those
    of its signer when none are given. Raises CannotSign when that is not to be had, or Misconfigured.
    """
    for size, note in earlier(latest.size):
        write(directory / "checkpoints" / str(size), note)
    for stamp in Timestamp.objects.filter(size__lte=latest.size).order_by("size").iterator():
        write(directory / "timestamps" / f"{stamp.size}.tsr", bytes(stamp.response))
    if settings.LOG_TIMESTAMP_CA and (directory / "timestamps").exists():
        write_certificates(directory)
    keys = keys or load_signer().verifiers
    write(directory / "log.vkey", f"{keys[0]}\n".encode())
    write(directory / "policy", policy(keys).encode())
    write(directory / "checkpoint", published(latest))


def write_certificates(directory: Path) -> None:
    """Put the timestamping authority's certificates beside the timestamps, when they can be read."""
    try:
        write(directory / "timestamps" / "ca.pem", certificates())
    except NoTimestamp:
        return


def write(path: Path, data: bytes) -> None:
    """Write one file of an export."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def earlier(size: int) -> Iterator[tuple[int, bytes]]:
    """The checkpoints before this size, each with its cosignatures, read side by side in two queries."""
    lines = Cosignature.objects.filter(size__lt=size).order_by("size", "witness").values_list("size", "line").iterator()
    following = next(lines, None)
    for kept, text in Checkpoint.objects.filter(size__lt=size).order_by("size").values_list("size", "note").iterator():
        note = Note.parse(text.encode())
        while following and following[0] <= kept:
            if following[0] == kept:
                note = note.with_signatures(parse_signatures(following[1]))
            following = next(lines, None)
        yield kept, note.encode()
