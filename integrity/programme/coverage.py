"""How far the code has reached the staff: who has acknowledged the version in force, and who has not."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from integrity.people.models import Office, User
from integrity.programme.models import Acknowledgement, CodeDocument

PAGE = 50


@dataclass(frozen=True, slots=True)
class OfficeCoverage:
    """The people with an account in an office, and how many of them have acknowledged the code."""

    office: Office
    staff: int
    acknowledged: int

    @property
    def missing(self) -> int:
        """How many have not."""
        return self.staff - self.acknowledged


@dataclass(frozen=True, slots=True)
class Page:
    """Some who have not acknowledged; `following` is where the next page begins, "" at the end."""

    people: tuple[User, ...]
    following: str


def by_office(document: CodeDocument) -> tuple[OfficeCoverage, ...]:
    """Every office that has people, in the order of their codes; one query."""
    active = Q(staff__is_active=True, staff__key__isnull=False)
    acknowledged = Acknowledgement.objects.filter(document=document, person=OuterRef("staff"))
    offices = Office.objects.annotate(
        people=Count("staff", filter=active),
        acknowledged=Count("staff", filter=active & Q(Exists(acknowledged))),
    ).filter(people__gt=0)
    return tuple(OfficeCoverage(each, each.people, each.acknowledged) for each in offices.order_by("code"))


def missing(document: CodeDocument, *, office: str = "", after: str = "") -> Page:
    """The people who have not acknowledged, by name; of one office where its code is given.

    `after` is the `following` of the page before.
    """
    people: QuerySet[User, Any] = User.objects.filter(is_active=True, key__isnull=False).exclude(
        Exists(Acknowledgement.objects.filter(document=document, person=OuterRef("pk")))
    )
    if office:
        people = people.filter(office__code=office)
    name, separator, username = after.rpartition("/")
    if separator:
        people = people.filter(Q(name__gt=name) | Q(name=name, username__gt=username))
    found = tuple(people.select_related("office").order_by("name", "username")[: PAGE + 1])
    shown = found[:PAGE]
    following = f"{shown[-1].name}/{shown[-1].username}" if len(found) > PAGE else ""
    return Page(shown, following)
