"""Staff of the institution: who they are, where they sit, what they may do, and their sittings at the desk."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault.models import Key


class Office(models.Model):
    """A place in the institution. `region` is what a published decision may show instead of the office."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    region = models.CharField(max_length=80)
    is_headquarters = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Headcount(models.Model):
    """How many staff an office has in a grade band: the population that the disclosure test counts against."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="headcounts")
    grade_band = models.CharField(max_length=1, choices=GradeBand.choices)
    staff = models.PositiveIntegerField()
    as_of = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "grade_band", "as_of"], name="headcount_once_a_day")]

    def __str__(self) -> str:
        return f"{self.office} {self.grade_band}: {self.staff}"


class UserManager(BaseUserManager["User"]):
    """Accounts are found by their user name. There is no superuser."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account at the desk. Signing in is opening their private key; no password is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(blank=True)
    staff_number = models.CharField(max_length=30, blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="staff")
    grade_band = models.CharField(max_length=1, choices=GradeBand.choices)
    superior = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="subordinates")
    key = models.OneToOneField(Key, on_delete=models.PROTECT, null=True, blank=True, related_name="person")
    is_active = models.BooleanField(default=True)
    last_login = None  # type: ignore[assignment]
    password = None  # type: ignore[assignment]

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(is_superuser=False), name="nobody_is_a_superuser"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """Sessions end when the person's key or account changes; there is no password to bind them to."""
        return salted_hmac("integrity.people.User", f"{self.pk}/{self.key_id}", algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """No older secret is accepted."""
        return iter(())

    def roles(self) -> frozenset[Role]:
        """The roles in force today, read once for each instance."""
        cached: frozenset[Role] | None = self.__dict__.get("_roles")
        if cached is None:
            cached = frozenset(Role(role) for role in self.appointments.in_force().values_list("role", flat=True))
            self.__dict__["_roles"] = cached
        return cached

    def has_role(self, *roles: Role) -> bool:
        """True when one of the roles is in force today."""
        return bool(self.roles() & set(roles))

    def mandates(self) -> frozenset[str]:
        """Codes of the authorities (of the rule pack) that this person may decide as."""
        return frozenset(self.appointments.in_force().filter(role=Role.AUTHORITY).values_list("mandate", flat=True))

    def is_superior_of(self, other: User) -> bool:
        """True when this person is anywhere above the other in the reporting line."""
        seen: set[Any] = set()
        above = other.superior
        while above is not None and above.pk not in seen:
            if above.pk == self.pk:
                return True
            seen.add(above.pk)
            above = above.superior
        return False


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Questions about appointments."""

    def in_force(self, on: date | None = None) -> AppointmentQuerySet:
        """Those in force on a day, today when none is given."""
        day = on or clock.today()
        return self.filter(Q(until__isnull=True) | Q(until__gt=day), since__lte=day)


class Appointment(models.Model):
    """A role given to a person, with dates. `mandate` is the authority's code for deciding authorities."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="appointments")
    role = models.CharField(max_length=20, choices=Role.choices)
    mandate = models.CharField(max_length=60, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["role"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "mandate"], condition=Q(until__isnull=True), name="appointed_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
                name="appointment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"


class Sitting(models.Model):
    """One sign-in. `wrapped` is the private key's seed under a secret that only the browser's cookie holds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sittings")
    wrapped = models.BinaryField()
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"{self.person} {self.opened_at:%Y-%m-%d %H:%M}"

    def is_over(self, *, now: datetime, idle_minutes: int, limit_minutes: int) -> bool:
        """True when the sitting was idle too long or has lasted its limit."""
        idle = (now - self.seen_at).total_seconds() > idle_minutes * 60
        return idle or (now - self.opened_at).total_seconds() > limit_minutes * 60
