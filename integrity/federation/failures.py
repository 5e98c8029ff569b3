"""Why nobody was identified: a code for the log, and a calm sentence for the person."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from integrity.people.models import User


class Reason(Enum):
    """What went wrong. The values stand in the log."""

    NOT_BEGUN = "not_begun"
    TOO_LATE = "too_late"
    USED_ALREADY = "used_already"
    STATE = "state"
    ANSWER = "answer"
    ISSUER = "issuer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    METADATA = "metadata"
    KEYS = "keys"
    CODE = "code"
    TOKEN = "token"  # noqa: S105 - a reason, not a secret
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NONCE = "nonce"
    SUBJECT = "subject"
    TAKEN = "taken"
    CLOSED = "closed"
    NO_KEY = "no_key"


AWAY = frozenset({Reason.UNREACHABLE, Reason.BUSY, Reason.METADATA, Reason.KEYS})
NOT_HERE = frozenset({Reason.SUBJECT, Reason.TAKEN, Reason.CLOSED, Reason.NO_KEY})
# Nothing was begun in this browser, so anybody can cause these by typing an address: they leave no entry.
UNHEARD = frozenset({Reason.NOT_BEGUN})


class NotIdentified(Exception):
    """The provider's answer, or its silence, identified nobody here. `person` is whose account it was about."""

    def __init__(self, reason: Reason, *, person: User | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.person = person

    @property
    def status(self) -> int:
        """The status of the page that says so."""
        if self.reason in AWAY:
            return 503
        return 403 if self.reason in NOT_HERE else 400

    @property
    def sentence(self) -> str | StrPromise:
        """What the person reads. Unknown, closed and unfinished accounts are told alike."""
        if self.reason in AWAY:
            return _("The sign-in service does not answer as it should at the moment. Nothing is wrong with your keys.")
        if self.reason in NOT_HERE:
            return _("The sign-in service knows you, but no account here that can be signed in to is linked to you.")
        if self.reason is Reason.DECLINED:
            return _("The sign-in service did not say who you are: it was stopped there, or it declined.")
        if self.reason in {Reason.TOO_LATE, Reason.USED_ALREADY, Reason.NOT_BEGUN}:
            return _("This answer of the sign-in service works once, for ten minutes, where it was asked for.")
        return _("The answer of the sign-in service did not fit what was asked, so it was not believed.")
