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

    declared_public = {
        "code": "the institution's own directory",
        "name": "the institution's own directory",
        "region": "the institution's own directory",
    }

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
    last_login = None
    password = None  # type: ignore[assignment]

    declared_public = {
        "username": "staff directory: who has an account at the desk",
        "name": "staff directory: who has an account at the desk",
        "email": "staff directory: an official address",
        "staff_number": "staff directory; a subject's number stands only in sealed profiles",
    }

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(fields=["name", "id"], name="person_by_name"),
            models.Index(fields=["staff_number"], name="person_by_staff_number"),
        ]
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

    declared_public = {"mandate": "code of an authority in the rule pack"}

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
    """One sign-in. `wrapped` is the private key's seed under a secret that only the browser's cookie holds.

    `confirmed_at` is when a second factor was last given; before the first time the sitting opens nothing but the
    page that asks for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sittings")
    wrapped = models.BinaryField()
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)

    declared_public = {"wrapped": "a person's private key, encrypted under a secret that only their browser has"}

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"{self.person} {self.opened_at:%Y-%m-%d %H:%M}"

    def is_over(self, *, now: datetime, idle_minutes: int, limit_minutes: int) -> bool:
        """True when the sitting was idle too long or has lasted its limit."""
        idle = (now - self.seen_at).total_seconds() > idle_minutes * 60
        return idle or (now - self.opened_at).total_seconds() > limit_minutes * 60

    def was_confirmed_within(self, minutes: int, *, now: datetime) -> bool:
        """Whether a second factor was given in the last minutes."""
        return self.confirmed_at is not None and (now - self.confirmed_at).total_seconds() <= minutes * 60


class InvitationKind(models.TextChoices):
    """What whoever follows the link makes."""

    FIRST = "first", _("first key")
    NEW_KEY = "new_key", _("new key, because the passphrase was forgotten")


class InvitationEnd(models.TextChoices):
    """How an invitation ended before its day."""

    USED = "used", _("used")
    CANCELLED = "cancelled", _("cancelled")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Questions about invitations."""

    def cancel(self) -> int:
        """End those that no one used; how many."""
        return self.filter(ended_at__isnull=True).update(ended=InvitationEnd.CANCELLED, ended_at=clock.now())


class Invitation(models.Model):
    """A link that lets one person choose a passphrase, once. Only the token's hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    kind = models.CharField(max_length=10, choices=InvitationKind.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=10, choices=InvitationEnd.choices, blank=True)

    declared_public = {"token_hash": "hash of a random token"}

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at__isnull=True), name="one_open_invitation_for_each_person"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended="") | Q(ended_at__isnull=False) & ~Q(ended=""),
                name="an_invitation_ends_somehow",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("made_at")), name="an_invitation_lasts_a_while"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.made_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        """True while the link works."""
        return self.ended_at is None and clock.now() < self.expires_at and self.person.is_active


class PersonEventKind(models.TextChoices):
    """What happened to a person's account, access or keys; each is in the log as well."""

    ACCOUNT_MADE = "account_made", _("The account was made")
    INVITED = "invited", _("A link to choose the first passphrase was made")
    NEW_KEY_INVITED = "new_key_invited", _("A link to make a new key was made, because the passphrase was forgotten")
    INVITATION_CANCELLED = "invitation_cancelled", _("The link was cancelled")
    KEY_MADE = "key_made", _("A passphrase was chosen and a key made")
    NEW_KEY_MADE = "new_key_made", _("A new key was made; the earlier one opens nothing at the desk any more")
    PASSPHRASE_CHANGED = "passphrase_changed", _("The passphrase was changed")
    ROLE_GIVEN = "role_given", _("A role was given")
    ROLE_ENDED = "role_ended", _("A role ended")
    DETAILS_CHANGED = "details_changed", _("Name, office, grade or superior were changed")
    FACTOR_ADDED = "factor_added", _("A second factor was set up")
    FACTOR_REMOVED = "factor_removed", _("A second factor was removed")
    CODES_MADE = "codes_made", _("New recovery codes were made")
    CODE_USED = "code_used", _("A recovery code was used")
    SPARE_CODE_MADE = "spare_code_made", _("A code for one sign-in was made, because the second factor was lost")
    SITTING_ENDED = "sitting_ended", _("A sitting was ended")
    IDENTITY_LINKED = "identity_linked", _("The account was linked to one at the sign-in service")
    IDENTITY_UNLINKED = "identity_unlinked", _("The link to the sign-in service was ended")
    ACCESS_ENDED = "access_ended", _("Access to a matter ended, with the role it was given for")
    GRANTED_AGAIN = "granted_again", _("Access was given again, to the new key")
    ACCOUNT_CLOSED = "account_closed", _("The account was closed")


class PersonEvent(models.Model):
    """What a person can see about their own account: what changed, when and by whom. Rows never change."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30, choices=PersonEventKind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["person", "-at"], name="event_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PersonEventKind.values), name="event_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.kind}"


class Regrant(models.Model):
    """A key that a person held with an earlier key of theirs (`lost`), or is to hold with a new role.

    Somebody who holds it gives it. `matter` is the pseudonym of what the key opens: the keys of one matter are
    given together.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="regrants")
    lost = models.ForeignKey(Key, on_delete=models.CASCADE, null=True, related_name="+")
    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="regrants")
    matter = models.CharField(max_length=80)
    asked_on = models.DateField()
    given_on = models.DateField(null=True)
    given_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    declared_public = {"matter": "pseudonym of a report, a case or a register entry"}

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["person", "matter"], condition=Q(given_on__isnull=True), name="regrant_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "key"], condition=Q(given_on__isnull=True), name="regrant_asked_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.matter} for {self.person}"
