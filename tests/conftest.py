"""What every test has: a data folder of its own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    """Keep files, keys and the queue of a test in the test's own folder."""
    settings.DATA_DIR = tmp_path
    settings.VAULT_FILES = tmp_path / "files"
    settings.LOG_KEY_FILE = tmp_path / "keys" / "log.key"
    settings.LOG_HIGH_WATER_FILE = tmp_path / "log.high-water"
    return tmp_path


@pytest.fixture
def world(db):
    """A small institution with real keys."""
    from tests.world import make_world

    return make_world()
