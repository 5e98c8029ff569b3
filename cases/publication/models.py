"""Entries of the public register: sealed coded fields first, generalised columns in clear once approved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit import clock
from cases.models import Case
from cases.publication.generalisation import (
    AppealOutcomeShown,
    Entry,
    GradeLevel,
    Levels,
    PeriodLevel,
    PlaceLevel,
    SanctionLevel,
)
from cases.states import PublicationState, Track
from cases.workflow import find
from integrity.people.roles import Role
from integrity.rules.models import RulePack
from integrity.rules.terms import Gravity
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel

if TYPE_CHECKING:
    from integrity.people.models import User


class Ground(models.TextChoices):
    """Why a decision is not published and counts only in pooled figures."""

    SMALL_GROUP = "small_group", _("Too few people it could be about")
    PROCEEDINGS = "proceedings", _("It could prejudice proceedings that are pending")
    PROTECTION = "protection", _("It could harm a reporting person, a witness or a victim")
    LAW = "law", _("A law or a court forbids it")


class PublicationQuerySet(models.QuerySet["Publication"]):
    """Questions about entries."""

    def released(self) -> PublicationQuerySet:
        """Everything that was ever published: who read it remembers it, also after it expired."""
        return self.filter(state=PublicationState.PUBLISHED)

    def public(self) -> PublicationQuerySet:
        """What anybody can read today."""
        return self.released().filter(expires_on__gt=clock.today())

    def waiting(self) -> PublicationQuerySet:
        """What an editor or an approver still has to deal with."""
        return self.filter(state__in=[PublicationState.DRAFT, PublicationState.EDITED])


class Publication(SealedModel):
    """An anonymised decision on its way into the public register, or in it.

    `coded` is `generalisation.Coded`, sealed to the register's key. The columns from `period` on are empty
    until the entry is approved, and hold nothing that the public does not read.
    """

    reference = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=20, choices=PublicationState.choices, default=PublicationState.DRAFT)
    case = models.OneToOneField(Case, on_delete=models.SET_NULL, null=True, related_name="publication")
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="publications")
    pack = models.ForeignKey(RulePack, on_delete=models.PROTECT, related_name="publications")
    handed_over_on = models.DateField()
    period_level = models.CharField(max_length=10, choices=PeriodLevel.choices, default=Levels().period.value)
    place_level = models.CharField(max_length=10, choices=PlaceLevel.choices, default=Levels().place.value)
    grade_level = models.CharField(max_length=10, choices=GradeLevel.choices, default=Levels().grade.value)
    sanction_level = models.CharField(max_length=10, choices=SanctionLevel.choices, default=Levels().sanction.value)
    ground = models.CharField(max_length=20, choices=Ground.choices, blank=True)

    period = models.CharField(max_length=7, blank=True)
    offence = models.CharField(max_length=60, blank=True)
    category = models.CharField(max_length=60, blank=True)
    gravity = models.CharField(max_length=10, choices=Gravity.choices, blank=True)
    grades = models.CharField(max_length=4, blank=True)
    place = models.CharField(max_length=80, blank=True)
    sanction = models.CharField(max_length=60, blank=True)
    amount_from = models.PositiveIntegerField(null=True)
    amount_to = models.PositiveIntegerField(null=True)
    appeal = models.CharField(max_length=10, choices=AppealOutcomeShown.choices, blank=True)
    published_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)

    coded = SealedField()
    remark = SealedField()
    withheld_for = SealedField()

    declared_public = {
        "reference": "random, of the public register",
        "period": "published with the entry",
        "offence": "published with the entry",
        "category": "published with the entry",
        "grades": "published with the entry",
        "place": "published with the entry",
        "sanction": "published with the entry",
    }

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["-handed_over_on", "-pk"]
        indexes = [
            models.Index(fields=["-handed_over_on", "-id"], name="publication_newest"),
            models.Index(fields=["state", "-handed_over_on"], name="publication_by_state"),
            models.Index(fields=["-published_on", "-id"], condition=Q(state="published"), name="publication_public"),
            *(
                models.Index(
                    fields=[name, "-published_on"], condition=Q(state="published"), name=f"publication_by_{name}"
                )
                for name in ("category", "gravity", "period")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published")
                | (
                    Q(published_on__isnull=False, expires_on__isnull=False)
                    & ~Q(period="")
                    & ~Q(offence="")
                    & ~Q(appeal="")
                ),
                name="published_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(state="published") | Q(published_on__isnull=True, period="", offence="", sanction=""),
                name="nothing_is_public_before",
            ),
            models.CheckConstraint(condition=~Q(state="withheld") | ~Q(ground=""), name="withheld_has_a_ground"),
            models.CheckConstraint(
                condition=Q(amount_from__isnull=True, amount_to__isnull=True) | Q(amount_from__lte=F("amount_to")),
                name="amounts_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def sealing_key(self) -> Key:
        """The register's key, which editors and approvers hold."""
        return self.key

    @property
    def pseudonym(self) -> str:
        """How the audit log names this entry; the public reference is not in the log."""
        return f"publication/{self.pk}"

    @property
    def levels(self) -> Levels:
        """How far the editor coarsened each field."""
        return Levels(
            period=PeriodLevel(self.period_level),
            place=PlaceLevel(self.place_level),
            grade=GradeLevel(self.grade_level),
            sanction=SanctionLevel(self.sanction_level),
        )

    @levels.setter
    def levels(self, levels: Levels) -> None:
        self.period_level, self.place_level = levels.period.value, levels.place.value
        self.grade_level, self.sanction_level = levels.grade.value, levels.sanction.value

    @property
    def entry(self) -> Entry:
        """What the public reads. Raises LookupError before it is published."""
        if self.state != PublicationState.PUBLISHED:
            raise LookupError(f"{self} is not published.")
        return Entry(
            offence=self.offence,
            category=self.category,
            gravity=self.gravity,
            period=self.period,
            place_level=self.place_level,
            place=self.place,
            grades=self.grades,
            sanction=self.sanction,
            amount_from=self.amount_from,
            amount_to=self.amount_to,
            appeal=self.appeal,
        )

    @property
    def is_public(self) -> bool:
        """True while anybody can read it."""
        return (
            self.state == PublicationState.PUBLISHED and self.expires_on is not None and self.expires_on > clock.today()
        )

    def start_clock(self, name: str, on: date) -> None:
        """Raises LookupError: no row of this track has a clock; embargo and expiry are reckoned."""
        raise LookupError(f"An entry of the register has no clock {name}, so none starts on {on}.")

    def meet_clock(self, name: str, on: date) -> None:
        """Raises LookupError: no row of this track has a clock."""
        raise LookupError(f"An entry of the register has no clock {name}, so none is met on {on}.")

    def capacities(self, person: User) -> frozenset[str]:
        """Editor and approver act on every entry, as their roles say."""
        return frozenset(str(role) for role in person.roles() & {Role.EDITOR, Role.APPROVER})


class PublicationStep(models.Model):
    """One performed transition of an entry."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="steps")
    transition = models.CharField(max_length=40)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    from_state = models.CharField(max_length=20, choices=PublicationState.choices)
    to_state = models.CharField(max_length=20, choices=PublicationState.choices)

    declared_public = {"transition": "name of a row of the workflow table"}

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["publication", "person", "transition"], name="publication_step_by_person")]

    def __str__(self) -> str:
        return f"{self.publication} {self.transition}"

    @property
    def title(self) -> Any:
        """The sentence of the workflow table for this step."""
        return find(Track.PUBLICATION, self.transition).done
