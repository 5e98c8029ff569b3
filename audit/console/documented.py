"""`integrity audit events > docs/audit-events.md`: every kind of entry, what it carries, and how exact its time is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path
from pkgutil import walk_packages

from django.apps import apps
from django.conf import ENVIRONMENT_VARIABLE

import audit
from audit.log.events import EventType, registered
from audit.log.operating import VERBS, Output, Verb

INTRODUCTION = """\
# Kinds of entries in the audit log

Made from the registry of event types by `integrity audit events > docs/audit-events.md`; a test compares the two.
Nothing else can be written: an entry of another kind, or with another fact, is refused.

Each entry has a version, a salt, its kind, a time, an actor, an object, and facts. Actor and object are pseudonyms
(`person/…`, `reporter/…`, `case/…`, `report/…`), or words like `system` and `log`. Facts are codes, days, numbers,
pseudonyms and digests; beside those named here, an entry has the fact `sealed` when ciphertexts were written with it:
the SHA-256 of each, by its place. The time is kept to the minute (UTC), or to the day alone: of what reporting
persons do, nobody keeps when.

What may be personal data is no fact but private: sealed to the auditors' key in a row of its own, which can be erased.
The entry has a commitment to it, `private` ([formats](formats.md#private-parts)).
"""
NOT_TOLD = ("demonstration.", "test.")


def page() -> str:
    """The whole page, ending with a line break."""
    _fill_the_registry()
    told = [event for name, event in registered().items() if not name.startswith(NOT_TOLD)]
    parts = [INTRODUCTION]
    for room, of_room in groupby(told, key=lambda event: event.name.split(".")[0]):
        parts += [f"## {room}\n", "\n".join(_rows(of_room)) + "\n"]
    return "\n".join(parts)


def _rows(events: Iterator[EventType]) -> Iterator[str]:
    yield "| Kind | What it says | Facts | Private | Time |"
    yield "|---|---|---|---|---|"
    for event in events:
        facts = ", ".join(f"`{fact}`" for fact in sorted(event.facts))
        private = ", ".join(f"`{field}`" for field in sorted(event.private))
        cells = (f"`{event.name}`", str(event.description), facts, private, "day" if event.by_day else "minute")
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _fill_the_registry() -> None:
    """Import every module of the rooms beside this one: a kind is known once its module was imported.

    What lies beside the settings starts processes, and declares nothing.
    """
    ours, starts = Path(audit.__path__[0]).parent, os.environ[ENVIRONMENT_VARIABLE].split(".")[0]
    for config in apps.get_app_configs():
        top = import_module(config.name.split(".")[0])
        if config.name == starts or Path(top.__path__[0]).parent != ours:
            continue
        for module in walk_packages([config.path], prefix=f"{config.name}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                import_module(module.name)


def _write(options: argparse.Namespace, out: Output) -> None:
    out.write(page().removesuffix("\n"))


def register() -> None:
    """Add the word `events` to `integrity audit`."""
    VERBS["events"] = Verb("print every kind of entry as Markdown (for docs/audit-events.md)", _write)
