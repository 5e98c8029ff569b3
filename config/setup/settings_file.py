"""The file of settings that the set-up writes: lines `NAME=value`, for its owner only, replaced as a whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from config import environment
from config.setup.conversation import Wrong
from config.setup.writing import write_whole

HEADER: Final = """\
# Settings of this institution, made by `integrity setup`; docs/settings.md tells each one.
# It holds secrets: keep it readable by its owner only, and never with the backups of the database.
# RECEIPT_PEPPER must never change and never be lost: without it no reporting person's receipt opens anything.
"""
# systemd, docker and this program read these in different ways, so none of them may stand in a value.
UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\\$`\"]|^'|'$| #|^#|^\s|\s$")


class SettingsFile:
    """The variables in the file, and how one is kept. A file that is cut off while it is written stays as it was."""

    def __init__(self, path: Path) -> None:
        """Raises Wrong for a file that cannot be read, that others can read, or that is no file of settings."""
        self.path = path
        self.values: dict[str, str] = {}
        try:
            permissions = path.stat().st_mode
            content = path.read_text("utf-8")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise Wrong(f"{path} cannot be read: {reason}.") from error
        if permissions & environment.READ_BY_OTHERS:
            raise Wrong(f"{path} holds secrets and is open to everybody: chmod 600 {path}")
        try:
            self.values = environment.variables(content)
        except ValueError as error:
            raise Wrong(f"{path}: {error}") from error

    def keep(self, variable: str, value: str) -> None:
        """Write one variable; it is on the disk when this returns.

        Raises Wrong for a value that not every reader of such files would read alike, or when it cannot be written.
        """
        if UNFIT.search(value):
            raise Wrong(
                "This cannot stand in a file of settings. Leave out line breaks, backslashes, dollar signs, quotation "
                "marks and a # after a space; in a database's address write them as %5C, %24, %22 or %23."
            )
        line = f"{variable}={value}"
        lines = self.path.read_text("utf-8").split("\n") if self.path.exists() else HEADER.split("\n")
        while lines and not lines[-1].strip():
            lines.pop()
        before = [number for number, each in enumerate(lines) if each.strip().startswith(f"{variable}=")]
        if before:
            lines[before[-1]] = line
        else:
            lines.append(line)
        try:
            write_whole(self.path, "\n".join(lines) + "\n")
        except OSError as error:
            raise Wrong(f"{self.path} cannot be written: {error.strerror}.") from error
        self.values[variable] = value
