"""Starting: the first time, the second time, and the times when it must not."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from config.demonstration.people import PASSPHRASE, SIGN_INS
from tests.e2e.serving import ROOT, Served, Template, environment_for, free_port
from tests.e2e.web import Visitor, second_factor

MADE = "Making the demonstration institution"


def test_the_first_start_makes_the_institution_and_prints_a_sign_in_for_each_role(demonstration: Template) -> None:
    """The address, the passphrase, and a line for each account."""
    assert MADE in demonstration.printed
    assert re.search(r"The desk +http://127\.0\.0\.1:\d+/desk/", demonstration.printed)
    assert PASSPHRASE in demonstration.printed
    for username, role in SIGN_INS.items():
        assert re.search(rf"^ +{username} +{re.escape(str(role.label))}$", demonstration.printed, re.MULTILINE), (
            username
        )
    assert "Traceback" not in demonstration.printed


def test_the_second_start_only_looks_and_serves_what_was_there(served: Served) -> None:
    """Nothing is made again, and a person signs in to the cases of before."""
    print(f"Second start: {served.seconds:.1f} s until the first answer.")
    printed = served.output.read_text()
    assert MADE not in printed
    assert PASSPHRASE in printed
    visitor = Visitor(served.url, browser="A browser")
    door = visitor.get("/desk/sign-in/").form()
    given = {"username": "supervisor", "passphrase": PASSPHRASE}
    asked = visitor.submit(door, lambda control: control.chosen, given)
    inside = second_factor(visitor, asked, lambda control: control.chosen)
    assert inside.path == "/desk/"
    assert "/desk/cases/C-" in visitor.get("/desk/cases/").text


def test_a_demonstration_is_announced_on_every_page(served: Served) -> None:
    """So that nobody sends a real report to it."""
    visitor = Visitor(served.url, browser="A browser")
    for address in ("/", "/report/", "/decisions/", "/rules/", "/api/v1/", "/desk/", "/nothing-is-here/"):
        assert "The people and cases are invented." in visitor.get(address).text, address


def test_with_debug_0_the_demonstration_refuses_to_start_with_a_sentence(tmp_path: Path) -> None:
    """Its passphrases are known to everybody."""
    told = refused(environment_for(tmp_path, DEBUG="0"), free_port())
    assert "refuses to start with DEBUG=0" in told


def test_a_setting_that_is_wrong_is_told_in_a_sentence(tmp_path: Path) -> None:
    """What was expected, and what came."""
    assert "SITE must be all, portal or desk, not 'both'." in refused(
        environment_for(tmp_path, SITE="both"), free_port()
    )


def test_a_database_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Nobody needs to read a traceback for that."""
    address = f"postgres://nobody@127.0.0.1:{free_port()}/nothing"
    assert "Not started:" in refused(environment_for(tmp_path, DATABASE_URL=address), free_port())


def test_a_port_that_is_taken_is_told_with_the_next_one_to_try(tmp_path: Path) -> None:
    """Before anything is made."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        told = refused(environment_for(tmp_path), port)
    assert f"Port {port} is taken. Choose another: make run PORT={port + 1}" in told
    assert not (tmp_path / "integrity.sqlite3").exists()


def refused(environment: dict[str, str], port: int) -> str:
    """What a start that is refused prints; it must end by itself, with no traceback."""
    ended = subprocess.run(
        [sys.executable, "-m", "config.run", "--port", str(port)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    told = ended.stdout + ended.stderr
    assert "Traceback" not in told
    return told
