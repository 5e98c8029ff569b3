"""The verbs of the appeals room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from audit import clock
from cases.access import end_access, give_access
from cases.appeals import forms
from cases.appeals.models import Appeal, AppealOutcome, BoardDecision, Opinion, RecordPart, Waiver
from cases.appeals.record import collect, imposed
from cases.conflicts import must_be_free
from cases.discipline.authorities import hand_to
from cases.discipline.charges import answerable
from cases.discipline.decisions import decision_in_force
from cases.engine import performs
from cases.finality import finality
from cases.models import Case, Deadline
from cases.policy import CASE_ROLES, MEMBERS, NOT_A_MEMBER
from cases.states import CaseState, Track
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.outbox.actions import post
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.rules.pack import OutOfRange
from integrity.rules.terms import ClockName
from integrity.vault import actions as vault
from integrity.vault.models import KeyKind

CONFIRM = "appeals.confirm_finality"


def appeal_of(case: Case) -> Appeal:
    """The appeal that is being worked on. Raises WrongState when there is none."""
    appeal = case.appeals.select_related("key", "decision").order_by("-number").first()
    if appeal is None:
        raise WrongState(_("No appeal has been filed in this case."), object=case.pseudonym)
    return appeal


def _served_on(case: Case) -> date:
    return Deadline.objects.get(case=case, name=ClockName.APPEAL).started_on


@performs(Track.CASE, "file_appeal", form=forms.FileAppeal, facts=("appeal", "grounds", "registrar"))
def file_appeal(
    *, actor: Actor, subject: Case, filed_on: date, grounds: Sequence[str], registrar: User, statement: str
) -> Mapping[str, Any]:
    """Record an appeal that came within its window, and name who prepares it.

    A late one is refused: the law, not the clerk, says so. Raises NotPermitted for a registrar who had a part in
    what is appealed.
    """
    window = Deadline.objects.get(case=subject, name=ClockName.APPEAL)
    if filed_on > clock.today():
        raise Incomplete(_("The day of receipt lies in the future."), object=subject.pseudonym)
    if filed_on < window.started_on:
        raise Incomplete(_("The day of receipt lies before the decision was served."), object=subject.pseudonym)
    if filed_on > window.due:
        raise Incomplete(
            _("The time for an appeal ended on %(day)s, so this appeal is late.")
            % {"day": formats.date_format(window.due)},
            object=subject.pseudonym,
        )
    if finality(subject) is not None:
        raise WrongState(_("The decision is final already."), object=subject.pseudonym)
    decision = decision_in_force(subject)
    if decision is None:
        raise WrongState(_("There is no decision to appeal against."), object=subject.pseudonym)
    if registrar.pk not in {person.pk for person in forms.registrars(subject)}:
        raise NotPermitted(
            _("%(name)s had a part in what is appealed, so somebody else prepares the appeal.")
            % {"name": registrar.name},
            object=subject.pseudonym,
        )
    if registrar.pk not in {person.pk for person in subject.members(Role.SUPERVISOR)}:
        give_access(actor=actor, case=subject, person=registrar, capacity=Role.SUPERVISOR)
    key, _private = vault.make_key(KeyKind.APPEAL, subject.key)
    appeal = Appeal(
        case=subject,
        decision=decision,
        number=subject.appeals.count() + 1,
        key=key,
        filed_on=filed_on,
        recorded_by=actor.user,
        grounds=list(grounds),
    )
    appeal.seal(statement=statement)
    appeal.save(force_insert=True)
    return {"appeal": appeal.pseudonym, "grounds": list(grounds), "registrar": f"person/{registrar.pk}"}


@performs(Track.CASE, "waive_appeal", form=forms.WaiveAppeal)
def waive_appeal(*, actor: Actor, subject: Case, received_on: date, statement: str) -> None:
    """Record that the respondent waived the appeal; finality then follows by itself."""
    if not _served_on(subject) <= received_on <= clock.today():
        raise Incomplete(
            _("A waiver is received between the service of the decision and today."), object=subject.pseudonym
        )
    if subject.waivers.filter(received_on__gte=_served_on(subject)).exists():
        raise Incomplete(_("A waiver is recorded already."), object=subject.pseudonym)
    waiver = Waiver(case=subject, received_on=received_on)
    waiver.seal(statement=statement)
    waiver.save(force_insert=True)
    post(CONFIRM, case=str(subject.pk))


@performs(Track.CASE, "admit_appeal", form=forms.Admissibility, facts=("appeal",))
def admit_appeal(*, actor: Actor, subject: Case, reasons: str) -> Mapping[str, Any]:
    """Find the appeal admissible."""
    appeal = appeal_of(subject)
    appeal.admitted_on = clock.today()
    appeal.seal(admissibility=reasons)
    appeal.save()
    return {"appeal": appeal.pseudonym}


@performs(Track.CASE, "dismiss_appeal", form=forms.Admissibility, facts=("appeal",))
def dismiss_appeal(*, actor: Actor, subject: Case, reasons: str) -> Mapping[str, Any]:
    """Find the appeal inadmissible; the decision becomes final."""
    appeal = appeal_of(subject)
    appeal.dismissed_on = clock.today()
    appeal.seal(admissibility=reasons)
    appeal.save()
    post(CONFIRM, case=str(subject.pk))
    return {"appeal": appeal.pseudonym}


@performs(Track.CASE, "transmit_record", form=forms.TransmitRecord, facts=("appeal", "members", "parts"))
def transmit_record(*, actor: Actor, subject: Case, members: Sequence[User]) -> Mapping[str, Any]:
    """Copy the record under the appeal's key and give it to a board that had no part in the case."""
    appeal = appeal_of(subject)
    size = subject.pack.pack.settings.board_members
    if len({member.pk for member in members}) != size:
        raise Incomplete(_("The board has %(size)d different members.") % {"size": size}, object=subject.pseudonym)
    free = {person.pk for person in forms.free_members(subject)}
    for member in members:
        if member.pk not in free:
            raise NotPermitted(
                _("%(name)s had a part in this case and cannot sit on the appeal.") % {"name": member.name},
                object=subject.pseudonym,
            )
        give_access(actor=actor, case=subject, person=member, capacity=Role.BOARD, key=appeal.key)
    parts = collect(subject, actor.keys, appeal=appeal)
    for number, part in enumerate(parts, start=1):
        row = RecordPart(appeal=appeal, number=number, kind=part.kind)
        row.seal(title=part.title, body=part.body)
        row.save(force_insert=True)
    appeal.transmitted_on = clock.today()
    appeal.save()
    return {
        "appeal": appeal.pseudonym,
        "members": sorted(str(member.pk) for member in members),
        "parts": len(parts),
    }


@performs(Track.CASE, "replace_member", form=forms.ReplaceMember, facts=("appeal", "member"))
def replace_member(*, actor: Actor, subject: Case, member: User) -> Mapping[str, Any]:
    """Give an empty seat on the board to somebody who had no part. Raises Incomplete while every seat is taken."""
    appeal = appeal_of(subject)
    size = subject.pack.pack.settings.board_members
    seated = [person for person in subject.members(Role.BOARD) if person.is_active and person.has_role(Role.BOARD)]
    if len(seated) >= size:
        raise Incomplete(
            _("The board has its %(size)d members, and none has stepped aside.") % {"size": size},
            object=subject.pseudonym,
        )
    if member.pk not in {person.pk for person in forms.free_members(subject)}:
        raise NotPermitted(
            _("%(name)s had a part in this case and cannot sit on the appeal.") % {"name": member.name},
            object=subject.pseudonym,
        )
    give_access(actor=actor, case=subject, person=member, capacity=Role.BOARD, key=appeal.key)
    return {"appeal": appeal.pseudonym, "member": f"person/{member.pk}"}


@performs(Track.CASE, "vote", form=forms.Vote, facts=("appeal",))
def vote(*, actor: Actor, subject: Case, outcome: str, reasons: str) -> Mapping[str, Any]:
    """Give one's opinion, once."""
    appeal = appeal_of(subject)
    if appeal.opinions.filter(member=actor.user).exists():
        raise Incomplete(_("You have given your opinion already."), object=subject.pseudonym)
    opinion = Opinion(appeal=appeal, member=actor.user, given_on=clock.today())
    opinion.seal(outcome=AppealOutcome(outcome).value, reasons=reasons)
    opinion.save(force_insert=True)
    return {"appeal": appeal.pseudonym}


def _decide(
    *, actor: Actor, case: Case, outcome: AppealOutcome, reasons: str, sanction: Mapping[str, Any] | None = None
) -> Appeal:
    """Record the board's decision when enough members gave an opinion and most of them want this outcome."""
    appeal = appeal_of(case)
    seated = case.members(Role.BOARD)
    opinions = list(appeal.opinions.filter(member__in=seated).select_related("member"))
    quorum = case.pack.pack.settings.board_quorum
    if len(opinions) < quorum:
        raise Incomplete(
            _("%(given)d of %(quorum)d opinions are given. The board decides when all that it needs are there.")
            % {"given": len(opinions), "quorum": quorum},
            object=case.pseudonym,
        )
    held = {opinion.pk: AppealOutcome(opinion.open(actor.keys, "outcome")) for opinion in opinions}
    count = Counter(held.values())
    if count[outcome] * 2 <= len(opinions):
        raise Incomplete(
            _("Most members did not want this: %(count)d of %(all)d.")
            % {"count": count[outcome], "all": len(opinions)},
            object=case.pseudonym,
        )
    dissent = [
        {
            "member": opinion.member.name,
            "outcome": held[opinion.pk].value,
            "reasons": opinion.open(actor.keys, "reasons"),
        }
        for opinion in opinions
        if held[opinion.pk] != outcome
    ]
    decided = BoardDecision(appeal=appeal, decided_on=clock.today(), recorded_by=actor.user)
    decided.seal(outcome=outcome.value, sanction=dict(sanction or {}), reasons=reasons, dissent=dissent)
    decided.save(force_insert=True)
    return appeal


@performs(Track.CASE, "uphold", form=forms.BoardOutcome, facts=("appeal",))
def uphold(*, actor: Actor, subject: Case, reasons: str) -> Mapping[str, Any]:
    """The decision stands."""
    appeal = _decide(actor=actor, case=subject, outcome=AppealOutcome.UPHOLD, reasons=reasons)
    post(CONFIRM, case=str(subject.pk))
    return {"appeal": appeal.pseudonym}


@performs(Track.CASE, "vary", form=forms.Vary, facts=("appeal",))
def vary(*, actor: Actor, subject: Case, reasons: str, sanction: str, amount: int | None = None) -> Mapping[str, Any]:
    """Another sanction, inside the matrix; heavier only where the rule pack lets an appeal aggravate."""
    pack = subject.pack.pack
    appealed = appeal_of(subject)
    try:
        pack.check_sanction(appealed.decision.gravity, sanction, amount)
    except OutOfRange as error:
        raise Incomplete(str(error), object=subject.pseudonym) from error
    before = imposed(appealed, actor.keys)
    if before and not pack.settings.appeal_may_aggravate:
        weight = (pack.sanction(sanction).rank, amount or 0)
        if weight > (pack.sanction(before["code"]).rank, before["amount"] or 0):
            raise Incomplete(
                _("An appeal may not make the sanction heavier under this rule pack."), object=subject.pseudonym
            )
    appeal = _decide(
        actor=actor,
        case=subject,
        outcome=AppealOutcome.VARY,
        reasons=reasons,
        sanction={"code": sanction, "amount": amount},
    )
    post(CONFIRM, case=str(subject.pk))
    return {"appeal": appeal.pseudonym}


@performs(Track.CASE, "quash", form=forms.BoardOutcome, facts=("appeal",))
def quash(*, actor: Actor, subject: Case, reasons: str) -> Mapping[str, Any]:
    """The decision falls."""
    appeal = _decide(actor=actor, case=subject, outcome=AppealOutcome.QUASH, reasons=reasons)
    post(CONFIRM, case=str(subject.pk))
    return {"appeal": appeal.pseudonym}


@performs(Track.CASE, "remit", form=forms.BoardOutcome, facts=("appeal",))
def remit(*, actor: Actor, subject: Case, reasons: str) -> Mapping[str, Any]:
    """Back for a new decision by somebody else; the board's part ends."""
    appeal = _decide(actor=actor, case=subject, outcome=AppealOutcome.REMIT, reasons=reasons)
    for member in subject.members(Role.BOARD):
        end_access(case=subject, person=member, key=appeal.key)
    return {"appeal": appeal.pseudonym}


@performs(Track.CASE, "reassign_authority", form=forms.NewAuthority, facts=("authority",))
def reassign_authority(*, actor: Actor, subject: Case, authority: User) -> Mapping[str, Any]:
    """Give a remitted case to a new decision-maker and end the part of those who decided before."""
    for person in subject.members(Role.AUTHORITY):
        end_access(case=subject, person=person)
    hand_to(actor=actor, case=subject, person=authority, charge=answerable(subject, actor.keys))
    return {"authority": f"person/{authority.pk}"}


@performs(Track.CASE, "become_final", facts=("finality",))
def become_final(*, actor: Actor, subject: Case) -> Mapping[str, Any]:
    """Note that the decision became final, when it did. Nobody types this."""
    how = finality(subject)
    if how is None:
        raise WrongState(_("The decision is not final yet."), object=subject.pseudonym)
    subject.final_on = clock.today()
    return {"finality": how.value}


def confirm_finality(case: str | None = None) -> int:
    """Move every case (or one) whose decision became final; how many moved. Harmless when it runs twice."""
    waiting = Case.objects.filter(state__in=[CaseState.NOTIFIED, CaseState.BOARD_DECIDED]).select_related("pack")
    if case is not None:
        waiting = waiting.filter(pk=case)
    moved = 0
    for found in waiting.order_by("pk"):
        if finality(found) is not None:
            # Worker, beat and a page may look at the same moment; whoever is second has nothing left to do.
            with suppress(WrongState):
                become_final(actor=Actor.system(), subject=found)
                moved += 1
    return moved


@action(
    "appeals.record_opened",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("appeal",),
    description="The record of an appeal was opened in full.",
)
def open_record(*, actor: Actor, case: Case) -> Appeal:
    """Open the transmitted record. Raises NotPermitted for whoever is not on the case."""
    if not case.capacities(actor.user):
        raise NotPermitted(NOT_A_MEMBER, object=case.pseudonym)
    must_be_free(case, actor.user, actor.keys)
    appeal = appeal_of(case)
    record(object=case.pseudonym, appeal=appeal.pseudonym)
    return appeal
