"""`integrity audit export DIR` and `integrity audit integrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.log import actions
from audit.log.errors import LogError
from audit.log.signer import create_log_key

OPERATOR = "operator/command-line"


class Command(BaseCommand):
    """What an operator does with the log."""

    help = "The audit log: make its key, integrate new entries, export it for an auditor."

    def add_arguments(self, parser: CommandParser) -> None:
        """Three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("create-key", help="make the log's signing key, once")
        verbs.add_parser("integrate", help="put new entries into the tree and sign a checkpoint")
        export = verbs.add_parser("export", help="write the whole log to a new or empty folder")
        export.add_argument("directory", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; an error is one sentence."""
        try:
            match options["verb"]:
                case "create-key":
                    self.stdout.write(str(create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)))
                case "integrate":
                    checkpoint = actions.integrate()
                    self.stdout.write(f"The signed log has {checkpoint.size} entries.")
                case "export":
                    self._export(options["directory"])
        except (LogError, FileExistsError) as error:
            raise CommandError(str(error)) from error

    def _export(self, directory: Path) -> None:
        shown = -1

        def progress(done: int, total: int) -> None:
            nonlocal shown
            percent = 100 * done // total if total else 100
            if percent // 10 != shown and self.stdout.isatty():
                shown = percent // 10
                self.stderr.write(f"  {percent:3d} %")

        exported = actions.export(directory, actor=OPERATOR, progress=progress)
        self.stdout.write(
            f"{exported.size} entries written to {exported.directory}.\n"
            f"Root {exported.root.hex()}\n"
            f"Check it, on any machine: python -m audit.verify {exported.directory}"
        )
