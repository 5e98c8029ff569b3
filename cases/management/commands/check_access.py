"""`integrity check-access`: whether membership, permission and grant say the same of everybody."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.consistency import differences


class Command(BaseCommand):
    """Name every difference; the exit code is 1 when there is any."""

    help = "Compare membership, permission and keys of every case and person, and name every difference."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each difference."""
        found = differences()
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} differences: somebody's access is not what the pages show.")
        self.stdout.write("Membership, permission and keys agree for everybody.")
