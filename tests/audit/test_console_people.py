"""The console with the floors above it: who is named, who is found reading, and the factor before taking away."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

import cases.overseen as overseen
from audit import clock
from audit.console import names, patterns
from audit.console.patterns import Opened, Span
from audit.log import actions as log
from audit.log.events import registered
from cases.models import Membership
from integrity.people.models import Sitting
from integrity.people.roles import Role
from tests.audit.test_events import printed
from tests.desk import at_desk, confirm, entries, words_of
from tests.walks import investigation, triage
from tests.world import World

SELECTION = "audit_console:selection"
# Kinds that end like a reading and are none of a matter: the log itself, figures, one's own inbox, words, sittings.
NO_READING = {
    "case.titles_read",
    "inbox.file_opened",
    "inbox.opened",
    "log.epoch_opened",
    "log.read",
    "publication.list_opened",
    "recovery.sitting_opened",
    "statistics.summary_read",
}


def looked() -> Span:
    log.number()
    now = clock.now()
    return Span(now - timedelta(days=1), now + timedelta(days=1))


def read(actor: str, object: str, times: int = 1) -> None:
    with log.transaction():
        for _number in range(times):
            log.append("case.file_opened", actor=actor, object=object, facts={})


def test_every_kind_that_reads_like_a_reading_is_counted_as_one():
    printed()
    kinds = {
        name
        for name in registered()
        if name.split("_")[-1].split(".")[-1] in {"opened", "read"} and not name.startswith(("test.", "demonstration."))
    }
    assert kinds - NO_READING == patterns.readings() == set(overseen.READINGS)


def test_staff_are_named_and_reporting_persons_and_whatever_else_are_not(world: World):
    person = world.person("supervisor")
    asked = [
        f"person/{person.pk}",
        f"person/{uuid4()}",
        "person/x",
        "person/",
        f"reporter/{person.pk}",
        f"case/{person.pk}",
    ]
    assert names.names_of(asked) == {f"person/{person.pk}": person.name}


def test_the_auditor_sees_the_name_of_who_acted(world: World):
    browser = at_desk("auditor")
    page = words_of(browser.get(reverse("audit_console:entries")))
    assert world.person("auditor").name in page.split("<main", 1)[1]


def test_a_member_s_reading_is_not_outside_the_team_and_a_stranger_s_is(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    member = Membership.objects.filter(case=case, until__isnull=True).first()
    stranger = world.person("programme")
    read(f"person/{member.person_id}", case.pseudonym)
    assert f"person/{stranger.pk}" not in {each.actor for each in looked().outside_the_team().found}
    read(f"person/{stranger.pk}", case.pseudonym, times=3)
    found = {(each.actor, each.object): each.count for each in looked().outside_the_team().found}
    assert found == {(f"person/{stranger.pk}", case.pseudonym): 3}


def test_who_left_a_case_was_of_its_team_until_that_day(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    member = Membership.objects.filter(case=case, until__isnull=True).first()
    today = clock.today()
    Membership.objects.filter(case=case, person=member.person).update(since=today - timedelta(days=9), until=today)
    actor, now = f"person/{member.person_id}", clock.now()

    def outside(first: int, last: int) -> bool:
        moments = [now + timedelta(days=number) for number in (first, last)]
        return bool(list(overseen.outside_the_team([Opened(actor, case.pseudonym, *moments, 2)])))

    assert not outside(-9, 0)
    assert outside(-10, 0)
    assert outside(-1, 1)
    gone = Opened(actor, f"case/{uuid4()}", now, now, 1)
    assert not list(overseen.outside_the_team([gone, Opened(actor, "case/x", now, now, 1)]))


def test_readings_by_administrators_are_found_also_when_the_role_has_ended(world: World):
    admin = world.person("admin")
    read(f"person/{admin.pk}", "report/1")
    assert [each.actor for each in looked().by_administrators().found] == [f"person/{admin.pk}"]
    appointments = admin.appointments.filter(role=Role.ADMINISTRATOR)
    appointments.update(since=clock.today() - timedelta(days=90), until=clock.today() - timedelta(days=30))
    assert not looked().by_administrators().found


def test_refused_attempts_and_failed_sign_ins_are_found(world: World, client):
    for _try in range(3):
        client.post(reverse("people:sign_in"), {"username": "triage", "passphrase": "wrong words every time"})
        log.append_alone(
            "action.refused", actor="person/x", object="-", facts={"action": "case.close", "reason": "NotPermitted"}
        )
    span = looked()
    assert [each.object for each in span.failed().found] == [f"person/{world.person('triage').pk}"]
    assert [each.actor for each in span.refused().found] == ["person/x"]


def test_taking_entries_away_asks_for_the_second_factor_again(world: World, log_key):
    browser = at_desk("auditor")
    log.integrate()
    address = reverse(SELECTION)
    assert browser.get(address).status_code == 200
    Sitting.objects.update(confirmed_at=clock.now() - timedelta(days=1))
    asked = browser.get(f"{address}?type=people.signed_in")
    assert asked.status_code == 302
    assert asked.url.startswith(reverse("factors:confirm"))
    assert "type" in asked.url
    assert browser.post(address).status_code == 403
    assert not entries("log.selection_exported")
    confirm(browser)
    assert browser.post(address)["Content-Type"] == "application/zip"
    (taken,) = entries("log.selection_exported")
    assert taken["actor"] == f"person/{world.person('auditor').pk}"


@pytest.mark.parametrize("username", ["admin", "supervisor", "programme"])
@pytest.mark.parametrize("page", ["health", "patterns", "timeline", "selection"])
def test_nobody_but_an_auditor_sees_these_pages(world: World, username: str, page: str):
    browser = at_desk(username)
    assert browser.get(reverse(f"audit_console:{page}")).status_code == 403
    assert browser.post(reverse(SELECTION)).status_code == 403


def test_a_case_is_found_by_its_reference_and_the_log_keeps_its_pseudonym(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("auditor")
    page = browser.get(reverse("audit_console:entries"), {"object": case.reference})
    assert {row.entry.object for row in page.context["page"].rows} == {case.pseudonym}
    assert entries("log.read")[-1]["facts"]["filter"] == {"object": case.pseudonym}
