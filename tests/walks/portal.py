"""Sending a report as a person outside does, for other tests and for the demonstration."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from intake.channels.concerns import Concerns
from intake.channels.paths import Path
from intake.channels.routing import channel_for
from intake.portal import actions
from intake.portal.models import Origin, Report
from intake.portal.receipt import Receipt, ReporterSecret
from integrity.action import Actor
from tests.world import World

ANSWERS = {
    "concerns": "others",
    "what": "At gate 3 an officer asks drivers for money before he lifts the barrier.",
    "when": "Most mornings since January",
    "where": "North port, gate 3",
    "who": "A tall officer with a grey moustache; the drivers of two carriers saw it.",
    "how_known": "I drive there twice a week and have paid myself.",
}


def send_report(world: World, *, independent: bool = False, **overrides: Any) -> tuple[Report, Receipt]:
    """A report that has just arrived, and its receipt; `overrides` are arguments of `actions.send_report`.

    `world` must be made, because a report needs a channel with recipients; `receipt=` chooses the receipt.
    """
    receipt = overrides.pop("receipt", None) or Receipt.new()
    report_id = uuid4()
    arguments: dict[str, Any] = {
        "actor": Actor.reporter(report_id),
        "report_id": report_id,
        "secret": ReporterSecret.of(receipt),
        "channel": channel_for(concerns=Concerns.LEADERSHIP if independent else Concerns.OTHERS),
        "path": Path.PARTNER,
        "origin": Origin.PORTAL,
        "language": "en",
        "answers": ANSWERS,
        **overrides,
    }
    return actions.send_report(**arguments), receipt
