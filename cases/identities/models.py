"""What is true about requests for a reporting person's identity. Codes and days are metadata; every text is sealed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit import clock
from cases.identities.states import OPEN, Happening, Part, RequestState
from cases.models import Case
from intake.portal.models import IdentityNotice, Report, ToldLater
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel


class IdentityRequest(SealedModel):
    """One person asks for the identity that came with a report; a custodian and a second person decide.

    Its texts are sealed to a key of its own, which who asked, the custodians and the second person hold. `barred`
    is a sealed list of those who may not decide, because they are too close to a subject. `told_later` is the legal
    ground on which the reporting person is not told before `silent_until`, or before `review_by` unless reviewed.
    """

    reference = models.CharField(max_length=20, unique=True)
    key = models.OneToOneField(Key, on_delete=models.PROTECT, related_name="identity_request")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="identity_requests")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="identity_requests", null=True)
    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.ASKED)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=20, choices=Role.choices)
    requested_on = models.DateField()
    custodian = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    told_later = models.CharField(max_length=20, choices=ToldLater.choices, blank=True)
    silent_until = models.DateField(null=True)
    review_by = models.DateField(null=True)
    notice = models.OneToOneField(IdentityNotice, on_delete=models.SET_NULL, related_name="request", null=True)

    reason = SealedField()
    needed_for = SealedField()
    ground = SealedField()
    barred = SealedField()

    declared_public: ClassVar[dict[str, str]] = {"reference": "random, shown to people"}

    class Meta:
        ordering = ["-requested_on", "-pk"]
        indexes = [
            models.Index(fields=["-requested_on", "-id"], name="identity_request_newest"),
            models.Index(fields=["state"], name="identity_request_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=Q(state__in=OPEN), name="one_open_request_for_each_identity"
            ),
            models.CheckConstraint(
                condition=Q(custodian__isnull=True) | ~Q(custodian=F("requester")),
                name="nobody_decides_on_their_own_request",
            ),
            models.CheckConstraint(
                condition=Q(second__isnull=True)
                | (~Q(second=F("requester")) & (Q(custodian__isnull=True) | ~Q(second=F("custodian")))),
                name="the_second_person_is_a_third",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "released", "ended"]) | Q(custodian__isnull=False),
                name="a_custodian_agreed_to_a_release",
            ),
            models.CheckConstraint(
                condition=Q(told_later="", silent_until__isnull=True)
                | ~Q(told_later="") & Q(silent_until__isnull=False),
                name="a_ground_for_silence_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def sealing_key(self) -> Key:
        """The request's own key: who asked, the custodians, the second person."""
        return self.key

    @property
    def pseudonym(self) -> str:
        """How the audit log names this request."""
        return f"identity-request/{self.pk}"

    @property
    def tone(self) -> str:
        """The colour of the state on a page."""
        return RequestState(self.state).tone

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in OPEN

    @property
    def keeps_silent(self) -> bool:
        """Whether something was decided that the reporting person is not told yet."""
        return self.notice is not None and self.notice.told_on is None

    def part_of(self, person: User) -> Part | None:
        """What this person is in the request; None for everybody else, and for every administrator."""
        if person.has_role(Role.ADMINISTRATOR):
            return None
        if person.pk == self.requester_id:
            return Part.REQUESTER
        if person.pk == self.second_id:
            return Part.SECOND
        return Part.CUSTODIAN if person.has_role(Role.IDENTITY) else None


class IdentityStep(SealedModel):
    """Something that happened to a request, by whom, and with which reasons. Rows never change."""

    request = models.ForeignKey(IdentityRequest, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=20, choices=Happening.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    reasons = SealedField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="identity_step_number_once")]

    def __str__(self) -> str:
        return f"{self.request} {self.name}"

    @property
    def sealing_key(self) -> Key:
        """The request's own key."""
        return self.request.key


class IdentityRelease(SealedModel):
    """The copy of an identity for the one person who asked, until the end of a day.

    It opens with two keys together: `secret` with the person's own, `copy` with the report's. Whoever is not who
    asked lacks the first, whoever has lost the report lacks the second. An ended release holds neither.
    """

    request = models.OneToOneField(IdentityRequest, on_delete=models.CASCADE, related_name="release")
    reader_key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="+")
    released_on = models.DateField()
    until = models.DateField()
    ended_on = models.DateField(null=True)

    secret = SealedField(key="reader_key", binary=True)
    copy = SealedField(key="report_key", binary=True)
    fleeting = frozenset({"secret", "copy"})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) & ~Q(secret=b"") & ~Q(copy=b"")
                | Q(ended_on__isnull=False, secret=b"", copy=b""),
                name="an_ended_release_holds_nothing",
            ),
            models.CheckConstraint(condition=Q(until__gte=F("released_on")), name="a_release_lasts_a_day"),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(ended_on__isnull=True), name="identity_release_running")]

    def __str__(self) -> str:
        return f"{self.request} until {self.until}"

    @property
    def report_key(self) -> Key:
        """The report's key."""
        return self.request.report.key

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed, or it ended before."""
        return self.ended_on is not None or self.until < clock.today()

    def destroy(self) -> None:
        """Destroy the copy, inside an action."""
        self.secret, self.copy, self.ended_on = b"", b"", clock.today()
        self.save(update_fields=["secret", "copy", "ended_on"])
