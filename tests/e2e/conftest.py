"""A real server with the demonstration for each module, and headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.desk import Desk
from tests.e2e.serving import Served, Template, served_from, template

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """The demonstration as the first start of `make run` leaves it; made once for all modules and processes."""
    with template(tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="module")
def served(demonstration: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`make run` in a folder of its own, on the kind of database that the tests run on."""
    with served_from(demonstration, tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("Chromium is not installed (apt install chromium), so the browser tests cannot run.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def desk(chromium: Browser, served: Served) -> Desk:
    """People at their browsers."""
    return Desk(chromium, served)
