"""The people: whether a report and a case could go the whole way without somebody judging their own work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.identities.states import SECONDS
from config.setup.separation import Stuck, stuck
from config.setup.state import Finding, Standing, Step, done, still_open, warning
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.rules.models import RulePack
from integrity.rules.pack import Pack
from integrity.rules.terms import GradeBand, Gravity

PAGE: Final = "people:people"
BOARD_OF_THE_MODEL: Final = 3
BESIDE: Final = {
    Role.IDENTITY: gettext_lazy("keeps the reporting persons' identities"),
    Role.PROTECTION: gettext_lazy("protects reporting persons from detriment"),
    Role.AUDITOR: gettext_lazy("reads the audit log"),
    Role.PROGRAMME: gettext_lazy("keeps channels and the code of conduct"),
}


def check() -> Iterator[Finding]:
    """Roles that nobody holds, steps that would get stuck, mandates that nobody has, people without a key."""
    pack = _pack()
    people = _people()
    found = [*_stuck(people, pack), *_beside(people)]
    if pack is not None:
        found += _mandates(pack)
    if not any(finding.standing is Standing.OPEN for finding in found):
        yield done(_("%(count)d people could work a report and a case to the end.") % {"count": len(people)}, PAGE)
    yield from found
    waiting = User.objects.filter(is_active=True, key__isnull=True, appointments__in=Appointment.objects.in_force())
    count = waiting.distinct().count()
    if count:
        yield warning(
            ngettext(
                "%(count)d person has a role and has not chosen a passphrase yet.",
                "%(count)d people have a role and have not chosen a passphrase yet.",
                count,
            )
            % {"count": count},
            PAGE,
        )


def _pack() -> Pack | None:
    try:
        return RulePack.objects.in_force().pack
    except RulePack.DoesNotExist:
        return None


def _people() -> dict[object, set[str]]:
    """The roles of today of everybody who can sign in."""
    held: dict[object, set[str]] = {}
    able = Appointment.objects.in_force().filter(person__is_active=True, person__key__isnull=False)
    for person, role in able.values_list("person", "role"):
        held.setdefault(person, set()).add(role)
    return held


def _stuck(people: dict[object, set[str]], pack: Pack | None) -> Iterator[Finding]:
    members = pack.settings.board_members if pack is not None else BOARD_OF_THE_MODEL
    lacking: dict[frozenset[str], list[Stuck]] = {}
    for each in stuck(list(people.values()), board_members=members):
        lacking.setdefault(each.row.by, []).append(each)
    alone = {role for by, found in lacking.items() if len(by) == 1 and not found[0].people for role in by}
    for by, found in lacking.items():
        if len(by) > 1 and by & alone:
            # Said already, of the one role of them that nobody holds.
            continue
        roles = " / ".join(str(role.label) for role in Role if role.value in by)
        first = found[0]
        told = {"roles": roles, "count": first.people, "step": first.row.label}
        if not first.people:
            sentence = _("%(roles)s: nobody who can sign in. It would get stuck at “%(step)s”.")
        elif first.because:
            told["before"] = first.because[0].label
            sentence = _(
                "%(roles)s: %(count)d is too few. It would get stuck at “%(step)s”, which whoever did “%(before)s” may "
                "not do."
            )
        else:
            sentence = _("%(roles)s: %(count)d is too few. It would get stuck at “%(step)s”.")
        yield still_open(sentence % told, PAGE)


def _beside(people: dict[object, set[str]]) -> Iterator[Finding]:
    held = set().union(*people.values()) if people else set()
    for role, what in BESIDE.items():
        if role.value not in held:
            yield still_open(_("%(role)s: nobody %(what)s.") % {"role": role.label, "what": what}, PAGE)
    custodians = [person for person, roles in people.items() if Role.IDENTITY.value in roles]
    seconds = {person for person, roles in people.items() if roles & {role.value for role in SECONDS}}
    if custodians and not any(seconds - {person} for person in custodians):
        yield still_open(_("Nobody could be the second person who decides on an identity with its custodian."), PAGE)


def _mandates(pack: Pack) -> Iterator[Finding]:
    """Every authority that the rules name must be there, twice where the rules want two signatures."""
    needed: dict[str, int] = {}
    for band in GradeBand:
        for gravity in Gravity:
            authority = pack.authority_for_gravity(band, gravity)
            signatures = 2 if gravity in pack.settings.four_eyes_for else 1
            needed[authority.code] = max(signatures, needed.get(authority.code, 0))
    held = Appointment.objects.in_force().filter(role=Role.AUTHORITY, person__is_active=True, person__key__isnull=False)
    mandates: dict[object, set[str]] = {}
    for person, mandate in held.values_list("person", "mandate"):
        mandates.setdefault(person, set()).add(mandate)
    for code, count in needed.items():
        authority = pack.authority(code)
        reaching = {each.code for each in pack.authorities if each.rank >= authority.rank}
        able = sum(1 for codes in mandates.values() if codes & reaching)
        told = {"title": authority.title, "count": able, "needed": count}
        if able < count:
            yield still_open(
                _("Mandate “%(title)s” or a higher one: %(count)d of %(needed)d that the rules need.") % told, PAGE
            )
        elif able == count:
            yield warning(
                _("Mandate “%(title)s” or a higher one: %(count)d. After a conflict or a remittal nobody is left.")
                % told,
                PAGE,
            )


STEP = Step("people", gettext_lazy("People and roles"), check)
