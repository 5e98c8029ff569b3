"""`integrity intake import FILE --source NAME [--files ZIP_OR_FOLDER]… [--leave-out] [--dry-run]`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import translation

from intake.entry import importing, reading
from intake.entry.archives import Member, NotAnArchive, opened
from integrity.action import Actor, Refusal
from integrity.people.importing import Unreadable
from integrity.vault.pending import MOST


class Command(BaseCommand):
    """What an operator does for intake. What a row says is never printed."""

    help = "Intake: import a batch of reports of an earlier system."

    def add_arguments(self, parser: CommandParser) -> None:
        """One verb."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        reading_in = verbs.add_parser("import", help="import a CSV or JSON file of reports, if nothing in it is wrong")
        reading_in.add_argument("file", type=Path)
        reading_in.add_argument("--source", required=True, help="name of the earlier system, such as hotline-2024")
        reading_in.add_argument(
            "--files",
            type=Path,
            action="append",
            default=[],
            metavar="ZIP_OR_FOLDER",
            help="where the files are that the list names in its column files; may be given several times",
        )
        reading_in.add_argument("--leave-out", action="store_true", help="files that no row names may stay out")
        reading_in.add_argument("--dry-run", action="store_true", help="only tell what would be made and what is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; an error is one sentence."""
        with translation.override(settings.LANGUAGE_CODE):
            try:
                with opened(options["files"], beside=options["file"]) as beside:
                    self._import(
                        options["file"],
                        beside,
                        source=options["source"],
                        leaving_out=options["leave_out"],
                        dry_run=options["dry_run"],
                    )
            except (Unreadable, NotAnArchive) as unreadable:
                raise CommandError(unreadable.sentence) from unreadable
            except Refusal as refusal:
                raise CommandError(str(refusal.sentence)) from refusal

    def _import(self, file: Path, beside: Sequence[Member], *, source: str, leaving_out: bool, dry_run: bool) -> None:
        content = _content(file)
        planned = reading.plan(content, source=source, beside=beside, to_the_end=True)
        for fault in planned.faults:
            self.stderr.write(f"line {fault.line}{f', {fault.column}' if fault.column else ''}: {fault.sentence}")
        for path in planned.unnamed:
            self.stderr.write(f"named by no row: {path}")
        if planned.faults:
            raise CommandError(f"{len(planned.faults)} wrong. Nothing was imported.")
        if planned.unnamed and not leaving_out:
            raise CommandError(
                f"{len(planned.unnamed)} of the files are named by no row. Nothing was imported. "
                "Name them in the list, or say --leave-out."
            )
        self.stdout.write(
            f"{len(planned.reports)} to make, {planned.there} imported before."
            + (f" {planned.files} files with them, {filesizeformat(planned.bytes)}." if planned.files else "")
        )
        if not dry_run:
            importing.import_reports(
                actor=Actor.system(),
                content=content,
                source=source,
                digest=hashlib.sha256(content).hexdigest(),
                beside=beside,
                leaving_out=leaving_out,
            )
        self.stdout.write(
            "Nothing was imported: this was a dry run."
            if dry_run
            else f"Imported. Delete {file}{', its files' if beside else ''} and all copies now."
        )


def _content(file: Path) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > MOST:
        raise CommandError(f"{file} is larger than {MOST // 1024 // 1024} MB. Split it.")
    return content
