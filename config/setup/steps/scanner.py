"""The scanner for malware: whether it knows the test file, says what it passes over, and keeps what it sees in memory.

It is shown the test file that scanners agree on (EICAR), which harms nobody, and nothing else.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.setup.state import Finding, Step, done, still_open, warning
from integrity.vault import limits
from integrity.vault.scanning import Patience, Scan, Scanning, Unscanned, Verdict

# In two pieces, so that no scanner takes this file for it.
TEST_FILE: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_DEEPER_THAN_ANY_LIMIT: Final = 100
_SECONDS: Final = 5
_A_MOMENT: Final = 0.5
_GOOD_FOR: Final = 300
_USUAL_FOLDERS: Final = ("/tmp", "/var/tmp")  # noqa: S108 - looked into, never written to
_SETTINGS: Final = ("/etc/clamav/clamd.conf", "/etc/clamd.d/scan.conf", "/etc/clamd.conf")
_OF_CLAMD: Final = "clamav-*.tmp"


@dataclass(frozen=True)
class Trial:
    """What the scanner said of the test file, what of one deeper than it looks, and where the file lay meanwhile."""

    known: Scan
    too_deep: Scan
    folder: Path | None


def check() -> Iterator[Finding]:
    """What a scanner does that is set up."""
    where = limits.scanner()
    if not where:
        yield done(_("No scanner for malware is set up; files are taken as ever."))
        return
    # The work list of an administrator asks at each look.
    trial = tried(where, int(time.monotonic() // _GOOD_FOR))
    if trial.known.verdict is Verdict.NOT_SCANNED:
        why = Unscanned(trial.known.reason).label
        yield warning(_("The scanner did not look at a test file: %(why)s") % {"why": why})
        return
    if trial.known.verdict is Verdict.CLEAN:
        yield warning(_("The scanner does not know the test file that every scanner knows; it may have no signatures."))
    else:
        yield done(_("The scanner finds the test file."))
    if trial.too_deep.verdict is Verdict.CLEAN:
        yield warning(_("The scanner calls clean what it passed over: set AlertExceedsMax to yes."))
    yield _kept(trial.folder)


def _kept(folder: Path | None) -> Finding:
    """Where a file lies in clear while the scanner looks at it."""
    if folder is None:
        return warning(_("Where the scanner keeps a file while it looks is not seen from here. It must be in memory."))
    told = {"folder": folder, "kind": file_system(folder)}
    if told["kind"] in MEMORY:
        return done(_("While the scanner looks at a file, it lies in %(folder)s, in memory.") % told)
    return still_open(
        _("While the scanner looks at a file, it lies in clear on the disk, in %(folder)s (%(kind)s).") % told
    )


@lru_cache(maxsize=1)
def tried(where: str, _stretch: int) -> Trial:
    """Show a scanner both test files; once in each stretch of time."""
    before = _files_of_clamd()
    scanning = Scanning(Patience(_SECONDS), address=where)
    scanning.see(TEST_FILE)
    until = time.monotonic() + _A_MOMENT
    while not (new := _files_of_clamd() - before) and time.monotonic() < until:
        time.sleep(_A_MOMENT / 20)
    known = scanning.end()
    deeper = Scanning(Patience(_SECONDS), address=where)
    deeper.see(_too_deep())
    return Trial(known, deeper.end(), next((path.parent for path in new), None))


def _files_of_clamd() -> set[Path]:
    found: set[Path] = set()
    for folder in {*_USUAL_FOLDERS, *_folders_in_settings()}:
        try:
            found.update(Path(folder).glob(_OF_CLAMD))
        except OSError:
            continue
    return found


def _folders_in_settings() -> Iterator[str]:
    for name in _SETTINGS:
        try:
            lines = Path(name).read_text(errors="replace").splitlines()
        except OSError:
            continue
        words = [line.split(maxsplit=1) for line in lines]
        yield from (each[1].strip() for each in words if len(each) == 2 and each[0] == "TemporaryDirectory")


def file_system(place: Path) -> str:
    """The kind of the file system that holds a folder, as the kernel names it; "?" where it does not tell."""
    try:
        lines = Path("/proc/self/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return "?"
    mounts = [(Path(words[1].replace("\\040", " ")), words[2]) for line in lines if len(words := line.split()) > 2]
    # What is mounted later lies over what was there.
    holding = [(len(where.parts), order, kind) for order, (where, kind) in enumerate(mounts) if _holds(where, place)]
    return max(holding)[2] if holding else "?"


def _holds(where: Path, place: Path) -> bool:
    return where == place or where in place.parents


def _too_deep() -> bytes:
    """The test file in a zip in a zip, deeper than a scanner unpacks."""
    content = TEST_FILE
    for _level in range(_DEEPER_THAN_ANY_LIMIT):
        written = BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("0", content)
        content = written.getvalue()
    return content


STEP: Final = Step("scanner", gettext_lazy("Scanner for malware"), check)
