"""The verbs of triage: every step of a report, and opening what came with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from cases.access import PERMISSION, close_reports
from cases.actions import NewAllegation, NewSubject, join_report, open_case
from cases.conflicts import must_be_free, must_be_free_on
from cases.engine import performs
from cases.forms import WriteToReporter
from cases.models import Case
from cases.policy import CASE_ROLES, MEMBERS, NOT_A_MEMBER
from cases.states import CaseState, Track
from cases.triage import forms
from cases.triage.conversion import Convert, pack_of_today
from cases.triage.models import Assessment, Referral, Rejection
from intake.portal.messages import write_message
from intake.portal.models import Attachment, MessageKind, Report
from integrity.action import Actor, Incomplete, NotPermitted, Refusal, WrongState, action, record
from integrity.inspection.models import CleanedCopy
from integrity.people.models import User
from integrity.people.roles import Role

NOT_GIVEN = gettext_lazy("You were not given access to this report.")


@performs(Track.REPORT, "acknowledge", form=forms.Acknowledge)
def acknowledge(*, actor: Actor, subject: Report, message: str = "") -> None:
    """Confirm to the reporting person that the office has the report; the feedback clock starts."""
    _tell(actor, subject, message, kind=MessageKind.MESSAGE)


@performs(Track.REPORT, "assess", form=forms.Assess, facts=("priority",))
def assess(
    *,
    actor: Actor,
    subject: Report,
    seriousness: int,
    credibility: int,
    completeness: int,
    urgency: int,
    remarks: str = "",
) -> Mapping[str, Any]:
    """Answer the four questions of the scale, each 0 to 3; the priority is reckoned from them."""
    last = subject.assessments.first()
    assessment = Assessment(
        report=subject,
        number=last.number + 1 if last else 1,
        person=actor.user,
        assessed_on=clock.today(),
        seriousness=seriousness,
        credibility=credibility,
        completeness=completeness,
        urgency=urgency,
    )
    assessment.reckon()
    if remarks:
        assessment.seal(remarks=remarks)
    assessment.save(force_insert=True)
    return {"priority": assessment.priority}


@performs(Track.REPORT, "ask_more", form=forms.AskMore)
def ask_more(*, actor: Actor, subject: Report, body: str) -> None:
    """Ask the reporting person a question; the inbox says that an answer is awaited."""
    write_message(report=subject, author=actor.user, kind=MessageKind.QUESTION, body=body)


@performs(Track.REPORT, "write_to_reporter", form=WriteToReporter)
def write_to_reporter(*, actor: Actor, subject: Report, body: str, is_question: bool = False) -> None:
    """Write into the reporting person's inbox, also after triage has ended."""
    kind = MessageKind.QUESTION if is_question else MessageKind.MESSAGE
    write_message(report=subject, author=actor.user, kind=kind, body=body)


@performs(Track.REPORT, "give_feedback", form=forms.Feedback)
def give_feedback(*, actor: Actor, subject: Report, body: str) -> None:
    """Tell the reporting person what was done with the report."""
    write_message(report=subject, author=actor.user, kind=MessageKind.FEEDBACK, body=body)


@performs(Track.REPORT, "reject", form=forms.Reject, facts=("ground",))
def reject(*, actor: Actor, subject: Report, ground: str, reasons: str, message: str) -> Mapping[str, Any]:
    """Close the report without a case: reasons for the file, and a message to the reporting person."""
    rejection = Rejection(
        report=subject,
        number=subject.rejections.count() + 1,
        person=actor.user,
        ground=ground,
        rejected_on=clock.today(),
    )
    rejection.seal(reasons=reasons)
    rejection.save(force_insert=True)
    _tell(actor, subject, message, kind=MessageKind.REASONS)
    return {"ground": ground}


@performs(Track.REPORT, "refer", form=forms.Refer, facts=("body",))
def refer(*, actor: Actor, subject: Report, body: str, name: str, reasons: str, message: str) -> Mapping[str, Any]:
    """Pass the report on to the body that can deal with it, and tell the reporting person."""
    referral = Referral(report=subject, person=actor.user, body=body, referred_on=clock.today())
    referral.seal(name=name, reasons=reasons)
    referral.save(force_insert=True)
    _tell(actor, subject, message, kind=MessageKind.FEEDBACK)
    return {"body": body}


@performs(Track.REPORT, "merge", form=forms.Merge, facts=("case",))
def merge(*, actor: Actor, subject: Report, case: Case, message: str = "") -> Mapping[str, Any]:
    """Join the report to an open case that the officer works on.

    Raises NotPermitted when they are not on it, ConflictOfInterest when they may not be, Incomplete when it is closed.
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("key", "pack").get(pk=case.pk)
    if not actor.user.has_perm(PERMISSION, held) or not held.capacities(actor.user):
        raise NotPermitted(_("You are not a member of this case."), object=subject.pseudonym)
    if held.state == CaseState.CLOSED:
        raise Incomplete(_("This case is closed. Open a new one for the report."), object=subject.pseudonym)
    with _refused_about(subject):
        must_be_free(held, actor.user, actor.keys)
    join_report(actor=actor, case=held, report=subject)
    close_reports(actor=actor, case=held, keyring=actor.keys)
    _tell(actor, subject, message, kind=MessageKind.MESSAGE)
    return {"case": held.pseudonym}


@performs(Track.REPORT, "convert", form=Convert, facts=("case", "gravity"))
def convert(
    *,
    actor: Actor,
    subject: Report,
    title: str,
    predication: str,
    subjects: Sequence[NewSubject],
    allegations: Sequence[NewAllegation],
    supervisor: User,
) -> Mapping[str, Any]:
    """Open a case from the report, under the rules in force today.

    Raises ConflictOfInterest when the officer or the supervisor is a subject, or above or below one.
    """
    with _refused_about(subject):
        case = open_case(
            actor=actor,
            report=subject,
            pack=pack_of_today(),
            title=title,
            predication=predication,
            subjects=subjects,
            allegations=allegations,
            supervisor=supervisor,
        )
    return {"case": case.pseudonym, "gravity": str(case.gravity)}


@action(
    "report.opened",
    by=(Role.INTAKE, Role.TRIAGE),
    about="report",
    sentence=NOT_GIVEN,
    limit="who was given the report",
    description="Somebody read a report at the desk.",
)
def open_report(*, actor: Actor, report: Report) -> None:
    """Note that somebody looked into the report, and that its news was seen.

    Raises NotPermitted for whoever was not given access, or holds no role that works with reports.
    """
    must_reach(actor, report)
    if report.has_news:
        report.has_news = False
        report.save(update_fields=["has_news"])
    record(object=report.pseudonym)


@action(
    "report.not_spam",
    by=(Role.INTAKE, Role.TRIAGE),
    about="report",
    sentence=NOT_GIVEN,
    limit="who was given the report",
    description="Somebody found that a report marked as likely spam is none.",
)
def not_spam(*, actor: Actor, report: Report) -> None:
    """Take the mark off. Raises NotPermitted without access to the report, WrongState when it has none."""
    must_reach(actor, report)
    held = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if not held.likely_spam:
        raise WrongState(_("This report is not marked as likely spam."), object=report.pseudonym)
    Report.objects.filter(pk=report.pk).update(likely_spam=False, spam_signs=[])
    report.likely_spam, report.spam_signs = False, []
    record(object=report.pseudonym)


@action(
    "report.file_opened",
    by=(Role.INTAKE, Role.TRIAGE),
    about="report",
    sentence=NOT_GIVEN,
    limit="who was given the report",
    facts=("file",),
    description="Somebody downloaded a file that came with a report, or its cleaned copy.",
)
def open_file(*, actor: Actor, report: Report, attachment: Attachment, copy: CleanedCopy | None = None) -> None:
    """Note that somebody downloaded a file of the report, or its cleaned copy.

    Raises NotPermitted without access to the report.
    """
    must_reach(actor, report)
    record(object=report.pseudonym, file=str(copy.copy_id if copy else attachment.file_id))


@action(
    "case.report_file_opened",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("file", "report"),
    description="A member of a case downloaded a file that came with one of its reports, or its cleaned copy.",
)
def open_file_in_case(*, actor: Actor, case: Case, attachment: Attachment, copy: CleanedCopy | None = None) -> None:
    """Note that a member of the case downloaded a file of a report in it, or its cleaned copy.

    Raises NotPermitted for everybody else, and for board members, who read only the transmitted record.
    """
    must_reach_in_case(actor, case)
    file = str(copy.copy_id if copy else attachment.file_id)
    record(object=case.pseudonym, file=file, report=attachment.report.pseudonym)


def _tell(actor: Actor, report: Report, message: str, *, kind: MessageKind) -> None:
    if message.strip():
        write_message(report=report, author=actor.user, kind=kind, body=message)


def must_reach_in_case(actor: Actor, case: Case) -> None:
    """Raise NotPermitted for who is no member with keys to the file, ConflictOfInterest for who has a conflict."""
    if not actor.user.has_perm(PERMISSION, case) or not case.capacities(actor.user) or not actor.keys.holds(case.key):
        raise NotPermitted(NOT_A_MEMBER, object=case.pseudonym)
    must_be_free(case, actor.user, actor.keys)


def must_reach(actor: Actor, report: Report) -> None:
    """Raise NotPermitted for whoever was not given the report, ConflictOfInterest for who has a conflict."""
    if not report.capacities(actor.user) or not actor.keys.holds(report.key):
        raise NotPermitted(NOT_GIVEN, object=report.pseudonym)
    must_be_free_on(report, actor)


@contextmanager
def _refused_about(report: Report) -> Iterator[None]:
    """A refusal inside names the report, because a case that was not opened does not exist for the log."""
    try:
        yield
    except Refusal as refusal:
        refusal.object = report.pseudonym
        raise
