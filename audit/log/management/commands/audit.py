"""`integrity audit`: make the key, sign, export, look at the guards."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from audit.log import actions, enforcement
from audit.log.cosigning import publish_witnessed
from audit.log.errors import LogError
from audit.log.operating import VERBS
from audit.log.signer import create_log_key

OPERATOR = "operator/command-line"


class Command(BaseCommand):
    """What an operator does with the log."""

    help = "The audit log: make its key, integrate new entries, export it for an auditor."

    def add_arguments(self, parser: CommandParser) -> None:
        """The verbs, and those of `audit.log.operating`."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("create-key", help="make the log's signing key, once")
        verbs.add_parser("integrate", help="put new entries into the tree, pad it, and sign a checkpoint")
        guards = verbs.add_parser("guards", help="tell whether the database refuses changes as it should")
        guards.add_argument("--restore", action="store_true", help="put the triggers in place again, as their owner")
        export = verbs.add_parser("export", help="write the whole log to a new or empty folder")
        export.add_argument("directory", type=Path)
        for name, verb in VERBS.items():
            verb.arguments(verbs.add_parser(name, help=verb.help))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; an error is one sentence."""
        try:
            match options["verb"]:
                case "create-key":
                    self.stdout.write(str(create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)))
                case "integrate":
                    checkpoint = publish_witnessed(at_once=True)
                    self.stdout.write(f"The signed log has {checkpoint.size if checkpoint else 0} entries.")
                case "guards":
                    self._guards(restore=options["restore"])
                case "export":
                    self._export(options["directory"])
                case other:
                    VERBS[other].run(Namespace(**options), self.stdout)
        except (LogError, OSError) as error:
            raise CommandError(str(error)) from error

    def _guards(self, *, restore: bool) -> None:
        found = enforcement.differences(connection)
        for sentence in found:
            self.stderr.write(sentence)
        if restore:
            with transaction.atomic():
                enforcement.install(connection)
            found = enforcement.differences(connection)
        if found:
            raise CommandError("The log is not defended as it should be.")
        self.stdout.write("Every trigger of the log is in place.")

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
