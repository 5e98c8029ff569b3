"""A real office program (LibreOffice without windows): makes files, opens them, and writes what it reads as text."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

PROGRAM: Final = shutil.which("soffice")
MISSING: Final = (
    "LibreOffice is not installed: apt-get install --no-install-recommends "
    "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
)
_SECONDS: Final = 300


class RealOffice:
    """LibreOffice with a profile of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        if PROGRAM is None:
            pytest.skip(MISSING)
        self._folder, self._count = folder, 0

    def converted(self, files: Mapping[str, bytes], ending: str) -> dict[str, bytes]:
        """Each file as the program writes it after it has opened it, under its name without ending.

        Fails when the program cannot open one: without windows it asks nobody whether it should repair a file.
        """
        self._count += 1
        given, made = self._folder / f"{self._count}-given", self._folder / f"{self._count}-made"
        given.mkdir(parents=True)
        for name, content in files.items():
            (given / name).write_bytes(content)
        self._run("--convert-to", ending, "--outdir", str(made), *(str(given / name) for name in files))
        found = {path.stem: path.read_bytes() for path in made.iterdir()}
        assert set(found) == {name.rpartition(".")[0] for name in files}, "the program could not open one of them"
        return found

    def _run(self, *arguments: str) -> None:
        profile = f"-env:UserInstallation=file://{self._folder / 'profile'}"
        subprocess.run(
            [str(PROGRAM), profile, "--headless", "--norestore", *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder), "LANG": "C.UTF-8", "TZ": "UTC"},
            check=True,
            timeout=_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def of_kind(files: Mapping[str, bytes], endings: Iterable[str]) -> dict[str, bytes]:
    """The files whose names end so."""
    return {name: content for name, content in files.items() if name.rpartition(".")[2] in set(endings)}
