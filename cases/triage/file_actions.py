"""Looking at files that came with reports, and making cleaned copies of them: as a recipient, and in a case."""

from __future__ import annotations

from cases.models import Case
from cases.policy import CASE_ROLES, MEMBERS, NOT_A_MEMBER
from cases.triage.actions import NOT_GIVEN, must_reach, must_reach_in_case
from intake.portal.models import Attachment, Report
from integrity.action import Actor, action, record
from integrity.inspection.cleaning import Prepared, keep_copy
from integrity.inspection.models import CleanedCopy
from integrity.people.roles import Role


@action(
    "report.file_previewed",
    by=(Role.INTAKE, Role.TRIAGE),
    about="report",
    sentence=NOT_GIVEN,
    limit="who was given the report",
    facts=("file", "page"),
    description="Somebody looked at a file of a report at the desk, without downloading it.",
)
def look_at_file(*, actor: Actor, report: Report, attachment: Attachment, page: int) -> None:
    """Note that somebody looked at a page of a file. Raises NotPermitted without access to the report."""
    must_reach(actor, report)
    record(object=report.pseudonym, file=str(attachment.file_id), page=page)


@action(
    "report.file_cleaned",
    by=(Role.INTAKE, Role.TRIAGE),
    about="report",
    sentence=NOT_GIVEN,
    limit="who was given the report",
    facts=("file", "copy"),
    description="Somebody made a cleaned copy of a file of a report.",
)
def keep_cleaned_copy(*, actor: Actor, report: Report, attachment: Attachment, prepared: Prepared) -> CleanedCopy:
    """Keep a cleaned copy beside the file. Raises NotPermitted without access, WrongState when there is one."""
    must_reach(actor, report)
    copy = keep_copy(prepared, original=attachment.file, person=actor.user)
    record(object=report.pseudonym, file=str(attachment.file_id), copy=str(copy.copy_id))
    return copy


@action(
    "case.report_file_previewed",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("file", "report", "page"),
    description="A member of a case looked at a file that came with one of its reports, without downloading it.",
)
def look_at_file_in_case(*, actor: Actor, case: Case, attachment: Attachment, page: int) -> None:
    """Note that a member of the case looked at a page of a file. Raises NotPermitted for everybody else."""
    must_reach_in_case(actor, case)
    record(object=case.pseudonym, file=str(attachment.file_id), report=attachment.report.pseudonym, page=page)


@action(
    "case.report_file_cleaned",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("file", "report", "copy"),
    description="A member of a case made a cleaned copy of a file that came with one of its reports.",
)
def keep_cleaned_copy_in_case(*, actor: Actor, case: Case, attachment: Attachment, prepared: Prepared) -> CleanedCopy:
    """Keep a cleaned copy beside the file. Raises NotPermitted for who is no member, WrongState when there is one."""
    must_reach_in_case(actor, case)
    copy = keep_copy(prepared, original=attachment.file, person=actor.user)
    record(
        object=case.pseudonym,
        file=str(attachment.file_id),
        report=attachment.report.pseudonym,
        copy=str(copy.copy_id),
    )
    return copy
