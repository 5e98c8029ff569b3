"""Asking for a second factor: what the page shows, what is done with the answer, and where one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from integrity.action import Actor
from integrity.factors import actions, codes, passkeys
from integrity.factors.forms import GiveCode
from integrity.factors.models import Factor, FactorKind
from integrity.people import attempts
from integrity.people.access import DeskRequest
from integrity.people.sittings import Held
from integrity.ui import middleware

OWN_FIELDS: Final = frozenset({"second_factor", "passkey", "next", "carried", "csrfmiddlewaretoken"})
SCRIPTED_POLICY: Final = f"{middleware.CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'none'"


class Over(Exception):
    """Too many wrong answers: the sitting has ended."""


def answered(request: DeskRequest, form: GiveCode) -> FactorKind | None:
    """Take what was given; None, with a sentence on the form, when it was wrong.

    Raises Over when the sitting ended because of it, attempts.TooMany when the account was tried too often.
    """
    held, actor = request.held, request.actor
    attempt = attempts.code(actor.user)
    if not actions.count_try(held.sitting):
        actions.note_wrong(actor=actor, sitting=held.sitting)
        raise Over
    try:
        kind = _take(request, actor, held, form)
    except (actions.WrongFactor, passkeys.WrongAnswer):
        if actions.note_wrong(actor=actor, sitting=held.sitting):
            raise Over from None
        form.add_error(
            "second_factor",
            _("This code is not right, or it was used already. Wait for the next one and type it."),
        )
        return None
    attempt.succeeded()
    return kind


def _take(request: DeskRequest, actor: Actor, held: Held, form: GiveCode) -> FactorKind:
    answer = form.cleaned_data["passkey"]
    if answer:
        proved = passkeys.check(request, answer, credentials(actor.user, held))
        return actions.give_passkey(actor=actor, sitting=held.sitting, proved=proved)
    return actions.give_code(actor=actor, sitting=held.sitting, typed=form.cleaned_data["second_factor"])


def page(request: DeskRequest, form: GiveCode, *, again: bool, **more: Any) -> HttpResponse:
    """The page that asks for a second factor; `again` when it was given before in this sitting."""
    person, held = request.actor.user, request.held
    known = credentials(person, held)
    context = {
        "form": form,
        "again": again,
        "options": passkeys.ask(request, known) if known else None,
        "demonstration_code": _shown_code(person, held) if settings.DEMONSTRATION else None,
        **more,
    }
    status = 422 if form.errors else int(more.get("status", 200))
    response = render(request, "factors/give.html", context, status=status)
    return with_passkeys(response) if known else response


def with_passkeys(response: HttpResponse) -> HttpResponse:
    """Let this page run the one script of the product, and the browser ask for a passkey."""
    response.headers["Content-Security-Policy"] = SCRIPTED_POLICY
    response.headers["Permissions-Policy"] = ", ".join(
        f"{feature}={'(self)' if feature.startswith('publickey-credentials') else '()'}"
        for feature in middleware.FEATURES.split()
    )
    return response


def carried(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """What a form sent that must wait for the second factor, to be sent again after it."""
    for name, values in request.POST.lists():
        if name not in OWN_FIELDS:
            yield from ((name, str(value)) for value in values)


def credentials(person: Any, held: Held) -> list[str]:
    """The person's passkeys, as `passkeys` takes them."""
    return [each["credential"] for each in actions.opened(person, held.keyring, FactorKind.PASSKEY)]


def _shown_code(person: Any, held: Held) -> dict[str, Any] | None:
    """The demonstration shows the code that an app would: the first that was not used, and how long to wait for it."""
    app = Factor.objects.of(person).filter(kind=FactorKind.APP).first()
    if app is None:
        return None
    secret, now = str(app.open(held.keyring, "secret")["secret"]), codes.step_now()
    step = max(app.mark + 1, now)
    wait = max(0, (step - codes.DRIFT) * codes.STEP_SECONDS - int(codes.seconds_now()))
    return {"code": codes.code_at(secret, step), "wait": wait}
