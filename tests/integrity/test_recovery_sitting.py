"""The sitting of custodians: drills, recoveries, new custodians, and what thieves of parts of it get."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from audit import clock
from cases.models import Case, Membership
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted, WrongState
from integrity.people import actions as people
from integrity.people.roles import Role
from integrity.recovery import actions
from integrity.recovery.coverage import coverage, former
from integrity.recovery.models import Ceremony, CeremonyState, LaidShare, Notice, Purpose, RecoverySitting, RequestState
from integrity.recovery.proving import WrongWords, gather, prepare_shares, prove
from integrity.recovery.words import DoNotFit, Words, combine, read, split
from integrity.vault.erasure import ErasureReason, destroy_key
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, KeyKind
from integrity.vault.seal import CannotOpen, Place, PrivateKey
from integrity.vault.wrap import unwrap
from tests.desk import entries
from tests.integrity.recovery_scene import (
    Sheets,
    approved,
    asked,
    confirmed,
    custodians,
    gathered,
    handed_out,
    in_force,
    laid,
    lose_passphrase,
    proposed,
)
from tests.walks.triage import open_case, received_report
from tests.world import SYSTEM, World


def case_of(world: World) -> Case:
    """A case, of which the supervisor and the triage officer are members."""
    return open_case(world)


def title(case: Case, world: World, name: str) -> str:
    """The sealed title, opened with this person's keys as they are now."""
    return str(Case.objects.get(pk=case.pk).open(world.actor(name).keys, "title"))


def recovered(world: World, sheets: Sheets, beneficiary: str, *names: str) -> int:
    """Asked, approved, and given by these custodians."""
    request = approved(world, beneficiary)
    return actions.recover(actor=world.actor(names[0]), request=request, gathered=gathered(sheets, *names))


def test_everything_made_after_the_ceremony_is_covered_by_itself(world: World):
    sheets = in_force(world)
    before = coverage(sheets.ceremony.key).missing
    received_report(world)
    case_of(world)
    assert Grant.objects.filter(holder=sheets.ceremony.key, key__kind=KeyKind.CASE).exists()
    assert coverage(sheets.ceremony.key).missing == before


def test_whoever_lost_their_passphrase_gets_back_what_they_had_from_two_custodians(world: World):
    sheets = in_force(world)
    case = case_of(world)
    had = title(case, world, "supervisor")
    lose_passphrase(world, "supervisor")
    with pytest.raises(NoGrant):
        title(case, world, "supervisor")
    assert recovered(world, sheets, "supervisor", "custodian1", "custodian3") >= 1
    assert title(case, world, "supervisor") == had


def test_a_recovery_gives_nothing_to_anybody_else_and_leaves_no_private_half(world: World):
    sheets = in_force(world)
    case = case_of(world)
    lose_passphrase(world, "supervisor")
    recovered(world, sheets, "supervisor", "custodian1", "custodian2")
    for name in ("custodian1", "custodian2", "custodian3", "admin", "authority"):
        with pytest.raises(NoGrant):
            title(case, world, name)
    assert not Grant.objects.filter(key=sheets.ceremony.key).exists()


def test_the_recovery_key_is_wiped_after_use(world: World):
    sheets = in_force(world)
    found = gathered(sheets, "custodian1", "custodian2")
    actions.drill(actor=world.actor("custodian1"), gathered=found)
    with pytest.raises(RuntimeError):
        _ = found.keyring.own


def test_the_log_names_who_asked_who_agreed_and_who_gave_it_and_the_person_is_told(world: World):
    sheets = in_force(world)
    case_of(world)
    lose_passphrase(world, "supervisor")
    recovered(world, sheets, "supervisor", "custodian1", "custodian2")
    entry = entries("recovery.recovered")[-1]
    assert entry["actor"] == world.actor("custodian1").pseudonym
    assert entry["facts"]["beneficiary"] == f"person/{world.person('supervisor').pk}"
    assert entry["facts"]["approved_by"] == f"person/{world.person('authority').pk}"
    assert entry["facts"]["custodians"] == sorted(
        f"person/{world.person(name).pk}" for name in ("custodian1", "custodian2")
    )
    notice = Notice.objects.get(person=world.person("supervisor"))
    assert notice.seen_on is None
    assert "holidays" in notice.open(world.actor("supervisor").keys, "reason")


def test_the_reason_is_read_by_those_who_were_told_and_nobody_else(world: World):
    in_force(world)
    case_of(world)
    lose_passphrase(world, "supervisor")
    asked(world, "supervisor")
    told = set(Notice.objects.values_list("person__username", flat=True))
    assert {"admin", "supervisor", "supervisor2", "authority", "custodian1", "custodian2", "custodian3"} <= told
    assert not told & {"investigator", "triage", "auditor", "manager"}
    for notice in Notice.objects.select_related("person"):
        assert notice.open(world.keyrings[notice.person.username], "reason")
        with pytest.raises(NoGrant):
            notice.open(world.keyrings["investigator"], "reason")
    assert "holidays" not in str(entries())


def test_one_custodian_with_the_whole_database_opens_nothing(world: World):
    """The thief has every row, one sheet, and that custodian's own open keys; two of three are needed."""
    sheets = in_force(world)
    report, case = received_report(world), case_of(world)
    stolen = read(sheets.words["custodian1"])
    keyring = world.keyrings["custodian1"]
    for row, field in ((report, "answers"), (case, "title")):
        with pytest.raises(NoGrant):
            row.open(keyring, field)
    for grant in Grant.objects.filter(holder=sheets.ceremony.key):
        for guess in (combine_or_nothing([stolen]), combine_or_nothing([stolen, stolen])):
            assert guess is None
        with pytest.raises(CannotOpen):
            grant.open_with(keyring.own)
    with pytest.raises(WrongWords, match="Too few"):
        gather(sheets.ceremony, [prove(sheets.ceremony, stolen)])


def test_a_forged_second_sheet_does_not_give_the_recovery_key(world: World):
    sheets = in_force(world)
    taken = set(range(2**15)) - {sheets.ceremony.identifier}
    forged = split(bytes(range(32)), threshold=2, count=3, taken=taken)[1]
    mine = read(sheets.words["custodian1"])
    assert combine_or_nothing([mine, forged]) is None


def test_two_sheets_of_three_of_five_are_one_too_few(world: World):
    names = tuple(f"keeper{number}" for number in range(1, 6))
    sheets = in_force(world, names=names, threshold=3)
    shares = [prove(sheets.ceremony, read(sheets.words[name])) for name in names[:2]]
    with pytest.raises(WrongWords, match="Too few"):
        gather(sheets.ceremony, shares)
    assert combine_or_nothing([share.words for share in shares]) is None
    assert gathered(sheets, *names[1:4]).keyring.holds(sheets.ceremony.key)


def combine_or_nothing(words: list[Words]) -> bytes | None:
    """What a thief would try."""
    try:
        return combine(words)
    except DoNotFit:
        return None


def test_the_same_sheet_twice_does_not_count_as_two(world: World):
    sheets = in_force(world)
    share = prove(sheets.ceremony, read(sheets.words["custodian1"]))
    with pytest.raises(WrongWords, match="Too few"):
        gather(sheets.ceremony, [share, share])
    opened = laid(world, sheets, Purpose.DRILL, "custodian1")
    with pytest.raises(Incomplete, match="has typed their words already"):
        actions.lay_share(actor=world.actor("custodian1"), opened=opened, proven=share)


def test_a_drill_opens_nothing_and_leaves_its_day_and_the_proofs(world: World):
    sheets = in_force(world)
    case_of(world)
    before = Grant.objects.count()
    with clock.at(clock.now() + timedelta(days=90)):
        actions.drill(actor=world.actor("custodian2"), gathered=gathered(sheets, "custodian2", "custodian3"))
        assert sheets.refresh().drilled_on == clock.today()
        proved = {each.person.username: each.proved_on for each in sheets.ceremony.custodians.select_related("person")}
        assert proved["custodian3"] == clock.today() > proved["custodian1"]
    assert Grant.objects.count() == before
    assert len(entries("recovery.drilled")) == 1


def test_what_lies_on_the_table_cannot_be_read_from_the_database(world: World):
    sheets = in_force(world)
    opened = laid(world, sheets, Purpose.DRILL, "custodian1")
    row = LaidShare.objects.get()
    assert sheets.words["custodian1"].encode()[:20] not in bytes(row.wrapped)
    place = Place("recovery_laidshare", "wrapped", str(row.pk))
    with pytest.raises(CannotOpen):
        unwrap(bytes(row.wrapped), secret=bytes(32), place=place)
    assert unwrap(bytes(row.wrapped), secret=opened.secret, place=place).decode() == sheets.words["custodian1"]
    assert opened.token not in str(list(RecoverySitting.objects.values()))


def test_a_sitting_ends_by_itself_and_forgets_what_was_typed(world: World):
    sheets = in_force(world)
    opened = laid(world, sheets, Purpose.DRILL, "custodian1")
    with clock.at(clock.now() + timedelta(minutes=21)):
        with pytest.raises(WrongState, match="over"):
            actions.lay_share(
                actor=world.actor("custodian1"),
                opened=opened,
                proven=prove(sheets.ceremony, read(sheets.words["custodian2"])),
            )
        actions.sweep_sittings()
    assert not LaidShare.objects.exists()


def test_the_words_of_another_ceremony_do_not_go_on_the_table(world: World):
    first = in_force(world)
    second = in_force(world)
    opened = actions.open_sitting(actor=world.actor("custodian1"), ceremony=second.refresh(), purpose=Purpose.DRILL)
    old = prove(first.refresh(), read(first.words["custodian2"]))
    with pytest.raises(NotPermitted, match="another ceremony"):
        actions.lay_share(actor=world.actor("custodian1"), opened=opened, proven=old)


@pytest.mark.parametrize("name", ["admin", "supervisor", "authority"])
def test_only_a_custodian_sits_down(world: World, name: str):
    sheets = in_force(world)
    with pytest.raises(NotPermitted, match="Only a custodian"):
        actions.open_sitting(actor=world.actor(name), ceremony=sheets.ceremony, purpose=Purpose.DRILL)


def test_nothing_is_recovered_without_the_approval_of_a_second_person(world: World):
    sheets = in_force(world)
    case_of(world)
    lose_passphrase(world, "supervisor")
    request = asked(world, "supervisor")
    with pytest.raises(WrongState, match="Nothing is approved"):
        actions.recover(
            actor=world.actor("custodian1"), request=request, gathered=gathered(sheets, "custodian1", "custodian2")
        )
    for name in ("admin", "supervisor", "custodian1", "investigator"):
        with pytest.raises(NotPermitted):
            actions.approve(actor=world.actor(name), request=request)
    actions.refuse(actor=world.actor("authority"), request=request)
    with pytest.raises(WrongState):
        actions.approve(actor=world.actor("authority2"), request=request)


def test_nobody_asks_for_themselves_and_only_some_may_ask(world: World):
    in_force(world)
    case_of(world)
    lose_passphrase(world, "supervisor")
    for name in ("supervisor", "investigator", "custodian1"):
        with pytest.raises(NotPermitted):
            actions.ask(
                actor=world.actor(name),
                beneficiary=world.person("supervisor"),
                scope="person",
                ground="forgotten",
                reason="Please.",
            )


def test_an_approval_does_not_last_for_ever(world: World):
    sheets = in_force(world)
    case_of(world)
    lose_passphrase(world, "supervisor")
    request = approved(world, "supervisor")
    with clock.at(clock.now() + timedelta(days=15)), pytest.raises(WrongState, match="too old"):
        actions.open_sitting(
            actor=world.actor("custodian1"), ceremony=sheets.ceremony, purpose=Purpose.RECOVER, request=request
        )


def test_a_custodian_does_not_help_to_recover_for_themselves(world: World):
    sheets = in_force(world)
    people.appoint(actor=SYSTEM, person=world.person("custodian1"), role=Role.SUPERVISOR)
    case = open_case(world, supervisor="custodian1")
    lose_passphrase(world, "custodian1")
    request = approved(world, "custodian1")
    with pytest.raises(NotPermitted, match="Nobody recovers for themselves"):
        actions.open_sitting(
            actor=world.actor("custodian1"), ceremony=sheets.ceremony, purpose=Purpose.RECOVER, request=request
        )
    opened = actions.open_sitting(
        actor=world.actor("custodian2"), ceremony=sheets.ceremony, purpose=Purpose.RECOVER, request=request
    )
    with pytest.raises(NotPermitted, match="their words do not count"):
        actions.lay_share(
            actor=world.actor("custodian2"),
            opened=opened,
            proven=prove(sheets.ceremony, read(sheets.words["custodian1"])),
        )
    with pytest.raises(NotPermitted, match="their words do not count"):
        actions.recover(
            actor=world.actor("custodian2"), request=request, gathered=gathered(sheets, "custodian1", "custodian2")
        )
    with pytest.raises(NoGrant):
        title(case, world, "custodian1")
    assert actions.recover(
        actor=world.actor("custodian2"), request=request, gathered=gathered(sheets, "custodian2", "custodian3")
    )
    assert title(case, world, "custodian1")


def test_a_case_that_nobody_opens_any_more_is_given_to_a_supervisor_with_membership(world: World):
    sheets = in_force(world)
    case = case_of(world)
    request = approved(world, "supervisor2", scope="case", reference=case.reference)
    actions.recover(
        actor=world.actor("custodian1"), request=request, gathered=gathered(sheets, "custodian1", "custodian2")
    )
    assert title(case, world, "supervisor2")
    assert Role.SUPERVISOR in case.capacities(world.person("supervisor2"))
    request.refresh_from_db()
    assert request.state == RequestState.DONE


def test_a_case_is_not_recovered_for_whom_it_is_about(world: World):
    sheets = in_force(world)
    case = open_case(world, person=world.person("supervisor2"), triage="triage2")
    request = approved(world, "supervisor2", scope="case", reference=case.reference)
    with pytest.raises(ConflictOfInterest):
        actions.recover(
            actor=world.actor("custodian1"), request=request, gathered=gathered(sheets, "custodian1", "custodian2")
        )
    assert not Membership.objects.filter(case=case, person=world.person("supervisor2")).exists()


def test_a_report_is_given_to_a_recipient_of_its_channel(world: World):
    sheets = in_force(world)
    report = received_report(world, channel=world.independent)
    with pytest.raises(NotPermitted, match="recipient of the channel"):
        asked(world, "triage", scope="report", reference=report.reference)
    world.add("triage3", Role.TRIAGE)
    world.independent.recipients.add(world.person("triage3"))
    request = approved(world, "triage3", scope="report", reference=report.reference)
    actions.recover(
        actor=world.actor("custodian1"), request=request, gathered=gathered(sheets, "custodian1", "custodian2")
    )
    assert report.open(world.actor("triage3").keys, "answers")


def test_keys_older_than_the_ceremony_are_brought_in_by_whoever_opens_them(world: World):
    case, report = case_of(world), received_report(world)
    sheets = in_force(world)
    key = sheets.ceremony.key
    missing = coverage(key).missing
    assert missing >= 3
    assert actions.bring_in(actor=world.actor("supervisor")) >= 1
    assert Grant.objects.filter(key=case.key, holder=key).exists()
    assert coverage(key).missing < missing
    with pytest.raises(WrongState, match="safe already"):
        actions.bring_in(actor=world.actor("supervisor"))
    with pytest.raises(WrongState, match="safe already"):
        actions.bring_in(actor=world.actor("admin"))
    for name in ("triage", "identity", "editor", "auditor", "protection"):
        actions.bring_in(actor=world.actor(name))
    assert coverage(key).is_complete
    found = gathered(sheets, "custodian1", "custodian2").keyring
    assert Case.objects.get(pk=case.pk).open(found, "title")
    assert report.open(found, "answers")


def test_what_was_erased_on_purpose_is_neither_missing_nor_recoverable(world: World):
    sheets = in_force(world)
    case = case_of(world)
    before = coverage(sheets.ceremony.key)
    destroy_key(actor=SYSTEM, key=case.key, reason=ErasureReason.ORDER)
    after = coverage(sheets.ceremony.key)
    assert (after.total, after.missing) == (before.total - 1, before.missing)
    with pytest.raises(NoGrant):
        case.open(gathered(sheets, "custodian1", "custodian2").keyring, "title")


def test_new_custodians_of_the_same_key_need_the_old_ones_and_reseal_nothing(world: World):
    old = in_force(world)
    case = case_of(world)
    grants = set(Grant.objects.values_list("pk", flat=True))
    names = ("custodian2", "custodian3", "custodian4", "custodian5")
    successor = proposed(world, names=names, threshold=3, keeps_key=True)
    with pytest.raises(WrongState):
        actions.confirm(actor=world.actor("supervisor"), ceremony=successor, prepared=prepare_shares(successor))
    found = gathered(old, "custodian1", "custodian2")
    actions.replace(
        actor=world.actor("custodian1"),
        successor=successor,
        gathered=found,
        prepared=prepare_shares(successor, found.keyring.own),
    )
    successor.refresh_from_db()
    assert Ceremony.objects.in_force() == old.ceremony
    new = handed_out(world, successor, names)
    assert Ceremony.objects.in_force() == successor
    assert set(Grant.objects.values_list("pk", flat=True)) == grants
    assert case.open(gathered(new, *names[1:]).keyring, "title")
    assert old.refresh().state == CeremonyState.RETIRED
    with pytest.raises(WrongWords, match="do not count any more"):
        prove(old.ceremony, read(old.words["custodian1"]))


def test_old_sheets_of_a_kept_key_still_give_it_outside_this_system_as_the_page_says(world: World):
    """The honest limit of keeping the key: only a new key closes it."""
    old = in_force(world)
    successor = proposed(world, keeps_key=True)
    found = gathered(old, "custodian1", "custodian2")
    prepared = prepare_shares(successor, found.keyring.own)
    actions.replace(actor=world.actor("custodian1"), successor=successor, gathered=found, prepared=prepared)
    handed_out(world, Ceremony.objects.get(pk=successor.pk), ("custodian1", "custodian2", "custodian3"))
    seed = combine([read(old.words["custodian1"]), read(old.words["custodian3"])])
    assert PrivateKey(seed).public.raw == bytes(successor.replaces.key.public)


def test_a_new_key_takes_over_and_the_old_one_is_emptied_by_its_custodians(world: World):
    old = in_force(world)
    case = case_of(world)
    names = ("custodian4", "custodian5", "custodian6")
    new = handed_out(world, confirmed(world, proposed(world, names=names)), names)
    assert new.ceremony.key != old.refresh().key
    assert former(new.ceremony) == [old.ceremony]
    assert not Grant.objects.filter(holder=new.ceremony.key, key=case.key).exists()
    with pytest.raises(WrongState, match="Bring them over first"):
        actions.forget_old_key(actor=world.actor("admin"), ceremony=old.ceremony)
    actions.move(actor=world.actor("custodian1"), gathered=gathered(old, "custodian1", "custodian3"))
    assert former(new.ceremony) == []
    assert not Grant.objects.filter(holder=old.ceremony.key).exists()
    assert case.open(gathered(new, "custodian4", "custodian5").keyring, "title")
    seed = combine([read(old.words["custodian1"]), read(old.words["custodian2"])])
    with pytest.raises(NoGrant):
        case.open(Keyring(old.ceremony.key, PrivateKey(seed)), "title")


def test_a_new_key_in_the_larger_suite_works_the_same(world: World):
    with override_settings(VAULT_SUITE=2):
        sheets = in_force(world)
        assert sheets.ceremony.key.suite == 2
        case = case_of(world)
        assert case.open(gathered(sheets, "custodian2", "custodian3").keyring, "title")


def test_a_lost_sheet_of_one_custodian_loses_nothing(world: World):
    sheets = in_force(world)
    del sheets.words["custodian2"]
    case = case_of(world)
    lose_passphrase(world, "supervisor")
    recovered(world, sheets, "supervisor", "custodian3", "custodian1")
    assert title(case, world, "supervisor")


def test_what_was_asked_for_before_is_not_widened_afterwards(world: World):
    sheets = in_force(world)
    first = case_of(world)
    lose_passphrase(world, "supervisor")
    request = approved(world, "supervisor")
    fixed = set(request.keys.values_list("key", flat=True))
    assert first.key_id in fixed
    given = actions.recover(
        actor=world.actor("custodian1"), request=request, gathered=gathered(sheets, "custodian1", "custodian2")
    )
    assert given <= len(fixed)
    with pytest.raises(WrongState, match="Nothing is approved"):
        actions.recover(
            actor=world.actor("custodian1"), request=request, gathered=gathered(sheets, "custodian1", "custodian2")
        )


def test_for_somebody_who_lost_nothing_there_is_nothing_to_ask(world: World):
    in_force(world)
    custodians(world)
    with pytest.raises(Incomplete, match="Nothing waits"):
        asked(world, "investigator")
