"""`integrity people import FILE [--dry-run]` and `integrity people invite USERNAME`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import translation

from integrity.action import Actor, Refusal
from integrity.people import headcount_list, importing, invitations, staff_list
from integrity.people.importing import Unreadable
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault.pending import MOST


class Command(BaseCommand):
    """What an operator does for people; no verb gives a role, or access to anything."""

    help = "People: import a list of staff or headcounts, or invite an administrator who has no key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Two verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        reading = verbs.add_parser("import", help="import a CSV file of staff or of headcounts, all or nothing")
        reading.add_argument("file", type=Path)
        reading.add_argument("--dry-run", action="store_true", help="only tell what would change and what is wrong")
        inviting = verbs.add_parser("invite", help="print the link with which an administrator chooses a passphrase")
        inviting.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; an error is one sentence."""
        with translation.override(settings.LANGUAGE_CODE):
            try:
                if options["verb"] == "import":
                    self._import(options["file"], dry_run=options["dry_run"])
                else:
                    self._invite(options["username"])
            except Unreadable as unreadable:
                raise CommandError(unreadable.sentence) from unreadable
            except Refusal as refusal:
                raise CommandError(str(refusal.sentence)) from refusal

    def _import(self, file: Path, *, dry_run: bool) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        if len(content) > MOST:
            raise CommandError(f"{file} is larger than {MOST // 1024 // 1024} MB. Split it.")
        layout, table = importing.read_table(content, (staff_list.LAYOUT, headcount_list.LAYOUT))
        actor, digest = Actor.system(), hashlib.sha256(content).hexdigest()
        if layout is staff_list.LAYOUT:
            people = staff_list.plan(table, actor=actor)
            self._refuse(people.faults)
            self.stdout.write(
                f"{len(people.added)} to add, {len(people.changed)} to change, {people.unchanged} unchanged, "
                f"{people.absent} here and not on the list."
            )
            if not dry_run:
                staff_list.import_staff(actor=actor, table=table, digest=digest)
        else:
            counts = headcount_list.plan(table)
            self._refuse(counts.faults)
            self.stdout.write(f"{len(counts.counts)} headcounts to set.")
            if not dry_run:
                headcount_list.import_headcounts(actor=actor, table=table, digest=digest)
        self.stdout.write("Nothing was imported: this was a dry run." if dry_run else "Imported.")

    def _refuse(self, faults: list[importing.Fault]) -> None:
        for fault in faults:
            where = f"line {fault.line}" + (f", {fault.column}" if fault.column else "")
            said = f" ({fault.value!a})" if fault.value else ""
            self.stderr.write(f"{where}{said}: {fault.sentence}")
        if faults:
            raise CommandError(f"{len(faults)} wrong. Nothing was imported.")

    def _invite(self, username: str) -> None:
        """Only for administrators, so that whoever keeps the machine is no shorter way to anybody's account."""
        person = User.objects.filter(username=username.strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError("Nobody with an open account has this user name.")
        if person.roles() != {Role.ADMINISTRATOR}:
            raise CommandError(
                "Only somebody whose one role is administrator is invited from here; they invite the rest."
            )
        verb = invitations.reset_key if person.key_id is not None else invitations.invite
        issued = verb(actor=Actor.system(), person=person)
        self.stdout.write(
            f"{settings.DESK_URL.rstrip('/')}{reverse('people:welcome', args=[issued.token])}\n"
            f"It works once, until {issued.invitation.expires_at:%Y-%m-%d %H:%M} UTC. "
            "If the desk has an address of its own, put it in the place of the portal's."
        )
