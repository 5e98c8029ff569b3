"""What keeps a person from a matter, as data: the kinds of conflict, how each is found, and what is read then.

`cases.conflicts` asks this table wherever somebody is brought into a matter or acts on it. The other half of the
rules is data as well: who may do what is `integrity.policy`, who did one thing and never does another is `never` in
the workflow table. `integrity policy` prints all of them on one page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from audit import clock
from cases.workflow import EVERYBODY
from integrity.people.models import Headcount, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

CASE_ROLES: Final = EVERYBODY
MEMBERS: Final = "members of the case"
NOT_A_MEMBER: Final = _("You are not a member of this case.")


@dataclass(frozen=True)
class Accused:
    """A subject as the directory knows them: the accounts that the sealed profile points at, and their offices."""

    accounts: tuple[User, ...]
    offices: frozenset[int]


class ConflictKind(TextChoices):
    """Why somebody may not touch a matter."""

    SUBJECT = "subject", _("The subject")
    SUPERIOR = "superior", _("A superior is the subject")
    SUBORDINATE = "subordinate", _("A subordinate is the subject")
    SMALL_OFFICE = "small_office", _("Same small office as the subject")
    DECLARED = "declared", _("A declared conflict")


@dataclass(frozen=True)
class Conflict:
    """One row: how it is found of a subject, and the sentence that the person and that somebody else reads.

    `exists` is None for what no directory knows and the person declares.
    """

    kind: ConflictKind
    how: str
    exists: Callable[[Accused, User], bool] | None
    to_them: StrPromise
    of_them: StrPromise


def is_small(office: int) -> bool:
    """Whether fewer people work in an office than CONFLICT_SMALL_OFFICE, by the headcounts on record.

    An office of which none is on record has as many people as the directory lists, which may be too few and
    never too many: it counts as small until somebody records it. Two queries at most.
    """
    newest = Headcount.objects.filter(office=office, as_of__lte=clock.today()).order_by("as_of")
    recorded = dict(newest.values_list("grade_band", "staff"))
    people = sum(recorded.values()) if recorded else User.objects.filter(office=office, is_active=True).count()
    return people < settings.CONFLICT_SMALL_OFFICE


def _is_the_subject(accused: Accused, person: User) -> bool:
    return any(account.pk == person.pk for account in accused.accounts)


def _has_the_subject_above(accused: Accused, person: User) -> bool:
    return any(account.is_superior_of(person) for account in accused.accounts)


def _has_the_subject_below(accused: Accused, person: User) -> bool:
    return any(person.is_superior_of(account) for account in accused.accounts)


def _sits_in_the_same_small_office(accused: Accused, person: User) -> bool:
    return person.office_id in accused.offices and is_small(person.office_id)


CONFLICTS: Final = (
    Conflict(
        ConflictKind.SUBJECT,
        "the account that the subject's profile names, or any with the subject's staff number",
        _is_the_subject,
        _("You are the subject of this case."),
        _("%(name)s is the subject of this case."),
    ),
    Conflict(
        ConflictKind.SUPERIOR,
        "the subject is anywhere above the person in the reporting lines",
        _has_the_subject_above,
        _("The subject of this case is a superior of yours."),
        _("The subject of this case is a superior of %(name)s."),
    ),
    Conflict(
        ConflictKind.SUBORDINATE,
        "the subject is anywhere below the person in the reporting lines",
        _has_the_subject_below,
        _("The subject of this case is a subordinate of yours."),
        _("The subject of this case is a subordinate of %(name)s."),
    ),
    Conflict(
        ConflictKind.SMALL_OFFICE,
        "both work in one office whose headcount is below `CONFLICT_SMALL_OFFICE`",
        _sits_in_the_same_small_office,
        _("You work in the same small office as the subject of this case."),
        _("%(name)s works in the same small office as the subject of this case."),
    ),
    Conflict(
        ConflictKind.DECLARED,
        "the person declared it, on the case, and stepped aside for good",
        None,
        _("You declared a conflict of interest in this case."),
        _("%(name)s declared a conflict of interest in this case."),
    ),
)
BY_KIND: Final = {row.kind: row for row in CONFLICTS}
