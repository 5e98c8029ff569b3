"""The list of reports, a report, one view for each of its steps, and downloads."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cases.models import Case
from cases.states import Track
from cases.transitions import transition_page
from cases.triage import actions
from cases.triage.file_views import REPORT_FILES
from cases.triage.models import Assessment
from cases.triage.offered import offered
from cases.triage.reading import answers_of, conversation, files_of, first_files
from cases.triage.sections import sections_of
from cases.triage.waiting import due_of, late
from cases.workflow import find
from intake.channels.models import Channel
from intake.portal.models import Attachment, Report
from intake.portal.signs import SpamSign
from intake.portal.states import ReportState
from integrity.action import NotPermitted
from integrity.inspection.presentation import FileAddresses
from integrity.keyset import page_of
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role

PAGE = 25
PORTAL_STEPS = {
    "received": gettext_lazy("Received"),
    "request_review": gettext_lazy("The reporting person asked for a review"),
    "leave": gettext_lazy("The reporting person gave up their receipt"),
}
TEMPLATES = {"convert": "triage/convert.html"}


@role_required(Role.INTAKE, Role.TRIAGE)
def report_list(request: DeskRequest) -> HttpResponse:
    """The reports this person was given, newest first, by keyset pages. Opens nothing sealed."""
    state, show = request.GET.get("state", ""), request.GET.get("show", "")
    given = Report.objects.seen_by(request.user).select_related("channel")
    rows: QuerySet[Report] = given
    if state in ReportState.values:
        rows = given.filter(state=state)
    elif state == "open":
        rows = given.open()
    if show == "late":
        rows = late(rows)
    elif show == "news":
        rows = rows.filter(has_news=True)
    elif show in {"spam", "wanted"}:
        rows = rows.filter(likely_spam=show == "spam")
    channel = request.GET.get("channel", "")
    if channel:
        rows = rows.filter(channel__code=channel)
    page = page_of(
        rows.prefetch_related(Prefetch("assessments", Assessment.objects.order_by("-number"), to_attr="assessed")),
        request.GET,
        order=("received_on", "pk"),
        size=PAGE,
    )
    reports = [
        {"report": report, "assessment": report.assessed[0] if report.assessed else None, "due": due_of(report)}  # type: ignore[attr-defined]
        for report in page.rows
    ]
    return render(
        request,
        "triage/report_list.html",
        {
            "reports": reports,
            "page": page,
            "state": state,
            "show": show,
            "states": ReportState.choices,
            "channel": channel,
            "channels": Channel.objects.filter(reports__in=given).distinct(),
        },
    )


def report_page(request: DeskRequest, reference: str) -> HttpResponse:
    """A report with everything in it that the desk may read. Each look is in the log."""
    report = _report(reference)
    _open(request, report)
    keyring = request.keyring
    before = request.GET.get("before", "")
    return render(
        request,
        "triage/report.html",
        {
            "report": report,
            "answers": answers_of(report, keyring),
            "files": files_of(first_files(report), keyring, _addresses),
            "conversation": conversation(
                report.messages.all(), keyring, _addresses, before=int(before) if before.isdecimal() else None
            ),
            "performed": offered(report, request.actor),
            "assessment": _opened(report.assessments.select_related("person").first(), request, report, "remarks"),
            "rejection": _opened(report.rejections.first(), request, report, "reasons"),
            "review": _opened(getattr(report, "review", None), request, report, "reasons"),
            "referral": _opened(getattr(report, "referral", None), request, report, "reasons", "name"),
            "sections": sections_of(report, request.actor),
            "case": Case.objects.seen_by(request.user).filter(reports=report).first(),
            "facts": _facts(report),
            "signs": [SpamSign(sign).label for sign in report.spam_signs] if report.likely_spam else [],
            "steps": _steps(report),
            "breadcrumb": [(_("Reports"), reverse("triage:list")), (report.reference, "")],
        },
    )


@require_POST
def not_spam(request: DeskRequest, reference: str) -> HttpResponse:
    """Take the mark of likely spam off a report."""
    report = _report(reference)
    try:
        actions.not_spam(actor=request.actor, report=report)
    except NotPermitted:
        raise Http404 from None
    messages.success(request, _("The report is not marked as likely spam any more."))
    return redirect("triage:report", report.reference)


def report_transition(request: DeskRequest, reference: str, name: str) -> HttpResponse:
    """One step of a report: its form beside what was reported, or the doing of it."""
    report = _report(reference)
    back = reverse("triage:report", args=[report.reference])

    def reported() -> list[tuple[str, str]]:
        _open(request, report)
        return answers_of(report, request.keyring)

    return transition_page(
        request,
        track=Track.REPORT,
        name=name,
        subject=report,
        back=back,
        breadcrumb=[(_("Reports"), reverse("triage:list")), (report.reference, back)],
        template=TEMPLATES.get(name, "triage/transition.html"),
        # Opened, and noted in the log, only when the page shows it: not when the step is done and the page left.
        extra={"reported": SimpleLazyObject(reported), "unfolded": name == "assess"},
    )


def _report(reference: str) -> Report:
    return get_object_or_404(Report.objects.select_related("key", "pack", "channel"), reference=reference)


def _open(request: DeskRequest, report: Report) -> None:
    """Note the look; whoever has no access is told the same as for a report that does not exist."""
    try:
        actions.open_report(actor=request.actor, report=report)
    except NotPermitted:
        raise Http404 from None


def _addresses(attachment: Attachment) -> FileAddresses:
    return REPORT_FILES.addresses(attachment.report.reference, attachment.pk)


def _opened(row: Any, request: DeskRequest, report: Report, *names: str) -> dict[str, Any] | None:
    if row is None:
        return None
    row.report = report
    return {"row": row, **{name: row.open(request.keyring, name) for name in names}}


def _facts(report: Report) -> list[tuple[str, Any]]:
    return [
        (_("Received"), report.received_on),
        (_("Sent by"), report.get_path_display()),
        (_("Came by"), report.get_origin_display()),
        (_("Channel"), report.channel.name),
        (_("Language"), report.language),
        (_("Identity"), _("Sealed for the identity custodian") if report.has_identity else _("Not given")),
    ]


def _steps(report: Report) -> list[dict[str, Any]]:
    rows = report.steps.select_related("person").order_by("-pk")
    return [
        {
            "when": step.on,
            "title": _title(step.transition),
            "who": step.person.name if step.person else "",
            "tone": "good" if step.to_state != step.from_state else "neutral",
        }
        for step in rows
    ]


def _title(transition: str) -> str:
    """What happened, in the words of the table; steps that the portal takes itself are not in it."""
    try:
        return str(find(Track.REPORT, transition).done)
    except KeyError:
        return str(PORTAL_STEPS.get(transition, transition))
