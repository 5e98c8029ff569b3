"""Writing a small file so that it is whole at every moment, and for its owner only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

MODE: Final = 0o600


def write_whole(path: Path, content: str) -> None:
    """Write the file aside, with permissions for its owner only, and put it into its place. Raises OSError."""
    mode = path.stat().st_mode & 0o777 if path.exists() else MODE
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
