"""Closing a case after a decision: what must be done first, and what the reporting person is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from audit import clock
from cases.closing import note_closing
from cases.engine import performs
from cases.models import Case
from cases.publication import forms
from cases.publication.handover import must_be_final, settled
from cases.publication.models import Publication
from cases.states import Track
from intake.portal.messages import write_message
from intake.portal.models import MessageKind
from integrity.action import Actor, Incomplete


@performs(Track.CASE, "close", form=forms.Close, facts=("reports",))
def close(*, actor: Actor, subject: Case, message: str = "") -> Mapping[str, Any]:
    """Close the case and give feedback to everybody who reported it.

    Raises Incomplete before the sanction is carried out, before a publishable decision is handed over, while a
    mandatory referral is undecided, or without words for the reporting person.
    """
    must_be_final(subject)
    found = settled(subject, actor.keys)
    if found.result.sanction and not subject.done("implement"):
        raise Incomplete(_("Record first that the sanction was carried out."), object=subject.pseudonym)
    if found.is_publishable and not Publication.objects.filter(case=subject).exists():
        raise Incomplete(_("Hand the case over for publication first."), object=subject.pseudonym)
    reports = list(subject.reports.select_related("key", "pack"))
    if reports and not message.strip():
        raise Incomplete(_("Tell the reporting person how the matter ended."), object=subject.pseudonym)
    for report in reports:
        write_message(report=report, author=actor.user, kind=MessageKind.FEEDBACK, body=message)
        report.meet_clock("feedback", clock.today())
        report.save(update_fields=["feedback_on"])
    subject.closed_on = clock.today()
    note_closing(found.closing)
    return {"reports": [report.pseudonym for report in reports]}
