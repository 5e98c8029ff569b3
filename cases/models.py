"""The case file: the case, its subjects and allegations, who works on it, its clocks and its steps."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from audit import clock
from cases.states import CaseState
from intake.portal.models import Report
from integrity.people.roles import Role
from integrity.rules.models import RulePack
from integrity.rules.terms import ClockName, Gravity
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel

if TYPE_CHECKING:
    from integrity.people.models import User


class CaseQuerySet(models.QuerySet["Case"]):
    """Questions about cases."""

    def seen_by(self, person: User) -> CaseQuerySet:
        """Those that this person is a member of today, in a role that they still hold."""
        mine = Membership.objects.filter(person=person, until__isnull=True, capacity__in=person.roles())
        return self.filter(pk__in=mine.values("case"))

    def open(self) -> CaseQuerySet:
        """Those not closed."""
        return self.exclude(state=CaseState.CLOSED)


class Case(SealedModel):
    """The file that work is done in. State, dates, offence codes and gravity are metadata; the rest is sealed."""

    reference = models.CharField(max_length=20, unique=True)
    key = models.OneToOneField(Key, on_delete=models.PROTECT, related_name="case")
    state = models.CharField(max_length=20, choices=CaseState.choices, default=CaseState.OPENED)
    pack = models.ForeignKey(RulePack, on_delete=models.PROTECT, related_name="cases")
    gravity = models.CharField(max_length=10, choices=Gravity.choices)
    reports = models.ManyToManyField(Report, related_name="cases", blank=True)
    opened_on = models.DateField()
    final_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)

    title = SealedField()
    predication = SealedField()

    declared_public = {"reference": "random, shown to people"}

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "-pk"]
        permissions = [("work_case", "May work on this case")]
        indexes = [
            models.Index(fields=["-opened_on", "-id"], name="case_newest"),
            models.Index(fields=["state", "-opened_on"], name="case_state_newest"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def sealing_key(self) -> Key:
        """The case's own key."""
        return self.key

    @property
    def pseudonym(self) -> str:
        """How the audit log names this case."""
        return f"case/{self.pk}"

    def start_clock(self, name: str, on: date) -> None:
        """Start (or start again) a clock of the rule pack on a day."""
        Deadline.objects.update_or_create(
            case=self,
            name=name,
            defaults={"started_on": on, "due": self.pack.pack.due(name, on), "met_on": None},
        )

    def meet_clock(self, name: str, on: date) -> None:
        """Note that a running clock was met."""
        Deadline.objects.filter(case=self, name=name, met_on__isnull=True).update(met_on=on)

    def capacities(self, person: User) -> frozenset[str]:
        """The roles in which this person is a member of the case today, and still holds."""
        held = {str(role) for role in person.roles()}
        mine = Membership.objects.filter(case=self, person=person, until__isnull=True)
        return frozenset(set(mine.values_list("capacity", flat=True)) & held)

    def members(self, capacity: Role) -> list[User]:
        """Those who are members in a capacity today, in order of joining."""
        rows = self.memberships.filter(capacity=capacity, until__isnull=True).select_related("person__key")
        return [row.person for row in rows.order_by("pk")]

    def done(self, *names: str) -> bool:
        """True when one of the transitions has been performed on this case."""
        return self.steps.filter(transition__in=names).exists()


class CaseUserObjectPermission(UserObjectPermissionBase):
    """Who may work on which case (django-guardian, direct foreign key)."""

    content_object = models.ForeignKey(Case, on_delete=models.CASCADE)


class CaseGroupObjectPermission(GroupObjectPermissionBase):
    """Asked for by django-guardian; groups are not used."""

    content_object = models.ForeignKey(Case, on_delete=models.CASCADE)


class Subject(SealedModel):
    """The person alleged against; the respondent once charged.

    `profile` is a sealed dict: name, staff_number, office (code), grade_band, gender, person (identifier of
    the account, or "").
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="subjects")
    number = models.PositiveSmallIntegerField()

    profile = SealedField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="subject_number_once")]

    def __str__(self) -> str:
        return f"{self.case} subject {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.case.key


class Allegation(SealedModel):
    """One subject and one clause of the code."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="allegations")
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="allegations")
    number = models.PositiveSmallIntegerField()
    offence = models.CharField(max_length=60)
    gravity = models.CharField(max_length=10, choices=Gravity.choices)

    statement = SealedField()

    declared_public = {"offence": "code of the rule pack"}

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="allegation_number_once")]

    def __str__(self) -> str:
        return f"{self.case} allegation {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.case.key

    @property
    def title(self) -> str:
        """The offence's title in the language of the page."""
        return str(self.case.pack.pack.offence(self.offence).title)


class Membership(models.Model):
    """A person's part in a case; it always comes with a permission and a grant (`cases.access`)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    capacity = models.CharField(max_length=20, choices=Role.choices)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["person", "until", "case"], name="membership_of_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person", "capacity"], condition=Q(until__isnull=True), name="member_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.capacity}"


class ConflictDeclaration(SealedModel):
    """What a person declared about their own interests before working on a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="declarations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declarations")
    has_conflict = models.BooleanField()
    declared_on = models.DateField()

    statement = SealedField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="declared_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.person}"

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.case.key


class Deadline(models.Model):
    """A running or met clock of a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deadlines")
    name = models.CharField(max_length=40)
    started_on = models.DateField()
    due = models.DateField()
    met_on = models.DateField(null=True)

    declared_public = {"name": "name of a clock of the rule pack"}

    class Meta:
        ordering = ["due"]
        indexes = [models.Index(fields=["due"], condition=Q(met_on__isnull=True), name="deadline_running")]
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="deadline_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.name}"

    @property
    def title(self) -> str:
        """The clock's name in the language of the page."""
        return str(ClockName(self.name).label)

    @property
    def is_late(self) -> bool:
        """True when the clock has run out unmet."""
        return self.met_on is None and self.due < clock.today()


class Step(models.Model):
    """One performed transition."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    transition = models.CharField(max_length=40)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)

    declared_public = {
        "transition": "name of a row of the workflow table",
        "from_state": "state of the workflow table",
        "to_state": "state of the workflow table",
    }

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["case", "person", "transition"], name="step_by_person")]

    def __str__(self) -> str:
        return f"{self.case} {self.transition}"

    @property
    def title(self) -> Any:
        """The sentence of the workflow table for this step."""
        from cases.states import Track
        from cases.workflow import find

        return find(Track.CASE, self.transition).done
