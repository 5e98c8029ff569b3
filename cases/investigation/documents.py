"""Reading a document of the file, and taking a copy of a file: who may, and what it leaves behind."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from audit import clock
from cases import conflicts
from cases.access import PERMISSION
from cases.investigation import custody
from cases.investigation.models import CustodyKind, EvidenceItem, Interview
from cases.models import Case
from cases.policy import CASE_ROLES, MEMBERS, NOT_A_MEMBER
from integrity.action import Actor, ConflictOfInterest, Incomplete, NotPermitted, action, record
from integrity.inspection.cleaning import Prepared, keep_copy
from integrity.inspection.models import CleanedCopy
from integrity.vault.files import FileDamaged, StoredFile, download_response


def must_read(actor: Actor, case: Case) -> None:
    """Raise NotPermitted for who is no member with keys to the file, ConflictOfInterest for who has a conflict."""
    member = actor.user.has_perm(PERMISSION, case) and bool(case.capacities(actor.user))
    if not member or not actor.keys.holds(case.key):
        raise NotPermitted(_("You are not a member of this case."), object=case.pseudonym)
    conflict = conflicts.standing(case, actor).conflict
    if conflict:
        raise ConflictOfInterest(conflict, object=case.pseudonym)


def must_take_copies(actor: Actor, case: Case) -> None:
    """As `must_read`, and the person has declared that they have no conflict."""
    must_read(actor, case)
    if not conflicts.standing(case, actor).declared:
        raise ConflictOfInterest(
            _("Declare first whether you have a conflict of interest in this case."), object=case.pseudonym
        )


@action(
    "investigation.document_opened",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("document", "number"),
    description="A document of the investigation was opened to read or print.",
)
def open_document(*, actor: Actor, case: Case, document: str, number: int = 0) -> None:
    """Note that somebody opened a document: its kind, and its version, round or number where it has one."""
    must_read(actor, case)
    record(object=case.pseudonym, document=document, number=number)


@action(
    "case.evidence_opened",
    by=CASE_ROLES,
    about="item.case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("evidence", "custody"),
    description="A copy of an item of evidence, or its cleaned copy, was taken.",
)
def take_copy(*, actor: Actor, item: EvidenceItem, copy: CleanedCopy | None = None) -> StreamingHttpResponse:
    """The item's file, or its cleaned copy, as a download. The chain of custody then shows who took it.

    Raises Incomplete when the item has no file, or the file is not the one that was kept.
    """
    case = item.case
    must_take_copies(actor, case)
    response = _copy(copy.copy if copy else item.file, actor, case)
    event = custody.append(
        item=item,
        kind=CustodyKind.COPIED,
        on=clock.today(),
        person=actor.user,
        remark=_("Cleaned copy downloaded from the case file.") if copy else _("Downloaded from the case file."),
    )
    record(object=case.pseudonym, evidence=item.label, custody=event.digest)
    return response


@action(
    "case.evidence_previewed",
    by=CASE_ROLES,
    about="item.case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("evidence", "page"),
    description="Somebody looked at the file of an item of evidence, without taking a copy.",
)
def look_at_evidence(*, actor: Actor, item: EvidenceItem, page: int) -> None:
    """Note that somebody looked at a page of the item's file."""
    must_take_copies(actor, item.case)
    record(object=item.case.pseudonym, evidence=item.label, page=page)


@action(
    "case.evidence_cleaned",
    by=CASE_ROLES,
    about="item.case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("evidence", "copy", "custody"),
    description="A cleaned copy of the file of an item of evidence was made.",
)
def keep_cleaned_evidence(*, actor: Actor, item: EvidenceItem, prepared: Prepared) -> CleanedCopy:
    """Keep a cleaned copy beside the item's file. The chain of custody tells both digests.

    Raises Incomplete when the item has no file, WrongState when there is a copy already.
    """
    case = item.case
    must_take_copies(actor, case)
    if item.file is None:
        raise Incomplete(_("There is no file here."), object=case.pseudonym)
    copy = keep_copy(prepared, original=item.file, person=actor.user)
    event = custody.append(
        item=item,
        kind=CustodyKind.COPIED,
        on=clock.today(),
        person=actor.user,
        remark=_("A cleaned copy was made. SHA-256 of the original: %(original)s; of the copy: %(copy)s.")
        % {"original": prepared.account["original"], "copy": prepared.account["copy"]},
    )
    record(object=case.pseudonym, evidence=item.label, copy=str(copy.copy_id), custody=event.digest)
    return copy


@action(
    "case.recording_opened",
    by=CASE_ROLES,
    about="interview.case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("interview",),
    description="The recording of an interview was downloaded.",
)
def take_recording(*, actor: Actor, interview: Interview) -> StreamingHttpResponse:
    """The recording of an interview as a download. Raises as `take_copy` does."""
    case = interview.case
    must_take_copies(actor, case)
    response = _copy(interview.recording, actor, case)
    record(object=case.pseudonym, interview=interview.label)
    return response


def _copy(stored: StoredFile | None, actor: Actor, case: Case) -> StreamingHttpResponse:
    if stored is None:
        raise Incomplete(_("There is no file here."), object=case.pseudonym)
    try:
        return download_response(stored, actor.keys)
    except FileDamaged as damage:
        raise Incomplete(
            _("The file is missing or is not the one that was kept. Tell the administrator and the auditor."),
            object=case.pseudonym,
        ) from damage
