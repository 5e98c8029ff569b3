"""What is true about recovery: ceremonies and their custodians, sittings, requests, and who was told.

No row here opens anything by itself. A share is compared with a commitment (Argon2id); its words are stored only
until its custodian has typed them back, sealed to that custodian's own key.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Incomplete
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel

SITTING_MINUTES: Final = 20
APPROVAL_DAYS: Final = 14


class CeremonyState(models.TextChoices):
    """Where a ceremony stands."""

    PROPOSED = "proposed", _("Proposed")
    HANDING_OUT = "handing_out", _("Words are being handed out")
    IN_FORCE = "in_force", _("In force")
    RETIRED = "retired", _("Retired")
    ABANDONED = "abandoned", _("Abandoned")


RUNNING: Final = (CeremonyState.PROPOSED, CeremonyState.HANDING_OUT)


class CeremonyQuerySet(models.QuerySet["Ceremony"]):
    """Questions about ceremonies."""

    def in_force(self) -> Ceremony | None:
        """The one whose custodians can recover now."""
        return self.filter(state=CeremonyState.IN_FORCE).select_related("key").first()

    def running(self) -> Ceremony | None:
        """The one that has begun and is not finished."""
        return self.filter(state__in=RUNNING).select_related("key", "replaces__key").first()


class Ceremony(models.Model):
    """One set of custodians and their shares. `identifier` is SLIP-39's, the same on all sheets of the set.

    `keeps_key` says that the shares are new but the recovery key is that of `replaces`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="ceremonies", null=True)
    identifier = models.PositiveSmallIntegerField(null=True)
    threshold = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=CeremonyState.choices, default=CeremonyState.PROPOSED)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, related_name="successors", null=True)
    keeps_key = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    in_force_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    drilled_on = models.DateField(null=True)

    objects = CeremonyQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="in_force"), name="one_ceremony_is_in_force"),
            models.UniqueConstraint(
                fields=["identifier"], condition=Q(identifier__isnull=False), name="ceremony_identifier_once"
            ),
            models.CheckConstraint(condition=Q(threshold__gte=2), name="one_custodian_alone_recovers_nothing"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "abandoned"]) | Q(key__isnull=False, identifier__isnull=False),
                name="ceremony_has_a_key",
            ),
            models.CheckConstraint(
                condition=Q(keeps_key=False) | Q(replaces__isnull=False), name="a_kept_key_comes_from_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"ceremony {self.pk}"

    @property
    def pseudonym(self) -> str:
        """How the audit log names this ceremony."""
        return f"ceremony/{self.pk}"

    @property
    def fingerprint(self) -> str:
        """What custodians note on their sheet and compare later: 96 bits of the public key's SHA-256."""
        if self.key is None:
            return ""
        digits = hashlib.sha256(bytes(self.key.public)).hexdigest()[:24]
        return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))

    @property
    def is_running(self) -> bool:
        """Whether it has begun and is not finished."""
        return self.state in RUNNING

    @property
    def waits_for_custodians(self) -> bool:
        """Whether the custodians in force must agree, in a sitting, before the words are made."""
        return self.state == CeremonyState.PROPOSED and self.keeps_key


class Custodian(SealedModel):
    """A person who holds one share. `words` is empty but between the hand-out and the typing back."""

    ceremony = models.ForeignKey(Ceremony, on_delete=models.CASCADE, related_name="custodians")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="custodies")
    position = models.PositiveSmallIntegerField()
    words = SealedField()
    fleeting = frozenset({"words"})
    salt = models.BinaryField(default=bytes)
    commitment = models.BinaryField(default=bytes)
    memory = models.PositiveIntegerField(default=0)
    iterations = models.PositiveIntegerField(default=0)
    shown_on = models.DateField(null=True)
    kept_on = models.DateField(null=True)
    proved_on = models.DateField(null=True)

    declared_public: ClassVar[dict[str, str]] = {
        "salt": "random",
        "commitment": "Argon2id of a share's words: it compares, and opens nothing",
    }

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["ceremony", "person"], name="one_share_for_each_custodian"),
            models.UniqueConstraint(fields=["ceremony", "position"], name="one_custodian_for_each_share"),
            models.CheckConstraint(
                condition=Q(kept_on__isnull=True) | Q(words=b""), name="words_typed_back_are_erased"
            ),
        ]

    def __str__(self) -> str:
        return f"custodian {self.position} of {self.ceremony_id}"

    @property
    def sealing_key(self) -> Key:
        """The words wait for their custodian alone."""
        return _own_key(self.person)

    @property
    def proof_due(self) -> date | None:
        """The day by which this custodian types the words again, to show that they still have them."""
        if self.proved_on is None:
            return None
        return self.proved_on + timedelta(days=settings.RECOVERY_PROOF_DAYS)

    @property
    def is_overdue(self) -> bool:
        """Whether that day has passed."""
        return self.proof_due is not None and self.proof_due < clock.today()

    @property
    def is_in_office(self) -> bool:
        """Whether the person still has an open account and the role: if not, it is time for other custodians."""
        return self.person.is_active and self.person.has_role(Role.RECOVERY)

    def forget(self) -> None:
        """Erase what is kept of the share: the words, and what they are compared with."""
        self.words, self.salt, self.commitment = b"", b"", b""
        self.save(update_fields=["words", "salt", "commitment"])


class Purpose(models.TextChoices):
    """What a sitting of custodians is for."""

    DRILL = "drill", _("Drill")
    RECOVER = "recover", _("Recovery")
    REPLACE = "replace", _("New custodians, same key")
    MOVE = "move", _("Everything to the new key")


class GroundOfRequest(models.TextChoices):
    """Why something must be recovered, in a word; the reason itself is sealed."""

    FORGOTTEN = "forgotten", _("A passphrase is forgotten, or a device lost")
    LEFT = "left", _("The person who held it has left")
    UNREACHABLE = "unreachable", _("The person who held it is ill, has died or cannot be reached")
    ORDERED = "ordered", _("A court or an authority ordered it")
    OTHER = "other", _("Another reason")


class RequestState(models.TextChoices):
    """Where a request stands."""

    ASKED = "asked", _("Waits for approval")
    APPROVED = "approved", _("Approved, waits for the custodians")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DONE = "done", _("Recovered")


OPEN: Final = (RequestState.ASKED, RequestState.APPROVED)


class RecoveryRequest(models.Model):
    """What is to be given to whom, by whose word. `object` is the pseudonym of what it is about."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.CharField(max_length=20)
    object = models.CharField(max_length=80)
    reference = models.CharField(max_length=20, blank=True)
    ground = models.CharField(max_length=20, choices=GroundOfRequest.choices)
    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.ASKED)
    beneficiary = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recoveries")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_on = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    custodians = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    keys_given = models.PositiveIntegerField(default=0)

    declared_public: ClassVar[dict[str, str]] = {
        "scope": "a word from scopes.py",
        "object": "pseudonym, as in the log",
        "reference": "number of a report or a case; metadata",
    }

    class Meta:
        ordering = ["-requested_on", "-pk"]
        indexes = [models.Index(fields=["state"], name="recovery_request_state")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(requested_by=F("beneficiary")), name="nobody_asks_to_recover_for_themselves"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | (~Q(decided_by=F("beneficiary")) & ~Q(decided_by=F("requested_by"))),
                name="a_second_person_decides_on_recovery",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "done"]) | Q(decided_by__isnull=False),
                name="recovery_was_approved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"recovery request {self.pk}"

    @property
    def pseudonym(self) -> str:
        """How the audit log names this request."""
        return f"recovery/{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.state in OPEN

    @property
    def approval_lapses(self) -> date | None:
        """The last day on which the approval can be used."""
        if self.state != RequestState.APPROVED or self.decided_on is None:
            return None
        return self.decided_on + timedelta(days=APPROVAL_DAYS)


class RequestedKey(models.Model):
    """One key that a request names. What is given later is what was approved, and no key more."""

    request = models.ForeignKey(RecoveryRequest, on_delete=models.CASCADE, related_name="keys")
    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "key"], name="a_key_is_requested_once")]

    def __str__(self) -> str:
        return f"{self.key_id} in {self.request_id}"


class Notice(SealedModel):
    """That a person was told of a request, with its reason sealed to them: custodians, deciders, and for whom it is."""

    request = models.ForeignKey(RecoveryRequest, on_delete=models.CASCADE, related_name="notices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recovery_notices")
    reason = SealedField()
    seen_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "person"], name="one_notice_for_each_person")]

    def __str__(self) -> str:
        return f"notice of {self.request_id}"

    @property
    def sealing_key(self) -> Key:
        """Each reader's copy is sealed to themselves."""
        return _own_key(self.person)


class RecoverySitting(models.Model):
    """Custodians at one desk. The secret that opens the shares laid so far is in the page and nowhere else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ceremony = models.ForeignKey(Ceremony, on_delete=models.CASCADE, related_name="sittings")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    request = models.ForeignKey(RecoveryRequest, on_delete=models.CASCADE, related_name="+", null=True)
    successor = models.ForeignKey(Ceremony, on_delete=models.CASCADE, related_name="+", null=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(purpose="recover") | Q(request__isnull=False), name="recovery_needs_a_request"
            ),
            models.CheckConstraint(
                condition=~Q(purpose="replace") | Q(successor__isnull=False), name="replacing_needs_new_custodians"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @property
    def pseudonym(self) -> str:
        """How the audit log names this sitting."""
        return f"recovery_sitting/{self.pk}"

    def is_over(self, now: datetime) -> bool:
        """Whether its minutes are over."""
        return now - self.opened_at > timedelta(minutes=SITTING_MINUTES)


class LaidShare(models.Model):
    """Words that a custodian typed in a sitting: AES-256-GCM under the secret in the page, for minutes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sitting = models.ForeignKey(RecoverySitting, on_delete=models.CASCADE, related_name="laid")
    custodian = models.ForeignKey(Custodian, on_delete=models.CASCADE, related_name="+")
    wrapped = models.BinaryField()

    declared_public: ClassVar[dict[str, str]] = {
        "wrapped": "a share, encrypted under a secret that only the page holds"
    }

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sitting", "custodian"], name="a_share_is_laid_once")]

    def __str__(self) -> str:
        return f"share {self.pk}"


def _own_key(person: User) -> Key:
    if person.key is None:
        raise Incomplete(
            _("%(name)s has not signed in for the first time yet, so nothing can be sealed for them.")
            % {"name": person.name},
            object=f"person/{person.pk}",
        )
    return person.key
