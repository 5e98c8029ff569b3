"""What somebody who owns the database can do: lift the guards, change the log, and put the guards back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from audit.log import enforcement, numbering


@contextmanager
def guards_lifted() -> Iterator[None]:
    """The log's triggers are away meanwhile."""
    enforcement.remove(connection)
    try:
        yield
    finally:
        enforcement.install(connection)


def change(sql: str, *values: object) -> None:
    """One statement with the guards lifted, on a log whose entries all have their index."""
    numbering.number()
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute(sql, values)
