"""The plan, its approval by somebody else, and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from audit import clock
from cases.engine import performs
from cases.investigation import forms
from cases.investigation.models import InvestigationPlan, Note, PlanStatus
from cases.models import Case
from cases.states import Track
from integrity.action import Actor, Incomplete


@performs(Track.CASE, "propose_plan", form=forms.ProposePlan, facts=("version",))
def propose_plan(
    *, actor: Actor, subject: Case, questions: str, sources: str, interviews: str, risks: str
) -> Mapping[str, Any]:
    """Put a version of the investigation plan before the supervisor."""
    plan = InvestigationPlan(
        case=subject,
        version=subject.plans.count() + 1,
        proposed_by=actor.user,
        proposed_on=clock.today(),
    )
    plan.seal(content={"questions": questions, "sources": sources, "interviews": interviews, "risks": risks})
    plan.save(force_insert=True)
    return {"version": plan.version}


@performs(Track.CASE, "approve_plan", form=forms.ApprovePlan, facts=("version",))
def approve_plan(*, actor: Actor, subject: Case) -> Mapping[str, Any]:
    """Approve the plan that was proposed; the investigation begins."""
    plan = _proposed(subject)
    _decide(plan, actor, PlanStatus.APPROVED)
    plan.save()
    return {"version": plan.version}


@performs(Track.CASE, "return_plan", form=forms.ReturnPlan, facts=("version",))
def return_plan(*, actor: Actor, subject: Case, reasons: str) -> Mapping[str, Any]:
    """Return the plan to the investigators with reasons."""
    plan = _proposed(subject)
    _decide(plan, actor, PlanStatus.RETURNED)
    plan.seal(return_reasons=reasons)
    plan.save()
    return {"version": plan.version}


@performs(Track.CASE, "add_note", form=forms.AddNote, facts=("note",))
def add_note(*, actor: Actor, subject: Case, body: str) -> Mapping[str, Any]:
    """Add a note to the file."""
    note = Note(case=subject, number=subject.notes.count() + 1, author=actor.user, at=clock.now())
    note.seal(body=body)
    note.save(force_insert=True)
    return {"note": note.number}


def _proposed(case: Case) -> InvestigationPlan:
    plan = case.plans.filter(status=PlanStatus.PROPOSED).order_by("version").last()
    if plan is None:
        raise Incomplete(_("There is no plan to decide on."), object=case.pseudonym)
    return plan


def _decide(plan: InvestigationPlan, actor: Actor, status: PlanStatus) -> None:
    plan.status = status
    plan.decided_by = actor.user
    plan.decided_on = clock.today()
