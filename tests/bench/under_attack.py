"""Honest reports while somebody's machine sends a hundred requests a second from another address."""

from __future__ import annotations

import statistics

from intake.portal.models import Report
from tests.bench.attacking import Flood, Sent, report_honestly
from tests.bench.measure import Comparison
from tests.bench.scratch import Scene
from tests.bench.server import granian
from tests.bench.table import Figure, Result, duration

PER_SECOND = 100
REPORTS = 30
PATIENCE = 120
LIMITS = {"PORTAL_POSTS_AT_ONCE": "240", "PORTAL_POSTS_PER_MINUTE": "120"}


def run(scene: Scene) -> Result:
    """How many of the honest reports arrive, and how long they take, with the flood and without it."""
    scene.found()
    with granian(**LIMITS) as server:
        report_honestly(server.port, patience=PATIENCE)
        quiet = [_report(server.port, number) for number in range(REPORTS)]
        flood = Flood(server.port, PER_SECOND)
        with flood.going_on():
            stormy = [_report(server.port, REPORTS + number) for number in range(REPORTS)]
    return Result(
        title=f"Honest reports under {PER_SECOND} hostile requests a second (granian on loopback)",
        figures=[
            Figure("form, sending, receipt, under attack", "the same on a quiet server", _compared(stormy, quiet))
        ],
        remarks=[
            f"{_arrived(stormy)} of {REPORTS} honest reports arrived under attack ({_arrived(quiet)} of {REPORTS} "
            f"without); {sum(each.waits for each in stormy)} times their people were told to wait; the slowest took "
            f"{duration(max(each.seconds for each in stormy))}, the median "
            f"{duration(statistics.median(each.seconds for each in stormy))}.",
            f"The machine sent {sum(flood.answers.values()) / flood.seconds:.0f} requests a second for "
            f"{flood.seconds:.0f} s: {', '.join(f'{name} {count}' for name, count in flood.answers.most_common())}.",
            f"Marked as likely spam: {Report.objects.filter(likely_spam=True).count()} of {Report.objects.count()} "
            f"reports, of which {2 * REPORTS + 1} are honest.",
        ],
    )


def _report(port: int, number: int) -> Sent:
    return report_honestly(port, patience=PATIENCE, what=f"At gate {number} an officer asks drivers for money.")


def _arrived(sent: list[Sent]) -> int:
    return sum(each.arrived for each in sent)


def _compared(stormy: list[Sent], quiet: list[Sent]) -> Comparison:
    return Comparison(ours=tuple(each.seconds for each in stormy), other=tuple(each.seconds for each in quiet))
