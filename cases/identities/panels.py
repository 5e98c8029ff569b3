"""How it stands with the identity: on the case page for each report, and on the page of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.identities.models import IdentityRequest
from cases.identities.people import capacity_in, why_not_ask
from cases.identities.states import OPEN, RequestState
from cases.models import Case
from cases.panels import CaseFile, panel
from cases.triage.sections import report_section
from intake.portal.models import Report
from integrity.action import Actor
from integrity.people.models import User

REPORTS = 10


@panel("identity", title=gettext_lazy("Identity of the reporting person"), template="identities/panel.html", order=25)
def identity_in_case(file: CaseFile) -> Mapping[str, Any] | None:
    """For each report of the case: not given, sealed, asked for, or released to whom until when."""
    reports = list(file.case.reports.select_related("key").order_by("received_on", "reference")[:REPORTS])
    if not reports:
        return None
    rows = _running(Q(report__in=reports))
    lines = [_line(each, [row for row in rows if row.report_id == each.pk], file.actor.user) for each in reports]
    free = any(_may_ask(each, file.actor, file.case) for each in reports)
    return {"lines": lines, "ask": reverse("identities:ask_from_case", args=[file.case.reference]) if free else ""}


@report_section("identities/report_section.html")
def identity_of_report(report: Report, actor: Actor) -> Mapping[str, Any] | None:
    """The same on the page of a report."""
    line = _line(report, _running(Q(report=report)), actor.user)
    free = _may_ask(report, actor, None)
    return {"lines": [line], "ask": reverse("identities:ask_from_report", args=[report.reference]) if free else ""}


def _running(about: Q) -> list[IdentityRequest]:
    rows = IdentityRequest.objects.filter(about, state__in=[*OPEN, RequestState.RELEASED])
    return list(rows.select_related("requester", "release").order_by("requested_on", "pk"))


def _line(report: Report, running: list[IdentityRequest], person: User) -> dict[str, Any]:
    if not report.has_identity:
        standing, tone = _("Not given"), "neutral"
    else:
        standing, tone = _("Sealed for the identity custodian"), "neutral"
    return {
        "report": report,
        "standing": standing,
        "tone": tone,
        "requests": [
            {
                "words": _in_words(request),
                "tone": request.tone,
                "url": reverse("identities:request", args=[request.reference])
                if request.requester_id == person.pk
                else "",
                "released": request.state == RequestState.RELEASED,
                "reference": request.reference,
            }
            for request in running
        ],
    }


def _in_words(request: IdentityRequest) -> str:
    named = {"name": request.requester.name, "day": date_format(request.requested_on)}
    if request.state == RequestState.RELEASED:
        named["day"] = date_format(request.release.until)
        return _("Released to %(name)s until %(day)s") % named
    return _("Asked for by %(name)s on %(day)s") % named


def _may_ask(report: Report, actor: Actor, case: Case | None) -> bool:
    # Most people who look at the page could not ask, and their keys need not be tried.
    if not report.has_identity or capacity_in(actor.user, report, case) is None:
        return False
    return why_not_ask(actor, report, case) is None
