"""Access to a case: membership, object permission and key grant in one operation, and none without the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audit import clock
from cases.conflicts import must_be_free, reason
from cases.models import Case, Membership
from cases.policy import CASE_ROLES
from intake.portal.leaving import PERMISSION as REPORT_PERMISSION
from intake.portal.models import Report, ReportUserObjectPermission
from integrity.action import Actor, Incomplete, NotPermitted, action, record
from integrity.people.granting import give, take
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Grant, Key, KeyKind
from integrity.vault.seal import PrivateKey

PERMISSION = "work_case"
_followers: list[Callable[[Case, Keyring], None]] = []


def give_access(
    *,
    actor: Actor,
    case: Case,
    person: User,
    capacity: Role,
    key: Key | None = None,
    holder: Keyring | PrivateKey | None = None,
) -> Membership:
    """Make a person a member of the case. Runs inside an action, whose entry names the person.

    `key` is the case's own key unless a board is given the appeal record's. Raises NotPermitted when the
    person does not hold the role, or gives themselves access; ConflictOfInterest when they are not free.
    """
    if actor.person is not None and actor.person.pk == person.pk and not isinstance(holder, PrivateKey):
        raise NotPermitted(_("Nobody gives access to themselves."), object=case.pseudonym)
    if not person.is_active or not person.has_role(capacity):
        raise NotPermitted(
            _("%(name)s does not hold the role “%(role)s”.") % {"name": person.name, "role": capacity.label},
            object=case.pseudonym,
        )
    # Whoever opens a case has its private half in hand before anybody's keyring reaches it.
    keyring = Keyring(case.key, holder) if key is None and isinstance(holder, PrivateKey) else actor.keyring
    if keyring is not None:
        must_be_free(case, person, keyring)
    membership, made = Membership.objects.get_or_create(
        case=case, person=person, capacity=capacity, until=None, defaults={"since": clock.today()}
    )
    if not made:
        raise Incomplete(_("%(name)s is on this case already.") % {"name": person.name}, object=case.pseudonym)
    give(holder=holder or actor.keys, key=key or case.key, person=person, target=case, permission=PERMISSION)
    return membership


def end_access(*, case: Case, person: User, key: Key | None = None) -> None:
    """End a person's every part in a case, with permission and grants. Runs inside an action.

    Whatever of the case's keys they hold is taken, and gets a next generation, so that what is written from now on
    is closed to them; `key` is one that they must hold. Raises NoGrant when there is nothing to take.
    """
    Membership.objects.filter(case=case, person=person, until__isnull=True).update(until=clock.today())
    held = {each.lineage: each for each in _held_by(person, case)}
    if key is not None:
        held.setdefault(key.lineage, key)
    for each in held.values() or [case.key]:
        take(key=each, person=person, target=case, permission=PERMISSION)
    rotate_keys(case=case, known=list(held.values()))


def rotate_keys(*, case: Case, known: Iterable[Key]) -> None:
    """Make the next generation of keys of a case that somebody who left has known. Runs inside an action.

    With the case's key go those that it opens: appeals' and reports'. Each goes to who holds it now, by their
    newest keys, so the case's comes first. Nobody's private key is needed.
    """
    lineages = {each.lineage for each in known}
    if case.key.lineage in lineages:
        opened = (
            Key.objects.newest()
            .alive()
            .filter(lineage__in=Grant.objects.filter(holder__lineage=case.key.lineage).values("key__lineage"))
        )
        following = list(opened)
        case.key = vault.rotate(case.key, holders=vault.holders_of(case.key))
    else:
        following = list(keys_of(case).filter(lineage__in=lineages))
    for each in following:
        vault.rotate(each, holders=vault.holders_of(each))


def when_subjects_show(follower: Callable[[Case, Keyring], None]) -> Callable[[Case, Keyring], None]:
    """Register what a room does as soon as a case shows who is accused: called with a keyring that opens the case."""
    if follower not in _followers:
        _followers.append(follower)
    return follower


def close_reports(*, actor: Actor, case: Case, keyring: Keyring) -> None:
    """Take a case's reports from whoever received them and is not free, inside the action that shows who is accused.

    `keyring` opens the case. Whoever declared a conflict is not free either. What is written from now on is closed
    to them; the case's members read it.
    """
    received = ReportUserObjectPermission.objects.filter(content_object__in=case.reports.all())
    people = {row.user for row in received.select_related("user__key", "user__superior")}
    declared = set(case.declarations.filter(has_conflict=True).values_list("person", flat=True))
    for follower in _followers:
        follower(case, keyring)
    for person in sorted(people, key=lambda each: str(each.pk)):
        if person.pk in declared or reason(case, person, keyring):
            for row in received.filter(user=person).select_related("content_object__key"):
                _close_report(actor=actor, report=row.content_object, person=person)


@action(
    "report.access_ended",
    by=CASE_ROLES,
    limit="inside the action that shows a conflict of interest",
    facts=("person",),
    description="A report was taken from somebody with a conflict of interest.",
)
def _close_report(*, actor: Actor, report: Report, person: User) -> None:
    take(key=report.key, person=person, target=report, permission=REPORT_PERMISSION)
    vault.rotate(report.key, holders=vault.holders_of(report.key))
    record(object=report.pseudonym, person=f"person/{person.pk}")


def keys_of(case: Case) -> QuerySet[Key]:
    """The newest generations of the case's own key and of its appeals', which the case's key opens as well."""
    appeals = Grant.objects.filter(holder__lineage=case.key.lineage, key__kind=KeyKind.APPEAL).values("key__lineage")
    return Key.objects.newest().filter(Q(lineage=case.key.lineage) | Q(lineage__in=appeals))


def _held_by(person: User, case: Case) -> QuerySet[Key]:
    if person.key is None:
        return Key.objects.none()
    given = Grant.objects.filter(holder__lineage=person.key.lineage).values("key__lineage")
    return keys_of(case).filter(lineage__in=given)


def may_be_given(case: Case, capacity: Role, *, without: tuple[str, ...] = ()) -> list[User]:
    """People who hold the role, have keys, are not on the case, and performed none of `without` on it."""
    people = (
        User.objects.filter(is_active=True, key__isnull=False, appointments__in=_in_force(capacity))
        .exclude(memberships__in=Membership.objects.filter(case=case, until__isnull=True))
        .exclude(declarations__case=case, declarations__has_conflict=True)
        .distinct()
    )
    if without:
        people = people.exclude(pk__in=case.steps.filter(transition__in=without).values("person"))
    return list(people.select_related("key", "office"))


def _in_force(capacity: Role):  # type: ignore[no-untyped-def]
    from integrity.people.models import Appointment

    return Appointment.objects.in_force().filter(role=capacity)
