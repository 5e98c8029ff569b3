"""Every stored ciphertext is compared with the digest that the log has of it (`integrity audit verify-database`)."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.log import actions as log
from audit.log.ciphertexts import Comparison, compare
from audit.log.models import Entry
from audit.log.signer import create_log_key
from cases.investigation.models import EvidenceItem
from cases.investigation.models import Note as CaseNote
from cases.models import Case
from integrity.action import Actor
from integrity.vault.actions import ErasureReason, destroy_key
from integrity.vault.models import Grant, Key, StoredFile
from integrity.vault.storage import kept_folder
from tests.audit.tampering import change
from tests.integrity.vault_scene import recorded
from tests.walks import investigation, triage
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World, settings) -> Case:
    """A case with a note and an exhibit, whose log was signed."""
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    case = investigation.to_investigating(world, triage.open_case(world))
    investigation.gather(world, case, content=b"gate log")
    log.integrate()
    return case


def told(comparison: Comparison) -> dict[str, str]:
    return {each.place: each.message for each in comparison.differences}


def execute(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_an_untouched_database_agrees_with_its_log(case):
    comparison = compare()
    assert told(comparison) == {}
    assert comparison.agree > 50
    assert comparison.signed <= comparison.entries == log.head_size()


def test_a_ciphertext_that_was_changed_or_exchanged_is_named_with_its_entry(case):
    notes = list(CaseNote.objects.order_by("pk"))
    (first,) = notes[:1]
    place = f"investigation_note/body/{first.pk}"
    whole = bytes(first.body)
    CaseNote.objects.filter(pk=first.pk).update(body=whole[:-1] + bytes([whole[-1] ^ 1]))
    found = compare()
    assert list(told(found)) == [place]
    assert "is stored, but" in told(found)[place]
    (difference,) = found.differences
    entry = json.loads(bytes(Entry.objects.get(index=difference.index).leaf))
    assert f"{place}/1" in entry["facts"]["sealed"]


def test_an_older_version_put_back_is_named(case):
    """What was true once is not what was written last."""
    note = CaseNote.objects.order_by("pk").first()
    older = bytes(note.body)
    with recorded():
        note.seal(body="corrected")
        CaseNote.objects.filter(pk=note.pk).update(body=bytes(note.body))
    assert told(compare()) == {}
    CaseNote.objects.filter(pk=note.pk).update(body=older)
    assert told(compare()) == {
        f"investigation_note/body/{note.pk}": "version 1 is stored, but version 2 was written last"
    }


def test_what_is_missing_is_named_whether_emptied_or_deleted(case):
    note = CaseNote.objects.order_by("pk").first()
    execute("UPDATE investigation_note SET body = %s", b"")
    (place,) = told(compare())
    assert place == f"investigation_note/body/{note.pk}"
    execute("DELETE FROM investigation_note")
    assert "nothing says it was erased" in told(compare())[place]


def test_what_nobody_wrote_is_named(case):
    note = CaseNote.objects.order_by("pk").first()
    note.pk, note.number = uuid4(), note.number + 100
    note.save(force_insert=True)
    assert told(compare()) == {
        f"investigation_note/body/{note.pk}": "no entry speaks of the ciphertext that is stored here"
    }


def test_a_public_key_that_was_swapped_is_named(case):
    """Whatever is sealed later would open for somebody else."""
    execute("UPDATE vault_key SET public = %s WHERE id = %s", bytes(1216), _id(case.key))
    assert list(told(compare())) == [f"vault_key/public/{case.key.pk}"]


def test_a_file_that_was_changed_or_removed_from_the_disk_is_named(case):
    item = EvidenceItem.objects.exclude(file=None).first()
    path = kept_folder() / str(item.file_id)
    place = f"vault_storedfile/content/{item.file_id}"
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert list(told(compare())) == [place]
    path.unlink()
    assert "missing" in told(compare())[place]


def test_what_was_erased_by_destroying_its_key_is_no_difference(case):
    files = StoredFile.objects.count()
    assert files
    destroy_key(actor=Actor.system(), key=case.key, reason=ErasureReason.RETENTION)
    comparison = compare()
    assert told(comparison) == {}
    assert comparison.ended >= 1
    execute("UPDATE investigation_note SET body = %s", b"")
    assert told(compare()) == {}


def test_access_that_ended_in_the_ordinary_course_is_no_difference(case):
    Grant.objects.filter(key=case.key).first().delete()
    comparison = compare()
    assert (told(comparison), comparison.ended) == ({}, 1)


def test_an_entry_that_was_changed_together_with_the_ciphertext_does_not_fit_the_signed_log(case):
    note = CaseNote.objects.order_by("pk").first()
    place = f"investigation_note/body/{note.pk}"
    entry = next(row for row in Entry.objects.all() if place.encode() in bytes(row.leaf))
    forged = bytes(entry.leaf).replace(
        json.loads(bytes(entry.leaf))["facts"]["sealed"][f"{place}/1"].encode(), b"0" * 64
    )
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = %s', forged, entry.index)
    assert "are not those that their checkpoint was signed for" in told(compare())["log"]
    change('DELETE FROM audit_log_entry WHERE "index" = %s', entry.index)
    assert f"entry {entry.index} is missing" in [each.message for each in compare().differences]


def test_the_command_names_each_place_and_ends_with_an_error(case, capsys):
    call_command("audit", "verify-database")
    assert "ciphertexts are as they were written" in capsys.readouterr().out
    execute("DELETE FROM investigation_note")
    with pytest.raises(CommandError, match="1 ciphertexts are not what the log says"):
        call_command("audit", "verify-database")
    assert "WRONG investigation_note/body/" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("audit", "verify-database", "--json")
    assert json.loads(capsys.readouterr().out)["differences"][0]["place"].startswith("investigation_note/body/")


def _id(key: Key) -> str:
    return str(key.pk) if connection.vendor == "postgresql" else key.pk.hex
