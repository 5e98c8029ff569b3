"""Put the command `integrity` into the environment: a two-line script that finds this folder.

`pip install -e .` would fetch a build backend; a bare machine needs none for this.
"""

import os
import stat
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """#!{python}
import sys
sys.path.insert(0, {root!r})
from config.command import main
main()
"""


def install(environment: Path) -> Path:
    """Write the script into the environment's bin folder and return its path."""
    script = environment.resolve() / "bin" / "integrity"
    script.write_text(SCRIPT.format(python=environment.resolve() / "bin" / "python", root=str(ROOT)))
    script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return script


if __name__ == "__main__":
    os.umask(0o022)
    install(Path(sys.argv[1]))
