"""Crypto-erasure: after a key is destroyed its content is gone for everybody, and that is said."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from audit import clock
from audit.log.models import Entry
from integrity.action import Actor, action, record
from integrity.policy import ANYBODY
from integrity.vault import standing
from integrity.vault.actions import (
    ErasureReason,
    declare_standing_holder,
    destroy_key,
    grant,
    holders_of,
    make_key,
    rotate,
)
from integrity.vault.files import FileDamaged, keep, open_stream
from integrity.vault.keyring import Erased, Keyring, NoGrant
from integrity.vault.models import Grant, Key, KeyDestroyed, KeyKind, StoredFile
from integrity.vault.uploads import sweep_uploads
from tests.desk import at_desk, entries, words_of
from tests.integrity.vault_scene import arrived, kept, key_for, person, recorded
from tests.walks import investigation, triage
from tests.world import World

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def again(keyring: Keyring) -> Keyring:
    """The same person in another request."""
    return Keyring(keyring.key, keyring.own)


def lying(stored: StoredFile, settings) -> Path:
    """Where the ciphertext lies."""
    return Path(settings.VAULT_FILES) / "kept" / str(stored.pk)


def row(owner: Key, value: str) -> StoredFile:
    """A row with something sealed to a key."""
    one = StoredFile(owner_key=owner, ciphertext_sha256="0" * 64, ciphertext_size=0)
    with recorded():
        one.seal(details=value)
    return one


def test_nobody_opens_what_was_sealed_to_a_destroyed_key_and_recovery_neither(monkeypatch) -> None:
    monkeypatch.setattr(standing, "_sources", [])
    holder, second = person(), person()
    with recorded():
        recovery, recovery_private = make_key(KeyKind.RECOVERY)
    declare_standing_holder(lambda kind: [recovery])
    case = key_for(KeyKind.CASE, holder)
    report = key_for(KeyKind.REPORT, case, second)
    older = row(report, "older")
    with recorded():
        rotate(report, holders=holders_of(report))
    newer = row(report, "newer")
    everybody = [holder, second, Keyring(recovery, recovery_private)]
    assert all(one.open(again(keys), "details") for keys in everybody for one in (older, newer))

    destroy_key(actor=SYSTEM, key=report, reason=ErasureReason.RETENTION)
    day = clock.today()
    for keys in everybody:
        for one in (older, newer):
            with pytest.raises(Erased, match=f"erased for good on .*{day.year}"):
                one.open(again(keys), "details")
        assert again(keys).holds(case) == (keys is not second)
    assert not Grant.objects.filter(key__lineage=report.lineage).exists()


def test_erasure_is_in_the_log_with_its_reason_and_who_did_it() -> None:
    case = key_for(KeyKind.CASE, person(), person())
    destroy_key(actor=SYSTEM, key=case, reason=ErasureReason.ORDER)
    (entry,) = entries("vault.key_destroyed")
    assert (entry["actor"], entry["object"]) == ("system", f"key/{case.pk}")
    assert entry["facts"] == {
        "key": str(case.pk), "kind": "case", "reason": "order", "generations": 1, "grants": 2, "files": 0
    }  # fmt: skip


def test_what_the_destroyed_key_opened_is_closed_by_that_way_only() -> None:
    holder, officer = person(), person()
    case = key_for(KeyKind.CASE, holder)
    report = key_for(KeyKind.REPORT, case, officer)
    destroy_key(actor=SYSTEM, key=case, reason=ErasureReason.RETENTION)
    assert again(officer).holds(report)
    assert not again(holder).holds(report)


def test_nothing_is_sealed_given_or_rotated_with_a_destroyed_key() -> None:
    holder = person()
    with recorded():
        case, private = make_key(KeyKind.CASE, holder.key)
    destroy_key(actor=SYSTEM, key=case, reason=ErasureReason.UNLAWFUL)
    one = StoredFile(owner_key=case, ciphertext_sha256="0" * 64, ciphertext_size=0)
    with recorded(), pytest.raises(KeyDestroyed):
        one.seal(details="x")
    with recorded(), pytest.raises(KeyDestroyed):
        rotate(case, holders=[holder.key])
    with recorded(), pytest.raises(KeyDestroyed):
        grant(private, key=case, to=holder.key)
    with recorded(), pytest.raises(KeyDestroyed):
        grant(holder, key=holder.key, to=case)
    with pytest.raises(KeyDestroyed):
        destroy_key(actor=SYSTEM, key=case, reason=ErasureReason.RETENTION)
    assert not Grant.objects.filter(key=case).exists()


@pytest.mark.parametrize("kind", [KeyKind.PERSON, KeyKind.REPORTER, KeyKind.RECOVERY])
def test_a_key_that_somebody_has_in_their_head_cannot_be_destroyed(kind: KeyKind) -> None:
    key = key_for(kind)
    with pytest.raises(ValueError, match="destroys nothing"):
        destroy_key(actor=SYSTEM, key=key, reason=ErasureReason.RETENTION)
    assert not Entry.objects.filter(type="vault.key_destroyed").exists()


def test_the_ciphertext_of_files_is_removed_after_the_commit_and_no_others(
    settings, django_capture_on_commit_callbacks
) -> None:
    holder = person()
    report, other = key_for(KeyKind.REPORT, holder), key_for(KeyKind.REPORT, holder)
    first = kept(b"first", report)
    with recorded():
        rotate(report, holders=[holder.key])
    second, elsewhere = kept(b"second", report), kept(b"elsewhere", other)
    with django_capture_on_commit_callbacks(execute=True):
        destroy_key(actor=SYSTEM, key=report, reason=ErasureReason.RETENTION)
        assert lying(first, settings).exists(), "not before the commit"
    assert [lying(one, settings).exists() for one in (first, second, elsewhere)] == [False, False, True]
    with pytest.raises(Erased):
        open_stream(first, again(holder))
    assert b"".join(open_stream(elsewhere, again(holder))) == b"elsewhere"


def test_an_erasure_that_is_rolled_back_erases_nothing(settings, django_capture_on_commit_callbacks) -> None:
    holder = person()
    report = key_for(KeyKind.REPORT, holder)
    stored = kept(b"content", report)

    @action("test.erasure_refused", by=ANYBODY, description="A test refused after erasing.")
    def refuse(*, actor: Actor) -> None:
        destroy_key(actor=actor, key=report, reason=ErasureReason.RETENTION)
        record(object="test")
        raise KeyDestroyed("Not now.")

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(KeyDestroyed):
        refuse(actor=SYSTEM)
    assert b"".join(open_stream(stored, again(holder))) == b"content"
    assert not Entry.objects.filter(type="vault.key_destroyed").exists()


def test_a_file_that_a_crash_left_after_its_erasure_is_swept(settings) -> None:
    report = key_for(KeyKind.REPORT, person())
    stored, living = kept(b"content", report), kept(b"living", key_for(KeyKind.REPORT, person()))
    # Inside the test's own transaction the commit never comes, as after a crash.
    destroy_key(actor=SYSTEM, key=report, reason=ErasureReason.RETENTION)
    for one in (stored, living):
        os.utime(lying(one, settings), (time.time() - 90_000,) * 2)
    assert sweep_uploads(timedelta(hours=24)) == 1
    assert not lying(stored, settings).exists()
    assert lying(living, settings).exists()


def test_an_upload_meant_for_a_destroyed_key_is_refused() -> None:
    report = key_for(KeyKind.REPORT, person())
    destroy_key(actor=SYSTEM, key=report, reason=ErasureReason.RETENTION)
    upload = arrived(b"late")
    with recorded(), pytest.raises(KeyDestroyed):
        keep(upload, owner_key=report)
    assert not StoredFile.objects.exists()


def test_a_missing_file_of_a_living_key_is_damaged_and_not_erased(settings) -> None:
    holder = person()
    stored = kept(b"content", key_for(KeyKind.REPORT, holder))
    lying(stored, settings).unlink()
    with pytest.raises(FileDamaged):
        open_stream(stored, holder)


def test_who_never_had_a_grant_is_told_nothing_else_before(world: World) -> None:
    case = triage.open_case(world)
    with pytest.raises(NoGrant) as told:
        case.open(world.actor("auditor").keys, "title")
    assert not isinstance(told.value, Erased)


def test_the_page_of_an_erased_report_says_that_it_was_erased(world: World) -> None:
    case = investigation.to_assigned(world, triage.open_case(world))
    report = case.reports.get()
    destroy_key(actor=SYSTEM, key=report.key, reason=ErasureReason.RETENTION)
    browser = at_desk("triage")
    page = browser.get(f"/desk/reports/{report.reference}/")
    assert page.status_code in {403, 404, 409}
    assert "gate" not in words_of(page)
