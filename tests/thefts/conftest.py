"""An institution that was lived in once for all thefts, its answers, and fresh loot for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.thefts.institution import Institution, shared
from tests.thefts.known import Known
from tests.thefts.loot import Loot, steal_database, steal_files, steal_settings


@pytest.fixture(scope="session")
def institution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Institution]:
    """The institution, whose plug was pulled; nobody changes it."""
    with shared(tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="session")
def known(institution: Institution) -> Known:
    """What the thieves do not know."""
    return Known.load(institution.answers)


@pytest.fixture
def dump(institution: Institution) -> Loot:
    """The database alone."""
    return steal_database(institution.database, institution.folder)


@pytest.fixture
def with_files(dump: Loot, institution: Institution) -> Loot:
    """The database and the file store."""
    steal_files(dump, institution.folder)
    return dump


@pytest.fixture
def with_settings(with_files: Loot, institution: Institution) -> Loot:
    """The database, the file store and the settings."""
    steal_settings(with_files, institution.folder)
    return with_files


@pytest.fixture
def copy(institution: Institution, tmp_path: Path) -> Iterator[Institution]:
    """The institution once more, for whoever changes something."""
    with institution.copied(tmp_path / "copy") as made:
        yield made


@pytest.fixture
def steal() -> Callable[[Institution], Loot]:
    """Everything that lies still: database, file store, settings; from an institution as it is now."""

    def everything(of: Institution) -> Loot:
        loot = steal_database(of.database, of.folder)
        steal_files(loot, of.folder)
        steal_settings(loot, of.folder)
        return loot

    return everything
