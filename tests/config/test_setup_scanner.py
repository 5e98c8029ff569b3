"""What the set-up says of a scanner: a real clamd, in memory or on the disk, well set up or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from config.setup.state import Standing
from config.setup.steps import look, scanner
from tests.integrity.fake_clamd import fake_clamd, looks
from tests.integrity.real_clamd import RealClamd, real_clamd

pytestmark = pytest.mark.once

MEMORY = Path("/dev/shm")
TEST_FILE_SIGNATURE = f"Eicar-Test-Signature:0:0:{scanner.TEST_FILE.hex()}\n"


@pytest.fixture(autouse=True)
def tried_anew() -> Iterator[None]:
    """What one test learnt of a scanner is forgotten before the next."""
    scanner.tried.cache_clear()
    yield
    scanner.tried.cache_clear()


def told(clamd: RealClamd, settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Standing]:
    """The sentences on this scanner, whose settings are where a package keeps them."""
    monkeypatch.setattr(scanner, "_SETTINGS", (str(clamd.settings),))
    settings.CLAMAV = clamd.by_port
    return {finding.sentence: finding.standing for finding in look(scanner.STEP).findings}


def test_without_a_scanner_nothing_is_open(settings: Any) -> None:
    settings.CLAMAV = ""
    assert look(scanner.STEP).standing is Standing.DONE


def test_a_scanner_that_keeps_files_in_memory_and_says_what_it_passes_over_is_well(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert scanner.file_system(MEMORY) == "tmpfs"
    with TemporaryDirectory(dir=MEMORY) as spool, real_clamd(tmp_path / "clamd", TemporaryDirectory=spool) as clamd:
        clamd.learn(TEST_FILE_SIGNATURE)
        found = told(clamd, settings, monkeypatch)
    assert set(found.values()) == {Standing.DONE}
    assert any(spool in sentence and "in memory" in sentence for sentence in found)


def test_a_scanner_that_writes_files_to_the_disk_keeps_the_portal_from_being_announced(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scanner, "file_system", lambda _folder: "ext4")
    with real_clamd(tmp_path / "clamd", AlertExceedsMax="no") as clamd:
        found = told(clamd, settings, monkeypatch)
    assert [standing for sentence, standing in found.items() if "in clear on the disk" in sentence] == [Standing.OPEN]
    assert any("AlertExceedsMax" in sentence for sentence in found)
    assert any("does not know the test file" in sentence for sentence in found)


def test_a_scanner_on_another_machine_is_asked_and_its_folder_is_not_guessed(settings: Any) -> None:
    with fake_clamd(looks) as fake:
        settings.CLAMAV = fake.address
        found = look(scanner.STEP)
        assert [seen[:4] for seen in fake.seen] == [b"X5O!", b"PK\x03\x04"]
        assert len(look(scanner.STEP).findings) == len(found.findings)
        assert len(fake.seen) == 2, "once in five minutes, not at each look"
    assert found.standing is Standing.WARNING
    assert any("is not seen from here" in finding.sentence for finding in found.findings)
    settings.CLAMAV = "unix:/nowhere/at/all"
    assert [finding.standing for finding in look(scanner.STEP).findings] == [Standing.WARNING]


def test_the_kind_of_a_file_system_is_that_of_the_mount_that_holds_the_folder() -> None:
    assert scanner.file_system(Path("/proc/self")) == "proc"
    assert scanner.file_system(MEMORY / "deeper" / "still") == "tmpfs"
