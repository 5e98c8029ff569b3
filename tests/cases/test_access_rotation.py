"""Taking access away rotates keys: what is written afterwards is closed, to old copies of the database as well.

Everybody has a key of their own here. A thief is somebody who left, with a copy of the grants from before, today's
whole database, and their own passphrase.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import actions as case_actions
from cases.access import end_access, give_access
from cases.consistency import differences
from cases.investigation import actions as investigating
from cases.models import Case
from cases.work import cases as work_of_cases
from config.command import main
from intake.portal import actions as portal
from intake.portal.models import Message, Report
from intake.portal.receipt import ReporterSecret
from integrity.action import Actor, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from integrity.vault.actions import unlock
from integrity.vault.files import keep, open_stream
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, Key, KeyKind
from tests.desk import at_desk, entries, words_of
from tests.walks import appeals as appealing
from tests.walks import investigation, triage
from tests.walks.portal import send_report
from tests.world import World, passphrase_of

SYSTEM = Actor.system()


@action("test.rotation_given", by=ANYBODY, description="A test gave somebody access.")
def give(*, actor: Actor, case: Case, person: User, capacity: Role = Role.INVESTIGATOR) -> None:
    give_access(actor=actor, case=case, person=person, capacity=capacity)
    record(object=case.pseudonym)


@action("test.rotation_ended", by=ANYBODY, description="A test ended somebody's access.")
def end(*, actor: Actor, case: Case, person: User, key: Key | None = None) -> None:
    end_access(case=case, person=person, key=key)
    record(object=case.pseudonym)


@action("test.rotation_wrote", by=ANYBODY, description="A test wrote something into a case.")
def write(*, actor: Actor, perform: Callable[[], Any]) -> Any:
    written = perform()
    record(object="test")
    return written


def grants_of(person: User) -> list[Grant]:
    """What a copy of the database holds for somebody."""
    return list(Grant.objects.filter(holder=person.key))


def thief(person: User, stolen: list[Grant]) -> Keyring:
    """Who left: the grants of an old copy are put beside today's rows, and the passphrase opens the lock as ever."""
    Grant.objects.bulk_create(stolen, ignore_conflicts=True)
    return unlock(person.key, passphrase_of(person.username))


def note(world: World, case: Case, body: str, username: str = "supervisor") -> Any:
    """A note by a member of the case; the newest one."""
    investigating.add_note(actor=world.actor(username), subject=Case.objects.get(pk=case.pk), body=body)
    return case.notes.order_by("number").last()


def working_case(world: World) -> tuple[Case, ReporterSecret]:
    """A case with an investigator in it, from a report whose receipt the test has."""
    report, receipt = send_report(world)
    triage.actions.acknowledge(actor=world.actor("intake"), subject=report)
    triage.assess(world, report)
    case = triage.open_case(world, report=report)
    investigation.to_investigating(world, case)
    return Case.objects.get(pk=case.pk), ReporterSecret.of(receipt)


def test_who_left_opens_what_they_had_and_nothing_that_was_written_after(world: World) -> None:
    case, _secret = working_case(world)
    person = world.person("investigator")
    before = note(world, case, "before", "investigator")
    stolen = grants_of(person)
    end(actor=world.actor("supervisor"), case=case, person=person)

    after = note(world, case, "after")
    file = write(
        actor=SYSTEM,
        perform=lambda: keep(investigation.upload(b"evidence of later"), owner_key=Case.objects.get(pk=case.pk).key),
    )
    with pytest.raises(NoGrant):
        before.open(world.actor("investigator").keys, "body")

    keys = thief(person, stolen)
    assert before.open(keys, "body") == "before"
    assert case.open(keys, "title") == "Money at the gate"
    for closed in (lambda: after.open(keys, "body"), lambda: list(open_stream(file, keys))):
        with pytest.raises(NoGrant):
            closed()
    supervisor = world.actor("supervisor").keys
    assert (before.open(supervisor, "body"), after.open(supervisor, "body")) == ("before", "after")
    assert b"".join(open_stream(file, supervisor)) == b"evidence of later"


def test_what_the_reporting_person_writes_after_is_closed_to_who_left(world: World) -> None:
    case, secret = working_case(world)
    report = Report.objects.get(cases=case)
    person = world.person("investigator")
    stolen = grants_of(person)
    end(actor=world.actor("supervisor"), case=case, person=person)

    report.refresh_from_db()
    answer = portal.reporter_writes(
        actor=Actor.reporter(report.pk), report=report, text="I saw him again.", nonce=secrets.token_bytes(32)
    )
    case_actions.write_to_reporter(actor=world.actor("supervisor"), subject=case, body="Where?", is_question=True)
    question = Message.objects.get(report=report, from_office=True, kind="question")
    assert report.open(thief(person, stolen), "answers")["what"], "the report itself they had read"
    for message in (answer, question):
        with pytest.raises(NoGrant):
            message.open(thief(person, stolen), "body")
        for username in ("supervisor", "triage", "intake"):
            assert message.open(world.actor(username).keys, "body")
    report.refresh_from_db()
    reporter = Keyring(report.reporter_key, secret.private)
    assert [each.open(reporter, "body") for each in (answer, question)] == ["I saw him again.", "Where?"]
    assert report.open(reporter, "answers")["what"]


def test_a_copy_of_a_row_made_before_is_sealed_to_the_newest_key_all_the_same(world: World) -> None:
    case, _secret = working_case(world)
    person = world.person("investigator")
    stale, stolen = Case.objects.select_related("key").get(pk=case.pk), grants_of(person)
    end(actor=world.actor("supervisor"), case=case, person=person)
    investigating.add_note(actor=world.actor("supervisor"), subject=stale, body="after")

    def retitle() -> None:
        stale.seal(title="A new title")
        Case.objects.filter(pk=stale.pk).update(title=stale.title)

    write(actor=SYSTEM, perform=retitle)
    keys = thief(person, stolen)
    with pytest.raises(NoGrant):
        stale.open(keys, "title")
    assert stale.open(world.actor("supervisor").keys, "title") == "A new title"


def test_who_comes_back_gets_everything(world: World) -> None:
    case, _secret = working_case(world)
    person = world.person("investigator")
    notes = [note(world, case, "first")]
    for text in ("second", "third"):
        end(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=person)
        notes.append(note(world, case, text))
        case_actions.write_to_reporter(actor=world.actor("supervisor"), subject=case, body=f"The {text} word")
        give(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=person)
    keys = world.actor("investigator").keys
    assert [each.open(keys, "body") for each in notes] == ["first", "second", "third"]
    report = Report.objects.get(cases=case)
    assert report.open(keys, "answers")["what"]
    words = [message.open(keys, "body") for message in report.messages.all()]
    assert words == ["The second word", "The third word"]
    assert differences() == []


def test_who_comes_new_reads_what_was_written_before_they_came(world: World) -> None:
    case, _secret = working_case(world)
    before = note(world, case, "before")
    end(actor=world.actor("supervisor"), case=case, person=world.person("investigator"))
    after = note(world, case, "after")
    give(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=world.person("investigator2"))
    keys = world.actor("investigator2").keys
    assert [each.open(keys, "body") for each in (before, after)] == ["before", "after"]
    assert differences() == []


def test_a_report_joined_later_opens_with_all_that_was_written_in_it(world: World) -> None:
    case, _secret = working_case(world)
    report = Report.objects.get(cases=case)
    end(actor=world.actor("supervisor"), case=case, person=world.person("investigator"))
    case_actions.write_to_reporter(actor=world.actor("supervisor"), subject=case, body="A later word")
    other = triage.open_case(world, supervisor="supervisor2", name="Ama Other", staff_number="S-1002")

    def join() -> None:
        report.refresh_from_db()
        case_actions.join_report(actor=world.actor("triage"), case=other, report=report)

    write(actor=SYSTEM, perform=join)
    keys = world.actor("supervisor2").keys
    assert report.open(keys, "answers")["what"]
    assert [each.open(keys, "body") for each in report.messages.all()][-1] == "A later word"


def test_access_is_ended_by_somebody_who_opens_nothing(world: World) -> None:
    case, _secret = working_case(world)
    end(actor=world.actor("admin"), case=case, person=world.person("investigator"))
    assert Case.objects.get(pk=case.pk).key != Key.objects.get(pk=case.key.predecessor_id or case.key_id)
    assert note(world, case, "after").open(world.actor("supervisor").keys, "body") == "after"
    assert not world.actor("admin").keys.holds(Case.objects.get(pk=case.pk).key)


def test_who_declares_a_conflict_is_shut_out_and_the_log_tells_who_and_what(world: World) -> None:
    case, _secret = working_case(world)
    person, first = world.person("investigator"), case.key_id
    stolen = grants_of(person)
    case_actions.declare_conflict(actor=world.actor("investigator"), subject=case, statement="A cousin.")
    case = Case.objects.get(pk=case.pk)
    assert case.key.predecessor_id == first
    with pytest.raises(NoGrant):
        note(world, case, "after").open(thief(person, stolen), "body")

    rotated = [each for each in entries("key.rotated") if each["facts"]["kind"] == KeyKind.CASE]
    assert [(each["actor"], each["object"]) for each in rotated] == [(f"person/{person.pk}", f"key/{case.key_id}")]
    assert rotated[0]["facts"]["predecessor"] == f"key/{first}"
    assert rotated[0]["facts"]["holders"] == 2
    places = {place.rsplit("/", 3)[0] for place in rotated[0]["facts"]["sealed"]}
    assert places == {"vault_key", "vault_grant"}
    own = entries("case.declare_conflict")[-1]["facts"]["sealed"]
    # Who is kept out of what is told to protection officers is written anew with it.
    written = [place.split("/")[:2] for place in own]
    assert written == [["cases_conflictdeclaration", "statement"], ["protection_desk_keptout", "people"]]


def test_a_board_member_who_left_reads_no_opinion_that_came_after(world: World) -> None:
    case = triage.open_case(world)
    appealing.to_transmitted(world, case)
    leaving, staying, _third = case.members(Role.BOARD)
    appeal = case.appeals.get()
    part, stolen = appeal.record.first(), grants_of(leaving)
    end(actor=SYSTEM, case=case, person=leaving, key=appeal.key)
    appeal.refresh_from_db()

    def opine() -> Any:
        row = type(part)(appeal=appeal, number=99, kind="note")
        row.seal(title="Later", body="What came after")
        row.save(force_insert=True)
        return row

    later = write(actor=SYSTEM, perform=opine)
    keys = thief(leaving, stolen)
    assert part.open(keys, "body")
    with pytest.raises(NoGrant):
        later.open(keys, "body")
    supervisor = world.actor(case.members(Role.SUPERVISOR)[0].username).keys
    for reader in (world.actor(staying.username).keys, supervisor):
        assert later.open(reader, "body") == "What came after"
        assert part.open(reader, "body")


def test_an_appeal_is_closed_to_an_investigator_who_left_before_its_record_grew(world: World) -> None:
    case = triage.open_case(world)
    appealing.to_transmitted(world, case)
    person = world.person("investigator")
    stolen = grants_of(person)
    end(actor=SYSTEM, case=Case.objects.get(pk=case.pk), person=person)
    appealing.give_opinions(world, case, "quash", "uphold", "uphold")
    opinion = case.appeals.get().opinions.first()
    with pytest.raises(NoGrant):
        opinion.open(thief(person, stolen), "reasons")
    board = world.actor(case.members(Role.BOARD)[0].username).keys
    assert opinion.open(board, "reasons").startswith("My reasons to")


def test_a_page_costs_the_same_queries_and_one_operation_more_for_each_generation_that_it_shows(world: World) -> None:
    case, _secret = working_case(world)
    person = world.person("investigator")

    def cost() -> tuple[int, int]:
        keys = world.actor("supervisor").keys
        shown = Case.objects.select_related("key").get(pk=case.pk)
        rows = list(shown.notes.all())
        with CaptureQueriesContext(connection) as queries:
            keys.find([shown.key])
            shown.open(keys, "title")
            for each in rows:
                each.open(keys, "body")
        return len(queries), keys.count - len(rows) - 1

    note(world, case, "first generation")
    assert cost() == (1, 1), "one query, and the one grant of the case's key"
    for generations in (2, 3, 4):
        end(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=person)
        assert cost() == (1, generations - 1), "a generation in which nothing was written costs nothing"
        note(world, case, f"generation {generations}")
        assert cost() == (1, generations)
        give(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=person)


def test_the_work_list_asks_as_often_when_keys_have_generations(world: World) -> None:
    case, _secret = working_case(world)

    def cost() -> tuple[int, int]:
        actor = world.actor("supervisor")
        with CaptureQueriesContext(connection) as queries:
            (item,) = list(work_of_cases(actor))
        assert item.title == "Money at the gate"
        return len(queries), actor.keys.count

    before = cost()
    for _time in range(2):
        end(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=world.person("investigator"))
        give(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=world.person("investigator"))
    assert cost() == before


def test_the_case_page_shows_what_was_written_in_every_generation(world: World) -> None:
    case, _secret = working_case(world)
    note(world, case, "canary of before")
    end(actor=world.actor("supervisor"), case=case, person=world.person("investigator"))
    note(world, case, "canary of after")
    page = words_of(at_desk("supervisor").get(reverse("cases:file", args=[case.reference])))
    assert "canary of before" in page
    assert "canary of after" in page


def test_a_case_whose_last_member_is_taken_away_gives_its_reports_to_no_key_that_they_know(world: World) -> None:
    case, _secret = working_case(world)
    report = Report.objects.get(cases=case)
    people = [membership.person for membership in case.memberships.filter(until__isnull=True)]
    stolen = {person.pk: grants_of(person) for person in people}
    for person in people:
        end(actor=SYSTEM, case=Case.objects.get(pk=case.pk), person=person)
    report.refresh_from_db()
    answer = portal.reporter_writes(
        actor=Actor.reporter(report.pk), report=report, text="Is anybody there?", nonce=secrets.token_bytes(32)
    )
    recipients = {world.person(name).pk for name in ("intake", "triage", "triage2")}
    for person in people:
        keys = thief(person, stolen[person.pk])
        if person.pk in recipients:
            assert answer.open(keys, "body") == "Is anybody there?", "they received the report itself"
        else:
            with pytest.raises(NoGrant):
                answer.open(keys, "body")


def test_an_operator_is_told_when_a_member_misses_a_generation_or_a_stranger_kept_one(world: World) -> None:
    case, _secret = working_case(world)
    person = world.person("investigator")
    stolen, first = grants_of(person), case.key_id
    end(actor=world.actor("supervisor"), case=case, person=person)
    assert differences() == []
    Grant.objects.bulk_create(each for each in stolen if each.key_id == first)
    where = f"case/{case.pk} person/{person.pk}"
    assert differences() == [f"{where}: grant without membership"]
    give(actor=world.actor("supervisor"), case=Case.objects.get(pk=case.pk), person=person)
    assert differences() == []
    Grant.objects.filter(key=first, holder=person.key).delete()
    assert differences() == [f"{where}: holds 1 of 2 generations of key/{first}"]


def test_the_command_names_every_difference_and_ends_with_an_error(world: World) -> None:
    case, _secret = working_case(world)
    told = io.StringIO()
    call_command("check_access", stdout=told, skip_checks=True)
    assert "agree for everybody" in told.getvalue()

    person = world.person("investigator")
    Grant.objects.filter(holder=person.key).delete()
    told = io.StringIO()
    with pytest.raises(CommandError, match="1 differences") as ended:
        call_command("check_access", stdout=told, skip_checks=True)
    assert ended.value.returncode == 1
    assert told.getvalue() == f"case/{case.pk} person/{person.pk}: membership without grant\n"


def test_the_command_is_typed_with_a_hyphen(monkeypatch) -> None:
    typed: list[list[str]] = []
    monkeypatch.setattr("django.core.management.execute_from_command_line", typed.append)
    for words in (["check-access"], ["vault", "reseal", "anna-lee"], ["--help"], []):
        monkeypatch.setattr("sys.argv", ["integrity", *words])
        main()
    assert typed == [
        ["integrity", "check_access"],
        ["integrity", "vault", "reseal", "anna-lee"],
        ["integrity", "--help"],
        ["integrity"],
    ]
