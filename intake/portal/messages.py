"""Writing into the conversation, either way. Called by actions; needs no secret, only the report's public key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Max

from audit import clock
from intake.portal.models import Attachment, Message, MessageKind, Report
from intake.portal.sections import awaits_more
from integrity.vault.files import keep

if TYPE_CHECKING:
    from integrity.people.models import User
    from integrity.vault.uploads import SealedUpload


def write_message(
    *,
    report: Report,
    body: str,
    author: User | None = None,
    kind: MessageKind = MessageKind.MESSAGE,
    files: Iterable[SealedUpload] = (),
    nonce: bytes | None = None,
) -> Message:
    """Add a sealed message to a report's conversation; without an author it is the reporting person's.

    Runs inside an action. A question makes the inbox say that an answer is awaited; an answer ends that.
    """
    last = report.messages.aggregate(last=Max("number"))["last"] or 0
    message = Message(
        report=report,
        number=last + 1,
        from_office=author is not None,
        author=author,
        kind=kind,
        sent_on=clock.today(),
        nonce=nonce,
    )
    message.seal(body=body)
    message.save(force_insert=True)
    attach(report=report, files=files, message=message)
    asks = author is not None and kind == MessageKind.QUESTION
    report.awaits_answer = asks or awaits_more(report)
    report.has_news = author is None
    report.save(update_fields=["awaits_answer", "has_news"])
    return message


def attach(*, report: Report, files: Iterable[SealedUpload], message: Message | None = None) -> None:
    """Keep uploaded files with a report or one of its messages. Runs inside an action."""
    for upload in files:
        stored = keep(upload, owner_key=report.key)
        Attachment.objects.create(report=report, message=message, file=stored)
