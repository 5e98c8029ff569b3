"""Reading a report's conversation and files for its reporting person, one page of it at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake.portal.models import Attachment, Message, MessageKind
from intake.portal.sittings import OpenInbox
from intake.portal.telling import sentence_for
from integrity.vault.files import file_details

# What a page opens is bounded, and so is the time that a page takes.
MESSAGES_ON_A_PAGE = 20
FILES_ON_A_PAGE = 100


@dataclass(frozen=True)
class ShownFile:
    """A file by its name and size in bytes; `number` finds it again."""

    number: int
    name: str
    size: int


@dataclass(frozen=True)
class ShownMessage:
    """A message in clear, for one page."""

    number: int
    from_office: bool
    kind: str
    kind_label: str
    sent_on: date
    body: str
    files: tuple[ShownFile, ...]


@dataclass(frozen=True)
class Conversation:
    """A page of messages, the oldest first; `earlier` is the number before which there are more, or None."""

    messages: list[ShownMessage]
    earlier: int | None


def conversation(inbox: OpenInbox, *, before: int | None = None, most: int | None = None) -> Conversation:
    """The latest messages, or the latest before a number; with `most`, so many that their texts have as many bytes.

    One message is shown however long it is. Two queries, one opening for each text and file.
    """
    found = inbox.report.messages.defer("author").order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    rows = list(found[: MESSAGES_ON_A_PAGE + 1])
    page, more = rows[:MESSAGES_ON_A_PAGE], len(rows) > MESSAGES_ON_A_PAGE
    for message in page:
        message.report = inbox.report
    attached: dict[Any, list[Attachment]] = {}
    attachments = Attachment.objects.filter(message__in=[message.pk for message in page])
    for attachment in attachments.select_related("file__owner_key")[:FILES_ON_A_PAGE]:
        attached.setdefault(attachment.message_id, []).append(attachment)
    shown: list[ShownMessage] = []
    length = 0
    for message in page:
        opened = _shown(inbox, message, attached.get(message.pk, []))
        length += len(opened.body.encode())
        if shown and most is not None and length > most:
            more = True
            break
        shown.append(opened)
    return Conversation(messages=shown[::-1], earlier=shown[-1].number if more and shown else None)


def files_of_report(inbox: OpenInbox) -> tuple[ShownFile, ...]:
    """The files that came with the report itself."""
    rows = inbox.report.attachments.filter(message__isnull=True).select_related("file__owner_key")
    return _files(inbox, rows[:FILES_ON_A_PAGE])


def told_steps(inbox: OpenInbox) -> list[dict[str, Any]]:
    """What was done about the report, by day, the newest first: the steps that the reporting person is told of."""
    steps = [
        {"when": step.on, "title": sentence, "tone": "active"}
        for step in inbox.report.steps.only("report", "transition", "on")
        if (sentence := sentence_for(step.transition)) is not None
    ]
    return steps[::-1]


def _shown(inbox: OpenInbox, message: Message, attachments: Iterable[Attachment]) -> ShownMessage:
    return ShownMessage(
        number=message.number,
        from_office=message.from_office,
        kind=message.kind,
        kind_label="" if message.kind == MessageKind.MESSAGE else message.get_kind_display(),
        sent_on=message.sent_on,
        body=message.open(inbox.keyring, "body"),
        files=_files(inbox, attachments),
    )


def _files(inbox: OpenInbox, attachments: Iterable[Attachment]) -> tuple[ShownFile, ...]:
    shown = []
    for attachment in attachments:
        details = file_details(attachment.file, inbox.keyring)
        shown.append(ShownFile(number=attachment.pk, name=str(details["name"]), size=int(details["size"])))
    return tuple(shown)
