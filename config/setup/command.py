"""`integrity setup`: every step in its order, again and again until nothing is open.

What is done is left as it is, and what was answered is kept at once: it can be broken off anywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from config.setup import first_settings
from config.setup.conversation import Answers, Conversation, Draft, Later, Stopped, Wrong
from config.setup.first_settings import Place

DRAFT: Final = "setup-answers.json"
GOES_ON: Final = "What was answered is kept; `integrity setup` goes on here."
INTERRUPTED: Final = 130


def main(arguments: Sequence[str]) -> int:
    """Run it; returns the exit code: 0, or 1 when something was refused or (with --check) is open."""
    options = _parser().parse_args(arguments)
    try:
        where = first_settings.place(options.file)
        if options.check:
            return _check(where, as_json=options.json)
        answers = Answers(options.answers) if options.answers else None
        with first_settings.alone(where):
            return _walk(where, answers)
    except Wrong as wrong:
        _say(str(wrong), to_errors=True)
        return 1
    except Stopped:
        _say(f"\nStopped. {GOES_ON}", to_errors=True)
        return 1
    except KeyboardInterrupt:
        _say(f"\nInterrupted. {GOES_ON}", to_errors=True)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="integrity setup",
        description="Set up an institution, step by step (docs/setup.md). It can be broken off and run again.",
    )
    parser.add_argument(
        "--file",
        metavar="FILE",
        help=f"the file of settings (ENV_FILE, or {first_settings.FILE} in the current folder)",
    )
    parser.add_argument("--answers", type=Path, metavar="FILE", help="take the answers from a TOML file, ask nobody")
    parser.add_argument(
        "--check",
        action="store_true",
        help="only tell what is open, change nothing; the exit code is 1 when anything is",
    )
    parser.add_argument("--json", action="store_true", help="with --check: for a program")
    return parser


def _walk(where: Place, answers: Answers | None) -> int:
    talk = Conversation(say=_say, answers=answers)
    try:
        first_settings.settle(where, talk)
    except Later as later:
        raise Wrong(f"Nothing works without it. {later} {GOES_ON}") from later
    first_settings.use(where)
    from django.conf import settings
    from django.utils import translation

    with translation.override("en"):
        refused = _perform(Conversation(_say, answers, Draft(Path(settings.DATA_DIR) / DRAFT)))
        _end(where)
    return 1 if refused else 0


def _perform(talk: Conversation) -> bool:
    """Walk the steps; True when an answer or a state was refused."""
    from config.setup import demonstration, report
    from config.setup.settings_questions import KNOWN
    from config.setup.state import Standing
    from config.setup.steps import GROUND, QUESTIONS, STEPS, look

    if talk.answers is not None:
        known = [*KNOWN, *(question.key for question in QUESTIONS)]
        talk.answers.refuse_unknown(known)
    demonstration.refuse()
    refused = False
    for number, step in enumerate(STEPS, start=1):
        seen = look(step)
        told = ""
        if step.perform is not None and (seen.open or (step.optional and seen.standing is not Standing.DONE)):
            if talk.answers is None:
                _say(f"\n{number}. {step.title}")
            try:
                step.perform(talk)
            except Later as later:
                told = f"    {later}"
            except Wrong as wrong:
                refused, told = True, f"    {wrong}"
            seen = look(step)
        for line in report.lines_of(seen):
            _say(line)
        if told:
            _say(told)
        if step.key in GROUND[1:] and seen.open:
            raise Wrong(f"{seen.open[0].sentence} Nothing goes on without this. {GOES_ON}")
    return refused


def _end(where: Place) -> None:
    from config.setup import report
    from config.setup.steps import look_at_all

    _say("")
    for line in report.open_list(look_at_all()):
        _say(line)
    if where.file is not None:
        _say(f"\nStart everything with ENV_FILE={where.file.path} (docs/setup.md).")


def _check(where: Place, *, as_json: bool) -> int:
    missing = first_settings.missing(where)
    if missing:
        from config.setup import report

        steps = report.missing_settings(missing)
        if as_json:
            _say(json.dumps({"ready": False, "steps": steps}, ensure_ascii=False, indent=1))
        else:
            _say(f"Open before the portal may be announced ({len(missing)}):")
            for name in missing:
                _say(f"  ✗ Settings: {name} is missing. → `integrity setup`")
        return 1
    first_settings.use(where)
    from django.db import Error
    from django.utils import translation

    from config.setup import demonstration, report
    from config.setup.steps import look_at_all

    try:
        with translation.override("en"):
            demonstration.refuse()
            seen = look_at_all()
            _say(report.as_json(seen) if as_json else "\n".join(report.open_list(seen)))
    except Error as error:
        raise Wrong(f"The database does not answer ({type(error).__name__}).") from error
    return 1 if any(each.open for each in seen) else 0


def _say(sentence: str, *, to_errors: bool = False) -> None:
    stream = sys.stderr if to_errors else sys.stdout
    stream.write(f"{sentence}\n")
    stream.flush()
