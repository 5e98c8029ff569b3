"""Conflicts of interest: nobody handles a matter in which they, their superior or subordinate are the subject.

Who the subject is stays sealed, so whoever acts compares with their own keys open; the database alone cannot
tell who is accused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from cases.engine import Standing
from cases.models import Case, ConflictDeclaration
from integrity.action import Actor, ConflictOfInterest
from integrity.people.models import User
from integrity.vault.keyring import Keyring


def reason(case: Case, person: User, keyring: Keyring) -> str:
    """Why this person may not touch the case, as a sentence, or "" when nothing speaks against it.

    Needs a keyring that opens the case; without one (appeal board) the check was made by whoever gave access.
    """
    if not keyring.holds(case.key):
        return ""
    for subject in case.subjects.all():
        profile = subject.open(keyring, "profile")
        for account in _accounts(profile):
            if account.pk == person.pk:
                return _("%(name)s is the subject of this case.") % {"name": person.name}
            if account.is_superior_of(person):
                return _("The subject of this case is a superior of %(name)s.") % {"name": person.name}
            if person.is_superior_of(account):
                return _("The subject of this case is a subordinate of %(name)s.") % {"name": person.name}
    return ""


def _accounts(profile: Mapping[str, str]) -> Iterable[User]:
    """The accounts that a subject's profile points at: the one chosen, and all with the same staff number."""
    pointed = Q()
    if profile.get("person"):
        pointed |= Q(pk=profile["person"])
    number = profile.get("staff_number", "").strip()
    if number:
        pointed |= Q(staff_number__iexact=number)
    return User.objects.filter(pointed).select_related("superior") if pointed else ()


def standing(case: Case, actor: Actor) -> Standing:
    """What this actor declared on the case, and any conflict that the sealed subjects show."""
    person = actor.user
    declaration = ConflictDeclaration.objects.filter(case=case, person=person).first()
    if declaration is not None and declaration.has_conflict:
        return Standing(declared=True, conflict=_("You declared a conflict of interest in this case."))
    found = reason(case, person, actor.keyring) if actor.keyring is not None else ""
    return Standing(declared=declaration is not None, conflict=found)


def must_be_free(case: Case, person: User, keyring: Keyring) -> None:
    """Raise ConflictOfInterest when this person may not be brought into the case."""
    declaration = ConflictDeclaration.objects.filter(case=case, person=person, has_conflict=True).first()
    if declaration is not None:
        raise ConflictOfInterest(
            _("%(name)s declared a conflict of interest in this case.") % {"name": person.name},
            object=case.pseudonym,
        )
    found = reason(case, person, keyring)
    if found:
        raise ConflictOfInterest(found, object=case.pseudonym)
