"""Pages of requests: ask, and decide as the second person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from integrity.action import Refusal
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.recovery import actions
from integrity.recovery.actions.requests import ASKERS, DECIDERS
from integrity.recovery.forms import Ask
from integrity.recovery.models import Ceremony, GroundOfRequest, RecoveryRequest, RequestState
from integrity.recovery.scopes import scope
from integrity.recovery.views.overview import READERS, reason_of
from integrity.vault.models import KeyKind


@role_required(*ASKERS)
@ask_first
def ask(request: DeskRequest) -> HttpResponse:
    """Ask that something be recovered for somebody."""
    form = Ask(request.POST or None, asker=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask(
                actor=request.actor,
                beneficiary=form.cleaned_data["beneficiary"],
                scope=form.cleaned_data["scope"],
                reference=form.cleaned_data["reference"].strip(),
                ground=GroundOfRequest(form.cleaned_data["ground"]),
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("Asked. A supervisor or a deciding authority decides on it."))
            return redirect("recovery:request", asked.pk)
    context = {"form": form, "in_force": Ceremony.objects.in_force()}
    return render(request, "recovery/ask.html", context, status=422 if form.is_bound else 200)


def request_page(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """What was asked for, by whom and why, what it would give, and who decided."""
    asked = _request(identifier)
    reading = reason_of(asked, request)
    if reading is None and not request.user.has_role(*READERS):
        raise PermissionDenied(_("This page is for another role."))
    person = request.user
    in_force = Ceremony.objects.in_force()
    counts = asked.keys.values_list("key__kind").annotate(count=Count("pk")).order_by("key__kind")
    context = {
        "asked": asked,
        "scope": scope(asked.scope),
        "reading": reading,
        "counts": [(KeyKind(kind).label, count) for kind, count in counts],
        "may_decide": asked.state == RequestState.ASKED
        and person.has_role(*DECIDERS)
        and person.pk not in {asked.beneficiary_id, asked.requested_by_id},
        "may_withdraw": asked.is_open and person.pk == asked.requested_by_id,
        "may_sit": asked.state == RequestState.APPROVED
        and in_force is not None
        and person.pk != asked.beneficiary_id
        and in_force.custodians.filter(person=person).exists(),
        "in_force": in_force,
    }
    return render(request, "recovery/request.html", context)


@require_POST
def decide(request: DeskRequest, identifier: UUID, verb: str) -> HttpResponse:
    """Approve, refuse or withdraw."""
    verbs = {
        "approve": (actions.approve, _("Approved. Now the custodians sit down together.")),
        "refuse": (actions.refuse, _("Refused. Nothing is recovered.")),
        "withdraw": (actions.withdraw, _("Withdrawn. Nothing is recovered.")),
    }
    if verb not in verbs:
        raise Http404
    perform, sentence = verbs[verb]
    asked = _request(identifier)
    perform(actor=request.actor, request=asked)
    messages.success(request, sentence)
    return redirect("recovery:request", asked.pk)


def _request(identifier: UUID) -> RecoveryRequest:
    rows = RecoveryRequest.objects.select_related("beneficiary__office", "requested_by", "decided_by")
    return get_object_or_404(rows.prefetch_related("custodians"), pk=identifier)
