"""Who may decide: the authority that the pack names for the respondent's grade, free of conflict and of any part."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from audit import clock
from cases import conflicts
from cases.access import give_access, may_be_given
from cases.discipline.charges import Charge, answerable
from cases.discipline.models import Referral
from cases.models import Case
from intake.portal.models import ReportStep
from integrity.action import Actor, NotPermitted
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.rules.entries import Authority
from integrity.rules.pack import Pack
from integrity.vault.keyring import Keyring


def named_for(case: Case, charge: Charge) -> Authority:
    """The authority that the pack names for the respondent's grade and the gravest charge."""
    return case.pack.pack.authority_for_gravity(charge.grade_band, charge.gravity)


def mandate_of(person: User, pack: Pack) -> Authority | None:
    """The highest authority of the pack that this person may decide as, or None."""
    held = person.mandates()
    known = [authority for authority in pack.authorities if authority.code in held]
    return max(known, key=lambda authority: authority.rank, default=None)


def candidates(case: Case, keyring: Keyring, charge: Charge | None = None) -> list[User]:
    """Who may be brought in to decide or endorse: holds the mandate that the pack names for the charge or a
    higher one, had no part in the case or its reports, and is free of conflict.

    Without a charge, that of the respondent in this case.
    """
    authority = named_for(case, charge or answerable(case, keyring))
    mandated = set(
        Appointment.objects.in_force()
        .filter(role=Role.AUTHORITY, mandate__in=_at_least(case.pack.pack, authority))
        .values_list("person", flat=True)
    )
    parts = _had_a_part(case)
    return [
        person
        for person in may_be_given(case, Role.AUTHORITY)
        if person.pk in mandated and person.pk not in parts and not conflicts.reason(case, person, keyring)
    ]


def hand_to(*, actor: Actor, case: Case, person: User, charge: Charge, remark: str = "") -> Referral:
    """Put the case before this authority, with access, inside an action.

    Also for a remitted case. Raises NotPermitted for a mandate that does not reach or a part taken before,
    ConflictOfInterest for somebody who is not free.
    """
    bring_in(actor=actor, case=case, person=person, charge=charge)
    last = case.disciplinary_referrals.last()
    referral = Referral(
        case=case,
        respondent=charge.respondent,
        authority=person,
        mandate=named_for(case, charge).code,
        referred_on=clock.today(),
        order=last.order + 1 if last is not None else 1,
    )
    referral.seal(remark=remark)
    referral.save(force_insert=True)
    return referral


def bring_in(*, actor: Actor, case: Case, person: User, charge: Charge) -> None:
    """Give an authority access, to decide or to endorse, inside an action. Raises as `hand_to` does."""
    named = named_for(case, charge)
    mandate = mandate_of(person, case.pack.pack)
    if mandate is None or mandate.rank < named.rank:
        raise NotPermitted(
            _("%(name)s may not decide here: for this grade and gravity the rules name “%(authority)s” or above.")
            % {"name": person.name, "authority": named.title},
            object=case.pseudonym,
        )
    if person.pk in _had_a_part(case):
        raise NotPermitted(
            _("%(name)s had a part in this case before, so somebody else must decide.") % {"name": person.name},
            object=case.pseudonym,
        )
    give_access(actor=actor, case=case, person=person, capacity=Role.AUTHORITY)


def _at_least(pack: Pack, authority: Authority) -> Iterable[str]:
    return [each.code for each in pack.authorities if each.rank >= authority.rank]


def _had_a_part(case: Case) -> set[UUID]:
    members = case.memberships.values_list("person", flat=True)
    acted = case.steps.filter(person__isnull=False).values_list("person", flat=True)
    reports = ReportStep.objects.filter(report__in=case.reports.all(), person__isnull=False)
    return {*members, *acted, *reports.values_list("person", flat=True)}
