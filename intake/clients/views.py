"""The pages about clients of the API: which there are, a new one with its key, and the end of one."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from intake.clients import actions
from intake.clients.forms import NewClient
from intake.clients.models import ApiClient
from intake.portal.models import Origin
from integrity.action import Refusal
from integrity.people.access import DeskRequest, ask_first, role_required


@role_required(*actions.KEEPERS)
def clients(request: DeskRequest) -> HttpResponse:
    """Every client: what it may do, when it was used last, and the button that ends it."""
    found = ApiClient.objects.select_related("made_by", "ended_by").prefetch_related("channels")
    return render(request, "clients/list.html", {"clients": found})


@role_required(*actions.KEEPERS)
@ask_first
def add(request: DeskRequest) -> HttpResponse:
    """Make a client, and show its key this once. The same page sent again says that it cannot be shown again."""
    form = NewClient(request.POST if request.method == "POST" else None, initial={"page": secrets.token_urlsafe()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            issued = actions.make_client(
                actor=request.actor,
                name=given["name"],
                origin=Origin(given["origin"]),
                channels=list(given["channels"]),
                per_minute=given["per_minute"],
                form=given["page"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            return render(request, "clients/key.html", {"client": issued.client, "key": issued.key})
    context = {
        "form": form,
        "breadcrumb": [(_("Clients of the API"), reverse("clients:list")), (_("Make a client"), "")],
    }
    return render(request, "clients/add.html", context, status=422 if form.is_bound else 200)


@role_required(*actions.KEEPERS)
def end(request: DeskRequest, client: UUID) -> HttpResponse:
    """Ask once, then end a client."""
    found = get_object_or_404(ApiClient, pk=client)
    if request.method != "POST":
        context = {
            "client": found,
            "breadcrumb": [(_("Clients of the API"), reverse("clients:list")), (_("End"), "")],
        }
        return render(request, "clients/end.html", context)
    try:
        actions.end_client(actor=request.actor, client=found)
    except Refusal as refusal:
        messages.warning(request, str(refusal.sentence))
    else:
        messages.success(request, _("“%(name)s” is ended. Its key opens nothing any more.") % {"name": found.name})
    return redirect("clients:list")
