"""Compile the message catalogues (.po → .mo) with a package from PyPI: no system tool is needed.

`make messages` runs it; the compiled files are kept with the sources, so that `make run` needs neither.
"""

from __future__ import annotations

from pathlib import Path

LOCALE = Path(__file__).resolve().parent / "locale"


def compile_all() -> list[Path]:
    """Compile every catalogue and return the files written."""
    import polib

    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        polib.pofile(str(source)).save_as_mofile(str(target))
        written.append(target)
    return written


if __name__ == "__main__":
    compile_all()
