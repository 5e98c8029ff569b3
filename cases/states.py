"""The states a report, a case and a publication pass through."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Track(TextChoices):
    """What a transition moves."""

    REPORT = "report", _("Report")
    CASE = "case", _("Case")
    PUBLICATION = "publication", _("Publication")


class CaseState(TextChoices):
    """Where a case stands."""

    OPENED = "opened", _("Opened")
    ASSIGNED = "assigned", _("Assigned")
    PLANNED = "planned", _("Plan awaiting approval")
    INVESTIGATING = "investigating", _("Under investigation")
    FINDINGS = "findings", _("Findings under review")
    REVIEWED = "reviewed", _("Findings reviewed")
    WITH_AUTHORITY = "with_authority", _("With the deciding authority")
    CHARGED = "charged", _("Show-cause notice issued")
    SERVED = "served", _("Notice served")
    ANSWERED = "answered", _("Answer received")
    HEARD = "heard", _("Heard")
    DECIDED = "decided", _("Decided")
    NOTIFIED = "notified", _("Decision served")
    APPEALED = "appealed", _("Appeal filed")
    ADMITTED = "admitted", _("Appeal admitted")
    TRANSMITTED = "transmitted", _("Before the appeal board")
    REMITTED = "remitted", _("Remitted for a new decision")
    BOARD_DECIDED = "board_decided", _("Decided by the board")
    FINAL = "final", _("Final")
    IMPLEMENTED = "implemented", _("Implemented")
    CLOSED = "closed", _("Closed")


class PublicationState(TextChoices):
    """Where an entry of the public register stands."""

    DRAFT = "draft", _("To be edited")
    EDITED = "edited", _("Awaiting approval")
    PUBLISHED = "published", _("Published")
    WITHHELD = "withheld", _("Withheld")
