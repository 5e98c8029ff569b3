"""`integrity intake import FILE --source NAME [--dry-run]`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from intake.entry import importing, reading
from integrity.action import Actor, Refusal
from integrity.people.importing import Unreadable
from integrity.vault.pending import MOST


class Command(BaseCommand):
    """What an operator does for intake. What a row says is never printed."""

    help = "Intake: import a batch of reports of an earlier system."

    def add_arguments(self, parser: CommandParser) -> None:
        """One verb."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        reading_in = verbs.add_parser("import", help="import a CSV or JSON file of reports, all or nothing")
        reading_in.add_argument("file", type=Path)
        reading_in.add_argument("--source", required=True, help="name of the earlier system, such as hotline-2024")
        reading_in.add_argument("--dry-run", action="store_true", help="only tell what would be made and what is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; an error is one sentence."""
        with translation.override(settings.LANGUAGE_CODE):
            try:
                self._import(options["file"], source=options["source"], dry_run=options["dry_run"])
            except Unreadable as unreadable:
                raise CommandError(unreadable.sentence) from unreadable
            except Refusal as refusal:
                raise CommandError(str(refusal.sentence)) from refusal

    def _import(self, file: Path, *, source: str, dry_run: bool) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        if len(content) > MOST:
            raise CommandError(f"{file} is larger than {MOST // 1024 // 1024} MB. Split it.")
        planned = reading.plan(content, source=source)
        for fault in planned.faults:
            self.stderr.write(f"line {fault.line}{f', {fault.column}' if fault.column else ''}: {fault.sentence}")
        if planned.faults:
            raise CommandError(f"{len(planned.faults)} wrong. Nothing was imported.")
        self.stdout.write(f"{len(planned.reports)} to make, {planned.there} imported before.")
        if not dry_run:
            digest = hashlib.sha256(content).hexdigest()
            importing.import_reports(actor=Actor.system(), content=content, source=source, digest=digest)
        self.stdout.write(
            "Nothing was imported: this was a dry run." if dry_run else f"Imported. Delete {file} and its copies now."
        )
