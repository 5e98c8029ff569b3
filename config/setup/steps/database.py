"""The database: its tables, and whether the account that serves pages may do more than it needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.log import enforcement
from config.setup.conversation import Conversation, Wrong
from config.setup.state import Finding, Step, done, still_open, warning


def check() -> Iterator[Finding]:
    """Whether every migration was applied, and by whom one is connected."""
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if waiting:
        yield still_open(_("%(count)d changes of tables wait.") % {"count": waiting}, command="integrity migrate")
        return
    if connection.vendor == "postgresql":
        yield done(_("PostgreSQL, and every table is there."))
    else:
        yield done(_("SQLite, and every table is there. It serves one machine; PostgreSQL serves several."))
    for sentence in enforcement.differences(connection):
        yield still_open(sentence, command="integrity audit guards --restore")
    excess = still_open if enforcement.separated(connection) else warning
    for sentence in enforcement.privileges(connection):
        yield excess(sentence, command="integrity db roles")


def perform(talk: Conversation) -> None:
    """Make the tables and the files that are served as they are."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Error as error:
        raise Wrong(
            f"The tables could not be made ({type(error).__name__}). Run `integrity migrate` as the role that "
            "owns them, and begin again."
        ) from error
    static = Path(settings.STATIC_ROOT)
    if os.access(static if static.exists() else static.parent, os.W_OK):
        # In a container they are in the image, which nobody writes to.
        call_command("collectstatic", interactive=False, verbosity=0)
    talk.say("  Tables and static files are there.")


STEP = Step("database", gettext_lazy("Database"), check, perform)
