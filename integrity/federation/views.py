"""To the provider and back. Nothing here begins a sitting or opens a key."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from integrity.action import Actor
from integrity.federation import attempts, provider
from integrity.federation.actions import note_failure, note_identified
from integrity.federation.failures import NOT_HERE, UNHEARD, NotIdentified, Reason
from integrity.federation.matching import person_of
from integrity.federation.models import Attempt, Purpose
from integrity.people import attempts as tries
from integrity.people.actions import note_limit
from integrity.people.middleware import next_page
from integrity.people.models import User
from integrity.ui import errors

STRANGER: Final = Actor("anonymous")
View = Callable[..., HttpResponse]


def configured(view: View) -> View:
    """Answer only where a provider is set up."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if not provider.is_configured():
            raise Http404
        return view(request, *arguments, **named)

    return guarded


def came_from_elsewhere(request: HttpRequest) -> bool:
    """Whether another site sent the browser here, so that a link elsewhere begins or ends nobody's sign-in."""
    return request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}


def redirect_uri(request: HttpRequest) -> str:
    """The one address to which the provider answers: as it was registered there, whatever the language."""
    with translation.override(settings.LANGUAGE_CODE):
        return request.build_absolute_uri(reverse("federation:back"))


@configured
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send somebody who wants to sign in to the provider. A plain link, as no form may lead to another site."""
    if getattr(request, "keyring", None) is not None:
        return redirect("desk")
    if came_from_elsewhere(request):
        return redirect("people:sign_in")
    return to_provider(request, purpose=Purpose.SIGN_IN, next=next_page(request), anew="another" in request.GET)


def to_provider(
    request: HttpRequest, *, purpose: Purpose, person: User | None = None, next: str = "", anew: bool = False
) -> HttpResponse:
    """Begin an attempt and send the browser to the provider; the page of a failure when it does not answer."""
    try:
        found = provider.discover()
    except NotIdentified as failure:
        return failed(request, failure)
    _attempt, secret = attempts.begin(purpose=purpose, person=person, next=next)
    response = HttpResponseRedirect(
        provider.question(found, attempts.proof(secret), redirect_uri=redirect_uri(request), anew=anew)
    )
    attempts.give_cookie(response, secret, back=False)
    return response


@configured
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Read the provider's answer, and go on to where the passphrase is asked, or the link confirmed.

    The page goes on by itself instead of redirecting: after a redirect from another site the browser would still keep
    back the cookies of the desk.
    """
    try:
        arrival = tries.arrival(request)
    except tries.TooMany as limited:
        if limited.first:
            note_limit(actor=STRANGER, person=None, limit=limited.limit.name)
        return errors.too_many(request, retry_after=limited.wait)
    try:
        attempt, subject = _answer(request)
        person, by_claim = (attempt.person, False) if attempt.purpose == Purpose.LINK else person_of(subject)
        if person is None:
            raise NotIdentified(Reason.SUBJECT)
    except NotIdentified as failure:
        return failed(request, failure)
    arrival.succeeded()
    secret = attempts.answer(attempt, person=person, subject=subject, by_claim=by_claim)
    if attempt.purpose == Purpose.SIGN_IN:
        note_identified(actor=STRANGER, person=person)
    with translation.override(attempt.language):
        way_on = reverse("federation:confirm_link" if attempt.purpose == Purpose.LINK else "people:sign_in")
        response = render(request, "federation/back.html", {"way_on": way_on})
    attempts.give_cookie(response, secret, back=True)
    return response


def _answer(request: HttpRequest) -> tuple[Attempt, provider.Subject]:
    attempt, proof = attempts.come_back(request)
    found = provider.discover()
    named = request.GET.getlist("iss")
    # RFC 9207: an answer that another provider gave is not brought to this one.
    if (named and named != [found.issuer]) or (found.names_itself and not named):
        raise NotIdentified(Reason.ISSUER)
    if "error" in request.GET:
        raise NotIdentified(Reason.DECLINED)
    codes = request.GET.getlist("code")
    if len(codes) != 1 or not codes[0]:
        raise NotIdentified(Reason.ANSWER)
    return attempt, provider.answered(found, proof, code=codes[0], redirect_uri=redirect_uri(request))


@configured
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """“This is not me”: nobody is identified here any more, and the provider will ask anew."""
    attempts.forget(request)
    response = HttpResponseRedirect(f"{reverse('people:sign_in')}?another=1")
    attempts.take_cookie(response)
    return response


@configured
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """Go and end one's session at the provider, where it has a page for that."""
    if came_from_elsewhere(request):
        return redirect("people:sign_in")
    try:
        found = provider.discover()
    except NotIdentified as failure:
        return failed(request, failure)
    with translation.override(settings.LANGUAGE_CODE):
        home = request.build_absolute_uri(reverse("people:sign_in"))
    farewell = provider.farewell(found, back=home)
    return HttpResponseRedirect(farewell) if farewell else render(request, "federation/no_farewell.html")


def failed(request: HttpRequest, failure: NotIdentified) -> HttpResponse:
    """Note the failure, and tell it calmly, with what else one can do."""
    if failure.reason not in UNHEARD:
        note_failure(actor=STRANGER, reason=failure.reason.value, person=failure.person)
    signed_in = getattr(request, "keyring", None) is not None
    context = {
        "sentence": failure.sentence,
        "signed_in": signed_in,
        # Whoever was the wrong person there would otherwise be sent back as the same one, unasked.
        "ask_anew": failure.reason in NOT_HERE,
        "may_use_name": not settings.OIDC_REQUIRED and not signed_in,
    }
    return render(request, "federation/failed.html", context, status=failure.status)
