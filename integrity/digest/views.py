"""One's own daily mail."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from integrity.digest import actions
from integrity.digest.letter import letter
from integrity.people.access import DeskRequest
from integrity.people.invitations import mail_is_configured


def mine(request: DeskRequest) -> HttpResponse:
    """What the mail says, when it comes, and turning it off or on."""
    if request.method == "POST":
        if request.POST.get("wanted") == "1":
            actions.turn_on(actor=request.actor, person=request.user)
            messages.success(request, _("You get the daily mail."))
        else:
            actions.turn_off(actor=request.actor, person=request.user)
            messages.success(request, _("You get no daily mail any more."))
        return redirect("digest:mine")
    shown = letter(request.user.email)
    context = {
        "person": request.user,
        "at": settings.DIGEST_AT if mail_is_configured() else None,
        "wanted": actions.wants_mail(request.user),
        "subject": shown.subject,
        "body": shown.body,
        "breadcrumb": [(_("Your account"), reverse("people:me")), (_("Daily mail"), "")],
    }
    return render(request, "digest/mine.html", context)
