"""Private parts of entries: sealed to the auditors' key, shown to who holds it, erased behind an entry, and watched."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db import transaction as database
from django.test import Client
from django.urls import reverse

from audit import clock
from audit.log import actions as log
from audit.log import events
from audit.log.ciphertexts import compare
from audit.log.errors import AlreadyErased, AppendOnly, OutsideTransaction, UndeclaredFact
from audit.log.models import Entry
from audit.log.private import Ground, Private
from audit.log.signer import create_log_key
from audit.private import MalformedPart, PrivatePart, committed_in
from config.tasks import sweep
from integrity.action import Actor, Incomplete, NotConfirmed, NotPermitted, WrongState
from integrity.factors import actions as factors
from integrity.factors.codes import make_secret
from integrity.people.actions import note_failed_sign_in
from integrity.people.institution_keys import held_by
from integrity.people.leaving import end_role
from integrity.people.private_parts import erase, erase_of
from integrity.people.regranting import grant_again
from integrity.people.roles import Role
from integrity.vault.fields import own_models
from integrity.vault.keyring import NoGrant
from integrity.vault.models import Key, KeyKind
from integrity.vault.seal import CannotOpen, Place, Sealed
from tests.audit.tampering import change
from tests.desk import at_desk, entries, words_of
from tests.world import SYSTEM, World, passphrase_of

pytestmark = pytest.mark.django_db
TYPED = "Canary Secretname 7Q"
SEARCHED = "Zebulon Canarysearch"
ANONYMOUS = Actor("anonymous")
FAILED, ERASED = "people.sign_in_failed", events.PRIVATE_ERASED.name
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def signed(world: World, settings) -> World:
    """The institution with a signed log in which somebody failed to sign in, with a name that nobody has."""
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    fail()
    log.integrate()
    return world


def fail(typed: str = TYPED) -> None:
    answer = Client().post(reverse("people:sign_in"), {"username": f" {typed} ", "passphrase": "wrong wrong wrong"})
    assert answer.status_code == 422


def entry_of(event: str = FAILED) -> Entry:
    return Entry.objects.filter(type=event).latest("index")


def row_of(entry: Entry) -> Private:
    return Private.objects.get(pk=committed_in(bytes(entry.leaf)))


def opened(world: World, entry: Entry, name: str = "auditor") -> PrivatePart:
    """By hand, with this person's keys."""
    row = row_of(entry)
    value = Sealed.from_bytes(bytes(row.sealed))
    place = Place("audit_log_private", "sealed", row.commitment)
    part = PrivatePart.parse(world.actor(name).keys.open(value.value, key=value.key, place=place))
    part.check(bytes(entry.leaf))
    return part


def page(browser: Client, entry: Entry) -> str:
    return words_of(browser.get(reverse("audit_console:entry", args=[entry.index])))


def told() -> list[tuple[str, int | None]]:
    log.number()
    return [(each.message, each.index) for each in compare().differences]


def second_auditor(world: World) -> Actor:
    """Somebody who has the role, and was given the key by who holds it."""
    if "auditor2" not in world.people:
        world.add("auditor2", Role.AUDITOR)
    return world.actor("auditor2")


# What is written


def test_what_was_typed_is_committed_to_sealed_and_nowhere_in_clear(signed: World, tmp_path: Path):
    browser = at_desk("admin")
    browser.get(reverse("people:people"), {"search": SEARCHED})
    auditor = at_desk("auditor")
    auditor.get(reverse("audit_console:entries"), {"object": "Canary Filterword"})
    auditor.get(reverse("audit_console:timeline"), {"of": "Canary Timelineword"})
    for typed, event, field in (
        (TYPED, FAILED, "username"),
        (SEARCHED, "people.searched", "search"),
    ):
        assert opened(signed, entry_of(event)).part == {field: typed}
    reads = list(Entry.objects.filter(type="log.read").order_by("index"))
    assert [opened(signed, each).part for each in reads] == [
        {"object": "Canary Filterword"},
        {"object": "Canary Timelineword"},
    ]
    log.integrate()
    log.export(tmp_path / "export", actor="operator/command-line")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "export").rglob("*") if path.is_file())
    for model in own_models():
        for row in model._base_manager.values_list():
            kept += b"".join(
                bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row
            )
    assert len(kept) > 100_000
    for word in (b"canary", b"zebulon", b"secretname"):
        assert word not in kept.lower(), word
    verified = subprocess.run(
        [sys.executable, "-m", "audit.verify", str(tmp_path / "export")], cwd=ROOT, capture_output=True, check=False
    )
    assert verified.returncode == 0, verified.stdout
    assert told() == []


def test_a_private_part_is_kept_alike_whether_there_is_such_an_account_or_not(signed: World):
    fail("Auditor")
    entry = entry_of()
    assert entry.object == f"person/{signed.person('auditor').pk}"
    assert opened(signed, entry).part == {"username": "Auditor"}
    lengths = {len(bytes(row.sealed)) for row in Private.objects.all()}
    assert len(lengths) == 1


def test_two_entries_about_the_same_word_have_nothing_in_common(signed: World):
    fail()
    first, second = Private.objects.all()
    assert first.commitment != second.commitment
    assert bytes(first.sealed)[21:] != bytes(second.sealed)[21:]


def taken_back(append: Callable[..., None]) -> None:
    with log.transaction():
        append(FAILED, actor="anonymous", object="o", facts={}, private={"username": "x"})
        raise RuntimeError


def test_only_declared_texts_are_private_and_a_rollback_takes_them_along(signed: World):
    before = Private.objects.count()
    with log.transaction():
        for private, error in (({"name": "x"}, UndeclaredFact), ({"username": 7}, MalformedPart)):
            with pytest.raises(error):
                log.append(FAILED, actor="anonymous", object="o", facts={}, private=private)
    with pytest.raises(RuntimeError):
        taken_back(log.append)
    assert (Private.objects.count(), len(entries(FAILED))) == (before, 1)
    with log.transaction():
        with pytest.raises(RuntimeError):
            taken_back(log.append)
        with log.transaction():
            log.append(FAILED, actor="anonymous", object="o", facts={}, private={"username": "y"})
    with pytest.raises(RuntimeError):
        taken_back(log.append_alone)
    assert Private.objects.count() == before + 2 == len(entries(FAILED))
    assert told() == []
    with pytest.raises(OutsideTransaction):
        log.erase_private("00" * 32)


def test_without_a_key_the_entry_is_written_and_nothing_is_kept(signed: World):
    Key.objects.filter(kind=KeyKind.AUDIT).update(destroyed_on=clock.today())
    note_failed_sign_in(actor=ANONYMOUS, person=None, username=TYPED)
    assert committed_in(bytes(entry_of().leaf)) is None
    assert Private.objects.count() == 1


# Who sees it


def test_the_page_shows_it_to_the_auditor_who_holds_the_key_and_notes_that(signed: World):
    entry = entry_of()
    assert "Matches what was committed" in page(at_desk("auditor"), entry)
    assert TYPED in page(at_desk("auditor"), entry)
    assert entries("log.read")[-1]["facts"] == {"page": "entry", "index": entry.index, "opened": True}
    second_auditor(signed)
    shown = page(at_desk("auditor2"), entry)
    assert "cannot be opened with your key" in shown
    assert TYPED not in shown
    assert entries("log.read")[-1]["facts"]["opened"] is False
    for name in ("admin", "supervisor", "manager"):
        assert at_desk(name).get(reverse("audit_console:entry", args=[entry.index])).status_code == 403
    without = Entry.objects.filter(type="people.signed_in").latest("index")
    assert "Private part" not in page(at_desk("auditor"), without)


def test_it_is_taken_away_with_its_salt_and_checked_without_this_program(signed: World, tmp_path: Path):
    entry, browser = entry_of(), at_desk("auditor")
    for name, address in (("part", "disclose"), ("entry", "leaf")):
        answer = browser.get(reverse(f"audit_console:{address}", args=[entry.index]))
        (tmp_path / name).write_bytes(answer.content)
    assert entries("log.read")[-2]["facts"] == {"page": "private", "index": entry.index, "opened": True}
    words = [sys.executable, "-m", "audit.private", str(tmp_path / "entry"), str(tmp_path / "part")]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 0
    second_auditor(signed)
    assert at_desk("auditor2").get(reverse("audit_console:disclose", args=[entry.index])).status_code == 404


def test_the_key_is_rotated_when_an_auditor_leaves_and_given_to_who_comes(signed: World):
    second = second_auditor(signed)
    (holding,) = held_by(signed.person("auditor"), frozenset())
    assert holding.is_last
    grant_again(actor=signed.actor("auditor"), person=second.user, matter="audit-key")
    first = entry_of()
    assert opened(signed, first, "auditor2").part == {"username": TYPED}
    end_role(actor=signed.actor("admin"), appointment=signed.person("auditor").appointments.get())
    fail("later")
    assert opened(signed, entry_of(), "auditor2").part == {"username": "later"}
    assert opened(signed, first, "auditor2").part == {"username": TYPED}
    for entry in (first, entry_of()):
        with pytest.raises(NoGrant):
            opened(signed, entry)


# Erasing


def test_an_auditor_erases_on_the_page_and_the_log_stays_whole(signed: World, tmp_path: Path):
    entry, browser = entry_of(), at_desk("auditor")
    address = reverse("audit_console:erase", args=[entry.index])
    assert "Erase" in words_of(browser.get(address))
    assert browser.post(address, {"ground": "request"}).status_code == 422
    assert Private.objects.filter(pk=row_of(entry).pk).exists()
    commitment = row_of(entry).commitment
    answer = browser.post(address, {"ground": "request", "explanation": "A letter of Canary, 3 May"}, follow=True)
    said = words_of(answer)
    erasure = entry_of(ERASED)
    assert f"entry {erasure.index}" in said
    assert "The person concerned asked for it" in said
    content = json.loads(bytes(erasure.leaf))
    assert content["object"] == f"private/{commitment}"
    assert (
        content["facts"].items()
        >= {
            "ground": "request",
            "index": entry.index,
            "entry": bytes(entry.leaf_hash).hex(),
        }.items()
    )
    assert opened(signed, erasure).part == {"explanation": "A letter of Canary, 3 May"}
    assert not Private.objects.filter(pk=commitment).exists()
    assert browser.get(address).status_code == 404
    assert "erased before" in words_of(browser.post(address, {"ground": "request", "explanation": "again"}))
    assert len(entries(ERASED)) == 1
    assert told() == []
    log.integrate()
    log.export(tmp_path / "export", actor="operator/command-line")
    words = [sys.executable, "-m", "audit.verify", str(tmp_path / "export")]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 0
    assert page(browser, entry).count("This entry is in the signed log") == 1


def test_who_may_not_erase_and_what_may_not_be_erased(signed: World):
    entry, auditor = entry_of(), signed.actor("auditor")
    ground, why = Ground.ORDER, "a court said so"
    for name in sorted(signed.people):
        if name != "auditor":
            with pytest.raises(NotPermitted, match="Only an auditor"):
                erase_of(entry, actor=signed.actor(name), ground=ground, explanation=why)
    with pytest.raises(NotConfirmed):
        erase_of(entry, actor=signed.actor("auditor", confirmed=False), ground=ground, explanation=why)
    for given, error in (((ground, " "), Incomplete), ((Ground.RETENTION, why), Incomplete)):
        with pytest.raises(error):
            erase_of(entry, actor=auditor, ground=given[0], explanation=given[1])
    with pytest.raises(Incomplete):
        erase(actor=SYSTEM, part=row_of(entry), ground=Ground.ORDER)
    other = Entry.objects.exclude(type=FAILED).latest("index")
    with pytest.raises(Incomplete):
        erase(actor=auditor, part=row_of(entry), entry=other, ground=ground, explanation=why)
    with pytest.raises(WrongState):
        erase_of(other, actor=auditor, ground=ground, explanation=why)
    browser = at_desk("auditor")
    browser.get(reverse("audit_console:entries"), {"object": "my own word"})
    fail("auditor")
    for own in (entry_of("log.read"), entry_of()):
        with pytest.raises(NotPermitted, match="Somebody else"):
            erase_of(own, actor=auditor, ground=ground, explanation=why)
    assert len(entries(ERASED)) == 0
    assert Private.objects.count() == 3


def test_an_old_private_part_goes_by_itself_and_the_newer_one_stays(signed: World, settings, monkeypatch):
    settings.LOG_PRIVATE_DAYS = 30
    first = row_of(entry_of())
    today = clock.now
    monkeypatch.setattr(clock, "now", lambda: today() + timedelta(days=29))
    fail("a month later")
    sweep()
    assert Private.objects.count() == 2
    monkeypatch.setattr(clock, "now", lambda: today() + timedelta(days=31))
    sweep()
    sweep()
    (erasure,) = entries(ERASED)
    assert (erasure["actor"], erasure["facts"]) == (
        "system",
        {"entry": bytes(first.leaf_hash).hex(), "ground": "retention"},
    )
    assert opened(signed, entry_of()).part == {"username": "a month later"}
    assert Private.objects.count() == 1
    assert told() == []
    shown = page(at_desk("auditor"), Entry.objects.filter(type=FAILED).earliest("index"))
    assert "The time for which it is kept has ended" in shown


def erase_behind(event: str, object: str, row: Private) -> None:
    """Erase a row with some entry."""
    with log.transaction():
        log.append(event, actor="system", object=object, facts={})
        log.erase_private(row.commitment)


def test_erasing_the_same_twice_at_once_leaves_one_entry(signed: World):
    """The second has looked before the first was done: what it deletes is not there, so nothing of it stays."""
    row = row_of(entry_of())
    erase(actor=SYSTEM, part=row, ground=Ground.RETENTION)
    with pytest.raises(AlreadyErased):
        erase_behind(ERASED, row.pseudonym, row)
    with pytest.raises(WrongState):
        erase(actor=SYSTEM, part=row, ground=Ground.RETENTION)
    assert len(entries(ERASED)) == 1


def test_the_command_does_what_the_page_does(signed: World, monkeypatch):
    factors.set_up(actor=SYSTEM, person=signed.person("auditor"), secret=make_secret())
    codes = factors.make_codes(actor=signed.actor("auditor"))
    index = entry_of().index

    def run(*typed: str, name: str = "auditor") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(typed) + "\n"))
        out = io.StringIO()
        words = ["--as", name, "--ground", "unlawful", "--explanation", "typed a passphrase there"]
        call_command("audit", "erase-private", str(index), *words, stdout=out)
        return out.getvalue()

    with pytest.raises(CommandError, match="not right"):
        run("wrong")
    assert Entry.objects.filter(type=FAILED).count() == 2
    with pytest.raises(CommandError, match="second factor"):
        run(passphrase_of("admin"), "000000", name="admin")
    with pytest.raises(CommandError, match="code is not right"):
        run(passphrase_of("auditor"), "wrong")
    assert f"entry {index} is erased" in run(passphrase_of("auditor"), codes.pop())
    with pytest.raises(CommandError, match="erased before"):
        run(passphrase_of("auditor"), codes.pop())
    assert entries(ERASED)[0]["actor"] == f"person/{signed.person('auditor').pk}"


# Behind the program's back


@pytest.fixture
def two(signed: World) -> tuple[Private, Private]:
    fail("another")
    first, second = Private.objects.order_by("pk")
    return first, second


def refused(sql: str, *values: object) -> None:
    before = list(Private.objects.order_by("pk").values_list())
    with pytest.raises(IntegrityError), database.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    assert list(Private.objects.order_by("pk").values_list()) == before


def test_the_database_lets_no_row_be_changed_or_go_without_its_entry(two):
    first, second = two
    for sql in (
        "DELETE FROM audit_log_private",
        "UPDATE audit_log_private SET sealed = sealed",
        f"UPDATE audit_log_private SET commitment = '{'00' * 32}'",
    ):
        refused(sql)
    for model_refuses in (Private.objects.all().delete, first.delete, first.save):
        with pytest.raises(AppendOnly):
            model_refuses()
    if connection.vendor == "postgresql":
        refused("TRUNCATE audit_log_private")
        refused("SET LOCAL session_replication_role = replica; DELETE FROM audit_log_private")
    else:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers = OFF")
            try:
                refused("REPLACE INTO audit_log_private SELECT * FROM audit_log_private")
            finally:
                cursor.execute("PRAGMA recursive_triggers = ON")
    # An erasure's entry lets the row go that it names, and no other.
    with pytest.raises(IntegrityError):
        erase_behind(ERASED, first.pseudonym, second)
    with pytest.raises(IntegrityError):
        erase_behind(FAILED, second.pseudonym, second)
    assert Private.objects.count() == 2


def test_a_row_that_was_deleted_is_missed(signed: World):
    entry = entry_of()
    change("DELETE FROM audit_log_private")
    assert told() == [("the ciphertext that was written here is missing, and nothing says it was erased", entry.index)]
    assert "deleted it behind the program's back" in page(at_desk("auditor"), entry)
    with pytest.raises(CommandError):
        call_command("audit", "verify-database", stdout=io.StringIO())


def test_a_deletion_with_an_entry_that_only_its_columns_call_an_erasure_is_found(signed: World):
    row, entry = row_of(entry_of()), entry_of()
    with log.transaction():
        log.append(FAILED, actor="system", object=row.pseudonym, facts={})
    change("UPDATE audit_log_entry SET type = %s WHERE object = %s", ERASED, row.pseudonym)
    with database.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_log_private")
    assert told()[0][1] == entry.index


def test_rows_that_were_exchanged_or_changed_are_found_and_not_shown(two, signed: World):
    first, second = two
    swap = "UPDATE audit_log_private SET sealed = %s WHERE commitment = %s"
    change(swap, bytes(second.sealed), first.commitment)
    change(swap, bytes(first.sealed), second.commitment)
    assert [message.split(" is stored, but ")[1][-16:] for message, _index in told()] == ["was written last"] * 2
    browser = at_desk("auditor")
    for entry in Entry.objects.filter(type=FAILED):
        shown = page(browser, entry)
        assert "does not match what was committed" in shown
        assert TYPED not in shown
        with pytest.raises(CannotOpen):
            opened(signed, entry)
    change(swap, bytes(first.sealed), first.commitment)
    change(swap, bytes(second.sealed), second.commitment)
    assert told() == []
    change("UPDATE audit_log_private SET leaf_hash = %s WHERE commitment = %s", bytes(32), first.commitment)
    ((message, _index),) = told()
    assert "names another entry" in message


def test_a_row_that_was_added_or_put_back_is_found(signed: World):
    entry, row = entry_of(), row_of(entry_of())
    stray = Private(commitment="ab" * 32, leaf_hash=row.leaf_hash, sealed=row.sealed, time=row.time)
    stray.save()
    assert {message for message, _index in told()} == {
        "no entry speaks of the ciphertext that is stored here",
        "no entry commits to the private part that is stored here",
    }
    change("DELETE FROM audit_log_private WHERE commitment = %s", stray.commitment)
    erase(actor=SYSTEM, part=row, ground=Ground.RETENTION)
    assert told() == []
    Private(commitment=row.commitment, leaf_hash=row.leaf_hash, sealed=row.sealed, time=row.time).save()
    ((message, _index),) = told()
    assert "was erased, and it is still there" in message
    assert "there although it was erased" in page(at_desk("auditor"), entry)
    assert TYPED not in page(at_desk("auditor"), entry)


def test_who_has_the_whole_database_opens_nothing_and_cannot_guess(signed: World):
    """Every other key of the institution, with everything it leads to."""
    entry = entry_of()
    for name in sorted(signed.people):
        if name != "auditor":
            with pytest.raises(NoGrant):
                opened(signed, entry, name)
    row, told_by_the_log = row_of(entry), committed_in(bytes(entry.leaf))
    for salt in (bytes(32), row.leaf_hash, bytes.fromhex(row.commitment)):
        assert PrivatePart({"username": TYPED}, bytes(salt)).commitment != told_by_the_log
