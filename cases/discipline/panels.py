"""What the case page shows of the discipline room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.discipline import sanctions
from cases.discipline.decisions import decision_in_force, needs_endorsement, ruling_of, sanction_in_force
from cases.discipline.models import Hearing, Implementation, Representation, ServiceProof, Signature
from cases.discipline.papers import answer_of, notice_of
from cases.models import Case
from cases.panels import CaseFile, panel
from cases.states import CaseState
from integrity.people.roles import Role
from integrity.rules.terms import Gravity
from integrity.vault.files import file_details
from integrity.vault.keyring import Keyring
from integrity.vault.models import StoredFile


@dataclass(frozen=True)
class KeptFile:
    """A file with its name."""

    stored: StoredFile
    name: str
    size: int


@dataclass(frozen=True)
class Service:
    """A proof of service, opened."""

    proof: ServiceProof
    received_by: str
    remark: str
    files: list[KeptFile]


@dataclass(frozen=True)
class Answer:
    """The respondent's answer, opened."""

    representation: Representation
    text: str
    files: list[KeptFile]


@dataclass(frozen=True)
class Heard:
    """A hearing with what the page shows of it."""

    hearing: Hearing
    place: str
    present: str
    signature: Signature


@panel("discipline", title=_("Discipline"), template="discipline/panel.html", order=50)
def discipline(file: CaseFile) -> Mapping[str, Any] | None:
    """Referral, notice, service, answer, hearing and decision; about a dozen private-key operations."""
    case, keyring = file.case, file.actor.keys
    referral = case.disciplinary_referrals.select_related("respondent", "authority").last()
    if referral is None:
        return None
    referral.case = referral.respondent.case = case
    pack = case.pack.pack
    notice = notice_of(case)
    decision = decision_in_force(case)
    implementation = Implementation.objects.filter(case=case).first()
    gravity = Gravity(notice.gravity) if notice is not None else None
    return {
        "referral": referral,
        "remark": referral.open(keyring, "remark"),
        "respondent": referral.respondent.open(keyring, "profile")["name"],
        "mandate": pack.authority(referral.mandate).title,
        "authorities": ", ".join(person.name for person in _deciding(case)),
        "notice": notice,
        "possible": _possible(case, gravity) if gravity is not None and decision is None else [],
        "service": _service(getattr(notice, "service", None), case, keyring),
        "answer": _answer(answer_of(case), keyring),
        "hearings": [_heard(hearing, case, keyring) for hearing in case.hearings.all()],
        "decision": decision,
        "ruling": ruling_of(decision, keyring) if decision is not None else None,
        "endorsement": _endorsement(decision, keyring),
        "awaits_endorsement": decision is not None
        and needs_endorsement(decision)
        and not hasattr(decision, "endorsement"),
        "decision_service": _service(getattr(decision, "service", None), case, keyring),
        "earlier": [one for one in case.decisions.select_related("authority") if one != decision],
        "implementation": implementation,
        "implemented_how": implementation.open(keyring, "remark") if implementation is not None else "",
        "in_force": sanctions.in_words(pack, sanction_in_force(case, keyring))
        if case.state in {CaseState.FINAL, CaseState.IMPLEMENTED, CaseState.CLOSED}
        else "",
    }


def _deciding(case: Case) -> list[Any]:
    return case.members(Role.AUTHORITY)


def _possible(case: Case, gravity: Gravity) -> list[str]:
    cells = case.pack.pack.allowed(gravity)
    return [sanctions.range_in_words([cell], several=False) for cell in cells]


def _files(kept: Any, keyring: Keyring) -> list[KeptFile]:
    found = []
    for stored in kept.select_related("owner_key"):
        details = file_details(stored, keyring)
        found.append(KeptFile(stored=stored, name=str(details["name"]), size=int(details["size"])))
    return found


def _service(proof: ServiceProof | None, case: Case, keyring: Keyring) -> Service | None:
    if proof is None:
        return None
    proof.case = case
    content = proof.open(keyring, "content")
    return Service(proof, content["received_by"], content["remark"], _files(proof.files, keyring))


def _answer(representation: Representation | None, keyring: Keyring) -> Answer | None:
    if representation is None:
        return None
    return Answer(representation, representation.open(keyring, "text"), _files(representation.files, keyring))


def _heard(hearing: Hearing, case: Case, keyring: Keyring) -> Heard:
    hearing.case = case
    content = hearing.open(keyring, "content")
    return Heard(hearing, content["place"], content["present"], Signature(content["signature"]))


def _endorsement(decision: Any, keyring: Keyring) -> Mapping[str, Any] | None:
    endorsement = getattr(decision, "endorsement", None)
    if endorsement is None:
        return None
    endorsement.decision = decision
    return {"endorsement": endorsement, "remark": endorsement.open(keyring, "remark")}
