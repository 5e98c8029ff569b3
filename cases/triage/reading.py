"""What is sealed in a report, opened for a page: answers, files, conversation. Each bounded, each opened once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from intake.channels.reading import questionnaire_of
from intake.portal.models import Attachment, Message, MessageKind, Report
from intake.portal.questions import labelled
from integrity.inspection.presentation import FileAddresses, ShownFile, shown
from integrity.vault.keyring import Keyring

MESSAGES = 50

Address = Callable[[Attachment], FileAddresses]


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
    files: Sequence[ShownFile]


@dataclass(frozen=True)
class Conversation:
    """Messages in the order they were sent; `earlier` is the number to ask for those before, or None."""

    lines: Sequence[Line]
    earlier: int | None


def answers_of(report: Report, keyring: Keyring) -> list[tuple[str, str]]:
    """The questions and answers of a report, of the version it answered; what was left empty is left out."""
    asked = questionnaire_of(report.questions)
    return [(str(label), value) for label, value in labelled(report.open(keyring, "answers"), asked)]


def files_of(attachments: Iterable[Attachment], keyring: Keyring, address: Address) -> list[ShownFile]:
    """Files as a page lists them; one private-key operation for each."""
    return [shown(attachment.file, keyring, address(attachment)) for attachment in attachments]


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
