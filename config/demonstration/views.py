"""The page that moves the demonstration's clock."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import clock
from cases.appeals.actions import confirm_finality
from config.demonstration import time_machine
from integrity.people.access import DeskRequest


def clock_page(request: DeskRequest) -> HttpResponse:
    """Show the demonstration's day, and move it forward."""
    if request.method == "POST":
        days = request.POST.get("days", "")
        offered = {str(step): step for step in time_machine.STEPS}
        time_machine.move(actor=request.actor, days=offered.get(days, 0))
        moved = confirm_finality()
        messages.success(request, _("The clock was moved forward."))
        if moved:
            messages.info(
                request,
                ngettext("%(count)d decision became final.", "%(count)d decisions became final.", moved)
                % {"count": moved},
            )
        return redirect("demonstration_clock")
    return render(
        request,
        "config/clock.html",
        {
            "today": clock.today(),
            "ahead": time_machine.days_ahead(),
            "choices": [
                (days, ngettext("%(count)d day forward", "%(count)d days forward", days) % {"count": days})
                for days in time_machine.STEPS
            ],
        },
    )
