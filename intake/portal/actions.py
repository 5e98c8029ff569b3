"""The verbs of the portal. What a reporting person does leaves its entry by day only.

What stands in the way of receiving is found before the action begins, so that a refusal leaves no entry with
the minute in it; a repeated sending is found the same way, so that one arrival has one entry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from audit import clock
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.paths import Path
from intake.channels.routing import recipients_of
from intake.portal import sittings
from intake.portal.messages import attach, write_message
from intake.portal.models import Attachment, Draft, Message, Origin, Report, ReportStep
from intake.portal.receipt import PageSecret, ReporterSecret
from intake.portal.signs import SpamSign, is_likely_spam
from intake.portal.sittings import OpenInbox
from integrity.action import Actor, Incomplete, action, record
from integrity.people.granting import give, institution_key
from integrity.people.models import User
from integrity.policy import Party
from integrity.references import new_reference
from integrity.rules.models import RulePack
from integrity.vault import actions as vault
from integrity.vault.models import Key, KeyKind
from integrity.vault.storage import FileGone

if TYPE_CHECKING:
    from intake.channels.questionnaire import Answers
    from integrity.vault.uploads import SealedUpload

OPENED = "A reporting person opened the inbox of their report."


class GivenUp(Incomplete):
    """What was sent came with a receipt that its reporting person gave up: it would open nothing."""


def find_report(secret: ReporterSecret) -> Report | None:
    """The report that a receipt leads to, with its keys, or None. One query, by an index."""
    found = Report.objects.without_identity().select_related("key", "reporter_key", "channel")
    return found.filter(lookup=secret.lookup, left_on__isnull=True).first()


@dataclass(frozen=True)
class _Terms:
    """What must be there before a report can be received."""

    pack: RulePack
    recipients: list[User]
    identity_key: Key | None


def send_report(
    *,
    actor: Actor,
    report_id: UUID,
    secret: ReporterSecret,
    channel: Channel,
    path: Path,
    origin: Origin,
    language: str,
    answers: Answers,
    questions: ChannelQuestions | None = None,
    identity: str = "",
    files: Iterable[SealedUpload] = (),
    draft: bytes | None = None,
    received_on: date | None = None,
    receipt_kept: bool = False,
    signs: Collection[SpamSign] = (),
) -> Report:
    """Receive a report, sealed to the recipients of its channel and to its reporting person.

    `questions` is the version that was asked, None for the standard questions. The identity is sealed to the identity
    custodians. The draft of this key goes in the same transaction. `received_on` is the day from which its clocks
    run where it was told before it was entered; with `receipt_kept` no page shows its receipt. `signs`
    mark it for the desk's list and change nothing else. The same secret again, even at the same moment, gives the
    report that is there already. Raises Incomplete when nobody could open it, GivenUp for a receipt that was given up
    less than an hour ago, FileGone for a file swept.
    """
    existing = find_report(secret)
    if existing is not None:
        return existing
    terms = _terms(channel, identity=identity)
    try:
        return _receive(
            actor=actor,
            report_id=report_id,
            secret=secret,
            channel=channel,
            path=path,
            origin=origin,
            language=language,
            answers=answers,
            questions=questions,
            identity=identity,
            files=tuple(files),
            draft=draft,
            received_on=received_on or clock.today(),
            receipt_kept=receipt_kept,
            signs=signs,
            terms=terms,
        )
    except (IntegrityError, FileGone) as error:
        # The same page was sent twice at once, and the other one was first.
        existing = find_report(secret)
        if existing is not None:
            return existing
        if Report.objects.filter(lookup=secret.lookup).exists():
            raise GivenUp(_("Your receipt opens nothing any more")) from error
        raise


@action(
    "report.received",
    by=(Party.REPORTER,),
    facts=("channel", "path", "origin", "files", "named"),
    by_day=True,
    description="A report arrived and was sealed.",
)
def _receive(
    *,
    actor: Actor,
    report_id: UUID,
    secret: ReporterSecret,
    channel: Channel,
    path: Path,
    origin: Origin,
    language: str,
    answers: Answers,
    questions: ChannelQuestions | None,
    identity: str,
    files: tuple[SealedUpload, ...],
    draft: bytes | None,
    received_on: date,
    receipt_kept: bool,
    signs: Collection[SpamSign],
    terms: _Terms,
) -> Report:
    reporter_key = vault.keep_key(KeyKind.REPORTER, secret.private)
    key, private = vault.make_key(KeyKind.REPORT, reporter_key)
    report = Report(
        id=report_id,
        reference=new_reference("R"),
        key=key,
        reporter_key=reporter_key,
        identity_key=terms.identity_key if identity else None,
        lookup=secret.lookup,
        path=path,
        origin=origin,
        channel=channel,
        questions=questions,
        pack=terms.pack,
        language=language,
        has_identity=bool(identity),
        has_news=True,
        receipt_kept=receipt_kept,
        received_on=received_on,
        likely_spam=is_likely_spam(signs),
        spam_signs=sorted(str(sign) for sign in signs) if is_likely_spam(signs) else [],
    )
    report.start_clock("acknowledge", received_on)
    report.seal(answers={name: value for name, value in answers.items() if value})
    if identity:
        report.seal(identity=identity)
    report.save(force_insert=True)
    for person in terms.recipients:
        give(holder=private, key=key, person=person, target=report, permission="work_report")
    attach(report=report, files=files)
    if draft is not None:
        Draft.objects.filter(pk=draft).delete()
    ReportStep.objects.create(report=report, transition="received", person=None, on=received_on, to_state=report.state)
    record(
        object=report.pseudonym,
        channel=channel.code,
        path=path.value,
        origin=origin.value,
        files=len(files),
        named=bool(identity),
    )
    return report


def confirm_receipt(*, actor: Actor, report: Report) -> None:
    """Note that the reporting person has kept the receipt: from now on it is not shown again."""
    if not report.receipt_kept:
        _confirm(actor=actor, report=report)


@action(
    "report.receipt_kept", by=(Party.REPORTER,), by_day=True, description="The reporting person typed the receipt back."
)
def _confirm(*, actor: Actor, report: Report) -> None:
    _keep_receipt(report)
    record(object=report.pseudonym)


def reporter_writes(
    *, actor: Actor, report: Report, text: str, nonce: bytes, files: Iterable[SealedUpload] = ()
) -> Message:
    """Add the reporting person's words and files to the conversation.

    The same nonce (32 bytes) again gives the message that is there already. Raises FileGone for a file swept.
    """
    existing = report.messages.defer("author").filter(nonce=nonce).first()
    if existing is not None:
        return existing
    try:
        return _write(actor=actor, report=report, text=text, nonce=nonce, files=tuple(files))
    except (IntegrityError, FileGone):
        existing = report.messages.defer("author").filter(nonce=nonce).first()
        if existing is None:
            raise
        return existing


@action(
    "report.reporter_wrote",
    by=(Party.REPORTER,),
    limit="with the receipt",
    facts=("number", "files"),
    by_day=True,
    description="The reporting person wrote.",
)
def _write(*, actor: Actor, report: Report, text: str, nonce: bytes, files: tuple[SealedUpload, ...]) -> Message:
    held = Report.objects.without_identity().select_for_update(of=("self",)).select_related("key").get(pk=report.pk)
    message = write_message(report=held, body=text, files=files, nonce=nonce)
    report.awaits_answer, report.has_news = held.awaits_answer, held.has_news
    record(object=report.pseudonym, number=message.number, files=len(files))
    return message


@action("inbox.opened", by=(Party.REPORTER,), limit="with the receipt", by_day=True, description=OPENED)
def open_inbox(*, actor: Actor, report: Report, secret: ReporterSecret, door: PageSecret) -> OpenInbox:
    """Begin a sitting in the inbox. Whoever has typed the receipt here has kept it.

    `door` is the secret of the page on which it was typed. Raises IntegrityError when that page is used up.
    """
    _keep_receipt(report)
    inbox = sittings.begin(report, secret, door)
    record(object=report.pseudonym)
    return inbox


@action("inbox.opened", by=(Party.REPORTER,), limit="with the receipt", by_day=True, description=OPENED)
def read_inbox(*, actor: Actor, report: Report) -> None:
    """Note that the inbox was read by the API, which sends the receipt each time and has no sitting."""
    record(object=report.pseudonym)


@action(
    "inbox.file_opened",
    by=(Party.REPORTER,),
    limit="with the receipt",
    facts=("file",),
    by_day=True,
    description="A reporting person downloaded a file of their report.",
)
def open_own_file(*, actor: Actor, attachment: Attachment) -> None:
    """Note that a file of the report, or of its conversation, was fetched from the inbox."""
    record(object=attachment.report.pseudonym, file=attachment.pk)


@action(
    "inbox.closed",
    by=(Party.REPORTER,),
    limit="with the receipt",
    by_day=True,
    description="A reporting person left the inbox.",
)
def close_inbox(*, actor: Actor, inbox: OpenInbox) -> None:
    """End a sitting: the page's token opens nothing any more."""
    sittings.end(inbox)
    record(object=inbox.report.pseudonym)


def _keep_receipt(report: Report) -> None:
    if not report.receipt_kept:
        Report.objects.filter(pk=report.pk).update(receipt_kept=True)
        report.receipt_kept = True


def _terms(channel: Channel, *, identity: str) -> _Terms:
    recipients = recipients_of(channel)
    identity_key = institution_key(KeyKind.IDENTITY) if identity else None
    if identity and identity_key is None:
        raise Incomplete(
            _(
                "Nobody is appointed yet to keep names apart from reports, so yours cannot be protected. Take "
                "your name and contact out and send the report without them; nothing else is lost."
            )
        )
    try:
        pack = RulePack.objects.in_force()
    except RulePack.DoesNotExist as error:
        raise Incomplete(
            _("This office has not finished setting up its rules, so it cannot receive reports yet.")
        ) from error
    return _Terms(pack=pack, recipients=recipients, identity_key=identity_key)
