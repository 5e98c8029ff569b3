"""The second factor at a terminal, for commands that a person performs with their passphrase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from integrity.action import Actor, NotPermitted
from integrity.factors import actions
from integrity.factors.models import Factor
from integrity.people import attempts


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
