"""What makes the database itself refuse to change the log: triggers, and the functions behind them.

`install` puts them there (a migration calls it, and a later one calls it again when the texts change), `differences`
says what is not as it should be. Whoever owns the database can take them away: they prevent, and only checkpoints
kept elsewhere detect.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from audit.log.enforcement import postgresql, rights, sqlite


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place, replacing those that are there."""
    with connection.cursor() as cursor:
        made = postgresql.statements(cursor) if _is_postgresql(connection) else sqlite.statements(cursor)
        for statement in list(made):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, as going back before their migration does. Only the tables' owner can."""
    with connection.cursor() as cursor:
        for statement in list(postgresql.removal(cursor) if _is_postgresql(connection) else sqlite.removal(cursor)):
            cursor.execute(statement)


def differences(connection: BaseDatabaseWrapper) -> list[str]:
    """A sentence for each trigger, function or rule that is missing, changed, switched off or unknown."""
    with connection.cursor() as cursor:
        return postgresql.differences(cursor) if _is_postgresql(connection) else sqlite.differences(cursor)


def privileges(connection: BaseDatabaseWrapper) -> list[str]:
    """A sentence for each thing that the connected role may do to the log and must not; none on SQLite."""
    if not _is_postgresql(connection):
        return []
    with connection.cursor() as cursor:
        return rights.privileges(cursor)


def separated(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables belong to a role that nobody can sign in as, apart from the one that serves pages."""
    if not _is_postgresql(connection):
        return False
    with connection.cursor() as cursor:
        return rights.separated(cursor)


def _is_postgresql(connection: BaseDatabaseWrapper) -> bool:
    return connection.vendor == "postgresql"
