"""Running `integrity setup` as an operator does: in a process of its own, in an empty folder."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(ROOT / "manage.py")]
ANSWERS: dict[str, dict[str, str]] = {
    "settings": {
        "institution_name": "Customs' Office of the Port",
        "allowed_hosts": "report.port.test",
        "public_url": "https://report.port.test",
        "time_zone": "Asia/Manila",
        "languages": "en, ar",
    },
    "administrator": {
        "office_code": "HQ",
        "office_name": "Headquarters",
        "office_region": "Capital",
        "username": "A.Cruz",
        "name": "Ana Cruz",
        "grade_band": "b",
        "email": "ana@port.test",
    },
    "rules": {"pack": "model", "effective_from": "2026-01-01"},
    "code": {"file": "model", "effective_from": "2026-01-01"},
    "mail": {"host": "none"},
}
# What is typed at the terminal, line by line, to say the same; empty lines take what is offered.
TYPED = (
    "Customs' Office of the Port", "report.port.test", "", "", "", "", "Asia/Manila", "en, ar", "", "{data}", "", "",
    "", "", "",
    "none",
    "HQ", "Headquarters", "Capital", "A.Cruz", "Ana Cruz", "b", "", "ana@port.test", "yes",
    "model", "2026-01-01",
    "model", "2026-01-01",
    "",
)  # fmt: skip


@dataclass
class Machine:
    """A bare machine: a folder, and an environment in which nothing is said."""

    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        """The file that is written."""
        return self.folder / "institution.env"

    @property
    def data(self) -> Path:
        """The folder of data."""
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """What a process finds."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", **self.more}

    def answers(self, **changed: dict[str, str]) -> Path:
        """A file of answers; sections that are given replace or add to those above."""
        sections = {name: {**ANSWERS.get(name, {}), **changed.get(name, {})} for name in {*ANSWERS, *changed}}
        sections["settings"].setdefault("data_dir", str(self.data))
        path = self.folder / "answers.toml"
        path.write_text(
            "\n".join(
                f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
                for name, values in sections.items()
            )
        )
        return path

    def copied(self, folder: Path) -> Machine:
        """The same machine once more, in another folder."""
        shutil.copytree(self.folder, folder)
        settings = folder / self.settings.name
        settings.write_text(settings.read_text().replace(str(self.folder), str(folder)))
        return Machine(folder, self.more)

    def run(self, *words: str, typed: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """`integrity …` in the folder."""
        return subprocess.run(
            [*COMMAND, *words],
            cwd=self.folder, env={**self.environment, **more}, input=typed, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def set_up(self, **changed: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run it with answers."""
        return self.run("setup", "--answers", str(self.answers(**changed)))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin `integrity …` and let a test type and kill."""
        return subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.folder, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip

    def typed(self) -> list[str]:
        """The lines that answer every question of a bare machine."""
        return [line.format(data=self.data) for line in TYPED]

    def checked(self) -> dict[str, Any]:
        """What `--check --json` tells."""
        told: dict[str, Any] = json.loads(self.run("setup", "--check", "--json").stdout)
        return told

    def kept(self) -> dict[str, str]:
        """The variables in the file."""
        lines = [line for line in self.settings.read_text().splitlines() if line and not line.startswith("#")]
        return dict(line.split("=", 1) for line in lines)

    def python(self, code: str, **more: str) -> str:
        """Run code with these settings and Django started, and give what it prints."""
        ran = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={
                **self.environment, "ENV_FILE": str(self.settings), "DJANGO_SETTINGS_MODULE": "config.settings", **more,
            },
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def entries(self) -> list[tuple[str, str]]:
        """Type and actor of the log's entries, oldest first, read past the program."""
        with closing(sqlite3.connect(self.data / "integrity.sqlite3")) as database:
            return database.execute('SELECT type, actor FROM audit_log_entry ORDER BY "index"').fetchall()

    def events(self) -> list[str]:
        """The types of the log's entries, oldest first, but for what the log writes of itself."""
        return [event for event, _actor in self.entries() if not event.startswith("log.")]


def open_steps(told: dict[str, Any]) -> set[str]:
    """The keys of the steps that are open."""
    return {step["key"] for step in told["steps"] if step["standing"] == "open"}
