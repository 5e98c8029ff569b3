"""Reading a batch of reports from CSV or JSON: what each row would become, and everything that is wrong, by row.

The columns are in `docs/other-ways-in.md`. A row is checked by the same rules as a report that comes by the API.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail

from audit import clock
from intake.api.serializers import ReportPlace, SentReport
from intake.channels.concerns import Concerns
from intake.channels.models import Channel
from intake.channels.paths import Path
from intake.channels.questionnaire import Kind, Questionnaire
from intake.channels.reading import current_questions, questionnaire_of
from intake.channels.routing import channels_for, closed
from intake.entry.actions import EARLIEST, Told
from intake.entry.archives import Member
from intake.entry.enclosures import Enclosures, names_in
from intake.entry.models import EnteredReport
from intake.portal.models import Origin
from integrity.people.importing import Fault, Layout, Row, Unreadable, read_table
from integrity.vault import limits

if TYPE_CHECKING:
    from intake.channels.questionnaire import Answer

MOST: Final = 1_000
NEEDED: Final = ("reference", "received_on", "path", "concerns")
FILES: Final = "files"
OPTIONAL: Final = ("channel", "language", "name", "contact", FILES)
OWN: Final = ("reference", "received_on", "language", FILES)
SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST_REFERENCE: Final = 200
# Several choices in one cell of a CSV file.
BETWEEN: Final = "|"


@dataclass(frozen=True)
class Record:
    """One report of a batch: the line or the number of it, and its values by name."""

    line: int
    values: Mapping[str, Any] = field(repr=False)
    is_text: bool


@dataclass(frozen=True)
class Planned:
    """A report that would be made, and the files beside the list that it would get."""

    line: int
    digest: bytes
    told: Told
    enclosed: tuple[Member, ...] = ()


@dataclass
class BatchPlan:
    """What importing a batch would do. `there` are rows of which the report was imported before.

    `unnamed` are the paths of files that came beside the list and that no row names.
    """

    reports: list[Planned] = field(default_factory=list)
    there: int = 0
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list, repr=False)

    @property
    def files(self) -> int:
        """How many files would be kept with the reports."""
        return sum(len(each.enclosed) for each in self.reports)

    @property
    def bytes(self) -> int:
        """How large those files are together."""
        return sum(member.size for each in self.reports for member in each.enclosed)

    @property
    def by_channel(self) -> list[tuple[str, int]]:
        """How many reports go to which channel."""
        counts: dict[str, int] = {}
        for each in self.reports:
            counts[each.told.channel.name] = counts.get(each.told.channel.name, 0) + 1
        return sorted(counts.items())


def layout() -> Layout:
    """The columns that a CSV file may have: ours, and the questions of every channel that is open."""
    asked = {
        question.name: None
        for channel in Channel.objects.filter(active=True)
        for question in questionnaire_of(current_questions(channel)).questions
        if question.kind != Kind.FILES
    }
    return Layout(needed=NEEDED, optional=(*OPTIONAL, *(name for name in asked if name not in (*NEEDED, *OPTIONAL))))


def read_batch(content: bytes) -> tuple[list[Record], list[Fault]]:
    """The rows of a file, and those that could not be read. JSON begins with a bracket. Raises Unreadable."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        records, faults = _json(content), []
    else:
        _layout, table = read_table(content, [layout()])
        records, faults = [_record(row) for row in table.rows], list(table.faults)
    if len(records) + len(faults) > MOST:
        raise Unreadable(_("The file has more than %(most)d reports. Split it.") % {"most": MOST})
    return records, faults


def plan(content: bytes, *, source: str, beside: Sequence[Member] = (), to_the_end: bool = False) -> BatchPlan:
    """What importing the list would do, without doing any of it. `source` names the earlier system.

    `beside` are the files that came with it; `to_the_end` reads each that would be kept, so that a damaged one is
    told. Raises Unreadable for a list that cannot be read as a whole, FileGone.
    """
    if not SOURCE.fullmatch(source):
        raise Unreadable(_("Name the earlier system with small letters, digits and hyphens."))
    records, faults = read_batch(content)
    planning = _Planning(source, Enclosures(beside), to_the_end=to_the_end)
    for record in records:
        planning.read(record)
    planning.plan.unnamed = planning.enclosures.unnamed
    planning.plan.rows = len(records) + len(faults)
    planning.plan.faults = sorted([*planning.plan.faults, *faults], key=lambda fault: fault.line)
    return planning.plan


class _Planning:
    """One look at a batch."""

    def __init__(self, source: str, enclosures: Enclosures, *, to_the_end: bool) -> None:
        self.plan = BatchPlan()
        self.source = source
        self.enclosures = enclosures
        self.to_the_end = to_the_end
        self.bytes = 0
        self.seen: dict[bytes, int] = {}
        earlier = EnteredReport.objects.exclude(earlier=None).values_list("earlier", flat=True)
        self.imported = {bytes(each) for each in earlier if each is not None}
        self.questions: dict[int, Any] = {}

    def read(self, record: Record) -> None:
        """Put one row into the plan, or what is wrong with it."""
        reference = record.values.get("reference")
        if not isinstance(reference, str) or not 1 <= len(reference) <= LONGEST_REFERENCE:
            self._fault(record, "reference", _("Each report needs the reference that it had."))
            return
        digest = digest_of(self.source, reference)
        if digest in self.seen:
            self._fault(record, "reference", _("It is on line %(line)d already.") % {"line": self.seen[digest]})
            return
        self.seen[digest] = record.line
        names = names_in(record.values.get(FILES))
        # Also those of a report that is there already are spoken of.
        enclosed, faults = self.enclosures.of_row(names or ())
        if digest in self.imported:
            self.plan.there += 1
            return
        before = len(self.plan.faults)
        self._enclosed(record, enclosed, faults if names is not None else [_("This is no list of names.")])
        received_on, language = self._day(record), self._language(record)
        told = self._told(record, received_on=received_on, language=language)
        if told is not None and len(self.plan.faults) == before:
            self.plan.reports.append(Planned(record.line, digest, told, enclosed))

    def _enclosed(self, record: Record, enclosed: Sequence[Member], faults: Sequence[str]) -> None:
        for sentence in faults or (self.enclosures.damages(enclosed) if self.to_the_end else ()):
            self._fault(record, FILES, sentence)
        before, self.bytes = self.bytes, self.bytes + sum(member.size for member in enclosed)
        if before <= limits.bytes_per_request() < self.bytes:
            sentence = _("Up to here the files have more than %(most)s in all. Split the list before this line.")
            self._fault(record, FILES, sentence % {"most": filesizeformat(limits.bytes_per_request())})

    def _day(self, record: Record) -> date:
        given = record.values.get("received_on")
        try:
            day = date.fromisoformat(given) if isinstance(given, str) else None
        except ValueError:
            day = None
        if day is None:
            self._fault(record, "received_on", _("A day is written as year-month-day."))
        elif not EARLIEST <= day <= clock.today():
            self._fault(record, "received_on", _("This day is still to come, or too long ago."))
        return day or clock.today()

    def _language(self, record: Record) -> str:
        language = record.values.get("language") or settings.LANGUAGE_CODE
        if language not in dict(settings.LANGUAGES):
            self._fault(record, "language", _("This is none of the languages that are offered."))
        return str(language)

    def _told(self, record: Record, *, received_on: date, language: str) -> Told | None:
        values = {name: value for name, value in record.values.items() if name not in OWN and value not in ("", None)}
        place = ReportPlace(data=values)
        if not place.is_valid():
            self._faults(record, place.errors, values)
            return None
        channel = self._channel(record, place.validated_data)
        if channel is None:
            return None
        version, questionnaire = self._asked(channel)
        if record.is_text:
            values = {name: _from_cell(questionnaire, name, value) for name, value in values.items()}
        sent = SentReport(data=values, context={"questionnaire": questionnaire})
        if not sent.is_valid():
            self._faults(record, sent.errors, values)
            return None
        return Told(
            origin=Origin.IMPORT,
            received_on=received_on,
            path=Path(sent.validated_data["path"]),
            language=language,
            channel=channel,
            questions=version,
            answers=sent.answers,
            identity=sent.identity,
            wants_receipt=False,
        )

    def _channel(self, record: Record, place: Mapping[str, str]) -> Channel | None:
        concerns = Concerns(place["concerns"])
        found = channels_for(path=place["path"], concerns=concerns, language="")
        if not found:
            self._fault(record, "concerns", closed(independent=concerns.independent))
            return None
        wanted = place.get("channel")
        channel = next((each for each in found if each.code == wanted), None) if wanted else found[0]
        if channel is None:
            sentence = _("This channel does not take such a report. Those that do: %(codes)s.")
            self._fault(record, "channel", sentence % {"codes": ", ".join(each.code for each in found)})
        return channel

    def _asked(self, channel: Channel) -> Any:
        if channel.pk not in self.questions:
            version = current_questions(channel)
            self.questions[channel.pk] = (version, questionnaire_of(version))
        return self.questions[channel.pk]

    def _faults(self, record: Record, errors: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        for name, found in errors.items():
            for sentence in _sentences(found):
                repeats = any(_is_word_of(text, sentence) for text in _texts(values.get(name)))
                told = _("This value is none that can be given here.") if repeats else sentence
                self._fault(record, "" if name == "non_field_errors" else name, told)

    def _fault(self, record: Record, column: str, sentence: str) -> None:
        # What a cell says is left out: a list of faults is read, copied and mailed more easily than a report.
        self.plan.faults.append(Fault(record.line, column[:40], "", sentence))


def digest_of(source: str, reference: str) -> bytes:
    """What is kept of an earlier reference: HMAC-SHA256 under the receipts' pepper."""
    content = json.dumps(["integrity import reference v1", source, reference]).encode()
    return hmac.digest(str(settings.RECEIPT_PEPPER).encode(), content, hashlib.sha256)


def _record(row: Row) -> Record:
    return Record(row.line, {name: cell for name, cell in row.cells.items() if cell}, is_text=True)


def _json(content: bytes) -> list[Record]:
    try:
        read = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("The file is no JSON in UTF-8.")) from error
    if not isinstance(read, list) or not read or not all(isinstance(each, dict) for each in read):
        raise Unreadable(_("A JSON file holds a list of objects, one for each report."))
    return [Record(number, values, is_text=False) for number, values in enumerate(read, start=1)]


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _from_cell(questionnaire: Questionnaire, name: str, cell: Any) -> Answer:
    """An answer as a cell of a CSV file has it: people and amounts are JSON, and so is a period with its days."""
    question = next((each for each in questionnaire.questions if each.name == name), None)
    if question is None or question.kind.has_length or question.kind == Kind.CHOICE:
        return str(cell)
    if question.kind == Kind.SEVERAL:
        return [code.strip() for code in str(cell).split(BETWEEN) if code.strip()]
    try:
        found: Answer = json.loads(cell)
    except (ValueError, RecursionError):
        return {"words": str(cell)} if question.kind == Kind.WHEN else str(cell)
    return found if isinstance(found, dict | list) else str(cell)


def _sentences(found: Any) -> Iterable[str]:
    if isinstance(found, str | ErrorDetail):
        yield str(found)
    elif isinstance(found, Mapping):
        for each in found.values():
            yield from _sentences(each)
    elif isinstance(found, Sequence):
        for each in found:
            yield from _sentences(each)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value of a row."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)


def _is_word_of(text: str, sentence: str) -> bool:
    """Whether a sentence of the API, which is made for whoever sent a value, repeats it."""
    return bool(text) and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", sentence) is not None
