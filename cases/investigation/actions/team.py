"""Who investigates, and what is alleged against whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from cases import conflicts
from cases.access import close_reports, end_access, give_access
from cases.actions import NewAllegation, register_allegation
from cases.engine import performs
from cases.investigation import forms
from cases.models import Case, Subject
from cases.states import Track
from integrity.action import Actor, ConflictOfInterest, Incomplete
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.rules.pack import UnknownCode
from integrity.rules.terms import Gravity


def _bring_in(*, actor: Actor, case: Case, investigators: Iterable[User]) -> list[str]:
    people = list(investigators)
    if not people:
        raise Incomplete(_("Choose at least one investigator."), object=case.pseudonym)
    for person in people:
        give_access(actor=actor, case=case, person=person, capacity=Role.INVESTIGATOR)
    return sorted(f"person/{person.pk}" for person in people)


@performs(Track.CASE, "assign", form=forms.ChooseInvestigators, facts=("investigators",))
def assign(*, actor: Actor, subject: Case, investigators: Iterable[User]) -> Mapping[str, Any]:
    """Give the case to one or more investigators. Raises ConflictOfInterest for who is not free."""
    return {"investigators": _bring_in(actor=actor, case=subject, investigators=investigators)}


@performs(Track.CASE, "add_investigator", form=forms.ChooseInvestigators, facts=("investigators",))
def add_investigator(*, actor: Actor, subject: Case, investigators: Iterable[User]) -> Mapping[str, Any]:
    """Bring further investigators into the case. Raises ConflictOfInterest for who is not free."""
    return {"investigators": _bring_in(actor=actor, case=subject, investigators=investigators)}


@performs(Track.CASE, "add_allegation", form=forms.AddAllegation, facts=("allegation", "offence"))
def add_allegation(
    *,
    actor: Actor,
    subject: Case,
    offence: str,
    gravity: Gravity | str,
    statement: str,
    against: int | None = None,
    profile: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Add an allegation against the subject with number `against`, or against a new one with that `profile`.

    Members who cannot be free with the new subject lose their access at once.
    """
    number = against if against is not None else _add_subject(actor=actor, case=subject, profile=profile or {})
    try:
        allowed = subject.pack.pack.offence(offence).gravities
    except UnknownCode:
        raise Incomplete(_("The rule pack of this case has no such offence."), object=subject.pseudonym) from None
    if gravity not in allowed:
        raise Incomplete(_("The rule pack does not allow this gravity for the offence."), object=subject.pseudonym)
    new = NewAllegation(subject=number, offence=offence, gravity=Gravity(gravity), statement=statement)
    allegation = register_allegation(case=subject, new=new)
    return {"allegation": allegation.number, "offence": allegation.offence}


def _add_subject(*, actor: Actor, case: Case, profile: Mapping[str, str]) -> int:
    if not profile.get("name"):
        raise Incomplete(_("Say against whom the allegation is made."), object=case.pseudonym)
    number = case.subjects.count() + 1
    added = Subject(case=case, number=number)
    added.seal(profile=dict(profile))
    added.save(force_insert=True)
    _end_access_of_those_in_conflict(actor=actor, case=case)
    return number


def _end_access_of_those_in_conflict(*, actor: Actor, case: Case) -> None:
    mine = conflicts.reason(case, actor.user, actor.keys)
    if mine:
        raise ConflictOfInterest(mine, object=case.pseudonym)
    present = case.memberships.filter(until__isnull=True).values("person")
    people = User.objects.filter(pk__in=present).exclude(pk=actor.user.pk).select_related("key", "superior")
    leaving = [person for person in people if conflicts.reason(case, person, actor.keys)]
    staying = {person.pk for person in case.members(Role.SUPERVISOR)} - {person.pk for person in leaving}
    if not staying:
        # Nothing would move any more, and nobody can name another supervisor for a case.
        raise Incomplete(
            _("Nobody would be left to supervise this case. Ask the triage officer to open a separate case."),
            object=case.pseudonym,
        )
    for person in leaving:
        end_access(case=case, person=person)
    close_reports(actor=actor, case=case, keyring=actor.keys)
