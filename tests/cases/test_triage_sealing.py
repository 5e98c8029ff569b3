"""Nothing that anybody types in triage is found in the database in clear."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.db import connection

from cases.triage import actions
from cases.triage.models import Ground
from tests.walks import triage as walk
from tests.world import World


def dump() -> bytes:
    """Every value of every column of every table."""
    found = bytearray()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    found += bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    found += b"\n"
    return bytes(found)


def test_no_text_of_triage_is_in_the_tables_or_files(world: World, data_folder: Path):
    canaries: list[str] = []

    def canary() -> str:
        canaries.append(f"canary-{secrets.token_hex(8)}")
        return canaries[-1]

    def report():
        return walk.assessed_report(world, answers={"what": canary()}, identity=canary(), remarks=canary())

    triage = world.actor("triage")
    rejected = report()
    actions.ask_more(actor=triage, subject=rejected, body=canary())
    actions.reject(actor=triage, subject=rejected, ground=Ground.NO_BREACH, reasons=canary(), message=canary())
    referred = report()
    actions.refer(actor=triage, subject=referred, body="audit", name=canary(), reasons=canary(), message=canary())
    case = walk.open_case(
        world,
        report=report(),
        title=canary(),
        predication=canary(),
        statement=canary(),
        name=canary(),
        staff_number=canary(),
    )
    actions.merge(actor=triage, subject=report(), case=case, message=canary())
    actions.give_feedback(actor=triage, subject=rejected, body=canary())
    stored = dump() + b"".join(path.read_bytes() for path in data_folder.rglob("*") if path.is_file())
    assert rejected.reference.encode() in stored, "the dump is not a dump"
    assert [each for each in canaries if each.encode() in stored] == []
