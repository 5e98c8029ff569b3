"""Linking one's account to the provider, and ending a link: one's own, or as an administrator somebody else's."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from integrity.federation import attempts
from integrity.federation.actions import link, unlink
from integrity.federation.models import Identity, Purpose
from integrity.federation.views import came_from_elsewhere, configured, to_provider
from integrity.people.access import DeskRequest, role_required
from integrity.people.models import User
from integrity.people.roles import Role


@configured
@require_GET
def mine(request: DeskRequest) -> HttpResponse:
    """Whether one's account is linked, and what that means."""
    return render(request, "federation/mine.html", {"breadcrumb": _trail(), **_links(request.user)})


@configured
@require_GET
def start_link(request: DeskRequest) -> HttpResponse:
    """Send the person to the provider, to show who they are there."""
    if came_from_elsewhere(request) or _current(request.user) is not None:
        return redirect("federation:mine")
    return to_provider(request, purpose=Purpose.LINK, person=request.user)


@configured
def confirm_link(request: DeskRequest) -> HttpResponse:
    """Back from the provider: make the link, once the person has seen to whom."""
    attempt = attempts.answered(request, Purpose.LINK)
    if attempt is None or attempt.person_id != request.user.pk:
        return redirect("federation:mine")
    if request.method != "POST":
        return render(request, "federation/confirm_link.html", {"attempt": attempt, "breadcrumb": _trail(), **_named()})
    link(actor=request.actor, attempt=attempt)
    messages.success(request, _("Your account is linked. Only your passphrase opens your keys, as before."))
    response = redirect("federation:mine")
    attempts.take_cookie(response)
    return response


@configured
@require_POST
def end_own(request: DeskRequest) -> HttpResponse:
    """End one's own link."""
    identity = _current(request.user)
    if identity is None:
        raise Http404
    unlink(actor=request.actor, identity=identity)
    messages.success(request, _("The link is ended. You sign in with your user name."))
    return redirect("federation:mine")


@role_required(Role.ADMINISTRATOR)
@configured
def of_person(request: DeskRequest, person: UUID) -> HttpResponse:
    """Somebody's link, which an administrator can end: for a new account at the provider, or a wrong link."""
    found = get_object_or_404(User, pk=person)
    identity = _current(found)
    if request.method == "POST":
        if identity is None:
            raise Http404
        unlink(actor=request.actor, identity=identity)
        messages.success(request, _("The link is ended."))
        return redirect("federation:of_person", found.pk)
    trail = [
        (_("People"), reverse("people:people")),
        (found.name, reverse("people:person", args=[found.pk])),
        (_name(), ""),
    ]
    return render(request, "federation/of_person.html", {"person": found, "breadcrumb": trail, **_links(found)})


def _current(person: User) -> Identity | None:
    return Identity.objects.in_force().filter(person=person, issuer=settings.OIDC_ISSUER).first()


def _links(person: User) -> dict[str, object]:
    earlier = Identity.objects.filter(person=person, ended_at__isnull=False).select_related("ended_by")[:20]
    return {"identity": _current(person), "earlier": earlier, "required": settings.OIDC_REQUIRED, **_named()}


def _named() -> dict[str, object]:
    return {"provider_name": _name(), "issuer": settings.OIDC_ISSUER}


def _name() -> str:
    return settings.OIDC_NAME or _("single sign-on")


def _trail() -> list[tuple[str, str]]:
    return [(_("Your account"), reverse("people:me")), (_name(), "")]
