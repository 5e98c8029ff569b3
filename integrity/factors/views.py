"""Giving the second factor, at sign-in and again before something grave."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from integrity.factors import asking
from integrity.factors.forms import GiveCode
from integrity.factors.models import Factor, FactorKind
from integrity.people import attempts, sittings
from integrity.people.access import DeskRequest
from integrity.people.actions import note_limit
from integrity.people.middleware import door, next_page
from integrity.ui import errors


class SameFormRedirect(HttpResponseRedirect):
    """307: the browser sends the same form on to another address of this site."""

    status_code = 307


@sensitive_post_parameters()
def give(request: DeskRequest) -> HttpResponse:
    """Give the second factor after the passphrase; who has none yet is led to set one up."""
    if request.held.is_confirmed:
        return redirect(next_page(request) or "desk")
    if not Factor.objects.of(request.actor.user).lasting().exists():
        return redirect(door("factors:choose", next_page(request)))
    return _ask(request, again=False)


@sensitive_post_parameters()
def confirm(request: DeskRequest) -> HttpResponse:
    """Give it again, before something grave; a form that waited for it goes on by itself."""
    return _ask(request, again=True)


def _ask(request: DeskRequest, *, again: bool) -> HttpResponse:
    form = GiveCode(request.POST if request.method == "POST" else None)
    waiting = list(asking.carried(request)) if "carried" in request.POST else None
    target = next_page(request)
    if request.method == "POST" and form.is_valid():
        try:
            kind = asking.answered(request, form)
        except attempts.TooMany as limited:
            if limited.first:
                note_limit(actor=request.actor, person=request.actor.user, limit=limited.limit.name)
            return errors.too_many(request, retry_after=limited.wait)
        except asking.Over:
            return _over(request)
        if kind is not None:
            response = _go_on(request, kind, target, waiting=waiting is not None)
            attempts.know(request, response, request.actor.user)
            return response
    return asking.page(request, form, again=again, next=target, carried=waiting)


def _go_on(request: DeskRequest, kind: FactorKind, target: str, *, waiting: bool) -> HttpResponse:
    if kind in {FactorKind.CODES, FactorKind.SPARE}:
        messages.warning(
            request,
            _("You used a code for a lost device. If it is lost, set up another one now, and remove the old."),
        )
        if not waiting:
            return redirect("factors:mine")
    if waiting and target:
        return SameFormRedirect(target)
    return redirect(target or "desk")


def _over(request: DeskRequest) -> HttpResponse:
    logout(request)
    messages.error(request, _("Too many wrong codes: this sitting has ended. Sign in again."))
    response = redirect("people:sign_in")
    response.delete_cookie(sittings.COOKIE, samesite="Strict")
    return response
