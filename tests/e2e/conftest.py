"""A real server with the demonstration, and headless Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSPHRASE = "harbour lantern quiet river"


@dataclass(frozen=True)
class Served:
    """A running demonstration."""

    url: str
    data: Path
    environment: dict[str, str]
    output: Path

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `integrity …` against it."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`make run` in a folder of its own, on the database that the tests run on."""
    data = tmp_path_factory.mktemp("demonstration")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))
    }
    environment |= {"DEBUG": "1", "DEMONSTRATION": "1", "DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    database = _own_database(environment)
    port = _free_port()
    output = data / "output.txt"
    with output.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.run", "--port", str(port)],
            cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process, output)
            yield Served(url=url, data=data, environment=environment, output=output)
        finally:
            process.terminate()
            process.wait(timeout=20)
            if database:
                _drop(environment["DATABASE_URL"], database)


def _wait_for(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        try:
            with urlopen(f"{url}/health/", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"The server did not start.\n{output.read_text()}")


def _own_database(environment: dict[str, str]) -> str:
    """On PostgreSQL make a database for this server alone, and point the environment at it."""
    url = environment.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        environment.pop("DATABASE_URL", None)
        return ""
    name = f"integrity_browser_{os.getpid()}"
    _administer(url, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    environment["DATABASE_URL"] = urlsplit(url)._replace(path=f"/{name}").geturl()
    return name


def _drop(url: str, name: str) -> None:
    _administer(urlsplit(url)._replace(path="/postgres").geturl(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _administer(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


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


@dataclass
class Desk:
    """Opens browsers as different people."""

    browser: Browser
    served: Served

    def stranger(self, **options: object) -> Page:
        """Somebody with scripts off and no account."""
        context = self.browser.new_context(java_script_enabled=False, **options)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    def person(self, username: str, *, scripts: bool = False, **options: object) -> Page:
        """Somebody signed in at the desk."""
        context: BrowserContext = self.browser.new_context(java_script_enabled=scripts, **options)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{self.served.url}/desk/")
        page.get_by_label("User name").fill(username)
        page.get_by_label("Passphrase").fill(PASSPHRASE)
        page.get_by_role("button", name="Sign in").click()
        assert page.get_by_role("heading", level=1).inner_text() != "Sign in to the desk", page.content()
        return page


@pytest.fixture(scope="module")
def desk(chromium: Browser, served: Served) -> Desk:
    """People at their browsers."""
    return Desk(chromium, served)
