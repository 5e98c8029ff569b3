"""The findings on every allegation, their review by somebody else, and the end of a case without a charge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import clock
from cases.closing import note_closing, without_charge
from cases.engine import performs
from cases.investigation import forms, referral
from cases.investigation.findings import ProposedFinding, latest_round, of_round, outcomes
from cases.investigation.models import Finding, FindingsReview, NoCaseToAnswer
from cases.models import Allegation, Case
from cases.outcomes import LIABLE
from cases.states import Track
from intake.portal.messages import write_message
from intake.portal.models import MessageKind, Report
from integrity.action import Actor, Incomplete
from integrity.rules.terms import ClockName


@performs(Track.CASE, "submit_findings", form=forms.SubmitFindings, facts=("round",))
def submit_findings(*, actor: Actor, subject: Case, findings: Iterable[ProposedFinding]) -> Mapping[str, Any]:
    """Submit one finding for each allegation of the case for review.

    Raises Incomplete when an allegation is left out, or a finding has no reasons, or nothing it relies on.
    """
    proposed = {finding.allegation: finding for finding in findings}
    allegations = {row.number: row for row in subject.allegations.all()}
    if set(proposed) != set(allegations):
        raise Incomplete(_("Every allegation needs exactly one finding."), object=subject.pseudonym)
    known = {item.label for item in subject.evidence.all()} | {item.label for item in subject.interviews.all()}
    for finding in proposed.values():
        _must_be_grounded(finding, known, subject)
    number = latest_round(subject) + 1
    for finding in proposed.values():
        _keep(finding, actor=actor, allegation=allegations[finding.allegation], case=subject, round_number=number)
    return {"round": number}


@performs(Track.CASE, "return_findings", form=forms.ReturnFindings, facts=("round",))
def return_findings(*, actor: Actor, subject: Case, allegations: Iterable[int], reasons: str) -> Mapping[str, Any]:
    """Return the findings to the investigators: on which allegations, and why."""
    return _review(actor=actor, case=subject, approved=False, allegations=allegations, reasons=reasons)


@performs(Track.CASE, "approve_findings", form=forms.ApproveFindings, facts=("round",))
def approve_findings(*, actor: Actor, subject: Case, allegations: Iterable[int], reasons: str) -> Mapping[str, Any]:
    """Approve the findings, which are then in force. Each allegation must have been checked on its own."""
    checked = set(allegations)
    found = {finding.allegation.number for finding in of_round(subject, latest_round(subject))}
    if checked != found:
        raise Incomplete(_("Check the finding on every allegation before you approve."), object=subject.pseudonym)
    return _review(actor=actor, case=subject, approved=True, allegations=checked, reasons=reasons)


@performs(Track.CASE, "close_without_charge", form=forms.CloseWithoutCharge, facts=("reports",))
def close_without_charge(*, actor: Actor, subject: Case, reasons: str, message: str = "") -> Mapping[str, Any]:
    """Close a case in which nothing was substantiated, and tell those who reported it.

    Raises Incomplete while an allegation is substantiated or a mandatory referral is undecided.
    """
    _must_have_no_case_to_answer(subject, actor)
    reports = list(subject.reports.select_related("key", "pack"))
    if reports and not message.strip():
        raise Incomplete(_("Tell the reporting person how the matter ended."), object=subject.pseudonym)
    closing = NoCaseToAnswer(case=subject, closed_by=actor.user, closed_on=clock.today())
    closing.seal(reasons=reasons)
    closing.save(force_insert=True)
    for report in reports:
        _give_feedback(report, actor, message)
    subject.closed_on = clock.today()
    note_closing(without_charge(subject, actor.keys))
    return {"reports": [report.pseudonym for report in reports]}


def _must_be_grounded(finding: ProposedFinding, known: set[str], case: Case) -> None:
    where = {"number": finding.allegation}
    if not finding.reasons.strip():
        raise Incomplete(_("The finding on allegation %(number)d has no reasons.") % where, object=case.pseudonym)
    if not set(finding.relied_on) <= known:
        raise Incomplete(
            _("The finding on allegation %(number)d relies on something that is not in the file.") % where,
            object=case.pseudonym,
        )
    if finding.outcome in LIABLE and not finding.relied_on:
        raise Incomplete(
            _("The finding on allegation %(number)d must name the evidence it relies on.") % where,
            object=case.pseudonym,
        )


def _keep(finding: ProposedFinding, *, actor: Actor, allegation: Allegation, case: Case, round_number: int) -> None:
    row = Finding(
        case=case,
        allegation=allegation,
        round=round_number,
        submitted_by=actor.user,
        submitted_on=clock.today(),
    )
    row.seal(
        outcome=finding.outcome.value,
        grounds={"reasons": finding.reasons, "relied_on": list(finding.relied_on)},
    )
    row.save(force_insert=True)


def _review(*, actor: Actor, case: Case, approved: bool, allegations: Iterable[int], reasons: str) -> Mapping[str, Any]:
    number = latest_round(case)
    numbers = sorted(set(allegations))
    if not set(numbers) <= {finding.allegation.number for finding in of_round(case, number)} or not numbers:
        raise Incomplete(_("Name the allegations that this is about."), object=case.pseudonym)
    review = FindingsReview(
        case=case, round=number, approved=approved, reviewed_by=actor.user, reviewed_on=clock.today()
    )
    review.seal(remarks={"reasons": reasons, "allegations": numbers})
    review.save(force_insert=True)
    return {"round": number}


def _must_have_no_case_to_answer(case: Case, actor: Actor) -> None:
    found = outcomes(case, actor.keys)
    liable = [number for number, outcome in found.items() if outcome in LIABLE]
    if not found or liable:
        raise Incomplete(
            _("An allegation was substantiated, so this case goes to the deciding authority.")
            if liable
            else _("No findings are in force yet."),
            object=case.pseudonym,
        )
    waiting = len(referral.undecided(case))
    if waiting:
        raise Incomplete(
            ngettext(
                "Decide first whether %(count)d allegation of a criminal offence is referred to the prosecutor.",
                "Decide first whether %(count)d allegations of criminal offences are referred to the prosecutor.",
                waiting,
            )
            % {"count": waiting},
            object=case.pseudonym,
        )


def _give_feedback(report: Report, actor: Actor, message: str) -> None:
    write_message(report=report, author=actor.user, kind=MessageKind.FEEDBACK, body=message)
    report.meet_clock(ClockName.FEEDBACK, clock.today())
    report.save(update_fields=["feedback_on"])
