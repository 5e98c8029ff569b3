"""What triage shows on the case page: what is alleged, the reports, and the conversation with who sent them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.engine import why_not
from cases.models import Allegation, Case, Subject
from cases.panels import CaseFile, panel
from cases.states import Track
from cases.triage.file_views import CASE_REPORT_FILES
from cases.triage.reading import Address, answers_of, conversation, files_of, first_files
from cases.workflow import find
from intake.portal.models import Attachment, Message
from integrity.inspection.presentation import FileAddresses
from integrity.people.models import Office
from integrity.people.roles import Gender
from integrity.rules.terms import GradeBand

REPORTS = 10


@dataclass(frozen=True)
class Alleged:
    """A subject with the profile in words, and what is alleged against them, opened."""

    subject: Subject
    name: str
    facts: list[tuple[Any, Any]]
    allegations: list[tuple[Allegation, str, str]]


@panel("allegations", title=_("Subjects and allegations"), template="triage/panel_allegations.html", order=10)
def allegations(file: CaseFile) -> Mapping[str, Any]:
    """Every subject with the allegations against them: the allegation, its clause, its statement."""
    keyring = file.actor.keys
    pack = file.case.pack.pack
    offices = dict(Office.objects.values_list("code", "name"))
    alleged: dict[Any, list[tuple[Allegation, str, str]]] = {}
    for allegation in file.case.allegations.all():
        allegation.case = file.case
        alleged.setdefault(allegation.subject_id, []).append(
            (allegation, pack.offence(allegation.offence).clause, allegation.open(keyring, "statement"))
        )
    subjects = []
    for subject in file.case.subjects.all():
        subject.case = file.case
        profile = subject.open(keyring, "profile")
        subjects.append(
            Alleged(
                subject=subject,
                name=profile.get("name", ""),
                facts=_facts(profile, offices),
                allegations=alleged.get(subject.pk, []),
            )
        )
    return {"subjects": subjects}


def _facts(profile: Mapping[str, str], offices: Mapping[str, str]) -> list[tuple[Any, Any]]:
    return [
        (_("Staff number"), profile.get("staff_number", "")),
        (_("Office"), offices.get(profile.get("office", ""), profile.get("office", ""))),
        (_("Grade"), _label(GradeBand, profile.get("grade_band", ""))),
        (_("Gender"), _label(Gender, profile.get("gender", ""))),
    ]


def _label(choices: Any, value: str) -> Any:
    return choices(value).label if value in choices.values else value


@panel("report", title=_("What was reported"), template="triage/panel_report.html", order=20)
def report(file: CaseFile) -> Mapping[str, Any] | None:
    """The reports joined to the case, the first ones first, with answers and files."""
    keyring = file.actor.keys
    found = file.case.reports.select_related("key", "channel", "questions").order_by("received_on", "reference")
    joined = list(found[: REPORTS + 1])
    keyring.find([each.key for each in joined])
    shown = [
        {
            "report": each,
            "answers": answers_of(each, keyring),
            "files": files_of(first_files(each), keyring, _address(file.case)),
        }
        for each in joined[:REPORTS]
        if keyring.holds(each.key)
    ]
    return {"reports": shown, "more": len(joined) > REPORTS} if shown else None


@panel(
    "conversation",
    title=_("Conversation with the reporting person"),
    template="triage/panel_conversation.html",
    order=90,
)
def talk(file: CaseFile) -> Mapping[str, Any] | None:
    """The latest messages of all reports of the case in one thread, with the way to write."""
    keyring = file.actor.keys
    reports = list(file.case.reports.select_related("key"))
    keyring.find([each.key for each in reports])
    readable = [each for each in reports if keyring.holds(each.key)]
    if not readable:
        return None
    messages = Message.objects.filter(report__in=readable)
    return {
        "conversation": conversation(messages, keyring, _address(file.case)),
        "several": len(readable) > 1,
        "may_write": why_not(find(Track.CASE, "write_to_reporter"), file.case, file.actor) is None,
    }


def _address(case: Case) -> Address:
    def address(attachment: Attachment) -> FileAddresses:
        return CASE_REPORT_FILES.addresses(case.reference, attachment.pk)

    return address
