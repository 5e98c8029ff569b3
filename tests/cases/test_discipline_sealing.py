"""Nothing that anybody types in discipline is found in the database or the files in clear."""

from __future__ import annotations

import secrets
from pathlib import Path

from audit import clock
from cases.discipline import actions, deciding
from cases.discipline.models import ServiceMethod, Signature
from cases.models import Case
from cases.outcomes import Outcome
from cases.states import CaseState
from tests.cases.test_triage_sealing import dump
from tests.integrity.vault_scene import arrived
from tests.walks import discipline as walk
from tests.walks import investigation, triage
from tests.world import World

# Codes that a decision keeps sealed. "suspension" is a word of the rule pack too, and stands there in clear.
SEALED_CODES = ["personal-gain", "clean-record", Outcome.PARTLY.value, "suspension"]


def test_no_text_finding_factor_or_sanction_is_in_the_tables_or_files(world: World, data_folder: Path):
    canaries: list[str] = []

    def canary() -> str:
        canaries.append(f"canary-{secrets.token_hex(8)}")
        return canaries[-1]

    case = investigation.to_reviewed(
        world, triage.open_case(world, offence="bribe-solicited", name=canary(), staff_number=canary())
    )
    supervisor = world.actor("supervisor")
    actions.refer_for_discipline(actor=supervisor, subject=case, authority=world.person("authority"), remark=canary())
    authority = walk.deciding_as(world, case)
    actions.issue_notice(
        actor=authority,
        subject=case,
        charge_texts={1: canary()},
        particulars=canary(),
        rights=canary(),
        evidence=[canary(), canary()],
    )
    proof = {"served_on": clock.today(), "method": ServiceMethod.IN_PERSON}
    actions.record_service(
        actor=supervisor,
        subject=case,
        received_by=canary(),
        remark=canary(),
        files=[arrived(canary().encode(), canary() + ".pdf")],
        **proof,
    )
    actions.record_representation(
        actor=supervisor,
        subject=case,
        received_on=clock.today(),
        text=canary(),
        wishes_hearing=True,
        files=[arrived(canary().encode(), canary() + ".txt")],
    )
    actions.record_hearing(
        actor=authority,
        subject=case,
        held_on=clock.today(),
        place=canary(),
        present=canary(),
        assistance=canary(),
        transcript=canary(),
        signature=Signature.REFUSED,
    )
    deciding.decide(
        actor=authority,
        subject=case,
        outcomes={1: Outcome.PARTLY},
        factors=["personal-gain", "clean-record"],
        sanction="suspension",
        amount=90,
        reasons=canary(),
        endorser=world.person("authority2"),
    )
    second = walk.declared(world, world.person("authority2"), case)
    deciding.endorse_decision(actor=second, subject=case, remark=canary())
    deciding.serve_decision(actor=supervisor, subject=case, received_by=canary(), remark=canary(), **proof)
    Case.objects.filter(pk=case.pk).update(state=CaseState.FINAL)
    deciding.implement(actor=supervisor, subject=case, implemented_on=clock.today(), remark=canary())
    pack, stored = bytes(world.pack.source_bytes), dump()
    assert all(code.encode() in stored for code in ("personal-gain", "suspension")), "the dump is not a dump"
    stored = stored.replace(pack, b"")
    stored += b"".join(path.read_bytes() for path in data_folder.rglob("*") if path.is_file())
    assert case.reference.encode() in stored, "the dump is not a dump"
    assert [each for each in canaries if each.encode() in stored] == []
    assert [code for code in SEALED_CODES if code.encode() in stored] == []
