"""The verbs of the set-up itself. What they leave in the log is also where the set-up looks it up again."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from config.setup.questions import QUESTIONS
from integrity.action import Actor, Incomplete, action, record
from integrity.people.roles import Role
from integrity.policy import Party

CONFIRMED: Final = "setup.confirmed"
WITHDRAWN: Final = "setup.confirmation_withdrawn"
PEPPER_NOTED: Final = "setup.pepper_noted"
MAIL_TESTED: Final = "setup.mail_tested"
BY: Final = (Role.ADMINISTRATOR, Party.SYSTEM)


@action(CONFIRMED, by=BY, facts=("question",), description="Somebody confirmed a question of the set-up.")
def confirm(*, actor: Actor, question: str) -> None:
    """Say yes to a question that no program can answer. Raises Incomplete for one that is not asked."""
    _must_be_asked(question)
    record(object=about(question), question=question)


@action(WITHDRAWN, by=BY, facts=("question",), description="A confirmation of the set-up was taken back.")
def withdraw(*, actor: Actor, question: str) -> None:
    """Take a confirmation back: it is open again. Raises Incomplete for a question that is not asked."""
    _must_be_asked(question)
    record(object=about(question), question=question)


@action(
    PEPPER_NOTED,
    by=(Party.SYSTEM,),
    facts=("fingerprint",),
    description="The fingerprint of the receipt pepper was noted, so that another pepper is noticed.",
)
def note_pepper(*, actor: Actor) -> None:
    """Note the fingerprint of the pepper that receipts are made with; it tells nothing about the pepper."""
    record(object="receipt-pepper", fingerprint=pepper_fingerprint())


@action(
    MAIL_TESTED,
    by=(Party.SYSTEM,),
    facts=("settings",),
    description="The mail server took a test message.",
)
def note_mail(*, actor: Actor, fingerprint: str) -> None:
    """Note that mail was taken with these settings."""
    record(object="mail", settings=fingerprint)


def about(question: str) -> str:
    """How the log names a question of the set-up."""
    return f"setup/{question}"


def pepper_fingerprint() -> str:
    """64 bits that another pepper does not have."""
    pepper = settings.RECEIPT_PEPPER.encode()
    return hmac.new(pepper, b"integrity receipt pepper fingerprint v1", hashlib.sha256).hexdigest()[:16]


def _must_be_asked(question: str) -> None:
    if question not in QUESTIONS:
        raise Incomplete(_("This is not asked."), object="setup")
