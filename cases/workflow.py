"""The workflow as data: one table of transitions, and nothing but data.

From this table come the buttons on the pages, the API's list of available actions, the permission checks,
the state diagram in the docs and the generated tests. It knows no room; each room's action says which row it
performs, and a start-up check pairs rows and actions one to one (`cases.engine.check_pairing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cases.states import CaseState as C
from cases.states import PublicationState as P
from cases.states import Track
from intake.portal.states import ReportState as R
from integrity.people.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

SYSTEM = "system"


@dataclass(frozen=True)
class Transition:
    """One row: what may be done, from where to where, by whom, and who may not because of what they did before.

    `target` None leaves the state as it is. `never` names transitions of which the actor must not have
    performed one on the same case (separation of duties). `starts` and `meets` name clocks of the rule pack.
    `declared` demands a declaration of no conflict first; `despite_conflict` lets somebody with a conflict do it,
    which is stepping aside and nothing else. `main` marks the next step that a page offers first.
    `once` is for the declaration itself: nobody who has declared is offered it again.
    """

    name: str
    track: Track
    label: StrPromise
    done: StrPromise
    sources: frozenset[str]
    target: str | None
    by: frozenset[str]
    never: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    meets: tuple[str, ...] = ()
    document: str = ""
    four_eyes: bool = False
    declared: bool = True
    despite_conflict: bool = False
    main: bool = False
    once: bool = False
    told: StrPromise | None = None

    @property
    def event(self) -> str:
        """The audit event type of this transition."""
        return f"{self.track.value}.{self.name}"


def _row(
    track: Track,
    name: str,
    label: StrPromise,
    done: StrPromise,
    sources: Iterable[str],
    target: str | None,
    by: Iterable[str],
    *,
    never: Iterable[str] = (),
    starts: tuple[str, ...] = (),
    meets: tuple[str, ...] = (),
    document: str = "",
    four_eyes: bool = False,
    declared: bool = True,
    despite_conflict: bool = False,
    main: bool = False,
    once: bool = False,
    told: StrPromise | None = None,
) -> Transition:
    return Transition(
        name=name,
        track=track,
        label=label,
        done=done,
        sources=frozenset(str(state) for state in sources),
        target=str(target) if target is not None else None,
        by=frozenset(str(role) for role in by),
        never=frozenset(never),
        starts=starts,
        meets=meets,
        document=document,
        four_eyes=four_eyes,
        declared=declared,
        despite_conflict=despite_conflict,
        main=main,
        once=once,
        told=told,
    )


def _report(
    name: str,
    label: StrPromise,
    done: StrPromise,
    sources: Iterable[str],
    target: str | None,
    by: Iterable[str],
    **more: object,
) -> Transition:
    return _row(Track.REPORT, name, label, done, sources, target, by, declared=False, **more)  # type: ignore[arg-type]


def _case(
    name: str,
    label: StrPromise,
    done: StrPromise,
    sources: Iterable[str],
    target: str | None,
    by: Iterable[str],
    **more: object,
) -> Transition:
    return _row(Track.CASE, name, label, done, sources, target, by, **more)  # type: ignore[arg-type]


def _publication(
    name: str,
    label: StrPromise,
    done: StrPromise,
    sources: Iterable[str],
    target: str | None,
    by: Iterable[str],
    **more: object,
) -> Transition:
    return _row(Track.PUBLICATION, name, label, done, sources, target, by, declared=False, **more)  # type: ignore[arg-type]


TRIAGE = (Role.TRIAGE,)
FRONT = (Role.INTAKE, Role.TRIAGE)
OPEN_REPORT = (R.RECEIVED, R.ACKNOWLEDGED, R.ASSESSED)
ENDED_REPORT = (R.REJECTED, R.REVIEW, R.REFERRED, R.MERGED, R.CONVERTED)

REPORT_TRANSITIONS: tuple[Transition, ...] = (
    _report(
        "acknowledge",
        _("Acknowledge receipt"),
        _("Receipt acknowledged"),
        (R.RECEIVED,),
        R.ACKNOWLEDGED,
        FRONT,
        starts=("feedback",),
        meets=("acknowledge",),
        main=True,
        told=_("The integrity office has confirmed that it has your report."),
    ),
    _report(
        "assess",
        _("Assess"),
        _("Assessed"),
        (R.ACKNOWLEDGED, R.ASSESSED),
        R.ASSESSED,
        TRIAGE,
        main=True,
        told=_("A triage officer has read and assessed your report."),
    ),
    _report(
        "ask_more",
        _("Ask for more information"),
        _("More information asked for"),
        (R.ACKNOWLEDGED, R.ASSESSED),
        None,
        FRONT,
        told=_("The office has asked you a question. Please read and answer it in the conversation."),
    ),
    _report(
        "ask_questions",
        _("Ask questions as a form"),
        _("Questions asked as a form"),
        (R.ACKNOWLEDGED, R.ASSESSED, *ENDED_REPORT),
        None,
        FRONT,
        told=_("The office has questions for you. Please read and answer them in the form."),
    ),
    _report(
        "write_transcript",
        _("Write the transcript"),
        _("Transcript written"),
        (*OPEN_REPORT, *ENDED_REPORT),
        None,
        FRONT,
        told=_("The office wrote down what you told. Please read it, and say whether you agree."),
    ),
    _report(
        "write_to_reporter",
        _("Write to the reporting person"),
        _("Message sent to the reporting person"),
        (*OPEN_REPORT, *ENDED_REPORT),
        None,
        FRONT,
    ),
    _report(
        "give_feedback",
        _("Give feedback"),
        _("Feedback given"),
        (R.ACKNOWLEDGED, R.ASSESSED, *ENDED_REPORT),
        None,
        FRONT,
        meets=("feedback",),
        told=_("The office has told you what it did about your report."),
    ),
    _report(
        "reject",
        _("Close without a case"),
        _("Closed without a case"),
        (R.ASSESSED,),
        R.REJECTED,
        TRIAGE,
        meets=("feedback",),
        told=_("Your report was closed without a case. The reasons are below."),
    ),
    _report(
        "uphold_rejection",
        _("Leave it closed after the review"),
        _("Left closed after a review"),
        (R.REVIEW,),
        R.REJECTED,
        TRIAGE,
        never=("reject",),
        told=_("Somebody who did not close your report looked at it again. It stays closed; the reasons are below."),
    ),
    _report(
        "reopen",
        _("Open the report again"),
        _("Opened again after a review"),
        (R.REVIEW,),
        R.ASSESSED,
        TRIAGE,
        never=("reject",),
        main=True,
        told=_("Somebody who did not close your report looked at it again, and opened it again."),
    ),
    _report(
        "name_reviewer",
        _("Give it to somebody who can review it"),
        _("Given to somebody who can review it"),
        (R.REVIEW,),
        None,
        FRONT,
    ),
    _report(
        "refer",
        _("Refer to another body"),
        _("Referred"),
        (R.ASSESSED,),
        R.REFERRED,
        TRIAGE,
        meets=("feedback",),
        told=_("Your report was passed on to the body that can deal with it."),
    ),
    _report(
        "merge",
        _("Merge into a case"),
        _("Merged into a case"),
        (R.ASSESSED,),
        R.MERGED,
        TRIAGE,
        told=_("Your report was joined to a matter that is already being worked on."),
    ),
    _report(
        "convert",
        _("Open a case"),
        _("Case opened"),
        (R.ASSESSED,),
        R.CONVERTED,
        TRIAGE,
        main=True,
        told=_("A case was opened. Investigators will work on it."),
    ),
)

TEAM = (Role.SUPERVISOR, Role.INVESTIGATOR)
EVERYBODY = (Role.TRIAGE, Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUTHORITY, Role.BOARD)
BEFORE_CHARGE = (C.OPENED, C.ASSIGNED, C.PLANNED, C.INVESTIGATING, C.FINDINGS, C.REVIEWED)
ALL_OPEN = tuple(state for state in C if state != C.CLOSED)
INVESTIGATED = ("propose_plan", "submit_findings")
DECIDED = ("decide", "endorse_decision", "issue_notice")
# Whoever had a part in what is appealed neither admits the appeal nor chooses who hears it.
APPEALED = (*INVESTIGATED, *DECIDED, "approve_findings", "refer_for_discipline")

CASE_TRANSITIONS: tuple[Transition, ...] = (
    _case(
        "declare_no_conflict",
        _("Declare that I have no conflict"),
        _("Declared no conflict of interest"),
        ALL_OPEN,
        None,
        EVERYBODY,
        declared=False,
        once=True,
    ),
    _case(
        "declare_conflict",
        _("Declare a conflict and step aside"),
        _("Declared a conflict and stepped aside"),
        ALL_OPEN,
        None,
        EVERYBODY,
        declared=False,
        despite_conflict=True,
    ),
    _case(
        "write_to_reporter",
        _("Write to the reporting person"),
        _("Message sent to the reporting person"),
        ALL_OPEN,
        None,
        (*TEAM, Role.TRIAGE),
    ),
    _case(
        "ask_questions",
        _("Ask questions as a form"),
        _("Questions asked as a form"),
        ALL_OPEN,
        None,
        (*TEAM, Role.TRIAGE),
    ),
    _case(
        "name_supervisor",
        _("Name another supervisor"),
        _("Another supervisor named"),
        ALL_OPEN,
        None,
        (Role.TRIAGE,),
    ),
    # Investigation
    _case(
        "assign",
        _("Assign an investigator"),
        _("Investigator assigned"),
        (C.OPENED,),
        C.ASSIGNED,
        (Role.SUPERVISOR,),
        starts=("investigation", "investigation-plan"),
        main=True,
    ),
    _case(
        "add_investigator",
        _("Add an investigator"),
        _("Investigator added"),
        (C.ASSIGNED, C.PLANNED, C.INVESTIGATING),
        None,
        (Role.SUPERVISOR,),
    ),
    _case(
        "propose_plan",
        _("Propose the investigation plan"),
        _("Plan proposed"),
        (C.ASSIGNED,),
        C.PLANNED,
        (Role.INVESTIGATOR,),
        document="investigation_plan",
        main=True,
    ),
    _case(
        "approve_plan",
        _("Approve the plan"),
        _("Plan approved"),
        (C.PLANNED,),
        C.INVESTIGATING,
        (Role.SUPERVISOR,),
        never=("propose_plan",),
        meets=("investigation-plan",),
        four_eyes=True,
        main=True,
    ),
    _case(
        "return_plan",
        _("Return the plan"),
        _("Plan returned"),
        (C.PLANNED,),
        C.ASSIGNED,
        (Role.SUPERVISOR,),
        never=("propose_plan",),
    ),
    _case(
        "add_note",
        _("Add a note"),
        _("Note added"),
        (C.ASSIGNED, C.PLANNED, C.INVESTIGATING, C.FINDINGS),
        None,
        TEAM,
    ),
    _case(
        "add_evidence",
        _("Add evidence"),
        _("Evidence added"),
        (C.ASSIGNED, C.PLANNED, C.INVESTIGATING),
        None,
        (Role.INVESTIGATOR,),
    ),
    _case(
        "record_custody",
        _("Record a custody event"),
        _("Custody event recorded"),
        (C.ASSIGNED, C.PLANNED, C.INVESTIGATING, C.FINDINGS, C.REVIEWED),
        None,
        TEAM,
    ),
    _case(
        "record_interview",
        _("Record an interview"),
        _("Interview recorded"),
        (C.INVESTIGATING,),
        None,
        (Role.INVESTIGATOR,),
        document="interview_record",
    ),
    _case(
        "add_allegation",
        _("Add an allegation"),
        _("Allegation added"),
        (C.OPENED, C.ASSIGNED, C.PLANNED, C.INVESTIGATING),
        None,
        TEAM,
    ),
    _case(
        "submit_findings",
        _("Submit findings for review"),
        _("Findings submitted"),
        (C.INVESTIGATING,),
        C.FINDINGS,
        (Role.INVESTIGATOR,),
        starts=("findings-review",),
        meets=("investigation",),
        document="findings",
        main=True,
    ),
    _case(
        "return_findings",
        _("Return the findings"),
        _("Findings returned"),
        (C.FINDINGS,),
        C.INVESTIGATING,
        (Role.SUPERVISOR,),
        never=INVESTIGATED,
        meets=("findings-review",),
    ),
    _case(
        "approve_findings",
        _("Approve the findings"),
        _("Findings approved"),
        (C.FINDINGS,),
        C.REVIEWED,
        (Role.SUPERVISOR,),
        never=INVESTIGATED,
        meets=("findings-review",),
        four_eyes=True,
        main=True,
    ),
    _case(
        "decide_referral",
        _("Decide on referral to the prosecutor"),
        _("Referral decided"),
        (
            *BEFORE_CHARGE,
            C.WITH_AUTHORITY,
            C.CHARGED,
            C.SERVED,
            C.ANSWERED,
            C.HEARD,
            C.DECIDED,
            C.NOTIFIED,
            C.FINAL,
            C.IMPLEMENTED,
        ),
        None,
        (Role.SUPERVISOR,),
    ),
    _case(
        "close_without_charge",
        _("Close: no case to answer"),
        _("Closed: no case to answer"),
        (C.REVIEWED,),
        C.CLOSED,
        (Role.SUPERVISOR,),
        never=INVESTIGATED,
    ),
    # Discipline
    _case(
        "refer_for_discipline",
        _("Refer to the deciding authority"),
        _("Referred to the deciding authority"),
        (C.REVIEWED,),
        C.WITH_AUTHORITY,
        (Role.SUPERVISOR,),
        never=INVESTIGATED,
        starts=("show-cause",),
        main=True,
    ),
    _case(
        "replace_authority",
        _("Name another authority"),
        _("Another authority named"),
        (C.WITH_AUTHORITY, C.CHARGED, C.SERVED, C.ANSWERED, C.HEARD, C.DECIDED),
        None,
        (Role.SUPERVISOR,),
        never=INVESTIGATED,
    ),
    _case(
        "issue_notice",
        _("Issue the show-cause notice"),
        _("Show-cause notice issued"),
        (C.WITH_AUTHORITY,),
        C.CHARGED,
        (Role.AUTHORITY,),
        never=INVESTIGATED,
        meets=("show-cause",),
        document="show_cause_notice",
        main=True,
    ),
    _case(
        "record_service",
        _("Record service of the notice"),
        _("Notice served"),
        (C.CHARGED,),
        C.SERVED,
        (Role.AUTHORITY, Role.SUPERVISOR),
        starts=("representation",),
        document="service_proof",
        main=True,
    ),
    _case(
        "record_representation",
        _("Record the representation"),
        _("Representation received"),
        (C.SERVED,),
        C.ANSWERED,
        (Role.AUTHORITY, Role.SUPERVISOR),
        starts=("decision",),
        meets=("representation",),
        document="representation",
        main=True,
    ),
    _case(
        "note_no_representation",
        _("Note that no answer came"),
        _("No representation within the time"),
        (C.SERVED,),
        C.ANSWERED,
        (Role.AUTHORITY, Role.SUPERVISOR),
        starts=("decision",),
        meets=("representation",),
    ),
    _case(
        "record_hearing",
        _("Record the hearing"),
        _("Hearing held"),
        (C.ANSWERED,),
        C.HEARD,
        (Role.AUTHORITY,),
        never=INVESTIGATED,
        starts=("decision",),
        document="hearing_record",
    ),
    _case(
        "decide",
        _("Decide"),
        _("Decision made"),
        (C.ANSWERED, C.HEARD),
        C.DECIDED,
        (Role.AUTHORITY,),
        never=INVESTIGATED,
        starts=("notification",),
        meets=("decision",),
        document="decision",
        main=True,
    ),
    _case(
        "endorse_decision",
        _("Endorse the decision"),
        _("Decision endorsed"),
        (C.DECIDED,),
        None,
        (Role.AUTHORITY,),
        never=(*INVESTIGATED, "decide"),
        four_eyes=True,
    ),
    _case(
        "serve_decision",
        _("Record service of the decision"),
        _("Decision served"),
        (C.DECIDED,),
        C.NOTIFIED,
        (Role.AUTHORITY, Role.SUPERVISOR),
        starts=("appeal",),
        meets=("notification",),
        document="service_proof",
        main=True,
    ),
    # Appeal
    _case(
        "file_appeal",
        _("Record an appeal"),
        _("Appeal filed"),
        (C.NOTIFIED,),
        C.APPEALED,
        (Role.AUTHORITY, Role.SUPERVISOR),
        starts=("appeal-admission",),
        meets=("appeal",),
        document="appeal",
    ),
    _case(
        "waive_appeal",
        _("Record a waiver of appeal"),
        _("Right of appeal waived"),
        (C.NOTIFIED,),
        None,
        (Role.AUTHORITY, Role.SUPERVISOR),
        meets=("appeal",),
        document="waiver",
    ),
    _case(
        "admit_appeal",
        _("Admit the appeal"),
        _("Appeal admitted"),
        (C.APPEALED,),
        C.ADMITTED,
        (Role.SUPERVISOR,),
        starts=("appeal-record",),
        meets=("appeal-admission",),
        main=True,
        never=APPEALED,
    ),
    _case(
        "dismiss_appeal",
        _("Dismiss the appeal as inadmissible"),
        _("Appeal inadmissible"),
        (C.APPEALED,),
        C.BOARD_DECIDED,
        (Role.SUPERVISOR,),
        meets=("appeal-admission",),
        never=APPEALED,
    ),
    _case(
        "transmit_record",
        _("Transmit the record to a board"),
        _("Record transmitted to the board"),
        (C.ADMITTED,),
        C.TRANSMITTED,
        (Role.SUPERVISOR,),
        starts=("board-decision",),
        meets=("appeal-record",),
        document="record",
        main=True,
        never=APPEALED,
    ),
    _case(
        "replace_member",
        _("Replace a board member"),
        _("Board member replaced"),
        (C.TRANSMITTED,),
        None,
        (Role.SUPERVISOR,),
        never=APPEALED,
    ),
    _case(
        "vote",
        _("Give my opinion"),
        _("Board member gave an opinion"),
        (C.TRANSMITTED,),
        None,
        (Role.BOARD,),
        never=(*INVESTIGATED, *DECIDED, "approve_findings"),
        document="opinion",
    ),
    *(
        _case(
            name,
            label,
            done,
            (C.TRANSMITTED,),
            target,
            (Role.BOARD,),
            meets=("board-decision",),
            never=(*INVESTIGATED, *DECIDED, "approve_findings"),
            document="board_decision",
            four_eyes=True,
        )
        for name, label, done, target in (
            ("uphold", _("Uphold the decision"), _("Decision upheld on appeal"), C.BOARD_DECIDED),
            ("vary", _("Vary the decision"), _("Decision varied on appeal"), C.BOARD_DECIDED),
            ("quash", _("Quash the decision"), _("Decision quashed on appeal"), C.BOARD_DECIDED),
            ("remit", _("Remit for a new decision"), _("Remitted for a new decision"), C.REMITTED),
        )
    ),
    _case(
        "reassign_authority",
        _("Name a new deciding authority"),
        _("New deciding authority named"),
        (C.REMITTED,),
        C.ANSWERED,
        (Role.SUPERVISOR,),
        never=INVESTIGATED,
        main=True,
        starts=("decision",),
    ),
    _case(
        "become_final",
        _("Confirm finality"),
        _("Final"),
        (C.NOTIFIED, C.BOARD_DECIDED),
        C.FINAL,
        (SYSTEM,),
        meets=("appeal",),
        declared=False,
        starts=("implementation",),
    ),
    # After finality
    _case(
        "implement",
        _("Record implementation"),
        _("Sanction implemented"),
        (C.FINAL,),
        C.IMPLEMENTED,
        (Role.AUTHORITY, Role.SUPERVISOR),
        main=True,
        meets=("implementation",),
    ),
    _case(
        "hand_over_for_publication",
        _("Hand over for publication"),
        _("Handed over for publication"),
        (C.FINAL, C.IMPLEMENTED),
        None,
        (Role.SUPERVISOR,),
    ),
    _case("close", _("Close the case"), _("Case closed"), (C.FINAL, C.IMPLEMENTED), C.CLOSED, (Role.SUPERVISOR,)),
)

PUBLICATION_TRANSITIONS: tuple[Transition, ...] = (
    _publication(
        "edit_entry",
        _("Submit the entry for approval"),
        _("Entry edited"),
        (P.DRAFT,),
        P.EDITED,
        (Role.EDITOR,),
        main=True,
    ),
    _publication(
        "return_entry",
        _("Return to the editor"),
        _("Returned to the editor"),
        (P.EDITED,),
        P.DRAFT,
        (Role.APPROVER,),
        never=("edit_entry",),
    ),
    _publication(
        "approve_entry",
        _("Approve and publish"),
        _("Published"),
        (P.EDITED,),
        P.PUBLISHED,
        (Role.APPROVER,),
        never=("edit_entry",),
        four_eyes=True,
        main=True,
    ),
    _publication(
        "withhold_entry",
        _("Withhold from publication"),
        _("Withheld"),
        (P.DRAFT, P.EDITED),
        P.WITHHELD,
        (Role.APPROVER,),
    ),
)

# What a reporting person does in the inbox and moves a report by: no row, because nobody at the desk does it. The
# action is on the floor below (`intake.followup.actions.request_review`).
FROM_THE_INBOX: tuple[tuple[Track, str, str, str], ...] = ((Track.REPORT, R.REJECTED, R.REVIEW, "request_review"),)
TRANSITIONS: tuple[Transition, ...] = (*REPORT_TRANSITIONS, *CASE_TRANSITIONS, *PUBLICATION_TRANSITIONS)
TABLE: dict[tuple[Track, str], Transition] = {(row.track, row.name): row for row in TRANSITIONS}


def find(track: Track, name: str) -> Transition:
    """The row of that name. Raises KeyError for a name that is not in the table."""
    return TABLE[(track, name)]
