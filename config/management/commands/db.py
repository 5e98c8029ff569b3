"""`integrity db`: the accounts of PostgreSQL and their rights, so that the log's own program cannot rewrite it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection, transaction

from config.database_roles import Roles, rights, statements


class Command(BaseCommand):
    """What an operator does with the database's accounts."""

    help = "The accounts of PostgreSQL: an owner who cannot log in, and accounts that may do what they need."

    def add_arguments(self, parser: CommandParser) -> None:
        """Two verbs: what a superuser does once, and what the owner does after each migration."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        roles = verbs.add_parser("roles", help="print the SQL that makes roles and gives rights, or apply it")
        rights = verbs.add_parser("rights", help="the same for the rights alone, after a migration")
        for verb, who in ((roles, "a superuser"), (rights, "the account that migrates")):
            verb.add_argument("--apply", action="store_true", help=f"apply it, as {who}, instead of printing it")
            for one in fields(Roles):
                verb.add_argument(f"--{one.name}", default=one.default, metavar="NAME")
            for role in ("migration", "application", "portal"):
                verb.add_argument(
                    f"--{role}-url-file",
                    type=Path,
                    metavar="FILE",
                    help=f"the file with the DATABASE_URL of the {role} account, for its name and password",
                )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or apply."""
        if connection.vendor != "postgresql":
            raise CommandError("SQLite has no accounts: who can write its file can change it.")
        names = {one.name: options[one.name] for one in fields(Roles)}
        passwords: dict[str, str] = {}
        for role in ("migration", "application", "portal"):
            if path := options[f"{role}_url_file"]:
                names[role], password = self._account(path)
                passwords[names[role]] = password
        if len(set(names.values())) != len(names):
            raise CommandError("Each role needs a name of its own.")
        try:
            with transaction.atomic():
                chosen = Roles(**names)
                is_all = options["verb"] == "roles"
                lines = list(statements(chosen, passwords=passwords) if is_all else rights(chosen))
                if not options["apply"]:
                    self.stdout.write("".join(f"{line};\n" for line in lines))
                    return
                with connection.cursor() as cursor:
                    for line in lines:
                        cursor.execute(line)
        except Error as error:
            raise CommandError(f"Nothing was changed: {error}") from error
        self.stdout.write("Each account has the rights that are written down for it, and nothing else.")

    def _account(self, path: Path) -> tuple[str, str]:
        try:
            found = dj_database_url.parse(path.read_text("utf-8").strip())
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be read as the URL of a database: {error}") from error
        if not found.get("USER") or not found.get("PASSWORD"):
            raise CommandError(f"{path} names no user or no password.")
        return found["USER"], found["PASSWORD"]
