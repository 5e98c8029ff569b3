"""Bringing in what is older than the recovery key."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from integrity.people.access import DeskRequest
from integrity.recovery import actions
from integrity.recovery.coverage import coverage, within_reach
from integrity.recovery.models import Ceremony


def cover(request: DeskRequest) -> HttpResponse:
    """Who could recover what this person brings in, how much it is, and the button."""
    ceremony = Ceremony.objects.in_force()
    if request.method == "POST":
        brought = actions.bring_in(actor=request.actor)
        messages.success(
            request,
            ngettext("%(count)d key is safe now.", "%(count)d keys are safe now.", brought) % {"count": brought},
        )
        return redirect("recovery:cover")
    context: dict[str, object] = {"ceremony": ceremony}
    if ceremony is not None and ceremony.key is not None:
        context |= {
            "custodians": ceremony.custodians.select_related("person__office"),
            "coverage": coverage(ceremony.key),
            "mine": within_reach(ceremony.key, of=request.keyring.key).count(),
        }
    return render(request, "recovery/cover.html", context)
