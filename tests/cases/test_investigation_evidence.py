"""Evidence, its chain of custody, copies and interviews."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from audit import clock
from cases.investigation import actions, custody, documents
from cases.investigation.models import Capacity, Confirmation, CustodyEvent, CustodyKind, EvidenceItem, EvidenceKind
from cases.models import Case
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted
from integrity.vault import storage
from tests.cases.investigation_scene import a_case, last_entry, refused
from tests.walks import investigation as walk
from tests.world import World

CONTENT = b"declaration 7714, value 1\ndeclaration 7714, value 2\n" * 3000


@pytest.fixture
def case(world: World) -> Case:
    """A case under investigation with one item of evidence and an interview."""
    found = walk.to_investigating(world, a_case(world))
    return walk.gather(world, found, content=CONTENT)


def item_of(case: Case, number: int = 1) -> EvidenceItem:
    return case.evidence.select_related("file__owner_key").get(number=number)


def checked(case: Case) -> custody.ChainCheck:
    item = item_of(case)
    return custody.check(item, item.custody.all())


def changed_outside(sql: str, *values: Any) -> None:
    """What somebody with the database alone could do."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount == 1


def interview(world: World, case: Case, **named: Any) -> None:
    given: dict[str, Any] = {
        "who": "Kofi Subject",
        "capacity": Capacity.SUBJECT,
        "place": "Room 3",
        "on": clock.today(),
        "text": "He says that it was a loan.",
        "confirmation": Confirmation.READ_BACK,
        "caution": True,
    }
    actions.record_interview(actor=world.actor("investigator"), subject=case, **{**given, **named})


def custody_step(world: World, case: Case, kind: CustodyKind, **named: Any) -> None:
    actions.record_custody(
        actor=world.actor("investigator"),
        subject=case,
        **{"evidence": 1, "kind": kind, "on": clock.today(), **named},
    )


def test_a_file_comes_back_as_it_was_with_the_digests_of_both_sides(world: World, case: Case) -> None:
    item = item_of(case)
    keys = world.actor("supervisor").keys
    details = item.file.open(keys, "details")
    assert details["name"] == "declaration-history.csv"
    assert details["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    on_disk = (storage.kept_folder() / str(item.file.pk)).read_bytes()
    assert hashlib.sha256(on_disk).hexdigest() == item.file.ciphertext_sha256
    assert CONTENT[:40] not in on_disk
    response = documents.take_copy(actor=world.actor("supervisor"), item=item)
    assert b"".join(response.streaming_content) == CONTENT
    assert response["Content-Disposition"].startswith("attachment")


def test_taking_a_copy_is_in_the_log_and_in_the_chain_of_custody(world: World, case: Case) -> None:
    before = item_of(case).custody_length
    documents.take_copy(actor=world.actor("supervisor"), item=item_of(case))
    item = item_of(case)
    event = item.custody.last()
    assert (event.kind, event.person, event.number) == (CustodyKind.COPIED, world.person("supervisor"), before + 1)
    entry = last_entry("case.evidence_opened")
    assert entry["actor"] == f"person/{world.person('supervisor').pk}"
    assert entry["object"] == case.pseudonym
    assert (entry["facts"]["evidence"], entry["facts"]["custody"]) == ("E-1", event.digest)
    assert checked(case).is_whole


def test_only_members_who_declared_take_copies(world: World, case: Case) -> None:
    with refused(NotPermitted, case, says="not a member"):
        documents.take_copy(actor=world.actor("investigator2"), item=item_of(case))
    actions.add_investigator(
        actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator2")]
    )
    with refused(ConflictOfInterest, case, says="Declare first"):
        documents.take_copy(actor=world.actor("investigator2"), item=item_of(case))
    walk.declare(world, case, "investigator2")
    documents.take_copy(actor=world.actor("investigator2"), item=item_of(case))
    assert [event.kind for event in item_of(case).custody.all()] == ["received", "sealed", "copied"]


def test_a_damaged_file_is_not_handed_out_and_leaves_no_copy_in_the_chain(world: World, case: Case) -> None:
    item = item_of(case)
    (storage.kept_folder() / str(item.file.pk)).unlink()
    with refused(Incomplete, case, says="not the one that was kept"):
        documents.take_copy(actor=world.actor("supervisor"), item=item)
    assert item_of(case).custody_length == 2


def test_an_item_without_a_file_has_nothing_to_copy(world: World, case: Case) -> None:
    actions.add_evidence(
        actor=world.actor("investigator"),
        subject=case,
        kind=EvidenceKind.OBJECT,
        title="Envelope",
        source="The gate",
        how="Found on the desk, two witnesses.",
        obtained_on=clock.today(),
        place_kept="Safe",
    )
    assert item_of(case, 2).label == "E-2"
    with refused(Incomplete, case, says="no file"):
        documents.take_copy(actor=world.actor("investigator"), item=item_of(case, 2))


def test_custody_begins_with_receipt_and_every_entry_names_the_digest(world: World, case: Case) -> None:
    received, sealed = item_of(case).custody.all()
    assert (received.kind, sealed.kind) == (CustodyKind.RECEIVED, CustodyKind.SEALED)
    assert last_entry("case.add_evidence")["facts"]["custody"] == received.digest
    assert last_entry("case.record_custody")["facts"]["custody"] == sealed.digest
    details = received.open(world.actor("supervisor").keys, "details")
    assert details["to"] == world.person("investigator").name
    assert checked(case).is_whole


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "moved"),
        ("on", date(2020, 2, 2)),
        ("recorded_at", "2020-02-02 10:00:00"),
        ("digest", "0" * 64),
        ("number", 9),
    ],
)
def test_a_custody_event_changed_in_the_database_shows(world: World, case: Case, column: str, value: Any) -> None:
    custody_step(world, case, CustodyKind.MOVED, place_kept="Vault of the court")
    assert checked(case).is_whole
    second = CustodyEvent.objects.get(evidence__case=case, number=2)
    changed_outside(f'UPDATE investigation_custodyevent SET "{column}" = %s WHERE id = %s', value, _stored(second.pk))
    assert checked(case).broken_at == 2


def _stored(pk: Any) -> Any:
    return pk.hex if connection.vendor == "sqlite" else pk


def test_another_person_in_a_custody_event_shows(world: World, case: Case) -> None:
    first = CustodyEvent.objects.get(evidence__case=case, number=1)
    changed_outside(
        "UPDATE investigation_custodyevent SET person_id = %s WHERE id = %s",
        _stored(world.person("editor").pk),
        _stored(first.pk),
    )
    assert checked(case).broken_at == 1


def test_a_swapped_ciphertext_in_a_custody_event_shows(world: World, case: Case) -> None:
    first, second = CustodyEvent.objects.filter(evidence__case=case)
    changed_outside(
        "UPDATE investigation_custodyevent SET details = %s WHERE id = %s", bytes(first.details), _stored(second.pk)
    )
    assert checked(case).broken_at == 2


@pytest.mark.parametrize(("removed", "broken_at"), [(1, 1), (2, 2), (3, 3)])
def test_a_removed_custody_event_shows(world: World, case: Case, removed: int, broken_at: int) -> None:
    custody_step(world, case, CustodyKind.MOVED)
    event = CustodyEvent.objects.get(evidence__case=case, number=removed)
    changed_outside("DELETE FROM investigation_custodyevent WHERE id = %s", _stored(event.pk))
    assert checked(case).broken_at == broken_at


def test_a_changed_item_breaks_its_chain_from_the_beginning(world: World, case: Case) -> None:
    changed_outside(
        "UPDATE investigation_evidenceitem SET kind = %s WHERE id = %s", "document", _stored(item_of(case).pk)
    )
    assert checked(case).broken_at == 1


def test_moving_an_item_changes_where_it_is_kept_and_nothing_else(world: World, case: Case) -> None:
    before = bytes(item_of(case).details)
    custody_step(world, case, CustodyKind.MOVED, place_kept="Vault of the court", remark="By two officers.")
    item = item_of(case)
    assert item.open(world.actor("supervisor").keys, "place_kept") == "Vault of the court"
    assert bytes(item.details) == before
    assert checked(case).is_whole


def test_what_was_returned_must_be_received_again_first(world: World, case: Case) -> None:
    with refused(Incomplete, case, says="received already"):
        custody_step(world, case, CustodyKind.RECEIVED)
    custody_step(world, case, CustodyKind.RETURNED, handed_to="The owner")
    with refused(Incomplete, case, says="was returned"):
        custody_step(world, case, CustodyKind.MOVED)
    custody_step(world, case, CustodyKind.RECEIVED, handed_from="The owner")
    custody_step(world, case, CustodyKind.MOVED)
    assert checked(case).is_whole


def test_it_refuses_days_to_come_and_items_that_are_not_there(world: World, case: Case) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    with refused(Incomplete, case, says="still to come"):
        custody_step(world, case, CustodyKind.MOVED, on=tomorrow)
    with refused(Incomplete, case, says="before the item was obtained"):
        custody_step(world, case, CustodyKind.MOVED, on=clock.today() - timedelta(days=5))
    with refused(Incomplete, case, says="no such item"):
        custody_step(world, case, CustodyKind.MOVED, evidence=4)
    with refused(Incomplete, case, says="still to come"):
        interview(world, case, on=tomorrow)


def test_a_refused_item_loses_no_file(world: World, case: Case) -> None:
    upload = walk.upload(b"photograph", "gate.jpg")
    given: dict[str, Any] = {
        "kind": EvidenceKind.PHOTOGRAPH,
        "title": "Gate",
        "source": "Camera 4",
        "how": "Copied by the guard.",
        "place_kept": "Safe",
        "file": [upload],
    }
    token = upload.token
    with refused(Incomplete, case, says="still to come"):
        actions.add_evidence(
            actor=world.actor("investigator"), subject=case, obtained_on=clock.today() + timedelta(days=1), **given
        )
    assert type(upload).from_token(token).sha256 == hashlib.sha256(b"photograph").hexdigest()
    with refused(Incomplete, case, says="Only one file"):
        actions.add_evidence(
            actor=world.actor("investigator"),
            subject=case,
            obtained_on=clock.today(),
            **{**given, "file": [upload, walk.upload(b"another", "b.jpg")]},
        )
    actions.add_evidence(actor=world.actor("investigator"), subject=case, obtained_on=clock.today(), **given)
    assert item_of(case, 2).file.open(world.actor("investigator").keys, "details")["name"] == "gate.jpg"


def test_a_subject_is_told_of_their_rights_or_not_interviewed(world: World, case: Case) -> None:
    with refused(Incomplete, case, says="told of their rights"):
        interview(world, case, caution=False)
    interview(world, case)
    record = case.interviews.get(number=2).open(world.actor("supervisor").keys, "record")
    assert (record["who"], record["capacity"], record["caution"]) == ("Kofi Subject", "subject", True)
    assert last_entry("case.record_interview")["facts"]["interview"] == "I-2"


def test_the_recording_of_an_interview_is_kept_and_its_download_is_in_the_log(world: World, case: Case) -> None:
    interview(world, case, recording=[walk.upload(b"sound" * 999, "interview.ogg")])
    found = case.interviews.get(number=2)
    response = documents.take_recording(actor=world.actor("supervisor"), interview=found)
    assert b"".join(response.streaming_content) == b"sound" * 999
    assert last_entry("case.recording_opened")["facts"]["interview"] == "I-2"
    with refused(NotPermitted, case):
        documents.take_recording(actor=world.actor("authority"), interview=found)


def test_nothing_written_in_the_investigation_is_in_the_database_in_clear(world: World) -> None:
    canaries = {
        name: f"canary-{name}-{number:04x}"
        for number, name in enumerate(
            [
                "plan",
                "note",
                "title",
                "how",
                "place",
                "remark",
                "who",
                "text",
                "finding",
                "remarks",
                "body",
                "why",
                "file",
            ]
        )
    }
    case = walk.to_planned(world, a_case(world), plan={**walk.PLAN, "risks": canaries["plan"]})
    actions.approve_plan(actor=world.actor("supervisor"), subject=case)
    actions.add_note(actor=world.actor("investigator"), subject=case, body=canaries["note"])
    actions.add_evidence(
        actor=world.actor("investigator"),
        subject=case,
        kind=EvidenceKind.DOCUMENT,
        title=canaries["title"],
        source="x",
        how=canaries["how"],
        obtained_on=clock.today(),
        place_kept=canaries["place"],
        file=[walk.upload(canaries["file"].encode() * 50, f"{canaries['file']}.txt")],
    )
    custody_step(world, case, CustodyKind.SEALED, remark=canaries["remark"])
    interview(world, case, who=canaries["who"], text=canaries["text"])
    findings = walk.proposed(case, reasons=canaries["finding"])
    actions.submit_findings(actor=world.actor("investigator"), subject=case, findings=findings)
    actions.approve_findings(
        actor=world.actor("supervisor"), subject=case, allegations=[1], reasons=canaries["remarks"]
    )
    dump = _dump()
    for word in [*canaries.values(), "substantiated", "Kofi"]:
        assert word.encode() not in dump, f"{word} is in the database"
    kept = b"".join(path.read_bytes() for path in settings.VAULT_FILES.rglob("*") if path.is_file())
    assert canaries["file"].encode() not in kept
    names = " ".join(str(path) for path in settings.VAULT_FILES.rglob("*"))
    assert canaries["file"] not in names


def _dump() -> bytes:
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    parts.append(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode())
    return b"\x00".join(parts)
