"""A place of its own for one run: folder, keys and database, all gone afterwards."""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from tests.world import World


class Scene:
    """What the benchmarks share: the run's folder, and a small institution with real keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._world: World | None = None

    def found(self) -> World:
        """The institution, founded when the first benchmark asks for it."""
        from tests.world import make_world

        self._world = self._world or make_world()
        return self._world


@contextmanager
def scene() -> Iterator[Scene]:
    """Set Django up on a scratch database: SQLite in a temporary folder, or one beside that of DATABASE_URL.

    Must run before anything imports a model. TMPDIR chooses the disk.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _database(Path(name)) as url:
        os.environ |= {
            "DATABASE_URL": url,
            "DATA_DIR": name,
            # The tests' own browser, which signs people in, calls itself by the last of these.
            "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
            "DEBUG": "1",
            "DEMONSTRATION": "0",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            # Everybody here has one address, and what is measured is not how often one may.
            "PORTAL_POSTS_AT_ONCE": "0",
            "REDIS_URL": "",
            "SITE": "all",
        }
        for one in ("KEY_DIR", "VAULT_FILES", "LOG_KEY_FILE", "LOG_HIGH_WATER_FILE", "STATIC_ROOT"):
            os.environ.pop(one, None)
        _set_up()
        yield Scene(Path(name))
        _close()


def _set_up() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from audit.log.signer import create_log_key
    from config import prepare

    if settings.TESTING:
        raise SystemExit("The tests' weak Argon2id costs are in force; run this without pytest.")
    # Forms are sent incomplete on purpose, and Django would tell of each.
    logging.disable(logging.CRITICAL)
    prepare.folders()
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    call_command("migrate", interactive=False, verbosity=0)


def _close() -> None:
    from django.db import connections

    connections.close_all()


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    given = urlsplit(os.environ.get("DATABASE_URL", "").strip())
    if not given.scheme.startswith("postgres"):
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    import psycopg

    name = f"integrity_bench_{secrets.token_hex(4)}"
    with psycopg.connect(urlunsplit(given), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(given._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
