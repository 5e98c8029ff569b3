"""One page for every transition: the row of the table gives the label, the action its form."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from cases.engine import performer, why_not
from cases.forms import Confirmation
from cases.states import Track
from integrity.action import Refusal
from integrity.people.access import DeskRequest


def transition_page(
    request: DeskRequest,
    *,
    track: Track,
    name: str,
    subject: Any,
    back: str,
    breadcrumb: list[tuple[str, str]],
    template: str = "cases/transition.html",
    extra: dict[str, Any] | None = None,
    shown: Callable[[], None] = lambda: None,
) -> HttpResponse:
    """Show the form of a transition (GET), or perform it (POST) and go `back`.

    A refusal is shown above the form with everything kept that was typed or uploaded. Whoever has no part in
    the subject is told the same as for a subject that does not exist. `shown` notes in the log that somebody sees
    the form, and with it what the subject holds.
    """
    try:
        performed = performer(track, name)
    except KeyError:
        raise Http404 from None
    if not subject.capacities(request.user):
        if request.method == "POST":
            # The answer tells nothing, and the log tells that it was tried.
            with suppress(Refusal):
                performed.run(actor=request.actor, subject=subject)
        raise Http404
    refused = why_not(performed.row, subject, request.actor)
    form_class = performed.form or Confirmation
    form = None
    status = 200
    if request.method == "POST":
        # A step that the table refuses is still sent through the action, so that the attempt is in the log.
        try:
            if refused is not None:
                performed.run(actor=request.actor, subject=subject)
            form = form_class(request.POST, request.FILES, subject=subject, actor=request.actor)
            if form.is_valid():
                performed.run(actor=request.actor, subject=subject, **form.cleaned_data)
                messages.success(request, str(performed.row.done))
                return redirect(back)
        except Refusal as refusal:
            if form is not None:
                form.add_error(None, str(refusal.sentence))
            else:
                refused = refusal
        status = 422
    elif refused is None:
        form = form_class(subject=subject, actor=request.actor)
    if form is not None:
        shown()
    return render(
        request,
        template,
        {
            "row": performed.row,
            "form": form,
            "refused": refused,
            "subject": subject,
            "back": back,
            "breadcrumb": [*breadcrumb, (str(performed.row.label), "")],
            **(extra or {}),
        },
        status=403 if refused is not None else status,
    )
