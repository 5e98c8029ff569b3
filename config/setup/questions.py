"""What no program can see, so that somebody must say it: who and when is in the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True)
class ToConfirm:
    """A question of yes or nothing; `meaning` says what depends on it."""

    key: str
    text: StrPromise
    meaning: StrPromise


QUESTIONS: Final[dict[str, ToConfirm]] = {
    each.key: each
    for each in (
        ToConfirm(
            "secrets-kept",
            _("Copies of the receipt pepper and of the log's key are in a safe, apart from the backups."),
            _("Without the pepper no receipt opens an inbox any more; without its key the log must begin anew."),
        ),
        ToConfirm(
            "verifier-published",
            _("The log's verifier key is published outside this system."),
            _("Whoever verifies the log compares with it; from this system alone it would prove nothing."),
        ),
        ToConfirm(
            "backups",
            _("Database and files are backed up, and a restore from the backup was tried."),
            _("A backup that was never restored is a hope."),
        ),
        ToConfirm(
            "proxy",
            _("The proxy in front writes no access log, keeps no bodies on disk and does not compress pages."),
            _("Otherwise it keeps what would lead to whoever reports."),
        ),
        ToConfirm(
            "machine",
            _("Nobody else signs in to the machine, its disk is encrypted, and swap is off or encrypted."),
            _("What is in memory for a moment must not end on a disk."),
        ),
        ToConfirm(
            "trial",
            _("A trial report went the whole way: sent, received, answered, read in the inbox, and closed."),
            _("It shows that the people in the chain can sign in and know what to do."),
        ),
        ToConfirm(
            "law",
            _("The institution's lawyers have read the rules, the code of conduct and the promises on the portal."),
            _("The model texts are a beginning, and no country's law."),
        ),
    )
}
