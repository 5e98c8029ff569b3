"""Moving to another suite: everything that a person opens, in batches, again and again without harm."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from cases.consistency import differences
from cases.investigation import custody
from cases.models import Case
from intake.portal.models import Report
from intake.portal.receipt import ReporterSecret
from integrity.action import Actor
from integrity.people.models import User
from integrity.vault import inspection, reseal
from integrity.vault.actions import WrongPassphrase, unlock
from integrity.vault.files import open_stream
from integrity.vault.keyring import Keyring
from integrity.vault.models import Grant, Key, KeyKind, Resealing, StoredFile
from integrity.vault.seal import Place, seal
from tests.desk import entries
from tests.integrity.vault_scene import kept, key_for, person
from tests.walks import investigation, triage
from tests.walks.portal import send_report
from tests.world import World, passphrase_of


@pytest.fixture
def case(world: World) -> Case:
    """A case with evidence, findings and notes, made in the first suite."""
    return investigation.to_findings(world, triage.open_case(world))


@pytest.fixture
def second_suite(settings, case: Case) -> None:
    """From now on new keys are made in the second suite."""
    settings.VAULT_SUITE = 2


def run(world: World, username: str, tmp_path: Path, **options: object) -> str:
    """`integrity vault reseal`."""
    told, secret = io.StringIO(), tmp_path / "passphrase"
    secret.write_text(passphrase_of(username) + "\n")
    call_command("vault", "reseal", username, passphrase_file=secret, stdout=told, skip_checks=True, **options)
    return told.getvalue()


def opened(username: str) -> Actor:
    """Somebody who signs in with their passphrase, with the key they have now."""
    account = User.objects.select_related("key").get(username=username)
    return Actor.of(account, unlock(account.key, passphrase_of(username)))


def suites_of(column: str) -> dict[int, int]:
    """How many values of a column are in which suite."""
    return dict(inspection.suites()[column])


def test_everything_that_a_member_opens_moves_and_reads_as_before(world, case, second_suite, tmp_path) -> None:
    supervisor = world.actor("supervisor").keys
    notes = [note.open(supervisor, "body") for note in case.notes.all()]
    files = {one.pk: b"".join(open_stream(one, supervisor)) for one in StoredFile.objects.filter(evidence__case=case)}
    assert notes
    assert files

    told = run(world, "supervisor", tmp_path, batch=3)
    assert "MLKEM1024-P384" in told
    case = Case.objects.select_related("key").get(pk=case.pk)
    assert (case.key.suite, case.key.predecessor.suite) == (2, 1)
    assert suites_of("cases_case.title") == {2: 1}
    assert suites_of("investigation_note.body") == {2: len(notes)}
    assert suites_of("vault_storedfile.file_key") == {2: len(files)}

    for username in ("supervisor", "investigator"):
        keys = opened(username).keys
        assert case.open(keys, "title") == "Money at the gate"
        assert [note.open(keys, "body") for note in case.notes.all()] == notes
        assert {pk: b"".join(open_stream(StoredFile.objects.get(pk=pk), keys)) for pk in files} == files
    assert differences() == []
    assert list(inspection.differences()) == []


def test_a_persons_own_key_moves_and_the_passphrase_stays(world, case, second_suite, tmp_path) -> None:
    before = User.objects.get(username="supervisor").key
    run(world, "supervisor", tmp_path)
    after = User.objects.get(username="supervisor").key
    assert (before.suite, after.suite, after.predecessor) == (1, 2, before)
    assert not Grant.objects.filter(holder=before).exists()
    with pytest.raises(WrongPassphrase):
        unlock(before, passphrase_of("supervisor"))
    assert all(grant.sealed[0] == 2 for grant in Grant.objects.filter(holder=after))


def test_the_second_run_moves_nothing(world, case, second_suite, tmp_path) -> None:
    run(world, "supervisor", tmp_path)
    keys = Key.objects.count()
    assert "0 keys and 0 values were moved." in run(world, "supervisor", tmp_path)
    assert Key.objects.count() == keys


def test_a_run_that_broke_off_is_finished_by_the_next(world, case, second_suite, tmp_path, monkeypatch) -> None:
    real, done = reseal._reseal, []

    def breaks_off(**arguments: object) -> int:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(1)
        return real(**arguments)

    monkeypatch.setattr(reseal, "_reseal", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        run(world, "supervisor", tmp_path, batch=1)
    moved = sum(counts[2] for column, counts in inspection.suites().items() if column != "vault_grant.sealed")
    assert moved == 4
    assert case.open(world.actor("investigator").keys, "title") == "Money at the gate"
    monkeypatch.setattr(reseal, "_reseal", real)
    run(world, "supervisor", tmp_path, batch=1)
    assert suites_of("investigation_note.body").keys() == {2}
    assert Case.objects.get(pk=case.pk).open(opened("investigator").keys, "title") == "Money at the gate"


def test_what_the_person_does_not_open_stays_and_is_told(world, case, settings, tmp_path) -> None:
    settings.VAULT_SUITE = 1
    send_report(world)
    settings.VAULT_SUITE = 2
    told = run(world, "investigator", tmp_path)
    assert "in other suites still: investigator does not open them" in told
    assert suites_of("portal_report.answers") == {1: 1, 2: 1}, "the case's own report, and not the new one"
    run(world, "triage", tmp_path)
    assert suites_of("portal_report.answers") == {2: 2}


def test_the_chain_of_custody_is_whole_after_two_moves(world, case, settings, tmp_path) -> None:
    items = list(case.evidence.all())
    assert items
    for number, suite in enumerate((2, 1), start=1):
        settings.VAULT_SUITE = suite
        run(world, "supervisor", tmp_path)
        for item in type(items[0]).objects.filter(case=case):
            assert item.details[0] == suite
            assert custody.check(item, item.custody.all()).is_whole
        assert Resealing.objects.count() == number * (
            len(items) + sum(item.custody.exclude(details=b"").count() for item in items)
        )
    item = type(items[0]).objects.get(pk=items[0].pk)
    item.details = item.details[:-1] + bytes([item.details[-1] ^ 1])
    assert not custody.check(item, item.custody.all()).is_whole


def test_a_reporting_person_reads_their_report_with_the_same_receipt(world, second_suite, settings, tmp_path) -> None:
    settings.VAULT_SUITE = 1
    report, receipt = send_report(world)
    settings.VAULT_SUITE = 2
    run(world, "triage", tmp_path)
    report = Report.objects.get(pk=report.pk)
    assert report.key.suite == 2
    keys = Keyring(report.reporter_key, ReporterSecret.of(receipt).private)
    assert report.open(keys, "answers")["what"]


def test_a_report_that_arrives_in_the_second_suite_opens_with_its_receipt(world, settings) -> None:
    settings.VAULT_SUITE = 2
    report, receipt = send_report(world)
    assert (report.key.suite, report.reporter_key.suite, report.answers[0]) == (2, 2, 2)
    keys = Keyring(report.reporter_key, ReporterSecret.of(receipt).private)
    assert report.open(keys, "answers")["what"]


def test_every_batch_is_in_the_log_with_what_it_moved(world, case, second_suite, tmp_path) -> None:
    run(world, "supervisor", tmp_path)
    person = User.objects.get(username="supervisor")
    moved = [each for each in entries("vault.resealed") if each["facts"]["table"] == "cases_case"]
    assert [(each["actor"], each["facts"]["field"], each["facts"]["values"]) for each in moved] == [
        (f"person/{person.pk}", "title", 1),
        (f"person/{person.pk}", "predication", 1),
    ]
    assert f"cases_case/title/{case.pk}/2" in moved[0]["facts"]["sealed"]
    assert entries("vault.person_key_moved")[0]["facts"]["suite"] == 2
    assert entries("vault.keys_moved")[0]["facts"]["keys"] >= 2


def test_what_is_sealed_to_a_person_alone_opens_after_their_key_moved(world, settings, tmp_path) -> None:
    place = Place("test_table", "words", "1")
    old = world.person("supervisor").key
    sealed = seal(b"for you alone", to=old.public_key, place=place)
    settings.VAULT_SUITE = 2
    run(world, "supervisor", tmp_path)
    assert opened("supervisor").keys.open(sealed, key=old.pk, place=place) == b"for you alone"


@pytest.mark.parametrize(
    ("username", "passphrase", "sentence"),
    [
        ("nobody", "x", "Nobody with the user name nobody"),
        ("supervisor", "wrong passphrase", "does not open"),
    ],
)
def test_a_wrong_name_or_passphrase_moves_nothing(world, tmp_path, username, passphrase, sentence) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(passphrase)
    with pytest.raises(CommandError, match=sentence):
        call_command("vault", "reseal", username, passphrase_file=secret, skip_checks=True)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("vault", "reseal", "supervisor", passphrase_file=tmp_path / "gone", skip_checks=True)
    with pytest.raises(CommandError, match="at least one"):
        call_command("vault", "reseal", "supervisor", passphrase_file=secret, batch=0, skip_checks=True)


def check() -> tuple[str, str]:
    """`integrity vault check`: what it says, and what it complains of; CommandError when there is anything."""
    told, complained = io.StringIO(), io.StringIO()
    try:
        call_command("vault", "check", stdout=told, stderr=complained, skip_checks=True)
    except CommandError as error:
        complained.write(str(error))
    return told.getvalue(), complained.getvalue()


def test_the_check_counts_suites_and_finds_nothing_wrong(world, case) -> None:
    told, complained = check()
    assert "cases_case.title: 1 in suite 1" in told
    assert "every file is there" in told
    assert complained == ""


def test_the_check_names_what_nobody_could_open(world, case, settings) -> None:
    holder = person()
    lost = kept(b"content", key_for(KeyKind.REPORT, holder))
    cut = kept(b"content", key_for(KeyKind.REPORT, holder))
    folder = Path(settings.VAULT_FILES) / "kept"
    (folder / str(lost.pk)).unlink()
    (folder / str(cut.pk)).write_bytes(b"short")
    lonely = key_for(KeyKind.CASE)
    title = case.title
    wrong = {
        "names no key": title[:1] + bytes(16) + title[17:],
        "another suite": b"\x02" + title[1:],
        "unknown suite": b"\x09" + title[1:],
        "too short": title[:9],
    }
    for value in wrong.values():
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(title=value)
            _told, complained = check()
            transaction.set_rollback(True)
        assert f"cases_case.title of {case.pk}: " in complained
    Case.objects.filter(pk=case.pk).update(title=wrong["another suite"])
    _told, complained = check()
    lines = complained.splitlines()
    assert f"cases_case.title of {case.pk}: in suite 2, but key/{case.key_id} is of suite 1" in lines
    assert f"key/{lonely.pk}: nobody holds this key of kind case; what is sealed to it cannot be opened" in lines
    assert f"file/{lost.pk}: its ciphertext is missing" in lines
    assert f"file/{cut.pk}: its ciphertext has 5 bytes instead of {cut.ciphertext_size}" in lines
    assert lines[-1] == "4 differences."
