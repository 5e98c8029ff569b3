"""Sign-in and sign-out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_cookie

from integrity.action import Actor, Refusal
from integrity.people import actions, attempts, elsewhere, sittings
from integrity.people.access import DeskRequest
from integrity.people.forms import OpenKeys, SignIn
from integrity.people.middleware import door, next_page
from integrity.people.models import User
from integrity.ui import errors
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.passphrase import TooBusy

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@vary_on_cookie
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """Open the person's key with their passphrase and begin a sitting; a second factor is asked for next.

    Whoever was identified elsewhere is asked for the passphrase alone.
    """
    outside = elsewhere.provider()
    known = outside.known(request) if outside else None
    form = (OpenKeys if known else SignIn)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = known.username if known else form.cleaned_data["username"].strip()
        username = typed.lower()
        person = User.objects.filter(username=username, is_active=True).select_related("key").first()
        if outside and outside.is_required and not known:
            person = None
        try:
            attempt = attempts.passphrase(request, username)
            keyring = vault.unlock(person.key if person else None, form.cleaned_data["passphrase"])
        except attempts.TooMany as limited:
            if limited.first:
                actions.note_limit(actor=Actor("anonymous"), person=person, limit=limited.limit.name, username=typed)
            return errors.too_many(request, retry_after=limited.wait)
        except TooBusy:
            attempt.succeeded()
            return errors.too_many(request)
        except vault.WrongPassphrase:
            actions.note_failed_sign_in(actor=Actor("anonymous"), person=person, username=typed)
            form.add_error(
                None,
                _("The passphrase is not right. Check it and try again.")
                if known
                else _("The user name or the passphrase is not right. Check both and try again."),
            )
        else:
            assert person is not None  # noqa: S101 - nobody's key opens nothing
            attempt.succeeded()
            try:
                if outside and known:
                    outside.use(request, actor=Actor.of(person, keyring))
                response = begin(request, person, keyring)
            except Refusal as refusal:
                form.add_error(None, str(refusal.sentence))
            else:
                if outside and known:
                    outside.leave(response)
                return response
    context = {
        "form": form,
        "outside": outside,
        "known": known,
        "next": next_page(request) or (outside.next(request) if outside and known else ""),
    }
    return render(request, "people/sign_in.html", context, status=422 if form.is_bound else 200)


def begin(request: HttpRequest, person: User, keyring: Keyring) -> HttpResponse:
    """Begin the sitting of a person whose key has just been opened, and lead them on. Raises Refusal."""
    opened = actions.open_sitting(actor=Actor.of(person, keyring), person=person, keyring=keyring)
    login(request, person, backend=BACKEND)
    request.session[sittings.SESSION_NAME] = str(opened.sitting.pk)
    target = next_page(request)
    response = redirect(door("factors:give", target))
    sittings.give_cookie(response, opened)
    return response


@require_POST
def sign_out(request: DeskRequest) -> HttpResponse:
    """End the sitting and forget its cookie."""
    actions.close_sitting(actor=request.actor, sitting=request.session[sittings.SESSION_NAME])
    logout(request)
    response = redirect("people:sign_in")
    response.delete_cookie(sittings.COOKIE, samesite="Strict")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
