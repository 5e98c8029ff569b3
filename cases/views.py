"""The desk's work list, the list of cases, the case file, and one view for every transition of a case."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import actions
from cases.engine import available
from cases.finality import finality
from cases.models import Case, Deadline
from cases.panels import CaseFile, panels_of
from cases.states import CaseState, Track
from cases.transitions import transition_page
from cases.worklist import LIMIT, work_of
from integrity.action import NotPermitted
from integrity.keyset import page_of
from integrity.people.access import DeskRequest

PAGE = 25
STAGES = [
    (gettext_lazy("Opened"), {CaseState.OPENED, CaseState.ASSIGNED, CaseState.PLANNED}),
    (gettext_lazy("Investigation"), {CaseState.INVESTIGATING, CaseState.FINDINGS, CaseState.REVIEWED}),
    (
        gettext_lazy("Charge and answer"),
        {CaseState.WITH_AUTHORITY, CaseState.CHARGED, CaseState.SERVED, CaseState.ANSWERED, CaseState.HEARD},
    ),
    (gettext_lazy("Decision"), {CaseState.DECIDED, CaseState.NOTIFIED}),
    (
        gettext_lazy("Appeal"),
        {
            CaseState.APPEALED,
            CaseState.ADMITTED,
            CaseState.TRANSMITTED,
            CaseState.REMITTED,
            CaseState.BOARD_DECIDED,
        },
    ),
    (gettext_lazy("Final"), {CaseState.FINAL, CaseState.IMPLEMENTED}),
    (gettext_lazy("Closed"), {CaseState.CLOSED}),
]


def desk(request: DeskRequest) -> HttpResponse:
    """What waits for this person, late first."""
    items = work_of(request.actor)
    more = len(items) > LIMIT
    items = items[:LIMIT]
    return render(
        request,
        "cases/desk.html",
        {
            "mine": [item for item in items if item.action],
            "waiting": [item for item in items if not item.action],
            "late": sum(item.is_late for item in items),
            "more": more,
        },
    )


def case_list(request: DeskRequest) -> HttpResponse:
    """The cases this person is a member of, newest first, by keyset pages."""
    state = request.GET.get("state", "")
    rows = Case.objects.seen_by(request.user).select_related("key")
    if state in CaseState.values:
        rows = rows.filter(state=state)
    elif state == "open":
        rows = rows.open()
    rows = rows.prefetch_related(Prefetch("deadlines", Deadline.objects.filter(met_on__isnull=True), to_attr="running"))
    page = page_of(rows, request.GET, order=("opened_on", "pk"), size=PAGE)
    titles = actions.titles_of(request.actor, page.rows)
    cases = [{"case": case, "title": titles.get(case.pk, "")} for case in page.rows]
    return render(
        request,
        "cases/case_list.html",
        {"cases": cases, "page": page, "state": state, "states": CaseState.choices},
    )


def _stages(case: Case) -> list[tuple[str, str]]:
    current = next(number for number, (_label, states) in enumerate(STAGES) if case.state in states)
    return [
        (str(label), "done" if number < current else "current" if number == current else "upcoming")
        for number, (label, _states) in enumerate(STAGES)
    ]


def case_file(request: DeskRequest, reference: str) -> HttpResponse:
    """The whole case file, as far as this person's keys open it. Each look is in the log."""
    case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
    try:
        actions.open_file(actor=request.actor, case=case)
    except NotPermitted:
        raise Http404 from None
    file = CaseFile(
        case=case,
        actor=request.actor,
        reads=request.keyring.holds(case.key),
        capacities=case.capacities(request.user),
    )
    steps = [
        {
            "when": step.at,
            "title": step.title,
            "text": "",
            "tone": "neutral",
            "who": step.person.name if step.person else _("System"),
        }
        for step in case.steps.select_related("person").order_by("-pk")
    ]
    return render(
        request,
        "cases/case_file.html",
        {
            "case": case,
            "file": file,
            "title": case.open(request.keyring, "title") if file.reads else "",
            "predication": case.open(request.keyring, "predication") if file.reads else "",
            "panels": panels_of(file),
            "performed": available(Track.CASE, case, request.actor),
            "stages": _stages(case),
            "deadlines": case.deadlines.all(),
            "finality": finality(case),
            "members": case.memberships.filter(until__isnull=True).select_related("person"),
            "steps": steps,
            "breadcrumb": [(_("Cases"), reverse("cases:list")), (case.reference, "")],
        },
    )


def case_transition(request: DeskRequest, reference: str, name: str) -> HttpResponse:
    """One transition of a case: its form, or the doing of it."""
    case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
    back = reverse("cases:file", args=[case.reference])
    return transition_page(
        request,
        track=Track.CASE,
        name=name,
        subject=case,
        back=back,
        breadcrumb=[(_("Cases"), reverse("cases:list")), (case.reference, back)],
        shown=lambda: actions.open_step(actor=request.actor, case=case, step=name),
    )
