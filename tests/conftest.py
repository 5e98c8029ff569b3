"""What every test has: a data folder of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as examples

from audit.log import numbering
from tests.audit.tampering import guards_lifted

ROOT = Path(__file__).parent
# A busy machine is no failure.
examples.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("patient")
# Their servers and processes use the database without a fixture that says so.
ASK_BY_THEMSELVES = {"e2e", "thefts", "upgrade"}
LONG = [
    "e2e/test_every_page.py",
    "e2e/test_canary.py",
    "config/test_setup_command.py",
    "e2e/test_whole_way.py",
    "e2e/test_every_inbox.py",
    "e2e/test_keyboard_only.py",
    "e2e/test_on_a_bad_line.py",
    "e2e/test_seen_otherwise.py",
    "thefts/test_what_runs.py",
    "thefts/test_what_lies_still.py",
    "thefts/test_who_takes_part.py",
    "e2e/test_second_factor.py",
    "e2e/test_single_sign_on.py",
    "e2e/test_setup_served.py",
    "config/test_accounts_apart.py",
    "integrity/test_inspection_office.py",
    "integrity/test_vault_crashes.py",
    "cases/test_policy_apart.py",
    "cases/test_workflow_attempts.py",
    "audit/test_enforcement.py",
    "config/test_settings.py",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs with the other database: what it alone can do, and what asks no database at all.

    It is not skipped, because it runs there.
    """
    again = connection.vendor == "postgresql"
    other = "sqlite" if again else "postgres"
    left_out = {item for item in items if item.get_closest_marker(other) or (again and _runs_once(item))}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    # A file is tested by one process: the long ones first, so that nobody waits for the last of them alone.
    items.sort(key=lambda item: LONG.index(name) if (name := _file_of(item)) in LONG else len(LONG))


def _file_of(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT).as_posix()


def _runs_once(item: pytest.Item) -> bool:
    """Whether a test does the same whatever the database is: it is said to, or it is given none."""
    if item.get_closest_marker("once"):
        return True
    if item.get_closest_marker("postgres"):
        return False
    folder = item.path.relative_to(ROOT).parts[0]
    asks = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
    return folder not in ASK_BY_THEMSELVES and not asks


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    """Keep files, keys and the queue of a test in the test's own folder."""
    settings.DATA_DIR = tmp_path
    settings.VAULT_FILES = tmp_path / "files"
    settings.LOG_KEY_FILE = tmp_path / "keys" / "log.key"
    settings.LOG_HIGH_WATER_FILE = tmp_path / "log.high-water"
    # Attempts are counted in the cache, which tests at the same time may share.
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": str(tmp_path)}}
    # Tests count entries; those of the cadence set what they need.
    settings.LOG_PADDING = 0
    return tmp_path


@pytest.fixture(autouse=True)
def in_english(settings) -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test does not begin in it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="session", autouse=True)
def emptying() -> Iterator[None]:
    """Let a test that committed be cleared away: emptying the tables is what the log's triggers refuse."""
    empty = BaseDatabaseOperations.execute_sql_flush

    def with_guards_lifted(self: BaseDatabaseOperations, statements: list[str]) -> None:
        with guards_lifted():
            empty(self, statements)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseDatabaseOperations, "execute_sql_flush", with_guards_lifted)
        yield


@pytest.fixture(autouse=True)
def numbered_before_each_look(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests look straight into the table of entries; number what waits before each look, as a reader would.

    A test marked `unnumbered` sees the table as it is.
    """

    def look(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT") and "audit_log_entry" in sql and not connection.needs_rollback:
            numbering.number()
        return execute(sql, parameters, many, context)

    with ExitStack() as stack:
        if not request.node.get_closest_marker("unnumbered"):
            stack.enter_context(connection.execute_wrapper(look))
        yield


@pytest.fixture
def world(db):
    """A small institution with real keys."""
    from tests.remembered import founded

    return founded()
