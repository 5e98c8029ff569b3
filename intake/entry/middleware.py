"""What an officer typed is not lost at the desk's door."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from intake.entry import drafts
from intake.entry.posted import Posted
from integrity.people.middleware import door


class KeepWhatWasTyped:
    """Set aside what a page of the entry form sent and the door did not let through, for the officer of that page.

    The sitting had ended, or they have signed in anew elsewhere since the page was opened. The answer leads to the
    draft, by way of the same door.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _was_turned_away(request, response):
            return response
        posted = Posted.by(request)
        officer = drafts.officer_of(posted.ticket)
        if officer is None or not posted.holds_something:
            return response
        draft = drafts.set_aside(person=officer, typed=posted.typed)
        messages.info(
            request,
            _("What you typed is kept as a draft that only you can open. You find it where you enter reports."),
        )
        target = reverse("entry:go_on", args=[draft.pk])
        for name in ("people:sign_in", "factors:give"):
            if response.headers.get("Location", "").startswith(reverse(name)):
                return HttpResponseRedirect(door(name, target))
        return HttpResponseRedirect(target)


def _was_turned_away(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the entry form was sent, and its page never had it."""
    if settings.SITE == "portal" or request.method != "POST" or response.status_code not in {302, 403}:
        return False
    return request.path_info == reverse("entry:enter") and not getattr(request, "was_read", False)
