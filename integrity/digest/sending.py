"""Once each working day, to everybody alike. Whether anything waits is never asked, so that nothing can tell of it.

A mail can not be sent and noted in one step. It is noted first, and what was noted and not answered for is not sent
again on that day (at most once): a second copy would tell of a crash, a missing one loses nothing, because the same
mail comes on the next working day. What the mail server refused was not sent, and is tried again by the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import clock
from integrity.action import Actor, action, record
from integrity.digest.letter import letter
from integrity.digest.models import Declined, DigestDay, DigestMail, MailState
from integrity.people.invitations import mail_is_configured
from integrity.people.models import Appointment, User
from integrity.policy import Party
from integrity.rules.models import RulePack

log = logging.getLogger(__name__)


def send_when_due() -> int:
    """Send what this day's mails are still missing; how many went out. Harmless however often it runs, and by whom."""
    day = _due_day()
    if day is None:
        return 0
    DigestDay.objects.get_or_create(day=day)
    DigestMail.objects.filter(day__lt=day).delete()
    waiting = list(_waiting(day))
    sent = _send(waiting, day) if waiting else 0
    _note(day, left=len(waiting) - sent)
    return sent


def _due_day() -> date | None:
    """Today, when it is a working day of the rules in force and the hour has come."""
    if settings.DIGEST_AT is None or not mail_is_configured():
        return None
    today = clock.today()
    if timezone.localtime(clock.now(), timezone.get_default_timezone()).time() < settings.DIGEST_AT:
        return None
    try:
        rules = RulePack.objects.in_force()
    except RulePack.DoesNotExist:
        return None
    return today if rules.pack.calendar.is_working_day(today) else None


def _waiting(day: date) -> Iterator[User]:
    """Everybody who works at the desk, has an address and wants the mail, and whom it has not been begun for."""
    appointed = Appointment.objects.in_force(day).values("person")
    done = DigestMail.objects.filter(day=day).exclude(state=MailState.REFUSED).values("person")
    people = User.objects.filter(is_active=True, pk__in=appointed).exclude(email="").exclude(pk__in=done)
    return people.exclude(pk__in=Declined.objects.values("person")).order_by("pk").iterator()


def _send(people: list[User], day: date) -> int:
    """Mail them one by one over one connection; how many were taken. Without a server nobody is begun for."""
    line = get_connection()
    try:
        line.open()
    except (SMTPException, OSError) as error:
        log.warning("The daily mails wait: the mail server failed with %s.", type(error).__name__)
        return 0
    try:
        return sum(_send_to(person, day, by=line) for person in people if _begin(person, day))
    finally:
        line.close()


def _begin(person: User, day: date) -> bool:
    """Claim one person's mail; False when another run has it."""
    refused = DigestMail.objects.filter(person=person, day=day, state=MailState.REFUSED)
    if refused.update(state=MailState.BEGUN):
        return True
    try:
        with transaction.atomic():
            DigestMail.objects.create(person=person, day_id=day)
    except IntegrityError:
        return False
    return True


def _send_to(person: User, day: date, *, by: BaseEmailBackend) -> bool:
    try:
        taken = bool(letter(person.email, by=by).send())
    except (SMTPException, OSError) as error:
        log.warning("A daily mail was refused: %s", type(error).__name__)
        taken = False
    state = MailState.SENT if taken else MailState.REFUSED
    DigestMail.objects.filter(person=person, day=day).update(state=state)
    return taken


def _note(day: date, *, left: int) -> None:
    """Leave an entry when the day's figures changed: mostly one a day, another when a refused mail went out later."""
    rows = DigestMail.objects.filter(day=day)
    figures = {
        "mails": rows.filter(state=MailState.SENT).count(),
        "failures": left,
        "unsure": rows.filter(state=MailState.BEGUN).count(),
    }
    if not DigestDay.objects.filter(day=day, **figures).exists() and any(figures.values()):
        note_sent(actor=Actor.system(), day=day, **figures)


@action(
    "digest.sent",
    by=(Party.SYSTEM,),
    facts=("day", "mails", "failures", "unsure"),
    description="The daily mail went to everybody at the desk, alike whatever waited.",
)
def note_sent(*, actor: Actor, day: date, mails: int, failures: int, unsure: int) -> None:
    """Keep a day's figures: mails taken, those still missing, and those that a run began and did not answer for."""
    DigestDay.objects.filter(day=day).update(mails=mails, failures=failures, unsure=unsure)
    record(object="digest", day=day.isoformat(), mails=mails, failures=failures, unsure=unsure)
