"""The table of what the log can hold is whole and current."""

import re
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from audit.log.events import registered

ROOT = Path(__file__).parents[2]
DECLARED = re.compile(r'(?:@action|\bdeclare)\(\s*"([a-z]+\.[a-z_]+)"')
OF_RULES = re.compile(r"policy\.declare\(")


def printed() -> str:
    out = StringIO()
    call_command("audit", "events", stdout=out)
    return out.getvalue()


def test_the_page_in_the_docs_is_the_registry():
    committed = (ROOT / "docs" / "audit-events.md").read_text("utf-8")
    assert printed() == committed, "run: integrity audit events > docs/audit-events.md"


def test_every_kind_that_the_code_declares_is_in_the_table():
    page = printed()
    sources = [
        path.read_text("utf-8")
        for floor in ("audit", "integrity", "intake", "cases", "config")
        for path in (ROOT / floor).rglob("*.py")
    ]
    names = {name for source in sources for name in DECLARED.findall(OF_RULES.sub("", source))}
    assert len(names) > 100
    missing = {name for name in names if not name.startswith("demonstration.") and f"| `{name}` |" not in page}
    assert not missing


def test_every_row_says_what_it_means_and_how_exact_its_time_is():
    rows = [line.split(" | ") for line in printed().splitlines() if line.startswith("| `")]
    assert len(rows) == len({row[0] for row in rows})
    for kind, meaning, facts, private, time in rows:
        event = registered()[kind.strip("|` ")]
        assert meaning.strip(), kind
        assert set(re.findall(r"`([^`]+)`", facts)) == event.facts
        assert set(re.findall(r"`([^`]+)`", private)) == event.private
        assert time == ("day |" if event.by_day else "minute |")
