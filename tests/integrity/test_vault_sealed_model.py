"""Sealed fields: values come back as they were, bound to their row, and every one of them is on the list."""

from __future__ import annotations

import hashlib
import io
import json
import uuid

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from audit.log.models import Entry
from integrity.vault.checks import sealed_fields_can_be_sealed, uploads_are_sealed
from integrity.vault.fields import SealedField, sealed_fields
from integrity.vault.keyring import NoGrant
from integrity.vault.models import Grant, Key, KeyKind, SealedModel, StoredFile
from integrity.vault.seal import CannotOpen
from tests.integrity.vault_scene import kept, key_for, person, recorded

pytestmark = pytest.mark.django_db

VALUES = [
    "",
    "substantiated",
    "ไม่มีมูล ไม่มี",
    "\u202eabc",
    "a" * 10_000,
    {"name": "Somchai", "grade": None, "list": [1, 2.5, True, "x"]},
    ["one", {"two": 3}],
]


def row(owner: Key) -> StoredFile:
    """A sealed row that is not saved yet."""
    return StoredFile(owner_key=owner, ciphertext_sha256="0" * 64, ciphertext_size=0)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_from_the_database_as_it_was(value: object) -> None:
    holder = person()
    one = row(key_for(KeyKind.REPORT, holder))
    with recorded():
        one.seal(details=value, file_key=b"\x00\xff" * 16)
        one.save()
    again = StoredFile.objects.get(pk=one.pk)
    assert isinstance(again.details, bytes)
    assert again.open(holder, "details") == value
    assert again.open(holder, "file_key") == b"\x00\xff" * 16


def test_a_field_that_was_never_set_is_empty_and_costs_nothing() -> None:
    stranger = person()
    one = row(key_for(KeyKind.REPORT))
    assert one.open(stranger, "details") == ""
    assert one.open(stranger, "file_key") == b""
    assert stranger.count == 0


def test_each_seal_has_the_next_version_and_an_old_one_put_back_is_noticed_by_the_log() -> None:
    holder = person()
    one = row(key_for(KeyKind.REPORT, holder))
    with recorded():
        one.seal(details="first")
    first = one.details
    with recorded():
        one.seal(details="second")
        one.save()
    assert (first[17:21], one.details[17:21]) == (b"\0\0\0\1", b"\0\0\0\2")
    assert first[1:17] == one.details[1:17] == one.owner_key_id.bytes
    assert one.open(holder, "details") == "second"
    facts = [json.loads(bytes(entry.leaf))["facts"]["sealed"] for entry in Entry.objects.order_by("index")]
    places = {place: digest for sealed in facts for place, digest in sealed.items()}
    assert places[f"vault_storedfile/details/{one.pk}/1"] == hashlib.sha256(first).hexdigest()
    assert places[f"vault_storedfile/details/{one.pk}/2"] == hashlib.sha256(one.details).hexdigest()


def test_an_old_value_does_not_pass_for_a_new_one() -> None:
    holder = person()
    one = row(key_for(KeyKind.REPORT, holder))
    with recorded():
        one.seal(details="first")
    one.details = one.details[:17] + b"\0\0\0\2" + one.details[21:]
    with pytest.raises(CannotOpen):
        one.open(holder, "details")


def test_a_value_moved_to_another_row_or_field_does_not_open() -> None:
    holder = person()
    owner = key_for(KeyKind.REPORT, holder)
    one, other = row(owner), row(owner)
    with recorded():
        one.seal(details="of one", file_key=b"k")
        other.seal(details="of the other")
    other.details = one.details
    with pytest.raises(CannotOpen):
        other.open(holder, "details")
    one.file_key = one.details
    with pytest.raises(CannotOpen):
        one.open(holder, "file_key")


@pytest.mark.parametrize("cut", [1, 17, 21, 22, 700, -1])
def test_a_value_cut_short_does_not_open(cut: int) -> None:
    holder = person()
    one = row(key_for(KeyKind.REPORT, holder))
    with recorded():
        one.seal(details="whole")
    one.details = one.details[:cut]
    with pytest.raises(CannotOpen):
        one.open(holder, "details")


def test_who_has_no_grant_reads_nothing() -> None:
    one = row(key_for(KeyKind.REPORT, person()))
    with recorded():
        one.seal(details="secret")
    with pytest.raises(NoGrant):
        one.open(person(), "details")


def test_a_short_name_and_a_longer_one_look_alike() -> None:
    one, other = row(key_for(KeyKind.REPORT)), row(key_for(KeyKind.REPORT))
    with recorded():
        one.seal(details="Li")
        other.seal(details="Ramasamy Subramaniam a/l Venkatesan")
    assert len(one.details) == len(other.details)


def test_only_a_sealed_field_is_sealed() -> None:
    one = row(key_for(KeyKind.REPORT))
    with pytest.raises(TypeError, match="not a sealed field"):
        one.seal(ciphertext_sha256="x")
    with pytest.raises(TypeError, match="not a sealed field"):
        one.open(person(), "ciphertext_size")


def test_nothing_that_was_sealed_is_in_the_database_in_clear() -> None:
    holder = person()
    canary = uuid.uuid4().hex
    one = row(key_for(KeyKind.REPORT, holder))
    with recorded():
        one.seal(details={"name": canary})
        one.save()
    dump = io.StringIO()
    call_command("dumpdata", "vault", "audit_log", stdout=dump, skip_checks=True)
    assert str(one.pk) in dump.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT details FROM vault_storedfile")
        (raw,) = cursor.fetchone()
    assert canary not in dump.getvalue()
    assert canary.encode() not in bytes(raw)


def test_every_sealed_field_is_on_the_list() -> None:
    listed = {(column.table, column.field, column.key) for column in sealed_fields()}
    assert {
        ("vault_grant", "sealed", "sealing_key"),
        ("vault_storedfile", "file_key", "sealing_key"),
        ("vault_storedfile", "details", "sealing_key"),
    } <= listed


@isolate_apps("integrity.vault")
def test_a_field_can_be_sealed_to_another_key_than_the_rest_of_its_row() -> None:
    class Witness(SealedModel):
        """A row of two keys."""

        statement = SealedField()
        identity = SealedField(key="identity_key")

        class Meta:
            app_label = "vault"

        sealing_key = property(lambda self: case)
        identity_key = property(lambda self: identity)

    investigator, custodian = person(), person()
    case, identity = key_for(KeyKind.CASE, investigator), key_for(KeyKind.IDENTITY, custodian)
    witness = Witness()
    with recorded():
        witness.seal(statement="saw it", identity="Nok")
    assert witness.open(investigator, "statement") == "saw it"
    assert witness.open(custodian, "identity") == "Nok"
    with pytest.raises(NoGrant):
        witness.open(investigator, "identity")
    assert Witness._meta.get_field("identity").deconstruct()[3] == {"key": "identity_key"}


@isolate_apps("integrity.vault")
def test_the_start_is_refused_when_a_field_could_not_be_sealed(monkeypatch) -> None:
    class Loose(models.Model):
        """A sealed field in a model that cannot seal."""

        text = SealedField()

        class Meta:
            app_label = "vault"

    class Keyless(SealedModel):
        """A model that does not say which key."""

        text = SealedField()
        identity = SealedField(key="identity_key")

        class Meta:
            app_label = "vault"

    monkeypatch.setattr("integrity.vault.fields.apps", Loose._meta.apps)
    errors = sealed_fields_can_be_sealed(app_configs=None)
    assert [(error.id, error.msg.split()[0]) for error in errors] == [
        ("vault.E001", "vault.Loose.text"),
        ("vault.E002", "vault.Keyless.text"),
        ("vault.E002", "vault.Keyless.identity"),
    ]
    with pytest.raises(NotImplementedError, match="Keyless"):
        Keyless().seal(text="x")


def test_the_vaults_own_fields_pass_the_checks(settings) -> None:
    assert sealed_fields_can_be_sealed(app_configs=None) == []
    assert uploads_are_sealed(app_configs=None) == []
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    assert [error.id for error in uploads_are_sealed(app_configs=None)] == ["vault.E003"]


def test_a_files_key_is_not_its_owners_key() -> None:
    holder = person()
    owner = key_for(KeyKind.REPORT, holder)
    one, other = kept(b"one", owner), kept(b"other", owner)
    assert one.open(holder, "file_key") != other.open(holder, "file_key")
    assert Grant.objects.filter(key=owner).count() == 1
