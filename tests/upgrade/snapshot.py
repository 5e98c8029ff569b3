"""A released version's tables with data in them, kept as one compressed file that both databases can load.

`python -m tests.upgrade.snapshot NAME` makes one from a small demonstration: run it once for each release, before
the next version changes the tables. The passphrase is the demonstration's and everything in it is invented.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

FOLDER = Path(__file__).resolve().parent / "snapshots"
MATTERS = (
    "A watch from a warehouse operator",
    "Consignment data sent to a competitor",
    "Pressed to take back a complaint",
    "Fuel of the patrol boat",
    "Phones taken from passengers",
)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, Decimal):
        return str(value)
    return value


def take() -> dict[str, Any]:
    """Every table of the connected SQLite database with its rows, and the migrations that made it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        migrations = cursor.fetchall()
        tables = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            if table == "django_migrations":
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            rows = [[_plain(value) for value in row] for row in cursor.fetchall()]
            if rows:
                tables[table] = {"columns": columns, "rows": rows}
    return {"migrations": migrations, "tables": tables}


def load(snapshot: dict[str, Any]) -> None:
    """Insert the rows into the connected database, whose tables stand at the snapshot's migrations."""
    from django.db import connection, transaction

    booleans = _booleans() if connection.vendor == "postgresql" else {}
    with transaction.atomic(), connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in snapshot["tables"]:
            cursor.execute(f'DELETE FROM "{table}"')
        for table, content in snapshot["tables"].items():
            names = ", ".join(f'"{column}"' for column in content["columns"])
            marks = ", ".join(["%s"] * len(content["columns"]))
            flags = {content["columns"].index(name) for name in booleans.get(table, ()) if name in content["columns"]}
            for row in content["rows"]:
                values = [_back(value, number in flags) for number, value in enumerate(row)]
                cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)
    if connection.vendor == "postgresql":
        _move_sequences(snapshot)


def _back(value: Any, is_flag: bool) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["bytes"])
    return bool(value) if is_flag and value is not None else value


def _booleans() -> dict[str, set[str]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'boolean'"
        )
        found: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            found.setdefault(table, set()).add(column)
    return found


def _move_sequences(snapshot: dict[str, Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table, content in snapshot["tables"].items():
            if "id" not in content["columns"]:
                continue
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [f'"{table}"'])
            (sequence,) = cursor.fetchone()
            if sequence:
                cursor.execute(f'SELECT setval(%s, (SELECT MAX(id) FROM "{table}"))', [sequence])


def read(name: str) -> dict[str, Any]:
    """A kept snapshot."""
    with gzip.open(FOLDER / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def names() -> list[str]:
    """The kept snapshots, oldest first."""
    return sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz"))


def main(name: str) -> None:
    """Build a small demonstration in a folder of its own and keep its tables."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DEBUG="1", DEMONSTRATION="1", DATA_DIR=folder, DATABASE_URL="", DJANGO_SETTINGS_MODULE="config.settings"
        )
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from audit.log.signer import create_log_key
        from config import prepare
        from config.demonstration import build

        prepare.folders()
        create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
        call_command("migrate", verbosity=0)
        build.build(say=print, matters=MATTERS)
        content = json.dumps(take(), separators=(",", ":")).encode()
        FOLDER.mkdir(exist_ok=True)
        # No time stamp in the file, so that the same tables give the same bytes.
        (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(content, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
