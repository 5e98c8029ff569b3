"""Imports run downwards only."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_floors_import_downwards_only():
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def test_the_contracts_name_every_floor():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (floors,) = [contract for contract in declared["contracts"] if contract["id"] == "floors"]
    assert floors["layers"] == ["config", "cases", "intake", "integrity", "audit"]
    assert set(declared["root_packages"]) == set(floors["layers"])
    (alone,) = [contract for contract in declared["contracts"] if contract["id"] == "standalone-audit"]
    assert {"audit.tree", "audit.note", "audit.tiles", "audit.verify"} <= set(alone["source_modules"])
    assert "django" in alone["forbidden_modules"]


def test_verify_runs_where_django_is_not(tmp_path: Path):
    code = "import sys; sys.modules['django'] = None; import audit.verify, audit.tree, audit.note, audit.tiles"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
