"""An import with files that is killed, or tried twice at once: no half report, and the second run completes it."""

from __future__ import annotations

import shutil
import signal
import threading
from pathlib import Path

import pytest
from django.db import connection

from intake.entry import importing
from intake.entry.archives import opened
from intake.entry.importing import import_reports
from intake.entry.models import EnteredReport
from intake.portal.models import Attachment, Report
from integrity.action import Actor, WrongState
from integrity.vault.models import StoredFile
from tests.intake.import_process import NAMES, STEPS, outcome, run
from tests.intake.importing import listed, lying, zipped
from tests.remembered import founded


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an institution in a database of its own, and a batch."""
    folder: Path = tmp_path_factory.mktemp("prepared")
    assert outcome(folder, "prepare") == {"prepared": True}
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(prepared, tmp_path / "data")


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_import_leaves_whole_reports_and_the_second_run_completes_it(step: str, folder: Path) -> None:
    ended = run(folder, "batch", step)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    after = outcome(folder, "examine")
    found, again, swept = after["found"], after["afterwards"], after["swept"]
    assert len(found["reports"]) == STEPS[step]
    assert found["pending"] + found["kept"] > 0, "it was killed while there was something to lose"
    for reports in (found["reports"], again["reports"]):
        assert all(len(each["names"]) == 2 and each["whole"] for each in reports)
    assert sorted(name for each in again["reports"] for name in each["names"]) == sorted(NAMES)
    assert (swept["reports"], swept["pending"], swept["kept"]) == (again["reports"], 0, len(NAMES))
    assert found["plain"] + again["plain"] == []


def test_a_large_file_is_imported_in_flat_memory(folder: Path) -> None:
    flowed = outcome(folder, "flow", "128")
    assert flowed["size"] == 128 * 1024 * 1024
    assert flowed["grown"] < 30_000, "kilobytes more for 128 MB than for a small batch"


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_twice_at_once_is_imported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    founded()
    content, archive = listed(["a.txt"], ["b.txt"]), lying(tmp_path, zipped({"a.txt": b"a", "b.txt": b"b"}))
    both = threading.Barrier(2)
    act = importing._import

    def together(**named: object) -> object:
        both.wait(30)
        return act(**named)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "_import", together)
    made: list[int] = []

    def one() -> None:
        try:
            with opened([archive]) as beside:
                done = import_reports(
                    actor=Actor.system(), content=content, source="old", digest="0" * 64, beside=beside
                )
            made.append(len(done.reports))
        except WrongState:
            made.append(0)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 2]
    counts = [model.objects.count() for model in (Report, EnteredReport, Attachment, StoredFile)]
    assert counts == [2, 2, 2, 2]
