"""Setting up second factors: the first one at the first sign-in, and later on one's own page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from integrity.action import Refusal
from integrity.factors import actions, asking, codes, passkeys
from integrity.factors.forms import SetUpApp, SetUpPasskey
from integrity.factors.models import Factor, FactorKind
from integrity.people import attempts
from integrity.people.access import DeskRequest, ask_first
from integrity.people.middleware import door, next_page


def choose(request: DeskRequest) -> HttpResponse:
    """Which kind of second factor to set up."""
    if (closed := _closed(request)) is not None:
        return closed
    return render(request, "factors/choose.html", {"next": next_page(request), "first": _is_first(request)})


@sensitive_post_parameters()
def app(request: DeskRequest) -> HttpResponse:
    """Set up an authenticator app: the picture or the secret, and the first code."""
    if (closed := _closed(request)) is not None:
        return closed
    first = _is_first(request)
    form = SetUpApp(
        request.POST if request.method == "POST" else None,
        initial=None if request.POST else {"secret": codes.make_secret()},
    )
    secret = str(form.data.get("secret", "") if form.is_bound else form.initial["secret"])
    if not codes.is_secret(secret):
        return redirect(request.path)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.add_app(
                actor=request.actor,
                sitting=request.held.sitting,
                name=given["name"],
                secret=secret,
                typed=given["second_factor"],
            )
        except actions.WrongFactor:
            form.add_error(
                "second_factor",
                _("This is not the code of now. Check that the device's clock is right, and type the next code."),
            )
        else:
            return _added(request, first=first)
    address = codes.address_of(secret, person=request.actor.user.username, institution=settings.INSTITUTION_NAME)
    context = {
        "form": form,
        "first": first,
        "next": next_page(request),
        "picture": _picture(address),
        "address": address,
        "secret": codes.grouped(secret),
        "demonstration_code": {"code": codes.code_at(secret, codes.step_now())} if settings.DEMONSTRATION else None,
    }
    return render(request, "factors/app.html", context, status=422 if form.errors else 200)


def passkey(request: DeskRequest) -> HttpResponse:
    """Set up a passkey; the browser makes it, with the one script of the product."""
    if (closed := _closed(request)) is not None:
        return closed
    first, person = _is_first(request), request.actor.user
    form = SetUpPasskey(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            proved = passkeys.check_new(request, form.cleaned_data["passkey"])
        except passkeys.WrongAnswer:
            form.add_error(None, _("The browser did not make a passkey. Try again, or use an authenticator app."))
        else:
            actions.add_passkey(
                actor=request.actor, sitting=request.held.sitting, name=form.cleaned_data["name"], proved=proved
            )
            return _added(request, first=first)
    context = {
        "form": form,
        "first": first,
        "next": next_page(request),
        "options": passkeys.ask_for_new(request, person, asking.credentials(person, request.held)),
    }
    return asking.with_passkeys(render(request, "factors/passkey.html", context, status=422 if form.errors else 200))


@ask_first
def mine(request: DeskRequest) -> HttpResponse:
    """One's own second factors."""
    person, keyring = request.user, request.keyring
    rows = [{"factor": each, "name": actions.name_of(each, keyring)} for each in Factor.objects.of(person).lasting()]
    context = {
        "rows": rows,
        "codes": Factor.objects.of(person).filter(kind=FactorKind.CODES).first(),
        "removable": len(rows) > 1,
        "breadcrumb": _way(_("Second factors")),
    }
    return render(request, "factors/mine.html", context)


@require_POST
def new_codes(request: DeskRequest) -> HttpResponse:
    """Make new recovery codes and show them once."""
    return _codes_page(request, actions.make_codes(actor=request.actor), first=False)


@require_POST
def remove(request: DeskRequest, factor: UUID) -> HttpResponse:
    """Remove one of one's own."""
    found = get_object_or_404(Factor.objects.of(request.user), pk=factor)
    try:
        actions.remove(actor=request.actor, factor=found)
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("It is removed, and opens nothing any more."))
    return redirect("factors:mine")


def _added(request: DeskRequest, *, first: bool) -> HttpResponse:
    """After the first factor come the recovery codes; after another one, the list."""
    actor = replace(request.actor, confirmed=True)
    if Factor.objects.of(actor.user).filter(kind=FactorKind.CODES).exists():
        messages.success(request, _("It is set up. From now on you can sign in with it."))
        return redirect("factors:mine")
    response = _codes_page(request, actions.make_codes(actor=actor), first=first)
    attempts.know(request, response, actor.user)
    return response


def _codes_page(request: DeskRequest, made: list[str], *, first: bool) -> HttpResponse:
    context = {
        "codes": [codes.grouped(each) for each in made],
        "first": first,
        "next": next_page(request) or (reverse("desk") if first else reverse("factors:mine")),
    }
    return render(request, "factors/codes.html", context)


def _is_first(request: DeskRequest) -> bool:
    return not Factor.objects.of(request.actor.user).lasting().exists()


def _closed(request: DeskRequest) -> HttpResponse | None:
    """Another factor is set up by whoever gave one a moment ago; the first one, by whoever opened the key."""
    if _is_first(request):
        return None
    if not request.held.is_confirmed:
        return redirect("factors:give")
    if request.method == "GET" and not request.held.is_fresh:
        return redirect(door("factors:confirm", request.path))
    return None


def _picture(address: str) -> str:
    """The QR code as SVG that needs no style of its own; dark on light in dark mode as well, or no camera reads it."""
    # Needed once in the life of an account.
    import segno

    drawn = segno.make(address, error="m").svg_inline(scale=4, dark="#000", light="#fff", omitsize=True)
    return mark_safe(drawn)


def _way(title: str) -> list[tuple[Any, str]]:
    return [(_("Your account"), reverse("people:me")), (title, "")]
