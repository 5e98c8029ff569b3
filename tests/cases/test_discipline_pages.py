"""The pages of the discipline room: its forms, its panel, its documents, its files."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import clock
from audit.log.models import Entry
from cases.discipline import actions
from cases.discipline.decisions import decision_in_force
from cases.discipline.models import Representation, ServiceMethod, ServiceProof
from cases.discipline.panels import discipline
from cases.discipline.papers import issued_notice
from cases.models import Case
from cases.panels import CaseFile
from cases.states import CaseState
from tests.desk import at_desk
from tests.integrity.vault_scene import arrived
from tests.walks import discipline as walk
from tests.walks import investigation, triage
from tests.world import World

# Words and forms; tests/e2e/test_canary.py sends each of these forms on the other database as well.
pytestmark = pytest.mark.once


def text(response: Any) -> str:
    """What the page says."""
    return html.unescape(response.content.decode())


def events() -> list[dict[str, Any]]:
    """All entries of the log, in order."""
    return [json.loads(bytes(entry.leaf)) for entry in Entry.objects.order_by("pk")]


def step(case: Case, name: str) -> str:
    return reverse("cases:transition", args=[case.reference, name])


def fresh(case: Case) -> Case:
    return Case.objects.select_related("key", "pack").get(pk=case.pk)


def drafted(page: Any) -> dict[str, Any]:
    """What the form of a page is filled with."""
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields}


def test_a_case_goes_from_referral_to_a_served_decision_in_the_browser(world: World):
    case = investigation.to_reviewed(world, triage.open_case(world, offence="bribe-solicited"))
    supervisor, today = at_desk("supervisor"), clock.today().isoformat()
    page = supervisor.get(step(case, "refer_for_discipline"))
    assert "the rules name “Director-General”" in text(page)
    assert "Authority2 · Director-General" in text(page)
    authority = str(world.person("authority").pk)
    assert supervisor.post(step(case, "refer_for_discipline"), {"authority": authority}).status_code == 302

    decider = at_desk("authority")
    assert decider.post(step(case, "declare_no_conflict"), {"confirmed": "on"}).status_code == 302
    notice = drafted(decider.get(step(case, "issue_notice")))
    assert "clause 2.1" in notice["charge_1"]
    assert "Took money to open gate 3" in notice["particulars"]
    assert "E-1" in notice["evidence"]
    assert decider.post(step(case, "issue_notice"), notice).status_code == 302

    service = {"served_on": today, "method": "registered_mail", "received_by": "Receipt 12", "remark": ""}
    assert supervisor.post(step(case, "record_service"), service).status_code == 302
    answer = {"received_on": today, "text": "I deny it.", "wishes_hearing": "on"}
    assert supervisor.post(step(case, "record_representation"), answer).status_code == 302
    page = decider.get(step(case, "decide"))
    assert "A hearing must be held first" in text(page)
    hearing = {
        "held_on": today,
        "place": "Room 4",
        "present": "All",
        "assistance": "",
        "transcript": "Said.",
        "signature": "signed",
    }
    assert decider.post(step(case, "record_hearing"), hearing).status_code == 302

    decision = {
        "outcome_1": "substantiated",
        "aggravating": ["personal-gain"],
        "mitigating": ["admitted"],
        "sanction": "demotion",
        "amount": "2",
        "reasons": "They are believed.",
        "endorser": str(world.person("authority2").pk),
    }
    assert decider.post(step(case, "decide"), decision).status_code == 302
    second = at_desk("authority2")
    assert second.post(step(case, "declare_no_conflict"), {"confirmed": "on"}).status_code == 302
    assert second.post(step(case, "endorse_decision"), {"remark": "Agreed."}).status_code == 302
    assert supervisor.post(step(case, "serve_decision"), service).status_code == 302
    assert fresh(case).state == CaseState.NOTIFIED
    page = text(supervisor.get(reverse("cases:file", args=[case.reference])))
    for shown in ("Demotion: 2 grades", "Gain for oneself", "Early and full admission", "Receipt 12", "Agreed."):
        assert shown in page


def test_an_amount_out_of_range_is_refused_beside_its_field_and_nothing_typed_is_lost(world: World):
    case = walk.to_answered(world, triage.open_case(world, offence="gift-accepted"))
    walk.deciding_as(world, case)
    client = at_desk("authority")
    sent = {"outcome_1": "substantiated", "sanction": "fine", "amount": "9", "reasons": "Long reasons."}
    page = client.post(step(case, "decide"), sent)
    assert page.status_code == 422
    assert page.context["form"].errors == {
        "amount": ["“Fine” may be 3 to 7 days of pay for gravity “Serious”, not 9 days of pay."]
    }
    assert "Long reasons." in text(page)
    page = client.post(step(case, "decide"), {**sent, "outcome_1": "unfounded", "amount": ""})
    assert "No sanction is possible" in page.context["form"].errors["sanction"][0]
    assert client.post(step(case, "decide"), {**sent, "amount": "3"}).status_code == 302


def test_a_gross_decision_without_an_endorser_is_refused_beside_the_field(world: World):
    case = walk.hear(world, walk.to_answered(world, triage.open_case(world, offence="bribe-solicited")))
    sent = {"outcome_1": "substantiated", "sanction": "dismissal", "amount": "", "reasons": "Why.", "endorser": ""}
    page = at_desk("authority").post(step(case, "decide"), sent)
    assert page.context["form"].errors == {"endorser": ["Choose who endorses the decision."]}


def test_a_day_of_service_in_the_future_is_refused_beside_its_field(world: World):
    case = walk.to_charged(world, triage.open_case(world))
    sent = {"served_on": "2999-01-01", "method": "in_person", "received_by": "Her"}
    page = at_desk("supervisor").post(step(case, "record_service"), sent)
    assert list(page.context["form"].errors) == ["served_on"]
    assert not ServiceProof.objects.exists()


@pytest.mark.parametrize("name", ["decide", "issue_notice", "record_hearing"])
def test_whoever_may_not_sees_a_sentence_and_the_attempt_is_in_the_log(world: World, name: str):
    case = walk.to_answered(world, triage.open_case(world, offence="gift-accepted"))
    page = at_desk("investigator").post(step(case, name), {})
    assert page.status_code == 403
    assert "does not allow" in text(page)
    assert events()[-1]["type"] == "action.refused"
    assert events()[-1]["object"] == case.pseudonym


def with_files(world: World) -> Case:
    """A served decision with a file at the service of the notice and at the answer."""
    case = walk.to_charged(world, triage.open_case(world, offence="gift-accepted"))
    supervisor = walk.supervising(world, case)
    actions.record_service(
        actor=supervisor,
        subject=case,
        served_on=clock.today(),
        method=ServiceMethod.ELECTRONIC,
        received_by="Mail receipt",
        files=[arrived(b"the receipt", "receipt.eml")],
    )
    actions.record_representation(
        actor=supervisor,
        subject=case,
        received_on=clock.today(),
        text="See the letter.",
        files=[arrived(b"the letter", "letter.pdf")],
    )
    return walk.to_notified(world, case, "fine", 5)


def test_each_document_opens_for_members_and_each_opening_is_in_the_log(world: World):
    case = walk.to_notified(world, triage.open_case(world, offence="bribe-solicited"), "suspension", 90)
    decision = decision_in_force(case)
    assert decision is not None
    notice = issued_notice(case)
    hearing = case.hearings.get()
    papers = [
        ("notice", notice.pk, ["Notice to show cause", "Kofi Subject", "clause 2.1", "Dismissal", "14 working days"]),
        ("service", decision.service.pk, ["Proof of service", "receipt 4471", "The time to appeal is 14 working days"]),
        ("hearing", hearing.pk, ["Record of the hearing", "Read back and signed", "Room 4"]),
        (
            "decision",
            decision.pk,
            ["Suspension without pay: 90 days", "Your right of appeal", "appeal board", "3 members", "Sea port"],
        ),
    ]
    client = at_desk("supervisor")
    for kind, identifier, shown in papers:
        page = client.get(reverse(f"discipline:{kind}", args=[case.reference, identifier]))
        assert page.status_code == 200
        assert [part for part in shown if part not in text(page)] == [], kind
        entry = events()[-1]
        assert entry["type"] == "discipline.document_opened"
        assert entry["facts"] == {"document": kind, "identifier": str(identifier)}


def test_the_decision_names_the_last_day_for_an_appeal(world: World):
    case = walk.to_decided(world, triage.open_case(world, offence="gift-accepted"), "fine", 5)
    decision = decision_in_force(case)
    assert decision is not None
    url = reverse("discipline:decision", args=[case.reference, decision.pk])
    client = at_desk("supervisor")
    assert "counted from the day after this decision is served on you" in text(client.get(url))
    walk.to_notified(world, case)
    due = case.deadlines.get(name="appeal").due
    page = text(client.get(url))
    assert f"in time up to and with {actions.forms.day_in_words(due)}" in page
    assert "not carried out before the time for an appeal is over" in page


def test_outsiders_and_other_cases_do_not_reach_a_document(world: World):
    case = walk.to_charged(world, triage.open_case(world))
    other = walk.to_charged(world, triage.open_case(world))
    notice = issued_notice(case)
    url = reverse("discipline:notice", args=[case.reference, notice.pk])
    assert at_desk("authority2").get(url).status_code == 404
    assert at_desk("auditor").get(url).status_code == 404
    borrowed = reverse("discipline:notice", args=[other.reference, notice.pk])
    assert at_desk("supervisor").get(borrowed).status_code == 404


def test_a_file_of_a_proof_or_an_answer_comes_back_whole_to_members_only(world: World):
    case = with_files(world)
    proof = issued_notice(case).service.files.get()
    letter = Representation.objects.get(case=case).files.get()
    client = at_desk("supervisor")
    page = client.get(reverse("cases:file", args=[case.reference]))
    assert "receipt.eml" in text(page)
    assert "letter.pdf" in text(page)
    for stored, content in ((proof, b"the receipt"), (letter, b"the letter")):
        url = reverse("discipline:file", args=[case.reference, stored.pk])
        assert b"".join(client.get(url).streaming_content) == content
        assert events()[-1]["type"] == "discipline.file_opened"
        assert at_desk("authority2").get(url).status_code == 404
    evidence = case.evidence.get().file
    assert client.get(reverse("discipline:file", args=[case.reference, evidence.pk])).status_code == 404


def test_the_panel_opens_no_more_than_it_shows(world: World):
    case = fresh(with_files(world))
    actor = world.actor("supervisor")
    file = CaseFile(case=case, actor=actor, reads=True, capacities=frozenset())
    with CaptureQueriesContext(connection) as captured:
        shown = discipline(file)
    assert shown is not None
    assert shown["ruling"].sanction == "Fine: 5 days of pay"
    assert actor.keys.count <= 12, "the case's key, six texts, four of the decision's fields, two names of files"
    assert len(captured) <= 32


def test_there_is_no_panel_before_a_referral(world: World):
    case = fresh(investigation.to_reviewed(world, triage.open_case(world)))
    file = CaseFile(case=case, actor=world.actor("supervisor"), reads=True, capacities=frozenset())
    assert discipline(file) is None


def test_the_form_of_replacement_offers_only_those_who_may_decide(world: World):
    case = walk.to_referred(world, triage.open_case(world, offence="gift-accepted"))
    page = at_desk("supervisor").get(step(case, "replace_authority"))
    offered = [label for _value, label in page.context["form"].fields["authority"].choices]
    assert offered == ["Authority2 · Director-General", "Council · Public Service Council"]
