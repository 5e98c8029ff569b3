"""An import with files in a process of its own, which can be killed: `python -m tests.intake.import_process`.

It works on a real SQLite database in DATA_DIR, in the environment of `tests.integrity.vault_process`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.integrity.vault_process import ROOT, _peak, die, environment, say

CANARY = b"import-canary-"
NAMES = tuple(f"{number}.bin" for number in range(6))
# Where an import in parts of two reports is killed, and how many of the three are there then.
STEPS = {
    "files arrived": 0,
    "reports are there": 0,
    "commit": 0,
    "committed": 2,
    "a file of the next part arrives": 2,
    "the next part": 2,
}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb in a process of its own, to its end or its death."""
    return subprocess.run(
        [sys.executable, "-m", "tests.intake.import_process", *words],
        cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=False,
    )  # fmt: skip


def outcome(folder: Path, *words: str) -> dict[str, Any]:
    """What a verb that lives to its end prints."""
    ended = run(folder, *words)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def content_of(name: str) -> bytes:
    """What the file of that name holds."""
    return CANARY + name.encode() * 20_000


def prepare() -> None:
    """A small institution, the key of somebody who receives its reports, and three reports with two files each."""
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0, skip_checks=True)
    from tests.intake.importing import listed, zipped
    from tests.world import make_world

    held = make_world().keyrings["triage"]
    owner = {"holder": str(held.key.pk), "seed": held.own.seed.hex()}
    (_data() / "owner.json").write_text(json.dumps(owner))
    (_data() / "list.json").write_bytes(listed(*_pairs()))
    # Deflated, so that what is searched for on the disk is not in the ZIP file itself.
    (_data() / "files.zip").write_bytes(zipped({f"export/{name}": content_of(name) for name in NAMES}))
    say(prepared=True)


def batch(death: str = "") -> None:
    """Import the batch in parts of two reports, and die at a step on the way."""
    from intake.entry import importing

    importing.REPORTS_AT_ONCE = 2  # type: ignore[misc]
    _die_at(death)
    _import()
    say(imported=True)


def examine() -> None:
    """What is there after a death; then the same batch is imported once more; then all is swept."""
    from integrity.vault.uploads import sweep_uploads

    found = _look()
    _import()
    afterwards = _look()
    # As if two days had passed.
    sweep_uploads(timedelta(days=-2))
    say(found=found, afterwards=afterwards, swept=_look())


def flow(megabytes: str) -> None:
    """A batch with one large file; prints by how much the process grew over it, and its peak, in kilobytes."""
    from integrity.vault.pending import open_upload
    from integrity.vault.uploads import CHUNK, PendingFile
    from tests.intake.importing import listed

    archive = _data() / "large.zip"
    _write_large(archive, megabytes=int(megabytes))
    _import()
    before, pending = _peak(), PendingFile("large.zip")
    with archive.open("rb") as file:
        while piece := file.read(CHUNK):
            pending.write(piece)
    upload = pending.finish()
    archive.unlink()
    with open_upload(upload) as waiting:
        waiting.seek(0)
    _import(listed(["large.bin"]).replace(b"R-", b"L-"), upload)
    grown = _peak() - before
    say(grown=grown, peak=_peak(), size=max(size for report in _look()["reports"] for size in report["sizes"]))


def _write_large(archive: Path, *, megabytes: int) -> None:
    import zipfile

    piece = os.urandom(1024 * 1024)
    with (
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written,
        written.open("large.bin", "w") as into,
    ):
        for _number in range(megabytes):
            into.write(piece)


def _import(content: bytes = b"", source: Any = None) -> None:
    from intake.entry.archives import opened
    from intake.entry.importing import import_reports
    from intake.entry.reading import plan
    from integrity.action import Actor

    content = content or (_data() / "list.json").read_bytes()
    with opened([source or _data() / "files.zip"]) as beside:
        assert plan(content, source="old", beside=beside, to_the_end=True).faults == []
        import_reports(actor=Actor.system(), content=content, source="old", digest="0" * 64, beside=beside)


def _look() -> dict[str, Any]:
    """Each report with its files, and whether those are whole; what lies on the disk; and files with plaintext."""
    from intake.portal.models import Report
    from integrity.vault import storage

    plain = [
        str(path)
        for path in _data().rglob("*")
        if path.is_file() and path.suffix != ".zip" and CANARY in path.read_bytes()
    ]
    return {
        "reports": [_report(report) for report in Report.objects.order_by("pk")],
        "pending": len(list(storage.pending_folder().iterdir())),
        "kept": len(list(storage.kept_folder().iterdir())),
        "plain": plain,
    }


def _report(report: Any) -> dict[str, Any]:
    from integrity.vault.files import file_details, open_stream
    from integrity.vault.keyring import Keyring
    from integrity.vault.models import Key
    from integrity.vault.seal import PrivateKey

    told = json.loads((_data() / "owner.json").read_text())
    keys = Keyring(Key.objects.get(pk=told["holder"]), PrivateKey(bytes.fromhex(told["seed"])))
    files = [each.file for each in report.attachments.all()]
    details = [file_details(stored, keys) for stored in files]
    return {
        "names": [each["name"] for each in details],
        "sizes": [each["size"] for each in details],
        "whole": all(
            b"".join(open_stream(stored, keys)) == content_of(each["name"])
            for stored, each in zip(files, details, strict=True)
            if each["name"] in NAMES
        ),
    }


def _die_at(step: str) -> None:
    """Put the deaths into the places where they happen."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    from intake.entry import archives, importing
    from intake.portal import actions as portal

    read, send, act = archives.Member.read, portal.send_report, importing._import
    commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]
    reads: list[int] = []
    sent: list[int] = []
    parts: list[int] = []

    def dying_read(self: Any) -> Iterator[bytes]:
        reads.append(1)
        for piece in read(self):
            yield piece
            # Each was read to its end before the first arrived; the first part has four.
            if step == "a file of the next part arrives" and len(reads) == len(NAMES) + 5:
                die()

    def dying_act(**named: Any) -> Any:
        parts.append(1)
        if step == {1: "files arrived", 2: "the next part"}[len(parts)]:
            die()
        return act(**named)

    def dying_send(**named: Any) -> Any:
        report = send(**named)
        sent.append(1)
        if step == "reports are there" and len(sent) == 2:
            die()
        return report

    def dying_commit(connection: Any) -> Any:
        armed = len(sent) == 2
        if step == "commit" and armed:
            die()
        result = commit(connection)
        if step == "committed" and armed:
            die()
        return result

    archives.Member.read = dying_read  # type: ignore[method-assign]
    portal.send_report, importing._import = dying_send, dying_act
    BaseDatabaseWrapper._commit = dying_commit  # type: ignore[attr-defined]


def _pairs() -> list[tuple[str, str]]:
    return list(zip(NAMES[::2], NAMES[1::2], strict=True))


def _data() -> Path:
    return Path(os.environ["DATA_DIR"])


def main() -> None:
    """Run one verb."""
    import django

    django.setup()
    verb, *rest = sys.argv[1:]
    verbs: dict[str, Callable[..., None]] = {"prepare": prepare, "batch": batch, "examine": examine, "flow": flow}
    verbs[verb](*rest)


if __name__ == "__main__":
    main()
