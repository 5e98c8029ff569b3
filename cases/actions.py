"""The verbs that belong to a case as such; each room below has its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from audit import clock
from cases import forms
from cases.access import PERMISSION, close_reports, end_access, give_access
from cases.conflicts import must_be_free
from cases.engine import performs
from cases.models import Allegation, Case, ConflictDeclaration, Membership, Subject
from cases.policy import CASE_ROLES, MEMBERS, NOT_A_MEMBER
from cases.states import Track
from intake.portal.messages import write_message
from intake.portal.models import MessageKind, Report
from integrity.action import Actor, Incomplete, NotPermitted, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.references import new_reference
from integrity.rules.models import RulePack
from integrity.rules.terms import Gravity
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import KeyKind

GRAVITY_ORDER = [Gravity.MINOR, Gravity.SERIOUS, Gravity.GROSS]


@dataclass(frozen=True)
class NewSubject:
    """A subject as the triage officer or investigator names them; `profile` is what Subject.profile holds."""

    profile: Mapping[str, str]


@dataclass(frozen=True)
class NewAllegation:
    """An allegation to be registered against the subject with that number (from 1)."""

    subject: int
    offence: str
    gravity: Gravity
    statement: str


def open_case(
    *,
    actor: Actor,
    report: Report | None,
    pack: RulePack,
    title: str,
    predication: str,
    subjects: Iterable[NewSubject],
    allegations: Iterable[NewAllegation],
    supervisor: User,
) -> Case:
    """Open a case inside the action that decides on it; the opener and the supervisor become members.

    Raises Incomplete without an allegation, ConflictOfInterest when opener or supervisor are not free.
    """
    alleged = list(allegations)
    if not alleged:
        raise Incomplete(_("A case needs at least one allegation."))
    key, private = vault.make_key(KeyKind.CASE)
    case = Case(
        reference=new_reference("C"),
        key=key,
        pack=pack,
        gravity=max((item.gravity for item in alleged), key=GRAVITY_ORDER.index),
        opened_on=clock.today(),
    )
    case.seal(title=title, predication=predication)
    case.save(force_insert=True)
    for number, new in enumerate(subjects, start=1):
        subject = Subject(case=case, number=number)
        subject.seal(profile=dict(new.profile))
        subject.save(force_insert=True)
    for item in alleged:
        register_allegation(case=case, new=item)
    if report is not None:
        join_report(actor=actor, case=case, report=report)
    give_access(actor=actor, case=case, person=actor.user, capacity=Role.TRIAGE, holder=private)
    give_access(actor=actor, case=case, person=supervisor, capacity=Role.SUPERVISOR, holder=private)
    close_reports(actor=actor, case=case, keyring=Keyring(case.key, private))
    return case


def register_allegation(*, case: Case, new: NewAllegation) -> Allegation:
    """Add an allegation to the register inside an action; the case's gravity follows the gravest."""
    subject = case.subjects.filter(number=new.subject).first()
    if subject is None:
        raise Incomplete(_("The allegation names a subject that the case does not have."), object=case.pseudonym)
    allegation = Allegation(
        case=case,
        subject=subject,
        number=case.allegations.count() + 1,
        offence=case.pack.pack.offence(new.offence).code,
        gravity=new.gravity,
    )
    allegation.seal(statement=new.statement)
    allegation.save(force_insert=True)
    if GRAVITY_ORDER.index(new.gravity) > GRAVITY_ORDER.index(Gravity(case.gravity)):
        case.gravity = new.gravity
    return allegation


def join_report(*, actor: Actor, case: Case, report: Report) -> None:
    """Put a report into a case inside an action: whoever opens the case can then open the report."""
    case.reports.add(report)
    vault.grant_generations(actor.keys, key=report.key, to=case.key)


@action(
    "case.file_opened",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    description="A member opened the case file.",
)
def open_file(*, actor: Actor, case: Case) -> None:
    """Note that somebody looked into the case.

    Raises NotPermitted for everybody who is not a member, ConflictOfInterest for a member whom the sealed
    subjects show to be no longer free.
    """
    if not actor.user.has_perm(PERMISSION, case) or not case.capacities(actor.user):
        raise NotPermitted(_("You are not a member of this case."), object=case.pseudonym)
    must_be_free(case, actor.user, actor.keys)
    record(object=case.pseudonym)


@action(
    "case.step_opened",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("step",),
    description="A member opened the form of a step, which shows what the step is about.",
)
def open_step(*, actor: Actor, case: Case, step: str) -> None:
    """Note that somebody was shown the form of a step. Raises NotPermitted for everybody who is not a member."""
    if not case.capacities(actor.user):
        raise NotPermitted(NOT_A_MEMBER, object=case.pseudonym)
    record(object=case.pseudonym, step=step)


def titles_of(actor: Actor, cases: Sequence[Case]) -> dict[UUID, str]:
    """The titles of the cases of a list whose keys the actor holds, by identifier; that they were shown is noted."""
    actor.keys.find([case.key for case in cases])
    held = [case for case in cases if actor.keys.holds(case.key)]
    return read_titles(actor=actor, cases=held) if held else {}


@action(
    "case.titles_read",
    by=CASE_ROLES,
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("cases",),
    description="A member was shown the titles of their cases in a list.",
)
def read_titles(*, actor: Actor, cases: Sequence[Case]) -> dict[UUID, str]:
    """The titles of cases, by identifier. Raises NoGrant for a case whose key the actor does not hold."""
    record(object=actor.pseudonym, cases=sorted(case.pseudonym for case in cases))
    return {case.pk: case.open(actor.keys, "title") for case in cases}


@performs(Track.CASE, "declare_no_conflict", form=forms.NoConflict)
def declare_no_conflict(*, actor: Actor, subject: Case, confirmed: bool = True) -> None:
    """Declare that nothing stands in the way of working on this case."""
    if ConflictDeclaration.objects.filter(case=subject, person=actor.user).exists():
        raise Incomplete(_("You have declared already."), object=subject.pseudonym)
    if not confirmed:
        raise Incomplete(_("Tick the declaration to make it."), object=subject.pseudonym)
    declaration = ConflictDeclaration(case=subject, person=actor.user, has_conflict=False, declared_on=clock.today())
    declaration.save(force_insert=True)


@performs(Track.CASE, "declare_conflict", form=forms.Conflict)
def declare_conflict(*, actor: Actor, subject: Case, statement: str) -> None:
    """Declare a conflict; the person's part in the case ends with it. The last holder of a key cannot leave."""
    others = Membership.objects.filter(case=subject, until__isnull=True, person__is_active=True)
    # A board holds the key of the appeal's record and not the case's.
    if not others.exclude(person=actor.user).exclude(capacity=Role.BOARD).exists():
        raise Incomplete(
            _("You are the only member of this case. Ask the supervisor to name somebody else first."),
            object=subject.pseudonym,
        )
    declaration, _made = ConflictDeclaration.objects.get_or_create(
        case=subject, person=actor.user, defaults={"has_conflict": True, "declared_on": clock.today()}
    )
    declaration.has_conflict = True
    declaration.declared_on = clock.today()
    declaration.seal(statement=statement)
    declaration.save()
    close_reports(actor=actor, case=subject, keyring=actor.keys)
    end_access(case=subject, person=actor.user)


@performs(Track.CASE, "name_supervisor", form=forms.NameSupervisor, facts=("supervisor",))
def name_supervisor(*, actor: Actor, subject: Case, supervisor: User) -> Mapping[str, Any]:
    """Name another supervisor, when the one named stepped aside or left office.

    Raises NotPermitted while one can still act: nobody chooses who reviews.
    """
    for person in subject.members(Role.SUPERVISOR):
        if person.is_active and person.has_role(Role.SUPERVISOR):
            raise NotPermitted(
                _("%(name)s supervises this case and has not stepped aside.") % {"name": person.name},
                object=subject.pseudonym,
            )
        end_access(case=subject, person=person)
    give_access(actor=actor, case=subject, person=supervisor, capacity=Role.SUPERVISOR)
    return {"supervisor": f"person/{supervisor.pk}"}


@performs(Track.CASE, "write_to_reporter", form=forms.WriteToReporter, facts=("reports",))
def write_to_reporter(*, actor: Actor, subject: Case, body: str, is_question: bool = False) -> Mapping[str, Any]:
    """Send a message to everybody who reported this matter."""
    reports = list(subject.reports.select_related("key"))
    if not reports:
        raise Incomplete(_("This case did not begin with a report, so nobody can be written to."))
    kind = MessageKind.QUESTION if is_question else MessageKind.MESSAGE
    for report in reports:
        write_message(report=report, author=actor.user, kind=kind, body=body)
    return {"reports": [report.pseudonym for report in reports]}
