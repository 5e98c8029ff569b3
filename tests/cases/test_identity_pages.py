"""The pages of a request for an identity: asking, deciding, releasing, reading."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import clock
from cases.identities import actions
from cases.identities.models import IdentityRequest
from cases.identities.states import RequestState
from cases.triage.models import IdentityOpening
from intake.portal.models import Report
from integrity.action import Actor, action, record
from integrity.people.models import Sitting
from integrity.policy import ANYBODY
from tests.cases.identity_scene import NAME, asked, named_case, named_report, released
from tests.desk import at_desk, entries, words_of
from tests.world import World

pytestmark = pytest.mark.django_db
REASON = "Only the reporting person can say which barrier it was."
ASK = {"reason": REASON, "needed_for": "One telephone call.", "told_later": "", "ground": "", "silent_until": ""}


def page(name: str, *parts: str) -> str:
    return reverse(f"identities:{name}", args=parts)


@action("test.opened_alone", by=ANYBODY, description="A test did what was possible before requests were needed.")
def open_alone(*, actor: Actor, report: Report) -> None:
    found = Report.objects.select_related("identity_key").get(pk=report.pk)
    opening = IdentityOpening(report=found, person=actor.user, at=clock.now())
    opening.seal(reason="A court ordered it on 3 May.")
    opening.save(force_insert=True)
    record(object=report.pseudonym)


def step(browser: Client, request: IdentityRequest, name: str, **given: Any) -> Any:
    return browser.post(page("step", request.reference, name), given)


def test_the_whole_way_through_the_pages(world: World) -> None:
    case, report, _receipt = named_case(world)
    asker, custodian, second = (at_desk(name) for name in ("investigator", "identity", "authority"))
    file = words_of(asker.get(reverse("cases:file", args=[case.reference])))
    assert "Sealed for the identity custodian" in file
    assert page("ask_from_case", case.reference) in file
    answer = asker.post(page("ask_from_case", case.reference), ASK)
    request = IdentityRequest.objects.get(report=report)
    assert answer.url == page("request", request.reference)
    assert "Asked for by Investigator" in words_of(asker.get(reverse("cases:file", args=[case.reference])))

    assert request.reference in words_of(custodian.get(reverse("desk")))
    assert request.reference in words_of(custodian.get(page("list")))
    assert REASON in words_of(custodian.get(page("request", request.reference)))
    form = words_of(custodian.get(page("step", request.reference, "agree")))
    assert "Authority2" in form
    assert ">Supervisor<" not in form
    who = {"second": str(world.person("authority").pk)}
    assert step(custodian, request, "agree", reasons="No other way.", free="on", **who).status_code == 302

    assert "Decide" in words_of(second.get(reverse("desk")))
    assert "No other way." in words_of(second.get(page("request", request.reference)))
    assert step(second, request, "approve", reasons="Proportionate.", free="on").status_code == 302

    day = (clock.today() + timedelta(days=5)).isoformat()
    shown = words_of(custodian.get(page("step", request.reference, "release")))
    assert "Esi" not in shown
    done = custodian.post(page("step", request.reference, "release"), {"until": day, "told": "One call."}, follow=True)
    assert "Esi" not in words_of(done)

    assert "Esi" not in words_of(asker.get(page("request", request.reference)))
    assert "Esi" not in words_of(asker.get(page("step", request.reference, "read")))
    assert not entries("identity.read")
    assert NAME in words_of(step(asker, request, "read"))
    assert len(entries("identity.read")) == 1
    assert "1 time" in words_of(custodian.get(page("request", request.reference)))
    assert step(asker, request, "give_back").status_code == 302
    assert step(asker, request, "read").status_code == 403


def test_whoever_has_no_part_finds_nothing(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = released(world, asked(world, case, report))
    for name in ("supervisor", "triage", "authority2", "editor", "auditor", "admin", "investigator2"):
        browser = at_desk(name)
        assert browser.get(page("request", request.reference)).status_code == 404, name
        assert browser.get(page("list")).status_code == 403, name
        for taken in ("read", "release", "approve", "agree", "no_such_step"):
            assert browser.get(page("step", request.reference, taken)).status_code == 404, name
            assert step(browser, request, taken).status_code == 404, name
        assert request.reference not in words_of(browser.get(reverse("desk")))
    assert not entries("identity.read")
    assert any(entry["facts"]["action"] == "identity.request_opened" for entry in entries("action.refused"))


def test_who_cannot_ask_is_not_offered_it_and_gets_no_form(world: World) -> None:
    case, report, _receipt = named_case(world)
    for name in ("investigator2", "authority", "admin", "identity"):
        browser = at_desk(name)
        assert browser.get(page("ask_from_case", case.reference)).status_code == 404, name
        assert browser.get(page("ask_from_report", report.reference)).status_code == 404, name
        assert browser.post(page("ask_from_report", report.reference), ASK).status_code == 404, name
    intake = words_of(at_desk("intake").get(reverse("triage:report", args=[report.reference])))
    assert "Sealed for the identity custodian" in intake
    assert "Ask for the identity" not in intake
    assert not IdentityRequest.objects.exists()


def test_a_triage_officer_asks_from_the_report(world: World) -> None:
    report, _receipt = named_report(world)
    browser = at_desk("triage")
    address = page("ask_from_report", report.reference)
    assert address in words_of(browser.get(reverse("triage:report", args=[report.reference])))
    for given in ({**ASK, "reason": ""}, {**ASK, "told_later": "order"}, {**ASK, "told_later": "nothing"}):
        answer = browser.post(address, given)
        assert answer.status_code == 422
        assert "One telephone call." in words_of(answer)
    assert browser.post(address, ASK).status_code == 302
    assert IdentityRequest.objects.get().capacity == "triage"
    again = browser.get(address)
    assert again.status_code == 403
    assert "waits already" in words_of(again)
    assert browser.post(address, ASK).status_code == 403
    assert IdentityRequest.objects.count() == 1


def test_a_refused_step_says_why_keeps_what_was_typed_and_is_in_the_log(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = asked(world, case, report)
    custodian = at_desk("identity")
    answer = step(custodian, request, "release", until=clock.today().isoformat(), told="One call.")
    assert answer.status_code == 403
    assert "not possible now" in words_of(answer)
    answer = step(custodian, request, "agree", reasons="A long thought.", free="on", second="")
    assert answer.status_code == 422
    assert "A long thought." in words_of(answer)
    assert {entry["facts"]["action"] for entry in entries("action.refused")} == {"identity.released"}
    assert IdentityRequest.objects.get().state == RequestState.ASKED


def test_a_grave_step_asks_for_the_second_factor_first(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = released(world, asked(world, case, report))
    browser = at_desk("investigator")
    Sitting.objects.filter(pk=browser.session["sitting"]).update(confirmed_at=clock.now() - timedelta(hours=2))
    answer = step(browser, request, "read")
    assert answer.status_code == 403
    assert "Esi" not in words_of(answer)
    assert not entries("identity.read")


def test_the_list_is_filtered_and_asks_a_fixed_number_of_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for _number in range(3):
        report, _receipt = named_report(world)
        actions.ask(actor=world.actor("triage"), report=report, reason="x", needed_for="y")
    custodian = at_desk("identity")
    with django_assert_max_num_queries(14):
        shown = words_of(custodian.get(page("list")))
    assert all(request.reference in shown for request in IdentityRequest.objects.all())
    assert "No requests" in words_of(custodian.get(page("list"), {"state": "released"}))


def test_what_a_custodian_opened_alone_in_earlier_times_stays_on_record(world: World) -> None:
    report, _receipt = named_report(world)
    open_alone(actor=world.actor("identity"), report=report)
    shown = words_of(at_desk("identity").get(page("list")))
    assert "A court ordered it on 3 May." in shown
    assert "before requests were needed" in shown


def test_a_case_whose_reports_came_without_a_name_offers_nothing(world: World) -> None:
    from tests.walks import triage

    case = triage.open_case(world)
    browser = at_desk("triage")
    assert "Not given" in words_of(browser.get(reverse("cases:file", args=[case.reference])))
    assert browser.get(page("ask_from_case", case.reference)).status_code == 404
