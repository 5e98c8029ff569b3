"""The set-up as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.urls import NoReverseMatch, reverse

from config.setup.state import Finding, Seen, Standing

MARKS: Final = {Standing.DONE: "✓", Standing.WARNING: "!", Standing.OPEN: "✗"}


def lines_of(seen: Seen) -> Iterator[str]:
    """A step: its mark and title, what is done and what to look at; what is open stands in the list at the end."""
    yield f"{MARKS[seen.standing]} {seen.step.title}" + (f": {len(seen.open)} open" if seen.open else "")
    for finding in seen.findings:
        if finding.standing is not Standing.OPEN:
            yield f"    {MARKS[finding.standing]} {finding.sentence}{_where(finding)}"


def open_list(steps: Sequence[Seen]) -> Iterator[str]:
    """What keeps the portal from being announced, or that nothing does."""
    count = sum(len(seen.open) for seen in steps)
    if not count:
        yield "Nothing is open. The portal may be announced."
        return
    yield f"Open before the portal may be announced ({count}):"
    for seen in steps:
        for finding in seen.open:
            yield f"  ✗ {seen.step.title}: {finding.sentence}{_where(finding)}"


def as_json(steps: Iterable[Seen]) -> str:
    """The same for a program: `ready`, and the steps with their findings."""
    told = [
        {
            "key": seen.step.key,
            "title": str(seen.step.title),
            "standing": seen.standing.value,
            "findings": [
                {
                    "standing": finding.standing.value,
                    "sentence": str(finding.sentence),
                    "page": address(finding),
                    "command": finding.command,
                }
                for finding in seen.findings
            ],
        }
        for seen in steps
    ]
    ready = all(each["standing"] != Standing.OPEN.value for each in told)
    return json.dumps({"ready": ready, "steps": told}, ensure_ascii=False, indent=1)


def missing_settings(variables: Sequence[str]) -> list[dict[str, object]]:
    """The one step there is before Django can start, in the shape of the others."""
    findings = [
        {"standing": Standing.OPEN.value, "sentence": f"{name} is missing.", "page": "", "command": "integrity setup"}
        for name in variables
    ]
    return [{"key": "settings", "title": "Settings", "standing": Standing.OPEN.value, "findings": findings}]


def address(finding: Finding) -> str:
    """The path of the page where it is done, or nothing."""
    try:
        return reverse(finding.page) if finding.page else ""
    except NoReverseMatch:
        return ""


def _where(finding: Finding) -> str:
    if finding.standing is Standing.DONE:
        return ""
    ways = [way for way in (address(finding), f"`{finding.command}`" if finding.command else "") if way]
    return f" → {' or '.join(ways)}" if ways else ""
