"""Where a request for an identity stands, who takes which step of it, and the times that are kept."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from integrity.people.roles import Role

# Who may ask, in the order in which somebody's part in a matter is looked for; who may decide as the second person.
ASKERS: Final = (Role.INVESTIGATOR, Role.SUPERVISOR, Role.TRIAGE)
SECONDS: Final = (Role.SUPERVISOR, Role.AUTHORITY)

# For so long, in days, a legal ground may keep the telling back at a time.
LONGEST_SILENCE: Final = 180
# After so many days without a supervisor's review the reporting person is told, whatever the ground.
REVIEW_DAYS: Final = 30


class RequestState(TextChoices):
    """Where a request stands."""

    ASKED = "asked", _("Waits for the custodian")
    AGREED = "agreed", _("Waits for the second person")
    APPROVED = "approved", _("Agreed by both, to be released")
    RELEASED = "released", _("Released")
    ENDED = "ended", _("Released, and ended")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @property
    def tone(self) -> str:
        """The colour on a page."""
        return _TONES[self]


_TONES: Final = {
    RequestState.ASKED: "active",
    RequestState.AGREED: "active",
    RequestState.APPROVED: "active",
    RequestState.RELEASED: "warning",
    RequestState.ENDED: "neutral",
    RequestState.REFUSED: "neutral",
    RequestState.WITHDRAWN: "neutral",
}
OPEN: Final = (RequestState.ASKED, RequestState.AGREED, RequestState.APPROVED)
CONCLUDED: Final = (RequestState.RELEASED, RequestState.ENDED, RequestState.REFUSED)


class Part(TextChoices):
    """What somebody is in a request."""

    REQUESTER = "requester", _("Asked for it")
    CUSTODIAN = "custodian", _("Identity custodian")
    SECOND = "second", _("Second person")


class Happening(TextChoices):
    """What happened to a request; each is in the log as well."""

    ASKED = "asked", _("Asked for the identity")
    AGREED = "agreed", _("The custodian agreed")
    SECOND_NAMED = "second_named", _("A second person was named")
    STEPPED_ASIDE = "stepped_aside", _("The second person stepped aside")
    APPROVED = "approved", _("The second person agreed")
    GROUND_REFUSED = "ground_refused", _("The ground for not telling was not accepted")
    REFUSED = "refused", _("Refused")
    RELEASED = "released", _("Released to who asked")
    READ = "read", _("The identity was read")
    GIVEN_BACK = "given_back", _("Given back, and the copy destroyed")
    EXPIRED = "expired", _("The time ended, and the copy was destroyed")
    CLOSED = "closed", _("Ended, because who asked left the matter, or it was erased")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REVIEWED = "reviewed", _("A supervisor reviewed why the reporting person is not told")
    TOLD = "told", _("The reporting person was told")
