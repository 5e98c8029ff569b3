"""What is sealed in a report, opened for a page: answers, files, conversation. Each bounded, each opened once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from intake.portal.models import Attachment, Message, MessageKind, Report
from intake.portal.questions import labelled
from integrity.vault.files import file_details
from integrity.vault.keyring import Keyring

MESSAGES = 50

Address = Callable[[Attachment], str]


@dataclass(frozen=True)
class File:
    """A file as a page lists it; `size` in bytes."""

    name: str
    size: int
    sha256: str
    url: str


@dataclass(frozen=True)
class Line:
    """One opened message of a conversation."""

    number: int
    sent_on: date
    from_office: bool
    author: str
    kind: str
    body: str
    reference: str
    files: Sequence[File]


@dataclass(frozen=True)
class Conversation:
    """Messages in the order they were sent; `earlier` is the number to ask for those before, or None."""

    lines: Sequence[Line]
    earlier: int | None


def answers_of(report: Report, keyring: Keyring) -> list[tuple[str, str]]:
    """The questions and answers of a report, in the order they were asked; what was left empty is left out."""
    return [(str(label), str(value)) for label, value in labelled(report.open(keyring, "answers"))]


def files_of(attachments: Iterable[Attachment], keyring: Keyring, address: Address) -> list[File]:
    """Names and sizes of files; one private-key operation for each."""
    opened = [(attachment, file_details(attachment.file, keyring)) for attachment in attachments]
    return [
        File(
            name=str(details["name"]),
            size=int(details["size"]),
            sha256=str(details["sha256"]),
            url=address(attachment),
        )
        for attachment, details in opened
    ]


def first_files(report: Report) -> QuerySet[Attachment]:
    """The files that came with the report itself, not with a later message."""
    return report.attachments.filter(message__isnull=True).select_related("file__owner_key")


def conversation(
    messages: QuerySet[Message], keyring: Keyring, address: Address, *, before: int | None = None, most: int = MESSAGES
) -> Conversation:
    """The latest messages of a conversation, at most `most`, opened; with `before`, those before that number."""
    rows = messages.select_related("report__key", "author").prefetch_related(
        Prefetch("attachments", Attachment.objects.select_related("file__owner_key"))
    )
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows.order_by("-sent_on", "-number", "-pk")[: most + 1])
    shown = found[:most][::-1]
    lines = [
        Line(
            number=message.number,
            sent_on=message.sent_on,
            from_office=message.from_office,
            author=message.author.name if message.author else _("Reporting person"),
            kind="" if message.kind == MessageKind.MESSAGE else message.get_kind_display(),
            body=message.open(keyring, "body"),
            reference=message.report.reference,
            files=files_of(message.attachments.all(), keyring, address),
        )
        for message in shown
    ]
    return Conversation(lines=lines, earlier=shown[0].number if len(found) > most else None)
