"""The custodian's list, asking, a request, and one view for each of its steps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.identities import actions, forms
from cases.identities.models import IdentityRequest
from cases.identities.people import capacity_in, why_not_ask
from cases.identities.reading import earlier_openings, facts_of, history_of, texts_of
from cases.identities.states import RequestState
from cases.identities.steps import TABLE, offered, why_not
from cases.models import Case
from intake.portal.models import Report
from integrity.action import NotConfirmed, NotPermitted, Refusal
from integrity.keyset import page_of
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role

PAGE = 25
PERFORMED: dict[str, tuple[Callable[..., Any], type[forms.StepForm]]] = {
    "agree": (actions.agree, forms.Agree),
    "name_second": (actions.name_second, forms.NameSecond),
    "approve": (actions.approve, forms.Approve),
    "release": (actions.release, forms.Release),
    "refuse": (actions.refuse, forms.Refuse),
    "step_aside": (actions.step_aside, forms.StepAside),
    "read": (actions.read_identity, forms.Read),
    "give_back": (actions.give_back, forms.GiveBack),
    "withdraw": (actions.withdraw, forms.Withdraw),
    "review": (actions.review, forms.Review),
}


@role_required(Role.IDENTITY)
def request_list(request: DeskRequest) -> HttpResponse:
    """Every request, newest first, by keyset pages. Opens nothing but the reasons of what was opened long ago."""
    state = request.GET.get("state", "")
    rows = IdentityRequest.objects.select_related("report", "requester")
    if state in RequestState.values:
        rows = rows.filter(state=state)
    openings = earlier_openings(request.keyring)
    reasons = actions.read_openings(actor=request.actor, openings=openings) if openings else []
    return render(
        request,
        "identities/list.html",
        {
            "page": page_of(rows, request.GET, order=("requested_on", "pk"), size=PAGE),
            "state": state,
            "states": RequestState.choices,
            "openings": [
                {"when": opening.at, "who": opening.person.name, "title": opening.report.reference, "text": reason}
                for opening, reason in zip(openings, reasons, strict=True)
            ],
        },
    )


def ask_from_report(request: DeskRequest, reference: str) -> HttpResponse:
    """Ask for the identity that came with a report, as the officer who assesses it."""
    report = get_object_or_404(Report.objects.select_related("key", "identity_key"), reference=reference)
    if capacity_in(request.user, report, None) is None:
        raise Http404
    back = reverse("triage:report", args=[reference])
    return _ask(request, [report], None, back, [(_("Reports"), reverse("triage:list")), (reference, back)])


def ask_from_case(request: DeskRequest, reference: str) -> HttpResponse:
    """Ask for an identity that came with a report of a case, as a member of the case."""
    case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
    named = list(case.reports.filter(has_identity=True).select_related("key", "identity_key").order_by("received_on"))
    if not named or capacity_in(request.user, named[0], case) is None:
        raise Http404
    back = reverse("cases:file", args=[reference])
    free = [report for report in named if why_not_ask(request.actor, report, case) is None]
    return _ask(request, free or named[:1], case, back, [(_("Cases"), reverse("cases:list")), (reference, back)])


def request_page(request: DeskRequest, reference: str) -> HttpResponse:
    """A request with its reasons and decisions, for those who have a part in it. Each look is in the log."""
    found = _request(reference)
    try:
        actions.open_request(actor=request.actor, request=found)
    except NotPermitted:
        raise Http404 from None
    return render(
        request,
        "identities/request.html",
        {
            "request_": found,
            "texts": texts_of(found, request.actor),
            "offered": offered(found, request.actor),
            "facts": facts_of(found, request.actor),
            "history": history_of(found, request.actor),
            "breadcrumb": _way_to(request, found, leaf=True),
        },
    )


def step_page(request: DeskRequest, reference: str, name: str) -> HttpResponse:
    """One step of a request: its form (GET), or the doing of it (POST). What is read is shown once."""
    found = _request(reference)
    if name not in TABLE:
        raise Http404
    step, (perform, form_class) = TABLE[name], PERFORMED[name]
    if found.part_of(request.user) is None:
        if request.method == "POST":
            # The answer tells nothing, and the log tells that it was tried.
            with suppress(Refusal):
                actions.open_request(actor=request.actor, request=found)
        raise Http404
    refused, form, status, shown = why_not(step, found, request.actor), None, 200, ""
    if request.method == "POST":
        try:
            if refused is not None:
                # Still sent through the action, which asks the same first, so that the attempt is in the log.
                perform(actor=request.actor, request=found, **dict.fromkeys(form_class.base_fields))
            form = form_class(request.POST, request=found, actor=request.actor)
            if form.is_valid():
                done = perform(actor=request.actor, request=found, **form.cleaned_data)
                if name != "read":
                    messages.success(request, str(step.done))
                    return redirect(_after(request, reference))
                shown = done
        except NotConfirmed:
            raise
        except Refusal as refusal:
            if form is not None:
                form.add_error(None, str(refusal.sentence))
            else:
                refused = refusal
        status = 200 if shown else 422
    elif refused is None:
        form = form_class(request=found, actor=request.actor)
    texts = texts_of(found, request.actor) if step.decides and refused is None else []
    if texts:
        actions.open_request(actor=request.actor, request=found)
    return render(
        request,
        "identities/step.html",
        {
            "request_": found,
            "step": step,
            "form": None if shown else form,
            "shown": shown,
            "refused": refused,
            "texts": texts,
            "breadcrumb": [*_way_to(request, found, leaf=False), (str(step.label), "")],
        },
        status=403 if refused is not None else status,
    )


def _ask(
    request: DeskRequest, reports: list[Report], case: Case | None, back: str, breadcrumb: list[tuple[str, str]]
) -> HttpResponse:
    refused = why_not_ask(request.actor, reports[0], case)
    form = forms.Ask(request.POST if request.method == "POST" else None, reports=reports)
    if request.method == "POST" and refused is not None:
        with suppress(Refusal):
            actions.ask(actor=request.actor, report=reports[0], case=case, reason="", needed_for="")
    elif request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        report = given.pop("report", reports[0])
        try:
            made = actions.ask(actor=request.actor, report=report, case=case, **given)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("Your request waits for the identity custodian."))
            return redirect("identities:request", made.reference)
    return render(
        request,
        "identities/ask.html",
        {
            "form": None if refused else form,
            "refused": refused,
            "about": case or reports[0],
            "back": back,
            "breadcrumb": [*breadcrumb, (_("Ask for the identity"), "")],
        },
        status=403 if refused else 422 if form.errors else 200,
    )


def _request(reference: str) -> IdentityRequest:
    rows = IdentityRequest.objects.select_related(
        "key", "report__key", "report__identity_key", "case", "requester__key", "second__key", "custodian", "notice"
    )
    return get_object_or_404(rows, reference=reference)


def _way_to(request: DeskRequest, found: IdentityRequest, *, leaf: bool) -> list[tuple[str, str]]:
    keeps = request.user.has_role(Role.IDENTITY)
    start = (_("Identity requests"), reverse("identities:list")) if keeps else (_("Your work"), reverse("desk"))
    return [start, (found.reference, "" if leaf else reverse("identities:request", args=[found.reference]))]


def _after(request: DeskRequest, reference: str) -> str:
    """Back to the request, or to the work list for whoever has no part in it any more."""
    remains = _request(reference).part_of(request.user) is not None
    return reverse("identities:request", args=[reference]) if remains else reverse("desk")
