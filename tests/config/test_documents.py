"""The documents say what is there: settings, links, commands, sign-ins, decisions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from config.demonstration.people import PASSPHRASE, SIGN_INS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DECISIONS = ROOT / "docs" / "decisions"
READERS = {"flag", "text", "number", "words", "secret", "path"}
HIDDEN = {"var", "node_modules"}
CONFIG = ROOT / "config"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)


def documents() -> list[Path]:
    """Every document of the project."""
    found = ROOT.rglob("*.md")
    return sorted(
        path
        for path in found
        if not any(part in HIDDEN or part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def variables_read(source: Path) -> set[str]:
    """The environment variables that a module of config/ reads, by `environment.…("NAME")` or `os.environ`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            names |= _text(node.slice)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
            owner, method = ast.unparse(node.func.value), node.func.attr
            is_read = owner == "environment" and method in READERS
            if is_read or (owner == "os.environ" and method in {"get", "setdefault", "pop"}):
                names |= _text(node.args[0])
                if is_read and method == "secret":
                    names |= {f"{name}_FILE" for name in _text(node.args[0])}
    return names


def _text(node: ast.expr) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def anchors(text: str) -> set[str]:
    """The anchors that a document's headings make, as hosts of repositories write them."""
    plain = [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(text)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("source", sorted(CONFIG.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_variable_that_the_settings_read_is_told(source: Path) -> None:
    told = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (ROOT / "docs" / "settings.md").read_text("utf-8")))
    assert variables_read(source) - told - {"C_FORCE_ROOT"} == set()


def test_the_settings_module_reads_many_variables_so_that_the_test_above_can_fail() -> None:
    assert {"ALLOWED_HOSTS", "SECRET_KEY_FILE", "LOG_KEY_FILE", "DEBUG"} <= variables_read(CONFIG / "settings.py")


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    text = CODE_BLOCK.sub("", document.read_text("utf-8"))
    broken = []
    for target in LINK.findall(text) + REFERENCE.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _hash, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        if not path.exists() or (anchor and anchor not in anchors(path.read_text("utf-8"))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_readme_names_the_two_commands(command: str) -> None:
    assert re.search(rf"^{command}\b", README, re.MULTILINE)


@pytest.mark.parametrize("username", sorted(SIGN_INS))
def test_the_readme_has_every_account_with_its_role(username: str) -> None:
    assert re.search(rf"^\| `{username}` \|.*\b{re.escape(str(SIGN_INS[username].label))}\b", README, re.MULTILINE)


def test_the_readme_has_the_passphrase() -> None:
    assert f"`{PASSPHRASE}`" in README


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in DECISIONS.glob("*.md"))
    assert [name[:5] for name in names] == [f"{number:04d}-" for number in range(1, len(names) + 1)]


@pytest.mark.parametrize("decision", sorted(DECISIONS.glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_tells_question_decision_reasons_and_price(decision: Path) -> None:
    text = decision.read_text("utf-8")
    assert text.startswith(f"# {decision.name[:4]} ")
    assert [part for part in ("Question", "Decision", "Why", "Price") if f"**{part}.**" not in text] == []


def test_the_table_of_attacks_names_tests_that_there_are() -> None:
    table = (ROOT / "docs" / "verifying.md").read_text("utf-8").partition("## Fifteen attacks")[2]
    rows = re.findall(r"^\| (\d+) ", table, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 16))
    for file, name in set(re.findall(r"`(test_\w+\.py)::(\w+)`", table)):
        source = (ROOT / "tests" / "audit" / file).read_text("utf-8")
        assert re.search(rf"^ *(?:def|class) {name}\b", source, re.MULTILINE), f"{file}::{name}"
