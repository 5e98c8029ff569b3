"""Evidence, its custody, and interviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _

from audit import clock
from cases.engine import performs
from cases.investigation import custody, forms
from cases.investigation.models import Capacity, Confirmation, CustodyKind, EvidenceItem, EvidenceKind, Interview
from cases.models import Case
from cases.states import Track
from integrity.action import Actor, Incomplete
from integrity.vault.files import FileGone, StoredFile, keep
from integrity.vault.uploads import SealedUpload


@performs(Track.CASE, "add_evidence", form=forms.AddEvidence, facts=("evidence", "custody"))
def add_evidence(
    *,
    actor: Actor,
    subject: Case,
    kind: EvidenceKind | str,
    title: str,
    source: str,
    how: str,
    obtained_on: date,
    place_kept: str,
    description: str = "",
    file: Sequence[SealedUpload] = (),
) -> Mapping[str, Any]:
    """Add an item of evidence, with at most one file; its chain of custody begins with its receipt."""
    _must_not_be_future(obtained_on, subject)
    item = EvidenceItem(
        case=subject,
        number=subject.evidence.count() + 1,
        kind=EvidenceKind(kind),
        obtained_on=obtained_on,
        added_by=actor.user,
        added_at=clock.now(),
        file=_keep_one(file, subject),
    )
    item.seal(
        details={"title": title, "description": description, "source": source, "how": how},
        place_kept=place_kept,
    )
    item.save(force_insert=True)
    event = custody.append(
        item=item,
        kind=CustodyKind.RECEIVED,
        on=obtained_on,
        person=actor.user,
        handed_from=source,
        handed_to=actor.user.name,
    )
    return {"evidence": item.label, "custody": event.digest}


@performs(Track.CASE, "record_custody", form=forms.RecordCustody, facts=("evidence", "kind", "custody"))
def record_custody(
    *,
    actor: Actor,
    subject: Case,
    evidence: int,
    kind: CustodyKind | str,
    on: date,
    handed_from: str = "",
    handed_to: str = "",
    remark: str = "",
    place_kept: str = "",
) -> Mapping[str, Any]:
    """Record what happened to an item of evidence; what was returned must be received again first."""
    item = subject.evidence.select_related("file").filter(number=evidence).first()
    if item is None:
        raise Incomplete(_("The case has no such item of evidence."), object=subject.pseudonym)
    _must_not_be_future(on, subject)
    if on < item.obtained_on:
        raise Incomplete(_("This day lies before the item was obtained."), object=subject.pseudonym)
    last = item.custody.filter(kind__in=[CustodyKind.RECEIVED, CustodyKind.RETURNED]).order_by("number").last()
    is_away = last is not None and last.kind == CustodyKind.RETURNED
    if is_away and kind != CustodyKind.RECEIVED:
        raise Incomplete(
            _("%(item)s was returned. Record first that it was received again.") % {"item": item.label},
            object=subject.pseudonym,
        )
    if not is_away and kind == CustodyKind.RECEIVED:
        raise Incomplete(_("%(item)s was received already.") % {"item": item.label}, object=subject.pseudonym)
    event = custody.append(
        item=item,
        kind=CustodyKind(kind),
        on=on,
        person=actor.user,
        handed_from=handed_from,
        handed_to=handed_to,
        remark=remark,
    )
    if place_kept:
        item.seal(place_kept=place_kept)
        item.save(update_fields=["place_kept"])
    return {"evidence": item.label, "kind": event.kind, "custody": event.digest}


@performs(Track.CASE, "record_interview", form=forms.RecordInterview, facts=("interview",))
def record_interview(
    *,
    actor: Actor,
    subject: Case,
    who: str,
    capacity: Capacity | str,
    place: str,
    on: date,
    text: str,
    confirmation: Confirmation | str,
    time: time | None = None,
    present: str = "",
    caution: bool = False,
    recording: Sequence[SealedUpload] = (),
) -> Mapping[str, Any]:
    """Put the record of an interview into the file. A subject must have been told of their rights."""
    _must_not_be_future(on, subject)
    if capacity == Capacity.SUBJECT and not caution:
        raise Incomplete(
            _("A subject must be told of their rights before the interview; without that it cannot be used."),
            object=subject.pseudonym,
        )
    interview = Interview(
        case=subject,
        number=subject.interviews.count() + 1,
        recorded_by=actor.user,
        recorded_on=clock.today(),
        recording=_keep_one(recording, subject),
    )
    interview.seal(
        record={
            "who": who,
            "capacity": Capacity(capacity).value,
            "place": place,
            "on": on.isoformat(),
            "time": time.strftime("%H:%M") if time else "",
            "present": present,
            "caution": caution,
            "text": text,
            "confirmation": Confirmation(confirmation).value,
        }
    )
    interview.save(force_insert=True)
    return {"interview": interview.label}


def _keep_one(files: Sequence[SealedUpload], case: Case) -> StoredFile | None:
    if not files:
        return None
    if len(files) > 1:
        raise Incomplete(_("Only one file belongs here."), object=case.pseudonym)
    try:
        return keep(files[0], owner_key=case.key)
    except FileGone as gone:
        raise Incomplete(_("The file is no longer here. Please choose it again."), object=case.pseudonym) from gone


def _must_not_be_future(day: date, case: Case) -> None:
    if day > clock.today():
        raise Incomplete(_("This day is still to come."), object=case.pseudonym)
