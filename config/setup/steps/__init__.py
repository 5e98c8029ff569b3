"""The steps of the set-up, one module for each idea."""

from __future__ import annotations

from typing import Final

from config.setup.state import Seen, Step
from config.setup.steps import (
    administrator,
    channels,
    confirmed,
    database,
    factors,
    institution_keys,
    log,
    mail,
    recovery,
    roles,
    rules,
    scanner,
    settings,
)

# In the order in which they are done; nothing after the first two works without them.
STEPS: Final[tuple[Step, ...]] = (
    settings.STEP,
    database.STEP,
    log.STEP,
    mail.STEP,
    administrator.STEP,
    rules.RULES,
    rules.CODE_OF_CONDUCT,
    roles.STEP,
    factors.STEP,
    channels.STEP,
    institution_keys.STEP,
    recovery.STEP,
    scanner.STEP,
    confirmed.STEP,
)
GROUND: Final = (settings.STEP.key, database.STEP.key)
QUESTIONS: Final = (
    administrator.OFFICE_CODE,
    administrator.OFFICE_NAME,
    administrator.OFFICE_REGION,
    administrator.USER_NAME,
    administrator.NAME,
    administrator.GRADE,
    administrator.STAFF_NUMBER,
    administrator.EMAIL,
    rules.PACK,
    rules.PACK_FROM,
    rules.CODE,
    rules.CODE_FROM,
    channels.OFFICE,
    channels.INDEPENDENT,
    *institution_keys.HOLDERS.values(),
    mail.HOST,
    mail.HOW,
    mail.PORT,
    mail.USER,
    mail.PASSWORD,
    mail.SENDER,
    mail.TEST,
    confirmed.CONFIRM,
)


def look(step: Step) -> Seen:
    """The step as it stands now."""
    return Seen(step, tuple(step.check()))


def look_at_all() -> list[Seen]:
    """Every step as it stands now; without tables, those before."""
    seen: list[Seen] = []
    for step in STEPS:
        seen.append(look(step))
        if step.key == database.STEP.key and seen[-1].open:
            break
    return seen
