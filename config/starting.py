"""The last look before a process serves pages or runs tasks: whether the database still defends the log."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.log import enforcement

logger = logging.getLogger(__name__)
REPAIR = (
    "Nothing is served until this is put right: find out who did it and keep the last export, then run "
    "`integrity audit guards --restore` (and `integrity db roles --apply`) as the owner of the tables."
)


def complaints(connection: BaseDatabaseWrapper) -> list[str]:
    """What is wrong with the triggers of the log, and with what the connected account may do to it.

    Before `integrity db roles` was applied one account does everything: that is told in the messages only.
    """
    wrong = enforcement.differences(connection)
    excess = enforcement.privileges(connection)
    if enforcement.separated(connection):
        return [*wrong, *excess]
    if excess and not settings.DEVELOPMENT:
        logger.warning("%s Apply `integrity db roles` so that it cannot (docs/operating.md).", " ".join(excess))
    return wrong


def refuse_unless_guarded() -> None:
    """Look before there are requests or tasks. Raises ImproperlyConfigured with every sentence of what is wrong."""
    # A connection of its own: processes that are forked from this one must not share it.
    own = connections[DEFAULT_DB_ALIAS].copy()
    try:
        wrong = complaints(own)
    except Error as error:
        raise ImproperlyConfigured(f"The database does not answer: {error}") from error
    finally:
        own.close()
    if wrong:
        raise ImproperlyConfigured(f"The audit log is not defended as it should be. {' '.join(wrong)} {REPAIR}")
