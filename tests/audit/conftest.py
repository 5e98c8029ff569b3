"""A log with a real key in the test's own folder, and ways to fill it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, connections

from audit.log import actions as log
from audit.log.events import EventType, declare
from audit.log.signer import create_log_key
from audit.note import VerifierKey

NOTED = declare("test.noted", facts=("number", "text"), description="Something happened in a test.")


@pytest.fixture
def noted() -> EventType:
    """An event type of the tests."""
    return NOTED


@pytest.fixture
def log_key(settings, tmp_path: Path) -> VerifierKey:
    """The public key of a log that was made for this test alone."""
    settings.LOG_ORIGIN = "log.example/tests"
    settings.LOG_KEY_FILE = tmp_path / "keys" / "log.key"
    settings.LOG_HIGH_WATER_FILE = tmp_path / "log.high-water"
    return create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)


@pytest.fixture
def note_down() -> Callable[[int], None]:
    """Append so many entries, in one transaction."""

    def append(count: int) -> None:
        with log.transaction():
            for number in range(count):
                log.append(NOTED, actor="person/1", object=f"thing/{number % 3}", facts={"number": number})

    return append


@pytest.fixture
def shared_database(transactional_db, tmp_path: Path) -> Iterator[None]:
    """A database that threads share as processes do. SQLite's in-memory one locks whole tables at once instead."""
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    in_memory, settings = connections["default"], connections.settings["default"]
    name = settings["NAME"]
    del connections["default"]
    settings["NAME"] = str(tmp_path / "shared.sqlite3")
    try:
        with connection.schema_editor() as editor:
            for model in apps.get_app_config("audit_log").get_models():
                editor.create_model(model)
        yield
    finally:
        connections["default"].close()
        settings["NAME"] = name
        connections["default"] = in_memory


@pytest.fixture
def in_threads(shared_database) -> Callable[[list[Callable[[], None]]], None]:
    """Run functions at once, each with a database connection of its own; what one raises, this raises."""

    def run(functions: list[Callable[[], None]]) -> None:
        def alone(function: Callable[[], None]) -> None:
            try:
                function()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(functions)) as pool:
            for future in [pool.submit(alone, function) for function in functions]:
                future.result(timeout=120)

    return run
