"""Canaries: strings that exist nowhere else, put into every form, and searched for in everything that is kept."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import sqlite3
import string
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.serving import Served
from tests.e2e.web import Control, File


@dataclass
class Canaries:
    """All begin with one mark, so that one search finds any of them; `sent` tells where each was put."""

    day: str
    mark: str = field(
        default_factory=lambda: "Kanari" + "".join(secrets.choice(string.ascii_letters) for _ in range(8))
    )
    sent: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    keys: set[bytes] = field(default_factory=set)

    def word(self, place: str) -> str:
        """A canary for a place."""
        canary = f"{self.mark}{len(self.sent):04d}"
        self.sent[canary] = place
        return canary

    def keep_token(self, text: str, *, length: int = 32) -> None:
        """A secret that a page or a cookie holds as base64url: the text, and the key that is its last bytes."""
        self.secrets.add(text)
        self.keys.add(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[-length:])

    def fill(self, form: str) -> _Fill:
        """What a person puts into the controls of a form: canaries wherever words or files are taken."""
        return _Fill(self, form)

    def found_in(self, content: bytes) -> list[str]:
        """What of all this is in the content, in whatever shape, and into which form it was put."""
        return [
            f"{what} as {needle!r} {self._put_into(content, at + len(needle))}".rstrip()
            for needle, what in self._needles().items()
            if (at := content.find(needle)) >= 0
        ]

    def _needles(self) -> dict[bytes, str]:
        found = dict.fromkeys(shapes_of(self.mark.encode()), "a canary")
        for secret in self.secrets:
            found |= dict.fromkeys(shapes_of(secret.encode()), "a secret")
        for key in self.keys:
            found |= dict.fromkeys((key, key.hex().encode(), key.hex().upper().encode()), "a key")
        return found

    def _put_into(self, content: bytes, end: int) -> str:
        """Where the canary that a needle ends inside of was put, as far as its number can be read."""
        number = content[end : end + 4].decode("ascii", "replace")
        if not number.isdigit() or number.startswith("3"):
            with suppress(ValueError):
                number = bytes.fromhex(content[end : end + 8].decode("ascii", "replace")).decode("ascii", "replace")
        return self.sent.get(f"{self.mark}{number}", "")


@dataclass(frozen=True)
class _Fill:
    canaries: Canaries
    form: str

    def __call__(self, control: Control) -> str | list[str] | File:
        place = f"{self.form} {control.name}"
        match control.kind:
            case "hidden":
                return control.chosen
            case "text" | "search" | "email" | "tel" | "password":
                return self.canaries.word(place)
            case "file":
                content = " ".join([self.canaries.word(f"{place} content")] * 40)
                return File(f"{self.canaries.word(f'{place} name')}.txt", content.encode())
            case "date":
                return self.canaries.day
            case "time":
                return "10:30"
            case "radio" | "select":
                return next((choice for choice in control.choices if choice), "")
            case "checkbox":
                return list(control.choices)
        return control.value


def shapes_of(word: bytes) -> Iterator[bytes]:
    """A word as it is, as UTF-16, in hexadecimal, and inside base64 at each of the three alignments."""
    yield word
    yield word.decode().encode("utf-16-le")
    yield word.hex().encode()
    yield word.hex().upper().encode()
    for before in range(3):
        # What surrounds the word changes the digits at both ends, so only the digits in between are sought.
        encoded = base64.b64encode(b"\0" * before + word + b"\0\0")
        inner = encoded[-(-before * 8 // 6) : (before + len(word)) * 8 // 6]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def dump_of(served: Served) -> bytes:
    """The whole database as its own tool writes it."""
    address = served.environment.get("DATABASE_URL", "")
    if not address:
        with closing(sqlite3.connect(f"file:{served.data / 'integrity.sqlite3'}?mode=ro", uri=True)) as database:
            return "\n".join(database.iterdump()).encode()
    tool = shutil.which("pg_dump")
    if tool is None:
        pytest.skip("pg_dump is not installed (apt install postgresql-client), so the dump cannot be searched.")
    return subprocess.run([tool, "--dbname", address], capture_output=True, check=True, env=dict(os.environ)).stdout


class Watch(threading.Thread):
    """Looks into folders whose files live for moments only, and remembers what was in them."""

    def __init__(self, *folders: Path) -> None:
        super().__init__(daemon=True)
        self.seen: dict[str, bytes] = {}
        self._folders = folders
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            for folder in self._folders:
                for path in list(folder.rglob("*")) if folder.exists() else []:
                    self._read(path)
            time.sleep(0.01)

    def _read(self, path: Path) -> None:
        try:
            if path.is_file():
                self.seen[str(path)] = path.read_bytes()
        except OSError:
            # It was gone before it could be read, as files of a queue are.
            return

    def stop(self) -> dict[str, bytes]:
        """What was seen, by path."""
        self._over.set()
        self.join()
        return self.seen
