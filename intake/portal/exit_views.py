"""Leaving in a hurry: to a page that says nothing, with as little left behind as a site can bring about."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from intake.portal import actions, sittings
from intake.portal.inbox_views import CLEAR_SITE_DATA
from intake.portal.pages import portal_page
from integrity.ui.choosing import choice_at


@portal_page
def leave_site(request: HttpRequest) -> HttpResponseBase:
    """To the neutral page; from an open inbox, whose form sends its token along, after closing it.

    A form's answer may not lead to another site (`form-action`), so there the page itself goes on by its header.
    """
    if request.method != "POST":
        response = HttpResponse(status=303, headers={"Location": settings.QUICK_EXIT_URL})
    else:
        opened = sittings.resume(request.POST.get("sitting", ""))
        if opened is not None:
            actions.close_inbox(actor=opened.actor, inbox=opened)
        response = render(request, "portal/left.html", {"choice": choice_at(reverse("portal:inbox_leave"))})
        response.headers["Refresh"] = f"0; url={settings.QUICK_EXIT_URL}"
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response
