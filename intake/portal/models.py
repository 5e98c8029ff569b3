"""What a reporting person sent, and the conversation with them. All content is sealed to the report's key."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from intake.channels.models import Channel, ChannelQuestions
from intake.channels.paths import Path
from intake.portal.states import ReportState
from integrity.people.roles import Role
from integrity.rules.models import RulePack
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel, StoredFile

if TYPE_CHECKING:
    from integrity.people.models import User


class Origin(models.TextChoices):
    """How a report came in."""

    PORTAL = "portal", _("Portal")
    API = "api", _("Hotline provider")
    PHONE = "phone", _("Telephone")
    LETTER = "letter", _("Letter")
    WALK_IN = "walk_in", _("In person")
    EMAIL = "email", _("E-mail")
    IMPORT = "import", _("Import from an earlier system")


class ReportQuerySet(models.QuerySet["Report"]):
    """Questions about reports."""

    def seen_by(self, person: User) -> ReportQuerySet:
        """Those that this person was given access to."""
        return self.filter(pk__in=ReportUserObjectPermission.objects.filter(user=person).values("content_object"))

    def without_identity(self) -> ReportQuerySet:
        """Without the sealed identity, which the portal's account of the database adds and never reads."""
        return self.defer("identity", "identity_key")

    def open(self) -> ReportQuerySet:
        """Those on which triage has not ended."""
        return self.filter(state__in=[ReportState.RECEIVED, ReportState.ACKNOWLEDGED, ReportState.ASSESSED])


class Report(SealedModel):
    """What somebody sent in. Only days are kept, because a time of day can point at a person."""

    reference = models.CharField(max_length=20, unique=True)
    key = models.OneToOneField(Key, on_delete=models.PROTECT, related_name="report")
    reporter_key = models.OneToOneField(Key, on_delete=models.PROTECT, related_name="reported")
    identity_key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="identities", null=True)
    lookup = models.BinaryField(max_length=32, unique=True)
    state = models.CharField(max_length=20, choices=ReportState.choices, default=ReportState.RECEIVED)
    path = models.CharField(max_length=10, choices=Path.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PORTAL)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="reports")
    questions = models.ForeignKey(ChannelQuestions, on_delete=models.PROTECT, related_name="reports", null=True)
    pack = models.ForeignKey(RulePack, on_delete=models.PROTECT, related_name="reports")
    language = models.CharField(max_length=10, default="en")
    receipt_kept = models.BooleanField(default=False)
    has_identity = models.BooleanField(default=False)
    awaits_answer = models.BooleanField(default=False)
    has_news = models.BooleanField(default=False)
    received_on = models.DateField()
    acknowledge_due = models.DateField()
    acknowledged_on = models.DateField(null=True)
    feedback_due = models.DateField(null=True)
    feedback_on = models.DateField(null=True)
    review_asked_on = models.DateField(null=True)
    review_due = models.DateField(null=True)
    left_on = models.DateField(null=True)
    survey_taken = models.BooleanField(default=False)
    likely_spam = models.BooleanField(default=False)
    spam_signs = models.JSONField(default=list, blank=True)

    answers = SealedField()
    identity = SealedField(key="identity_key")

    declared_public = {
        "reference": "random, shown to people",
        "lookup": "Argon2id of the receipt: finds the report, opens nothing",
        "language": "code of one of the portal's languages",
        "spam_signs": "codes of signs that a machine sent it; empty unless it is marked",
    }

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-pk"]
        permissions = [("work_report", "May work on this report")]
        indexes = [
            models.Index(fields=["state", "acknowledge_due"], name="report_state_ack"),
            models.Index(fields=["state", "feedback_due"], name="report_state_feedback"),
            models.Index(fields=["-received_on", "-id"], name="report_newest"),
            models.Index(fields=["-received_on", "-id"], condition=Q(likely_spam=True), name="report_likely_spam"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(has_identity=False) | Q(identity_key__isnull=False), name="identity_has_a_key"
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def sealing_key(self) -> Key:
        """Everything but the identity is sealed to the report's own key."""
        return self.key

    @property
    def pseudonym(self) -> str:
        """How the audit log names this report."""
        return f"report/{self.pk}"

    def start_clock(self, name: str, on: date) -> None:
        """Start one of the report's two clocks (acknowledge, feedback) on a day."""
        setattr(
            self,
            {"acknowledge": "acknowledge_due", "feedback": "feedback_due"}[name],
            self.pack.pack.due(name, on),
        )

    def meet_clock(self, name: str, on: date) -> None:
        """Note the day on which a clock was met; the first time counts."""
        field = {"acknowledge": "acknowledged_on", "feedback": "feedback_on"}[name]
        if getattr(self, field) is None:
            setattr(self, field, on)

    def capacities(self, person: User) -> frozenset[str]:
        """The roles in which this person may act on this report; empty without access."""
        if not ReportUserObjectPermission.objects.filter(user=person, content_object=self).exists():
            return frozenset()
        return frozenset(str(role) for role in person.roles() & {Role.INTAKE, Role.TRIAGE})


class ReportUserObjectPermission(UserObjectPermissionBase):
    """Who may work on which report (django-guardian, direct foreign key)."""

    content_object = models.ForeignKey(Report, on_delete=models.CASCADE)


class ReportGroupObjectPermission(GroupObjectPermissionBase):
    """Asked for by django-guardian; groups are not used."""

    content_object = models.ForeignKey(Report, on_delete=models.CASCADE)


class ReportStep(models.Model):
    """A step in the life of a report: which transition, by whom, on which day."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="steps")
    transition = models.CharField(max_length=40)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    on = models.DateField()
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)

    declared_public = {
        "transition": "name of a row of the workflow table",
        "from_state": "state of the workflow table",
        "to_state": "state of the workflow table",
    }

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.report} {self.transition}"


class MessageKind(models.TextChoices):
    """What a message is for."""

    MESSAGE = "message", _("Message")
    QUESTION = "question", _("Question")
    FEEDBACK = "feedback", _("Feedback")
    REASONS = "reasons", _("Reasons")
    REVIEW = "review", _("Request for a review")


class Message(SealedModel):
    """One message of the conversation, either way."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    from_office = models.BooleanField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    kind = models.CharField(max_length=10, choices=MessageKind.choices, default=MessageKind.MESSAGE)
    sent_on = models.DateField()
    nonce = models.BinaryField(max_length=32, null=True)

    body = SealedField()

    declared_public = {"nonce": "keyed hash that tells a message sent twice"}

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="message_number_once"),
            models.UniqueConstraint(fields=["report", "nonce"], name="message_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key


class Attachment(models.Model):
    """A file that came with a report or a message, or that the office sent."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="attachments")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="attachment")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.report} file {self.pk}"


class AskedOutcome(models.TextChoices):
    """What became of a request for a reporting person's identity."""

    RELEASED = "released", _("Released")
    REFUSED = "refused", _("Refused")


class ToldLater(models.TextChoices):
    """The legal grounds on which a reporting person is told later, and not at once, that their name was asked for."""

    INVESTIGATION = "investigation", _("To tell you at once would have put the investigation at risk.")
    PROCEEDINGS = "proceedings", _("To tell you at once would have put proceedings before a court at risk.")
    ORDER = "order", _("A court or an authority had ordered that you are not told at once.")


class IdentityNotice(SealedModel):
    """What the inbox tells about a request for the reporting person's identity. Nothing is shown before `told_on`.

    `role` is the role of whoever asked; the name is not told. `until` is the last day of a release.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="identity_notices")
    outcome = models.CharField(max_length=10, choices=AskedOutcome.choices)
    role = models.CharField(max_length=20, choices=Role.choices)
    decided_on = models.DateField()
    until = models.DateField(null=True)
    told_on = models.DateField(null=True)
    told_later = models.CharField(max_length=20, choices=ToldLater.choices, blank=True)

    text = SealedField()

    class Meta:
        ordering = ["decided_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="released", until__isnull=False) | Q(outcome="refused", until__isnull=True),
                name="a_release_of_an_identity_ends",
            ),
            models.CheckConstraint(
                condition=Q(told_on__isnull=False) | ~Q(told_later=""), name="telling_waits_only_on_a_legal_ground"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} identity {self.outcome}"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key


class Outcome(SealedModel):
    """What a closed case came to, for the inbox of a report in it, and its entry in the register once there is one.

    Both are sealed to the report's key, for which nobody needs a key of their own. Every report of a case that closed
    has a row, whatever the outcome, and one that is empty or not tells nothing of it.
    """

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="outcome")
    closed_on = models.DateField(null=True)

    category = SealedField()
    entry = SealedField()

    def __str__(self) -> str:
        return f"{self.report} outcome"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key


class InboxSitting(models.Model):
    """An open inbox. `id` is the hash of a token that exists only in the reporting person's page."""

    id = models.BinaryField(primary_key=True, max_length=32)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="sittings")
    wrapped = models.BinaryField()
    ends_at = models.DateTimeField()

    declared_public = {
        "id": "hash of a token that only the page holds",
        "wrapped": "the reporting person's key, encrypted under that token",
    }

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="inbox_sitting_end")]

    def __str__(self) -> str:
        return "inbox sitting"


class Draft(models.Model):
    """A report that is being written. `id` and the key of `wrapped` come from the secret of the page alone.

    `lookup` and `page` are there once the reporting person asked for a number to go on with later: they are to the
    draft what `Report.lookup` and the reporting person's key are to a report.
    """

    id = models.BinaryField(primary_key=True, max_length=32)
    wrapped = models.BinaryField()
    lookup = models.BinaryField(max_length=32, null=True, unique=True)
    page = models.BinaryField(null=True)
    ends_on = models.DateField()

    declared_public = {
        "id": "hash of a secret that only the page holds",
        "wrapped": "answers and the tokens of files, encrypted under that secret",
        "lookup": "Argon2id of the receipt: finds the draft, opens nothing",
        "page": "the page's secret, encrypted under what the receipt gives",
    }

    class Meta:
        indexes = [models.Index(fields=["ends_on"], name="draft_end")]

    def __str__(self) -> str:
        return "draft"


class SpentPage(models.Model):
    """A page that is used up: what it sends again opens nothing and begins nothing. It belongs to no report."""

    id = models.BinaryField(primary_key=True, max_length=32)
    ends_on = models.DateField()

    declared_public = {"id": "keyed hash of a page's secret"}

    class Meta:
        indexes = [models.Index(fields=["ends_on"], name="spent_page_end")]

    def __str__(self) -> str:
        return "spent page"
