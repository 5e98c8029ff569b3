"""What was carried away: the rows of every table, the files, the settings. Read without Django, as a thief reads it."""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import sqlite3
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from integrity.vault.seal import HEAD_LENGTH, CannotOpen, Sealed

KEY_LENGTH = 32
_HEXADECIMAL = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_BASE64 = re.compile(rb"(?<![A-Za-z0-9_+/-])[A-Za-z0-9_+/-]{43}=?(?![A-Za-z0-9_+/=-])")


@dataclass(frozen=True)
class Cell:
    """One value: `table/column/row` is where it stands, the row by its primary key as the program spells it."""

    table: str
    column: str
    row: str
    value: Any

    @property
    def where(self) -> str:
        """The place without its version."""
        return f"{self.table}/{self.column}/{self.row}"


@dataclass
class Loot:
    """`dump` is what the database's own tools and files give; `files` and `settings` are empty until taken too."""

    dump: bytes
    tables: dict[str, list[dict[str, Any]]]
    primary: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, bytes] = field(default_factory=dict)

    def cells(self) -> Iterator[Cell]:
        """Every value of every table that is not empty."""
        for table, rows in self.tables.items():
            for row in rows:
                identifier = spelled(row[self.primary[table]]) if table in self.primary else ""
                for column, value in row.items():
                    if value not in (None, b"", ""):
                        yield Cell(table, column, identifier, value)

    def sealed(self) -> dict[str, Sealed]:
        """Every value, in whatever table, that looks sealed: it names a key that exists."""
        keys = {UUID(str(row["id"])) for row in self.tables["vault_key"]}
        found = {}
        for cell in self.cells():
            if isinstance(cell.value, bytes) and len(cell.value) > HEAD_LENGTH:
                with suppress(CannotOpen):
                    value = Sealed.from_bytes(cell.value)
                    if value.key in keys:
                        found[cell.where] = value
        return found

    def secrets(self) -> set[bytes]:
        """Everything of 32 bytes that could be a key: whole values, ends of longer ones, in hexadecimal, in base64."""
        found: set[bytes] = set()
        for cell in self.cells():
            found |= set(
                _strings_of_a_keys_length(cell.value if isinstance(cell.value, bytes) else str(cell.value).encode())
            )
        for content in self.settings.values():
            found |= set(_strings_of_a_keys_length(content))
        return found


def _strings_of_a_keys_length(content: bytes) -> Iterator[bytes]:
    if is_text(content):
        yield from (content[:KEY_LENGTH],) if len(content) >= KEY_LENGTH else ()
    elif len(content) <= 8 * KEY_LENGTH:
        yield from (content[start : start + KEY_LENGTH] for start in range(len(content) - KEY_LENGTH + 1))
    else:
        yield from (content[:KEY_LENGTH], content[-KEY_LENGTH:])
    for found in _HEXADECIMAL.findall(content):
        yield bytes.fromhex(found.decode())
        yield found[:KEY_LENGTH]
    for found in _BASE64.findall(content):
        with suppress(binascii.Error):
            yield base64.urlsafe_b64decode(found.rstrip(b"=").translate(bytes.maketrans(b"+/", b"-_")) + b"=")[
                :KEY_LENGTH
            ]


def is_text(content: bytes) -> bool:
    """Whether bytes are words in UTF-8, which nothing encrypted is."""
    with suppress(UnicodeDecodeError):
        content.decode()
        return True
    return False


def spelled(value: Any) -> str:
    """A primary key as it stands in a place: SQLite keeps a UUID without its dashes."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return str(UUID(text)) if re.fullmatch(r"[0-9a-f]{32}", text) else text


def steal_database(address: str, folder: Path) -> Loot:
    """A dump of the database by its own tools; of SQLite also the bytes of its files, with the write-ahead log."""
    return _from_postgres(address) if address else _from_sqlite(folder)


def triggers_of(address: str, folder: Path) -> list[tuple[str, str, str]]:
    """Name, table and statement of every trigger that the program made."""
    if not address:
        with closing(sqlite3.connect(folder / "integrity.sqlite3")) as database:
            return database.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    import psycopg

    with psycopg.connect(address) as database:
        return database.execute(
            "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        ).fetchall()


def steal_files(loot: Loot, folder: Path) -> None:
    """The whole file store, by name."""
    loot.files |= {path.name: path.read_bytes() for path in (folder / "files").rglob("*") if path.is_file()}


def steal_settings(loot: Loot, folder: Path) -> None:
    """Pepper, SECRET_KEY and the log's key, as they lie in KEY_DIR."""
    loot.settings |= {path.name: path.read_bytes().strip() for path in (folder / "keys").iterdir()}


def _from_sqlite(folder: Path) -> Loot:
    # SQLite tidies up a log that it finds, so the bytes are taken first and a copy is asked.
    parts = sorted(folder.glob("integrity.sqlite3*"))
    bytes_of_files = b"".join(path.read_bytes() for path in parts)
    # Two processes of tests may steal from one institution at once.
    copied = Path(tempfile.mkdtemp(prefix="carried-away-", dir=folder.parent))
    for path in parts:
        shutil.copy(path, copied)
    with closing(sqlite3.connect(copied / "integrity.sqlite3")) as database:
        database.row_factory = sqlite3.Row
        names = [row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}
        primary = {}
        for name in names:
            keys = [row["name"] for row in database.execute(f'PRAGMA table_info("{name}")') if row["pk"]]
            primary |= {name: keys[0]} if len(keys) == 1 else {}
        text = "\n".join(database.iterdump()).encode()
    return Loot(dump=bytes_of_files + text + _sessions(tables), tables=tables, primary=primary)


def _from_postgres(address: str) -> Loot:
    import psycopg
    from psycopg.rows import dict_row

    tool = shutil.which("pg_dump")
    assert tool is not None, "pg_dump is not installed (apt install postgresql-client)."
    text = subprocess.run([tool, "--dbname", address], capture_output=True, check=True).stdout
    with psycopg.connect(address, row_factory=dict_row) as database:
        names = [
            row["tablename"] for row in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        tables = {name: [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}  # type: ignore[call-overload]
        found = database.execute(
            "SELECT c.relname AS name, min(a.attname) AS column FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) "
            "WHERE i.indisprimary GROUP BY c.relname HAVING count(*) = 1"
        )
        primary = {row["name"]: row["column"] for row in found}
    return Loot(dump=text + _sessions(tables), tables=tables, primary=primary)


def _sessions(tables: dict[str, list[dict[str, Any]]]) -> bytes:
    """What the browsers' sessions say: they are signed and compressed, which hides nothing."""
    told = b""
    for row in tables.get("django_session", []):
        content = str(row["session_data"]).split(":")[0]
        packed = base64.urlsafe_b64decode(content.lstrip(".") + "=" * (-len(content.lstrip(".")) % 4))
        told += zlib.decompress(packed) if content.startswith(".") else packed
    return told
