"""`integrity vault fields`, `integrity vault reseal` and `integrity vault check`."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from integrity.action import Actor
from integrity.vault import inspection, listing, reseal
from integrity.vault.actions import WrongPassphrase, unlock
from integrity.vault.suites import find_suite, suite_for_new_keys

BAR = 30


class Command(BaseCommand):
    """What an operator does with the vault."""

    help = "The vault: list sealed fields, move to another suite, check that everything can be opened by somebody."

    def add_arguments(self, parser: CommandParser) -> None:
        """Three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("fields", help="the registry of sealed and public fields, as Markdown")
        verbs.add_parser("check", help="name what could not be opened by anybody; the exit code is 1 when there is any")
        move = verbs.add_parser(
            "reseal",
            help="move everything that a person can open to the suite for new keys (VAULT_SUITE)",
            description="It can be broken off and begun again. The person's sittings end with their old key.",
        )
        move.add_argument("username", help="whose passphrase opens what is to be moved")
        move.add_argument(
            "--passphrase-file", type=Path, help="read the passphrase from the first line of a file instead of asking"
        )
        move.add_argument("--batch", type=int, default=reseal.BATCH, help="values in one transaction (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; an error is one sentence."""
        match options["verb"]:
            case "fields":
                with translation.override("en"):
                    self.stdout.write(listing.page(), ending="")
            case "check":
                self._check()
            case "reseal":
                self._reseal(options["username"], options["passphrase_file"], options["batch"])

    def _check(self) -> None:
        for column, counts in inspection.suites().items():
            told = ", ".join(f"{count} in suite {number}" for number, count in sorted(counts.items()))
            self.stdout.write(f"{column}: {told}")
        wrong = list(inspection.differences())
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} differences.")
        self.stdout.write("Every sealed value names a key that somebody holds, and every file is there.")

    def _reseal(self, username: str, passphrase_file: Path | None, batch: int) -> None:
        if batch < 1:
            raise CommandError("A batch has at least one value.")
        person: Any = get_user_model()._default_manager.filter(username=username.strip().lower()).first()
        if person is None or not person.is_active:
            raise CommandError(f"Nobody with the user name {username} has an open account.")
        passphrase = _passphrase(username, passphrase_file)
        try:
            keyring = unlock(person.key, passphrase)
        except WrongPassphrase as error:
            raise CommandError("This passphrase does not open the person's key.") from error
        suite = suite_for_new_keys()
        self.stdout.write(f"Suite {suite.number}: {find_suite(suite.number).name}")
        actor = reseal.renew_person_key(actor=Actor.of(person, keyring), passphrase=passphrase)
        moved = reseal.reseal(actor=actor, batch=batch, progress=self._show)
        self.stdout.write(f"{moved.keys} keys and {moved.values} values were moved.")
        if moved.left:
            self.stdout.write(f"{moved.left} values are in other suites still: {username} does not open them.")

    def _show(self, what: str, done: int, total: int) -> None:
        if not self.stderr.isatty() or not total:
            return
        filled = BAR * done // total
        end = "\n" if done == total else ""
        self.stderr.write(f"\r{what:>6} [{'#' * filled}{'.' * (BAR - filled)}] {done} of {total}", ending=end)
        self.stderr.flush()


def _passphrase(username: str, passphrase_file: Path | None) -> str:
    if passphrase_file is None:
        return getpass.getpass(f"Passphrase of {username}: ")
    try:
        return passphrase_file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except OSError as error:
        raise CommandError(f"{passphrase_file} cannot be read: {error.strerror}.") from error
