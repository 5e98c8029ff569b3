"""Telling a reporting person in the inbox that their identity was asked for, and what became of it.

What is told is written when it is decided, sealed to the report's key; where the law forbids telling at once, it
waits there unseen until its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from intake.portal.models import AskedOutcome, IdentityNotice, Report, ToldLater
from intake.portal.sittings import OpenInbox
from integrity.people.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# Nobody is named to the reporting person, who could be asked about it; the role is enough to complain.
ASKED_BY: Final[Mapping[str, StrPromise]] = {
    Role.INVESTIGATOR: gettext_lazy("an investigator"),
    Role.SUPERVISOR: gettext_lazy("a supervisor of investigations"),
    Role.TRIAGE: gettext_lazy("an officer who assesses reports"),
}
SOMEBODY: Final = gettext_lazy("a member of the office")


@dataclass(frozen=True)
class ShownNotice:
    """One notice in clear, for one page; `later` says why it was not told at once, "" when it was."""

    on: date
    title: str
    sentence: str
    later: str
    text: str
    released: bool


def write_notice(
    *,
    report: Report,
    outcome: AskedOutcome,
    role: Role,
    text: str,
    until: date | None = None,
    told_later: ToldLater | None = None,
) -> IdentityNotice:
    """Write what the reporting person is told, inside an action; with a legal ground it waits for `tell`."""
    notice = IdentityNotice(
        report=report,
        outcome=outcome,
        role=role,
        decided_on=clock.today(),
        until=until,
        told_on=None if told_later else clock.today(),
        told_later=told_later or "",
    )
    notice.seal(text=text)
    notice.save(force_insert=True)
    return notice


def tell(notice: IdentityNotice) -> None:
    """Show a notice that waited in the inbox from today on, inside an action."""
    notice.told_on = clock.today()
    notice.save(update_fields=["told_on"])


def notices_of(inbox: OpenInbox) -> list[ShownNotice]:
    """What this reporting person is told about their identity, the newest first. One query, one opening for each.

    Whoever gave no name is not asked about in the tables.
    """
    if not inbox.report.has_identity:
        return []
    rows = list(inbox.report.identity_notices.filter(told_on__isnull=False))
    for notice in rows:
        notice.report = inbox.report
    return [_shown(notice, inbox) for notice in reversed(rows)]


def _shown(notice: IdentityNotice, inbox: OpenInbox) -> ShownNotice:
    released = notice.outcome == AskedOutcome.RELEASED
    named = {
        "day": date_format(notice.decided_on),
        "role": ASKED_BY.get(notice.role, SOMEBODY),
        "until": date_format(notice.until) if notice.until else "",
    }
    if released:
        sentence = _(
            "On %(day)s your name was released to one person, %(role)s, who had asked for it. Two other people agreed. "
            "That person can read it until %(until)s and nobody else can; then the copy is destroyed."
        )
    else:
        sentence = _(
            "Your name was asked for by %(role)s. On %(day)s that was refused: it was not released, and stays sealed."
        )
    return ShownNotice(
        on=notice.decided_on,
        title=_("Your name was released to one person") if released else _("Your name was asked for, and not released"),
        sentence=sentence % named,
        later=str(notice.get_told_later_display()) if notice.told_later else "",
        text=str(notice.open(inbox.keyring, "text")),
        released=released,
    )
