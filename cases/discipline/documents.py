"""Opening a document of the discipline room, and what its page shows. Each opening is in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.discipline import sanctions
from cases.discipline.charges import referred
from cases.discipline.decisions import needs_endorsement, ruling_of
from cases.discipline.models import Decision, Hearing, Representation, ServiceProof, ShowCauseNotice, Signature
from cases.discipline.papers import answer_of, issued_notice
from cases.investigation.documents import must_read, must_take_copies
from cases.models import Allegation, Case
from cases.policy import CASE_ROLES, MEMBERS, NOT_A_MEMBER
from integrity.action import Actor, Incomplete, action, record
from integrity.people.models import Office
from integrity.rules.terms import ClockName, GradeBand, Gravity
from integrity.vault.files import FileDamaged, StoredFile, download_response
from integrity.vault.keyring import Keyring


class Document(TextChoices):
    """What can be opened on its own page, to be printed and served."""

    NOTICE = "notice", gettext_lazy("Show-cause notice")
    SERVICE = "service", gettext_lazy("Proof of service")
    HEARING = "hearing", gettext_lazy("Record of the hearing")
    DECISION = "decision", gettext_lazy("Decision")
    FILE = "file", gettext_lazy("File")


@action(
    "discipline.document_opened",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("document", "identifier"),
    description="A notice, proof, record or decision was opened to be read or printed.",
)
def open_document(*, actor: Actor, case: Case, document: Document, identifier: UUID) -> None:
    """Note that a document was opened. Raises NotPermitted for who is no member with keys to the file."""
    must_read(actor, case)
    record(object=case.pseudonym, document=document.value, identifier=str(identifier))


@action(
    "discipline.file_opened",
    by=CASE_ROLES,
    about="case",
    sentence=NOT_A_MEMBER,
    limit=MEMBERS,
    facts=("file",),
    description="A file of the discipline room was downloaded.",
)
def take_file(*, actor: Actor, case: Case, stored: StoredFile, asked: str = "") -> StreamingHttpResponse:
    """A file of a proof or an answer as a download; `asked` is the request's header Range.

    Raises Incomplete when it is not what was kept.
    """
    must_take_copies(actor, case)
    try:
        response = download_response(stored, actor.keys, asked=asked)
    except FileDamaged as damage:
        raise Incomplete(
            _("The file is missing or is not the one that was kept. Tell the administrator and the auditor."),
            object=case.pseudonym,
        ) from damage
    record(object=case.pseudonym, file=str(stored.pk))
    return response


def files_of(case: Case) -> set[UUID]:
    """The identifiers of every file that came with a proof of service or the answer."""
    proofs = ServiceProof.objects.filter(case=case, files__isnull=False).values_list("files", flat=True)
    answers = Representation.objects.filter(case=case, files__isnull=False).values_list("files", flat=True)
    return {*proofs, *answers}


@dataclass(frozen=True)
class ChargeLine:
    """One charge of a notice."""

    allegation: Allegation
    text: str


def addressee(case: Case, keyring: Keyring) -> Mapping[str, Any]:
    """The respondent as a document addresses them: name, staff_number, office, grade."""
    person = referred(case).respondent
    person.case = case
    profile = person.open(keyring, "profile")
    office = Office.objects.filter(code=profile.get("office", "")).first()
    return {
        "name": profile["name"],
        "staff_number": profile.get("staff_number", ""),
        "office": office.name if office is not None else profile.get("office", ""),
        "grade": GradeBand(profile["grade_band"]).label,
    }


def notice_page(notice: ShowCauseNotice, keyring: Keyring) -> dict[str, Any]:
    """What the printed notice shows: two private-key operations, beside the way to the case's key."""
    case, pack = notice.case, notice.case.pack.pack
    content = notice.open(keyring, "content")
    texts = {int(number): text for number, text in content["charges"].items()}
    allegations = list(case.allegations.filter(number__in=texts).select_related("case__pack"))
    gravities = tuple(gravity for gravity in Gravity if any(one.gravity == gravity for one in allegations))
    several = len(gravities) > 1
    return {
        "notice": notice,
        "case": case,
        "addressee": addressee(case, keyring),
        "authority": pack.authority(notice.authority_code).title,
        "charges": [ChargeLine(one, texts[one.number]) for one in allegations],
        "content": content,
        "days": pack.clock(ClockName.REPRESENTATION),
        "due": _due(case, ClockName.REPRESENTATION, getattr(notice, "service", None)),
        "sanctions": [
            sanctions.range_in_words(cells, several=several) for _code, cells in sanctions.ranges(pack, gravities)
        ],
    }


def service_page(proof: ServiceProof, keyring: Keyring) -> dict[str, Any]:
    """What the printed proof of service shows."""
    served: ShowCauseNotice | Decision | None = proof.notice or proof.decision
    name = ClockName.REPRESENTATION if proof.notice is not None else ClockName.APPEAL
    return {
        "proof": proof,
        "case": proof.case,
        "served": served,
        "document": Document.NOTICE.label if proof.notice is not None else Document.DECISION.label,
        "made_on": proof.notice.issued_on if proof.notice is not None else proof.decision.decided_on,  # type: ignore[union-attr]
        "addressee": addressee(proof.case, keyring),
        "content": proof.open(keyring, "content"),
        "is_notice": proof.notice is not None,
        "days": proof.case.pack.pack.clock(name),
        "due": _due(proof.case, name, proof),
    }


def hearing_page(hearing: Hearing, keyring: Keyring) -> dict[str, Any]:
    """What the printed record of a hearing shows."""
    content = hearing.open(keyring, "content")
    return {
        "hearing": hearing,
        "case": hearing.case,
        "addressee": addressee(hearing.case, keyring),
        "content": content,
        "signature": Signature(content["signature"]),
    }


def decision_page(decision: Decision, keyring: Keyring) -> dict[str, Any]:
    """What the printed decision shows, with the right of appeal: six private-key operations at most."""
    case, pack = decision.case, decision.case.pack.pack
    endorsement = getattr(decision, "endorsement", None)
    notice = issued_notice(case)
    return {
        "decision": decision,
        "case": case,
        "notice": notice,
        "answer": answer_of(case),
        "hearings": list(case.hearings.all()),
        "addressee": addressee(case, keyring),
        "ruling": ruling_of(decision, keyring),
        "standard": pack.settings.standard_of_proof.label,
        "endorsement": endorsement,
        "awaits_endorsement": needs_endorsement(decision) and endorsement is None,
        "grounds": [ground.title for ground in pack.appeal_grounds],
        "days": pack.clock(ClockName.APPEAL),
        "due": _due(case, ClockName.APPEAL, getattr(decision, "service", None)),
        "board_members": pack.settings.board_members,
        "stays": pack.settings.appeal_stays_sanction,
        "may_aggravate": pack.settings.appeal_may_aggravate,
        "may_be_published": Gravity(decision.gravity) in pack.settings.publication_for,
    }


def _due(case: Case, name: ClockName, proof: ServiceProof | None) -> date | None:
    return case.pack.pack.due(name, proof.served_on) if proof is not None else None
