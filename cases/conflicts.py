"""Conflicts of interest: nobody handles a matter that is too near to them (`cases.policy.CONFLICTS`).

Who the subject is stays sealed, so whoever acts compares with their own keys open; the database alone cannot
tell who is accused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import Q

from cases.engine import Standing
from cases.models import Case, ConflictDeclaration
from cases.policy import BY_KIND, CONFLICTS, Accused, Conflict, ConflictKind
from intake.portal.models import Report
from integrity.action import Actor, ConflictOfInterest
from integrity.people.models import Office, User
from integrity.vault.keyring import Keyring


def conflict_of(case: Case, person: User, keyring: Keyring) -> Conflict | None:
    """The first row of the table that the sealed subjects of a case show for a person, or None.

    Needs a keyring that opens the case; without one (appeal board) the check was made by whoever gave access.
    """
    if not keyring.holds(case.key):
        return None
    for accused in _subjects(case, keyring):
        for row in CONFLICTS:
            if row.exists is not None and row.exists(accused, person):
                return row
    return None


def reason(case: Case, person: User, keyring: Keyring) -> str:
    """Why this person may not touch the case, as a sentence, or "" when the sealed subjects say nothing against it.

    Whoever asks about themselves, with their own keys, is spoken to.
    """
    found = conflict_of(case, person, keyring)
    return _sentence(found, person, keyring) if found is not None else ""


def standing(case: Case, actor: Actor) -> Standing:
    """What this actor declared on the case, and any conflict that the sealed subjects show."""
    person = actor.user
    declaration = ConflictDeclaration.objects.filter(case=case, person=person).first()
    if declaration is not None and declaration.has_conflict:
        return Standing(declared=True, conflict=str(BY_KIND[ConflictKind.DECLARED].to_them))
    found = reason(case, person, actor.keyring) if actor.keyring is not None else ""
    return Standing(declared=declaration is not None, conflict=found)


def standing_on_report(report: Report, actor: Actor) -> Standing:
    """The same of a report: subjects are known once it is in a case, to those who open the case.

    From the others a report is taken as soon as their conflict is known (`cases.access`).
    """
    for case in Case.objects.filter(reports=report).select_related("key"):
        found = standing(case, actor)
        if found.conflict:
            return found
    return Standing()


def must_be_free(case: Case, person: User, keyring: Keyring) -> None:
    """Raise ConflictOfInterest when this person may not be brought into the case, or act on it."""
    if ConflictDeclaration.objects.filter(case=case, person=person, has_conflict=True).exists():
        declared = _sentence(BY_KIND[ConflictKind.DECLARED], person, keyring)
        raise ConflictOfInterest(declared, object=case.pseudonym)
    found = reason(case, person, keyring)
    if found:
        raise ConflictOfInterest(found, object=case.pseudonym)


def must_be_free_on(report: Report, actor: Actor) -> None:
    """Raise ConflictOfInterest when this actor may not open or handle a report any more."""
    found = standing_on_report(report, actor)
    if found.conflict:
        raise ConflictOfInterest(found.conflict, object=report.pseudonym)


def _sentence(row: Conflict, person: User, keyring: Keyring) -> str:
    themselves = keyring.key.pk == person.key_id
    return str(row.to_them) if themselves else str(row.of_them) % {"name": person.name}


def _subjects(case: Case, keyring: Keyring) -> Iterator[Accused]:
    """The subjects as the directory knows them. Whoever has no account has an office all the same."""
    profiles = [subject.open(keyring, "profile") for subject in case.subjects.all()]
    codes = {str(profile.get("office", "")) for profile in profiles}
    offices = dict(Office.objects.filter(code__in=codes).values_list("code", "pk"))
    for profile in profiles:
        accounts = tuple(_accounts(profile))
        known = {account.office_id for account in accounts} | {offices.get(str(profile.get("office", "")))}
        yield Accused(accounts=accounts, offices=frozenset(office for office in known if office is not None))


def _accounts(profile: Mapping[str, str]) -> Iterator[User]:
    """The accounts that a subject's profile points at: the one chosen, and all with the same staff number."""
    pointed = Q()
    if profile.get("person"):
        pointed |= Q(pk=profile["person"])
    number = profile.get("staff_number", "").strip()
    if number:
        pointed |= Q(staff_number__iexact=number)
    if pointed:
        yield from User.objects.filter(pointed).select_related("superior")
