"""One step of keeping a file, in a process of its own that can be killed: `python -m tests.integrity.vault_process`.

It works on a real SQLite database in DATA_DIR. What it prints is what a person outside would have seen by then.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CONTENT = b"evidence-canary-" * 20_000
STEPS = ("arriving", "arrived", "claimed", "renamed", "row", "commit", "committed", "acknowledged")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a process needs to keep everything of its own in one folder, temporary files too."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    for name in ("KEY_DIR", "VAULT_FILES", "LOG_KEY_FILE", "LOG_HIGH_WATER_FILE", "STATIC_ROOT", "DATABASE_URL"):
        kept.pop(name, None)
    temporary = folder / "temporary"
    temporary.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        "DEBUG": "1",
        "DATA_DIR": str(folder),
        "TMPDIR": str(temporary),
        "DJANGO_SETTINGS_MODULE": "tests.integrity.vault_server_settings",
        **more,
    }


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a step in a process of its own, to its end or its death."""
    return subprocess.run(
        [sys.executable, "-m", "tests.integrity.vault_process", *words],
        cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def outcome(folder: Path, *words: str) -> dict[str, Any]:
    """What a step that lives to its end prints."""
    ended = run(folder, *words)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def say(**told: Any) -> None:
    """What reaches the person outside."""
    print(json.dumps(told), flush=True)


def die() -> None:
    """As `kill -9` from outside: nothing of Python runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def prepare() -> None:
    """The tables, one person, and the key of a report that they hold."""
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0, skip_checks=True)
    from integrity.vault.models import KeyKind
    from tests.integrity.vault_scene import key_for, person

    holder = person()
    report = key_for(KeyKind.REPORT, holder)
    owner = {"holder": str(holder.key.pk), "seed": holder.own.seed.hex(), "report": str(report.pk)}
    (Path(os.environ["DATA_DIR"]) / "owner.json").write_text(json.dumps(owner))
    say(prepared=True)


def owner() -> tuple[Any, Any]:
    """The keyring of the person, and the key of the report."""
    from integrity.vault.keyring import Keyring
    from integrity.vault.models import Key
    from integrity.vault.seal import PrivateKey

    told = json.loads((Path(os.environ["DATA_DIR"]) / "owner.json").read_text())
    holder = Key.objects.get(pk=told["holder"])
    return Keyring(holder, PrivateKey(bytes.fromhex(told["seed"]))), Key.objects.get(pk=told["report"])


def store(death: str) -> None:
    """Receive a file and keep it, and die at a step on the way."""
    _die_before_or_after_the_commit(death)
    from integrity.vault.uploads import PendingFile
    from tests.integrity.vault_scene import chunks

    pending = PendingFile("scan.pdf")
    for number, chunk in enumerate(chunks(CONTENT, 64 * 1024)):
        if death == "arriving" and number == 3:
            die()
        pending.write(chunk)
    upload = pending.finish()
    if death == "arrived":
        die()
    say(token=upload.token)
    if death == "claimed":
        die()
    say(acknowledged=_keep(upload, death))
    if death == "acknowledged":
        die()


def examine(token: str = "") -> None:
    """What is there after a death; then the same form is sent once more by its token; then all is swept."""
    from integrity.vault.uploads import sweep_uploads

    found = _look()
    again = _send_again(token) if token else {}
    afterwards = _look()
    # As if two days had passed.
    sweep_uploads(timedelta(days=-2))
    say(found=found, again=again, afterwards=afterwards, swept=_look())


def _send_again(token: str) -> dict[str, Any]:
    from integrity.vault.storage import FileGone
    from integrity.vault.uploads import SealedUpload

    try:
        return {"acknowledged": _keep(SealedUpload.from_token(token), "")}
    except FileGone:
        return {"gone": True}


def _look() -> dict[str, Any]:
    """Rows, with whether their content is whole; the names of files; and files with plaintext in them."""
    from integrity.vault import storage
    from integrity.vault.files import open_stream
    from integrity.vault.models import StoredFile

    keyring, _report = owner()
    return {
        "rows": {str(one.pk): b"".join(open_stream(one, keyring)) == CONTENT for one in StoredFile.objects.all()},
        "pending": sorted(path.name for path in storage.pending_folder().iterdir()),
        "kept": sorted(path.name for path in storage.kept_folder().iterdir()),
        "plain": [str(path) for path in Path(os.environ["DATA_DIR"]).rglob("*") if _is_plain(path)],
    }


def flow(megabytes: str) -> None:
    """A large file in and out; prints by how much the process grew over it, and its peak, in kilobytes."""
    from integrity.vault.files import keep, open_range, open_stream
    from integrity.vault.uploads import CHUNK, PendingFile
    from tests.integrity.vault_scene import recorded

    keyring, report = owner()
    size = int(megabytes) * 1024 * 1024
    piece = os.urandom(CHUNK)
    before = _peak()
    pending = PendingFile("large.bin")
    for _number in range(size // CHUNK):
        pending.write(piece)
    upload = pending.finish()
    with recorded():
        stored = keep(upload, owner_key=report)
    back = sum(len(part) for part in open_stream(stored, keyring))
    tail = b"".join(open_range(stored, keyring, start=size - 100, end=size))
    say(back=back, tail=tail == piece[-100:], grown=_peak() - before, peak=_peak())


def _peak() -> int:
    """The most memory this process held, in kilobytes.

    Not `ru_maxrss`, which a new process inherits from the one that started it (here a large test worker).
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("This system does not tell a process's greatest memory.")


def _is_plain(path: Path) -> bool:
    return path.is_file() and b"evidence-canary-" in path.read_bytes()


def _keep(upload: Any, death: str) -> str:
    from integrity.vault.files import keep
    from tests.integrity.vault_scene import recorded

    _keyring, report = owner()
    _armed.add(death)
    with recorded():
        stored = keep(upload, owner_key=report)
        if death == "row":
            die()
    return str(stored.pk)


_armed: set[str] = set()


def _die_before_or_after_the_commit(death: str) -> None:
    """Put the deaths that no line of this file can reach into the places where they happen."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    from integrity.vault import storage

    real_flush: Callable[[Path], None] = storage.flush_folder
    real_commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]

    def flush_folder(folder: Path) -> None:
        if death == "renamed" and folder.name == "kept":
            die()
        real_flush(folder)

    def commit(connection: Any) -> Any:
        # The first commit after the file is kept; in this process nothing else commits.
        if death == "commit" and death in _armed:
            die()
        result = real_commit(connection)
        if death == "committed" and death in _armed:
            die()
        return result

    storage.flush_folder = flush_folder
    BaseDatabaseWrapper._commit = commit  # type: ignore[attr-defined]


def main() -> None:
    """Run one step."""
    import django

    django.setup()
    verb, *rest = sys.argv[1:]
    steps: dict[str, Callable[..., None]] = {"prepare": prepare, "store": store, "examine": examine, "flow": flow}
    steps[verb](*rest)


if __name__ == "__main__":
    main()
