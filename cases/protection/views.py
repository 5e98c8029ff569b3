"""The list of what protection officers have before them, and one report of detriment with the conversation about it."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.protection import actions
from cases.protection.access import free_of, given_to
from cases.protection.forms import WriteForm
from intake.protection.models import Detriment, DetrimentState
from integrity.action import NotPermitted, Refusal
from integrity.keyset import page_of
from integrity.people.access import DeskRequest, role_required

PAGE: Final = 25
TONES: Final = {DetrimentState.OPEN: "warning", DetrimentState.ACTING: "active", DetrimentState.ENDED: "neutral"}
DONE: Final = {
    "confirm": gettext_lazy("Confirmed: the reporting person reads that somebody acts."),
    "write": gettext_lazy("The message was sent."),
    "end": gettext_lazy("Ended, and the reporting person was told."),
}


@role_required(*actions.BY)
def detriment_list(request: DeskRequest) -> HttpResponse:
    """What was given to this person, newest first. Nothing that was told is opened."""
    state = request.GET.get("state", "")
    rows = given_to(request.actor)
    if state in DetrimentState.values:
        rows = rows.filter(state=state)
    page = page_of(rows, request.GET, order=("received_on", "pk"), size=PAGE)
    return render(
        request,
        "protection_desk/list.html",
        {
            "rows": [
                {"row": row, "tone": TONES[DetrimentState(row.state)]} for row in free_of(page.rows, request.actor)
            ],
            "page": page,
            "state": state,
            "states": DetrimentState.choices,
        },
    )


def detriment(request: DeskRequest, reference: str) -> HttpResponse:
    """One of them: what was told, the conversation, and the steps. Each look is in the log."""
    found = get_object_or_404(Detriment.objects.select_related("own_key", "report__key"), reference=reference)
    form, status = WriteForm(), 200
    if request.method == "POST":
        step = request.POST.get("step", "")
        if step not in actions.STEPS:
            raise Http404
        form = WriteForm(request.POST, needed=step != "confirm")
        if form.is_valid():
            try:
                actions.STEPS[step](actor=request.actor, detriment=found, text=form.cleaned_data["text"])
            except NotPermitted:
                raise Http404 from None
            except Refusal as refusal:
                form.add_error(None, str(refusal.sentence))
            else:
                messages.success(request, str(DONE[step]))
                return redirect("protection_desk:detriment", reference)
        status = 422
    try:
        thread = actions.open_detriment(actor=request.actor, detriment=found)
    except NotPermitted:
        raise Http404 from None
    return render(
        request,
        "protection_desk/detriment.html",
        {
            "detriment": found,
            "tone": TONES[DetrimentState(found.state)],
            "thread": thread,
            "form": form,
            "breadcrumb": [(_("Protection"), reverse("protection_desk:list")), (found.reference, "")],
        },
        status=status,
    )
