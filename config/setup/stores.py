"""Whether folders, database and Redis are there and let us in. Every sentence leaves out what is secret."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from config.setup.conversation import Wrong

PATIENCE: Final = 5
POSTGRES: Final = frozenset({"postgres", "postgresql"})
REPORTS: Final = "portal_report"
OPEN_TO_OTHERS: Final = 0o077


def usable_folder(answer: str) -> str:
    """The folder, made for this account alone unless it is there, and written to. Raises Wrong."""
    path = Path(answer)
    if not path.is_absolute():
        raise Wrong("Give the whole path, from / on.")
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Wrong(f"{path} cannot be made: {error.strerror}.") from error
    fault = fault_of_folder(path)
    if fault:
        raise Wrong(fault)
    probe = path / f".set-up-{os.getpid()}"
    try:
        probe.write_bytes(b"probe")
        probe.unlink()
    except OSError as error:
        raise Wrong(f"Nothing can be written into {path}: {error.strerror}.") from error
    return str(path)


def fault_of_folder(path: Path) -> str:
    """Why a folder is not fit to keep data, in a sentence, or nothing. Writes nothing."""
    if not path.is_dir():
        return f"The folder {path} is not there."
    found = path.stat()
    if found.st_uid != os.geteuid():
        return f"{path} belongs to another account than the one that runs this."
    if found.st_mode & OPEN_TO_OTHERS:
        return f"{path} is open to other accounts: chmod 700 {path}"
    return "" if os.access(path, os.W_OK | os.X_OK) else f"Nothing can be written into {path}."


def answering_redis(address: str) -> str:
    """The address, if a Redis answers there. Raises Wrong."""
    from redis import Redis, RedisError

    try:
        with Redis.from_url(address, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        raise Wrong(f"Redis does not answer there ({type(error).__name__}).") from error
    return address


def known_database(address: str) -> str:
    """The address, if it is of a kind that we know. Raises Wrong."""
    parts = urlsplit(address)
    if parts.scheme in POSTGRES:
        if not parts.path.strip("/"):
            raise Wrong("The address does not end with the name of a database, such as …/integrity.")
        return address
    if parts.scheme == "sqlite" and parts.path.startswith("/"):
        return address
    raise Wrong("Give an address such as postgres://integrity@127.0.0.1/integrity, or nothing for SQLite.")


def needs_password(address: str) -> bool:
    """Whether an account is named and no password is."""
    parts = urlsplit(address)
    return parts.scheme in POSTGRES and bool(parts.username) and parts.password is None


def with_password(address: str, password: str) -> str:
    """The address with the password in it, written so that it can stand in an address."""
    parts = urlsplit(address)
    account, host = parts.netloc.rsplit("@", 1)
    return parts._replace(netloc=f"{account}:{quote(password, safe='')}@{host}").geturl()


def answering_database(address: str) -> str:
    """The address, if the database lets us in; nothing is SQLite. Raises Wrong."""
    if urlsplit(address).scheme not in POSTGRES:
        return address
    import psycopg

    try:
        with psycopg.connect(address, connect_timeout=PATIENCE) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise Wrong(f"The database does not let us in: {_reason(error, address)}") from error
    return address


def has_reports(address: str, data: Path) -> bool:
    """Whether the database holds reports already, whose receipts need the pepper they were made with."""
    if urlsplit(address).scheme in POSTGRES:
        import psycopg

        with psycopg.connect(address, connect_timeout=PATIENCE) as connection:
            found = connection.execute("SELECT to_regclass(%s)", [REPORTS]).fetchone()
            if not found or found[0] is None:
                return False
            return connection.execute(f"SELECT 1 FROM {REPORTS} LIMIT 1").fetchone() is not None  # noqa: S608
    file = Path(urlsplit(address).path[1:]) if address else data / "integrity.sqlite3"
    if not file.exists():
        return False
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as reading:
        if not reading.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [REPORTS]).fetchone():
            return False
        return reading.execute(f"SELECT 1 FROM {REPORTS} LIMIT 1").fetchone() is not None  # noqa: S608


def _reason(error: Exception, address: str) -> str:
    """The first line of what the driver says, without the password."""
    told = str(error).strip().split("\n", 1)[0]
    password = urlsplit(address).password
    return told.replace(password, "…") if password else told
