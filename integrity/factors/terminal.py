"""Passphrase and second factor at a terminal, for commands that a person performs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from integrity.action import Actor, NotPermitted
from integrity.factors import actions
from integrity.factors.models import Factor
from integrity.people import attempts
from integrity.people.actions import note_failed_sign_in
from integrity.people.models import User
from integrity.vault import actions as vault


def signed_in(username: str, *, ask: Callable[[str], str], ask_secretly: Callable[[str], str]) -> Actor:
    """The person with their keys open and their second factor given. What is wrong is in the log, as at sign-in.

    Raises NotPermitted for a wrong user name or passphrase, and as `confirmed`; TooBusy.
    """
    username = username.strip().lower()
    person = User.objects.filter(username=username, is_active=True).select_related("key").first()
    try:
        keyring = vault.unlock(
            person.key if person else None, ask_secretly(_("Passphrase of %(name)s:") % {"name": username})
        )
    except vault.WrongPassphrase as wrong:
        note_failed_sign_in(actor=Actor("anonymous"), person=person, username=username)
        raise NotPermitted(_("The user name or the passphrase is not right.")) from wrong
    assert person is not None  # noqa: S101 - nobody's key opens nothing
    return confirmed(Actor.of(person, keyring), ask)


def confirmed(actor: Actor, ask: Callable[[str], str]) -> Actor:
    """The same person, who has just given a code of their second factor; `ask` gets the prompt.

    Passkeys need a browser: whoever has nothing else takes a recovery code. Raises NotPermitted for a wrong code,
    for too many, and for whoever has set up nothing yet.
    """
    if not Factor.objects.of(actor.user).exists():
        raise NotPermitted(
            _("Sign in at the desk first and set up a second factor: it is needed here."), object=actor.pseudonym
        )
    typed = ask(_("Code of your second factor: "))
    try:
        attempt = attempts.code(actor.user)
        actions.give_code(actor=actor, sitting=None, typed=typed)
    except attempts.TooMany as limited:
        raise NotPermitted(_("Too many codes were tried. Wait a while."), object=actor.pseudonym) from limited
    except actions.WrongFactor as wrong:
        actions.note_wrong(actor=actor, sitting=None)
        raise NotPermitted(_("This code is not right, or it was used already."), object=actor.pseudonym) from wrong
    attempt.succeeded()
    return replace(actor, confirmed=True)
