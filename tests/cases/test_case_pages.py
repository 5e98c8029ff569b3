"""The desk's pages of cases: the work list, the list, the file, and the form of a step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import clock
from cases import actions
from cases.models import Case
from cases.states import CaseState
from integrity.action import Actor, action, record
from integrity.policy import ANYBODY
from integrity.rules.terms import Gravity
from integrity.vault.keyring import Keyring
from tests.desk import at_desk, entries, words_of
from tests.integrity.test_keyset import HOSTILE
from tests.walks import appeals, discipline, investigation, triage
from tests.world import World


@action("test.case_opened", by=ANYBODY, description="A test opened a case without a report.")
def opened(*, actor: Actor, world: World, title: str) -> Case:
    """A case as `open_case` makes it, without the way through triage."""
    case = actions.open_case(
        actor=actor,
        report=None,
        pack=world.pack,
        title=title,
        predication="A test.",
        subjects=[triage.subject()],
        allegations=[actions.NewAllegation(1, "speed-money", Gravity.SERIOUS, "Took money.")],
        supervisor=world.person("supervisor"),
    )
    record(object=case.pseudonym)
    return case


def open_cases(world: World, numbers: range) -> list[Case]:
    return [opened(actor=world.actor("triage"), world=world, title=f"Matter {number:03}") for number in numbers]


def cost(browser: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many queries and private-key operations a page takes."""
    made: list[Keyring] = []
    original = Keyring.__init__

    def counted(self: Keyring, *arguments: Any) -> None:
        original(self, *arguments)
        made.append(self)

    with monkeypatch.context() as patch, CaptureQueriesContext(connection) as captured:
        patch.setattr(Keyring, "__init__", counted)
        assert browser.get(url).status_code == 200
    return len(captured), sum(keyring.count for keyring in made)


def test_lists_cost_the_same_with_five_and_with_forty_cases(world: World, monkeypatch: pytest.MonkeyPatch):
    open_cases(world, range(5))
    browser = at_desk("supervisor")
    addresses = [reverse("desk"), reverse("cases:list"), "/api/v1/cases/"]
    for address in addresses:
        browser.get(address)
    few = [cost(browser, address, monkeypatch) for address in addresses]
    open_cases(world, range(5, 40))
    many = [cost(browser, address, monkeypatch) for address in addresses]
    assert [queries for queries, _operations in many] == [queries for queries, _operations in few]
    _work, (queries, operations), _api = many
    assert queries < 20
    assert operations <= 2 * 25, "a page opens what it shows and no more"


def test_the_pages_of_the_list_hold_every_case_once(world: World):
    expected = {case.reference for case in open_cases(world, range(30))}
    with clock.at(clock.now().replace(year=2021)):
        expected.add(open_cases(world, range(30, 31))[0].reference)
    browser = at_desk("supervisor")
    first = browser.get(reverse("cases:list"))
    second = browser.get(reverse("cases:list") + first.context["page"].next)
    shown = [row["case"].reference for answer in (first, second) for row in answer.context["cases"]]
    assert len(shown) == len(expected) == 31
    assert set(shown) == expected
    assert shown[-1] == Case.objects.earliest("opened_on").reference
    back = browser.get(reverse("cases:list") + second.context["page"].previous)
    assert back.context["cases"] == first.context["cases"]
    for made_up in HOSTILE:
        for direction in ("after", "before"):
            answer = browser.get(f"{reverse('cases:list')}?{urlencode({direction: made_up})}")
            assert answer.status_code == 200
            assert [row["case"].reference for row in answer.context["cases"]] == shown[:25]


def test_the_list_is_filtered_by_state_and_knows_no_other(world: World):
    first, second = open_cases(world, range(2))
    investigation.to_assigned(world, first)
    browser = at_desk("supervisor")

    def listed(state: str) -> set[str]:
        answer = browser.get(reverse("cases:list"), {"state": state})
        return {row["case"].reference for row in answer.context["cases"]}

    assert listed("assigned") == {first.reference}
    assert listed("opened") == {second.reference}
    assert listed("closed") == set()
    assert listed("open") == listed("") == listed("' OR 1=1") == {first.reference, second.reference}


def test_the_case_page_costs_no_more_at_the_end_than_it_shows(world: World, monkeypatch: pytest.MonkeyPatch):
    case = triage.open_case(world)
    url = reverse("cases:file", args=[case.reference])
    browser = at_desk("supervisor")
    browser.get(url)
    early_queries, early_operations = cost(browser, url, monkeypatch)
    investigation.to_investigating(world, case)
    for _ in range(2):
        investigation.gather(world, case)
    some = cost(browser, url, monkeypatch)
    for _ in range(6):
        investigation.gather(world, case)
    more = cost(browser, url, monkeypatch)
    assert early_queries <= 60
    assert early_operations <= 30
    assert more[0] <= some[0] + 2, "queries must not grow with what is in the file"
    assert more[1] <= some[1] + 6 * 10, "a few operations for each note, item, custody event and interview"


def test_looking_into_a_case_is_in_the_log_each_time(world: World):
    case = triage.open_case(world)
    browser = at_desk("supervisor")
    for _ in range(2):
        browser.get(reverse("cases:file", args=[case.reference]))
    looked = entries("case.file_opened")
    assert len(looked) == 2
    assert looked[0]["actor"] == f"person/{world.person('supervisor').pk}"
    assert "Money at the gate" not in str(looked)


def test_what_somebody_else_may_not_see_does_not_exist_for_them(world: World):
    case = triage.open_case(world)
    browser = at_desk("investigator")
    here = browser.get(reverse("cases:file", args=[case.reference]))
    nowhere = browser.get(reverse("cases:file", args=["C-0000-0000"]))
    assert here.status_code == nowhere.status_code == 404
    assert words_of(here).replace(case.reference, "C-0000-0000") == words_of(nowhere)
    assert entries("action.refused")[-1]["facts"]["action"] == "case.file_opened"
    for name in ("assign", "declare_conflict"):
        assert browser.get(reverse("cases:transition", args=[case.reference, name])).status_code == 404


def test_an_unknown_step_does_not_exist(world: World):
    case = triage.open_case(world)
    browser = at_desk("supervisor")
    for name in ("no_such_step", "acknowledge", "approve_entry", "__init__"):
        for call in (browser.get, browser.post):
            assert call(f"/desk/cases/{case.reference}/{name}/").status_code == 404


def test_what_was_typed_is_kept_when_the_form_is_not_complete(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    answer = browser.post(
        reverse("cases:transition", args=[case.reference, "propose_plan"]),
        {"questions": "Who opened gate 3?", "sources": "", "interviews": "The guard <b>", "risks": "None."},
    )
    page = words_of(answer)
    assert answer.status_code == 422
    assert "Who opened gate 3?" in page
    assert "The guard <b>" in page, "typed text is kept"
    assert b"The guard <b>" not in answer.content, "and escaped"
    assert 'href="#id_sources"' in page
    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED


def test_what_was_typed_is_kept_when_the_action_refuses(world: World):
    case = triage.open_case(world)
    discipline.to_notified(world, case)
    data = {
        "received_on": (clock.today().replace(year=clock.today().year + 1)).isoformat(),
        "statement": "I shall not appeal.",
    }
    answer = at_desk("supervisor").post(reverse("cases:transition", args=[case.reference, "waive_appeal"]), data)
    page = words_of(answer)
    assert answer.status_code == 422
    assert "I shall not appeal." in page
    assert "between the service of the decision and today" in page
    case.refresh_from_db()
    assert case.state == CaseState.NOTIFIED


def test_a_step_that_is_not_possible_now_shows_why_and_no_form(world: World):
    case = triage.open_case(world)
    browser = at_desk("supervisor")
    url = reverse("cases:transition", args=[case.reference, "assign"])
    answer = browser.get(url)
    assert answer.status_code == 403
    assert "Declare first whether you have a conflict" in words_of(answer)
    assert 'enctype="multipart/form-data"' not in words_of(answer)
    assert browser.post(url, {"investigators": str(world.person("investigator").pk)}).status_code == 403
    case.refresh_from_db()
    assert case.state == CaseState.OPENED


def test_a_done_step_says_so_on_the_case_page(world: World):
    case = triage.open_case(world)
    browser = at_desk("supervisor")
    url = reverse("cases:transition", args=[case.reference, "declare_no_conflict"])
    answer = browser.post(url, {"confirmed": "on"}, follow=True)
    assert answer.redirect_chain == [(reverse("cases:file", args=[case.reference]), 302)]
    assert "Declared no conflict of interest" in words_of(answer)
    again = browser.post(url, {"confirmed": "on"})
    assert again.status_code == 403
    assert case.steps.count() == 1


def test_a_button_pressed_twice_does_the_step_once(world: World):
    case = investigation.to_planned(world, triage.open_case(world))
    browser = at_desk("supervisor")
    url = reverse("cases:transition", args=[case.reference, "approve_plan"])
    assert [browser.post(url).status_code for _ in range(2)] == [302, 403]
    assert case.steps.filter(transition="approve_plan").count() == 1


def test_every_state_has_its_page_for_every_member(world: World):
    case = triage.open_case(world)
    appeals.to_transmitted(world, case)
    for membership in case.memberships.filter(until=None).select_related("person"):
        answer = at_desk(membership.person.username).get(reverse("cases:file", args=[case.reference]))
        assert answer.status_code == 200
        assert words_of(answer).count("<h1") == 1
