"""Sign-in and sign-out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_cookie

from integrity.action import Actor, Refusal
from integrity.people import actions, sittings
from integrity.people.access import DeskRequest
from integrity.people.forms import SignIn
from integrity.people.middleware import is_at_desk
from integrity.people.models import User
from integrity.ui import errors
from integrity.vault import actions as vault
from integrity.vault.passphrase import TooBusy

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def _next(request: HttpRequest) -> str:
    """The page of the desk that was asked for before sign-in, or "" when it leads anywhere else."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    leads_away = ".." in target or not url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return "" if leads_away or not is_at_desk(target) else target


@vary_on_cookie
def sign_in(request: HttpRequest) -> HttpResponse:
    """Open the person's key with their passphrase and begin a sitting."""
    form = SignIn(request.POST or None)
    if request.method == "POST" and form.is_valid():
        username = form.cleaned_data["username"].strip().lower()
        person = User.objects.filter(username=username, is_active=True).select_related("key").first()
        try:
            keyring = vault.unlock(person.key if person else None, form.cleaned_data["passphrase"])
        except TooBusy:
            return errors.too_many(request)
        except vault.WrongPassphrase:
            actions.note_failed_sign_in(actor=Actor("anonymous"), person=person)
            form.add_error(None, _("The user name or the passphrase is not right. Check both and try again."))
        else:
            assert person is not None  # noqa: S101 - nobody's key opens nothing
            try:
                opened = actions.open_sitting(actor=Actor.of(person, keyring), person=person, keyring=keyring)
            except Refusal as refusal:
                form.add_error(None, str(refusal.sentence))
            else:
                login(request, person, backend=BACKEND)
                request.session[sittings.SESSION_NAME] = str(opened.sitting.pk)
                response = redirect(_next(request) or "desk")
                sittings.give_cookie(response, opened)
                return response
    status = 422 if form.is_bound else 200
    return render(request, "people/sign_in.html", {"form": form, "next": _next(request)}, status=status)


@require_POST
def sign_out(request: DeskRequest) -> HttpResponse:
    """End the sitting and forget its cookie."""
    actions.close_sitting(actor=request.actor, sitting=request.session[sittings.SESSION_NAME])
    logout(request)
    response = redirect("people:sign_in")
    response.delete_cookie(sittings.COOKIE, samesite="Strict")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
