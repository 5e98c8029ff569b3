"""Requests for identities, step by step, for the tests of their room."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from audit import clock
from cases.actions import declare_no_conflict
from cases.identities import actions
from cases.identities.models import IdentityRequest
from cases.investigation.actions.team import assign
from cases.models import Case
from cases.triage.actions import acknowledge
from intake.portal.models import Report
from intake.portal.receipt import Receipt
from tests.walks import triage
from tests.walks.portal import send_report
from tests.world import World

NAME = "Esi Reporter, +233 20 000 0000"
ASKED: dict[str, Any] = {
    "reason": "Only the reporting person can say which of the two barriers it was.",
    "needed_for": "One telephone call, by me, from a private room.",
}


def named_report(world: World, *, identity: str = NAME) -> tuple[Report, Receipt]:
    """A report that came with a name and was assessed, and its receipt."""
    report, receipt = send_report(world, identity=identity)
    acknowledge(actor=world.actor("intake"), subject=report)
    triage.assess(world, report)
    return report, receipt


def named_case(world: World, **overrides: Any) -> tuple[Case, Report, Receipt]:
    """A case from such a report, with an investigator who has declared that nothing stands in the way."""
    report, receipt = named_report(world)
    case = triage.open_case(world, report=report, **overrides)
    for name in ("supervisor", "investigator"):
        if name == "investigator":
            assign(actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator")])
        declare_no_conflict(actor=world.actor(name), subject=case)
    return case, report, receipt


def asked(world: World, case: Case, report: Report, *, by: str = "investigator", **overrides: Any) -> IdentityRequest:
    """A request from a member of the case."""
    given = {**ASKED, **overrides}
    return actions.ask(actor=world.actor(by), report=report, case=case, **given)


def agreed(world: World, request: IdentityRequest, *, second: str = "authority", **overrides: Any) -> IdentityRequest:
    """The custodian agreed and named the second person."""
    given = {"reasons": "No other way is left.", "free": True, **overrides}
    actions.agree(actor=world.actor("identity"), request=request, second=world.person(second), **given)
    return again(request)


def approved(world: World, request: IdentityRequest, *, second: str = "authority", **overrides: Any) -> IdentityRequest:
    """Both agreed."""
    agreed(world, request, second=second, **overrides)
    given = {"reasons": "One call is proportionate.", "free": True, **overrides}
    actions.approve(actor=world.actor(second), request=request, **given)
    return again(request)


def released(world: World, request: IdentityRequest, *, until: date | None = None, **overrides: Any) -> IdentityRequest:
    """The identity is with who asked."""
    approved(world, request, **overrides)
    day = until or clock.today() + timedelta(days=14)
    actions.release(actor=world.actor("identity"), request=request, told="It was needed for one call.", until=day)
    return again(request)


def again(request: IdentityRequest) -> IdentityRequest:
    """The row as it is now."""
    return IdentityRequest.objects.select_related("key", "report__key", "case", "notice").get(pk=request.pk)
