"""Killed at any step of keeping a file: nothing acknowledged is lost, nothing half is acknowledged, orphans go."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from tests.integrity.vault_process import STEPS, outcome, run


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A folder with a database in which somebody holds the key of a report."""
    folder = tmp_path_factory.mktemp("prepared")
    assert outcome(folder, "prepare") == {"prepared": True}
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(prepared, tmp_path / "data")


def killed_at(folder: Path, step: str) -> dict[str, str]:
    """Store a file and be killed at a step; what had reached the person by then."""
    ended = run(folder, "store", step)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    told: dict[str, str] = {}
    for line in ended.stdout.splitlines():
        told |= json.loads(line)
    return told


@pytest.mark.parametrize("step", STEPS)
def test_what_was_acknowledged_is_there_whole_and_what_nobody_speaks_of_is_swept(step: str, folder: Path) -> None:
    told = killed_at(folder, step)
    after = outcome(folder, "examine")
    found, swept = after["found"], after["swept"]
    assert all(found["rows"].values()), "a row speaks of a file that is not whole"
    assert len(found["rows"]) == (step in {"committed", "acknowledged"})
    assert ("acknowledged" in told) == (step == "acknowledged")
    if "acknowledged" in told:
        assert list(found["rows"]) == [told["acknowledged"]]
    assert found["plain"] == []
    assert (swept["rows"], swept["kept"], swept["pending"]) == (found["rows"], sorted(found["rows"]), [])


@pytest.mark.parametrize("step", [step for step in STEPS if step not in {"arriving", "arrived"}])
def test_the_form_sent_again_keeps_the_file_once_or_says_that_it_is_there(step: str, folder: Path) -> None:
    token = killed_at(folder, step)["token"]
    after = outcome(folder, "examine", token)
    assert list(after["afterwards"]["rows"].values()) == [True], "kept once, and whole"
    if step in {"committed", "acknowledged"}:
        assert after["again"] == {"gone": True}
    else:
        assert list(after["afterwards"]["rows"]) == [after["again"]["acknowledged"]]
    assert after["swept"]["rows"] == after["afterwards"]["rows"]
    assert after["swept"]["kept"] == list(after["afterwards"]["rows"])


def test_without_a_death_the_file_is_kept(folder: Path) -> None:
    ended = run(folder, "store", "never")
    assert ended.returncode == 0, ended.stderr
    found = outcome(folder, "examine")["found"]
    assert (list(found["rows"].values()), found["pending"]) == ([True], [])


def test_a_large_file_goes_in_and_out_in_flat_memory(folder: Path) -> None:
    flowed = outcome(folder, "flow", "256")
    assert (flowed["back"], flowed["tail"]) == (256 * 1024 * 1024, True)
    assert flowed["grown"] < 40_000, "kilobytes more for 256 MB than before them"
    assert flowed["peak"] < 150_000, "kilobytes in all"
