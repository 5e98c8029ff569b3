"""The pages of the investigation: forms, panels, documents and downloads, as a browser without scripts sees them."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import clock
from audit.log.models import Entry
from cases.investigation import actions, panels
from cases.investigation.models import CustodyEvent, CustodyKind
from cases.models import Case
from cases.outcomes import Outcome
from cases.panels import CaseFile
from cases.states import CaseState
from integrity.people.roles import Role
from integrity.rules.terms import Gravity
from tests.cases.investigation_scene import CRIMINAL, NOT_CRIMINAL, a_case, last_entry
from tests.desk import at_desk
from tests.walks import investigation as walk
from tests.world import World

# Words and forms; tests/e2e/test_canary.py sends each of these forms on the other database as well.
pytestmark = pytest.mark.once


def text(response: Any) -> str:
    """What the page says."""
    return html.unescape(response.content.decode())


def file_page(client: Client, case: Case) -> str:
    response = client.get(reverse("cases:file", args=[case.reference]))
    assert response.status_code == 200
    return text(response)


def step(case: Case, name: str) -> str:
    return reverse("cases:transition", args=[case.reference, name])


def taken(client: Client, case: Case, name: str, data: dict[str, Any]) -> None:
    """Send a form that is right: the answer leads back to the case."""
    response = client.post(step(case, name), data)
    assert response.status_code == 302, text(response)
    case.refresh_from_db()


EVIDENCE = {
    "kind": "photograph",
    "title": "Gate at night",
    "source": "Camera 4",
    "how": "Copied by the guard in my presence.",
    "place_kept": "Safe",
}


def test_a_case_goes_through_the_whole_investigation_on_its_pages(world: World) -> None:
    case = a_case(world, offence=CRIMINAL)
    supervisor, investigator = at_desk("supervisor"), at_desk("investigator")
    taken(supervisor, case, "declare_no_conflict", {"confirmed": "on"})
    assert world.person("investigator").name in text(supervisor.get(step(case, "assign")))
    taken(supervisor, case, "assign", {"investigators": [str(world.person("investigator").pk)]})
    taken(investigator, case, "declare_no_conflict", {"confirmed": "on"})
    taken(investigator, case, "propose_plan", dict(walk.PLAN))
    taken(supervisor, case, "return_plan", {"reasons": "Say first how the gate log is secured."})
    returned = text(investigator.get(step(case, "propose_plan")))
    assert walk.PLAN["questions"].split("\n")[0] in returned, "a returned plan is mended, not written anew"
    assert "Say first how the gate log is secured." in file_page(investigator, case)
    taken(investigator, case, "propose_plan", {**walk.PLAN, "risks": "The log goes to the safe today."})
    taken(supervisor, case, "approve_plan", {})
    taken(investigator, case, "add_note", {"body": "The guard remembers the lorry."})
    today = clock.today().isoformat()
    photograph = SimpleUploadedFile("gate.jpg", b"\xff\xd8\xff" + b"night" * 99)
    taken(investigator, case, "add_evidence", {**EVIDENCE, "obtained_on": today, "file": photograph})
    taken(investigator, case, "record_custody", {"evidence": "1", "kind": "sealed", "on": today})
    interview = {
        "who": "The guard",
        "capacity": "witness",
        "place": "Room 3",
        "on": today,
        "time": "10:30",
        "text": "He saw it.",
        "confirmation": "signed",
    }
    taken(investigator, case, "record_interview", interview)
    findings = {
        "allegation_1_outcome": Outcome.UNSUBSTANTIATED.value,
        "allegation_1_reasons": "The photograph shows an empty gate.",
        "allegation_1_relied_on": ["E-1", "I-1"],
    }
    taken(investigator, case, "submit_findings", findings)
    again = {"allegations": ["1"], "reasons": "Ask the second guard."}
    taken(supervisor, case, "return_findings", again)
    page = text(investigator.get(step(case, "submit_findings")))
    assert "The photograph shows an empty gate." in page
    assert page.count(" checked") == 3, "outcome and both citations are still chosen"
    taken(investigator, case, "submit_findings", findings)
    assert "Unsubstantiated. I have checked this finding." in text(supervisor.get(step(case, "approve_findings")))
    taken(supervisor, case, "approve_findings", {"allegation_1_checked": "on", "reasons": "Follows."})
    assert "case cannot close before it is decided" in file_page(supervisor, case)
    refused = supervisor.post(step(case, "close_without_charge"), {"reasons": "None.", "message": "Closed."})
    assert refused.status_code == 422
    assert "referred to the prosecutor" in text(refused)
    decision = {"allegation": "1", "decision": "declined", "reasons": "Nothing to hand over."}
    taken(supervisor, case, "decide_referral", decision)
    assert "Thank you for your report." in text(supervisor.get(step(case, "close_without_charge")))
    taken(supervisor, case, "close_without_charge", {"reasons": "Not proved.", "message": "We looked into it."})
    assert case.state == CaseState.CLOSED
    closed = file_page(investigator, case)
    for shown in ("Gate at night", "The guard", "The guard remembers", "empty gate", "Not proved.", "Follows."):
        assert shown in closed


def test_a_form_that_is_wrong_keeps_what_was_typed_and_the_file(world: World) -> None:
    case = walk.to_investigating(world, a_case(world))
    client = at_desk("investigator")
    late = (clock.today() + timedelta(days=2)).isoformat()
    wrong = client.post(
        step(case, "add_evidence"),
        {**EVIDENCE, "obtained_on": late, "file": SimpleUploadedFile("gate.jpg", b"night" * 99)},
    )
    assert wrong.status_code == 422
    page = text(wrong)
    assert "This day is still to come." in page
    assert "Copied by the guard in my presence." in page
    token = re.search(r'name="file-kept" value="([^"]+)"', page)
    assert token is not None, "the file is listed"
    taken(
        client,
        case,
        "add_evidence",
        {**EVIDENCE, "obtained_on": clock.today().isoformat(), "file-kept": token.group(1)},
    )
    assert case.evidence.get().file is not None


def test_each_mistake_has_its_sentence_beside_the_field(world: World) -> None:
    case = walk.to_investigating(world, a_case(world, offence=CRIMINAL))
    walk.gather(world, case)
    investigator, supervisor = at_desk("investigator"), at_desk("supervisor")
    two = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]
    today = clock.today().isoformat()
    subject = {"who": "K", "capacity": "subject", "place": "x", "on": today, "text": "x", "confirmation": "signed"}
    liable = {"allegation_1_outcome": "substantiated", "allegation_1_reasons": "x"}
    gone = {"evidence": "1", "kind": "handed_over", "on": today}
    new = {"alleged_against": "new", "offence": CRIMINAL, "gravity": "minor", "statement": "x", "account": "nobody"}
    expected: list[tuple[Client, str, dict[str, Any], list[str]]] = [
        (investigator, "add_evidence", {**EVIDENCE, "obtained_on": today, "file": two}, ["Only one file belongs"]),
        (investigator, "record_interview", subject, ["A subject must be told"]),
        (investigator, "submit_findings", liable, ["Name the evidence that this finding relies on."]),
        (investigator, "record_custody", gone, ["Name who has the item now."]),
        (
            investigator,
            "add_allegation",
            new,
            ["This is needed for somebody new.", "Nobody here has this user name", "For this offence the rules allow"],
        ),
        (
            supervisor,
            "decide_referral",
            {"allegation": "1", "decision": "referred", "reasons": "x"},
            ["Name the body that the matter is referred to."],
        ),
        (supervisor, "add_investigator", {}, ["Choose at least one investigator."]),
    ]
    for client, name, data, sentences in expected:
        response = client.post(step(case, name), data)
        assert response.status_code == 422, name
        for sentence in sentences:
            assert sentence in text(response), name
    assert case.evidence.count() == 1
    assert case.interviews.count() == 1
    assert case.subjects.count() == 1


def test_an_allegation_against_somebody_new_is_added_on_the_page(world: World) -> None:
    case = walk.to_investigating(world, a_case(world))
    data = {
        "alleged_against": "new",
        "name": "Ama New",
        "account": "Editor",
        "office": "PORT",
        "grade_band": "D",
        "offence": NOT_CRIMINAL,
        "statement": "Took part in it.",
    }
    taken(at_desk("investigator"), case, "add_allegation", data)
    profile = case.subjects.get(number=2).open(world.actor("supervisor").keys, "profile")
    assert profile["person"] == str(world.person("editor").pk)
    assert profile["staff_number"] == "S-editor"
    taken(at_desk("investigator"), case, "add_allegation", {**data, "alleged_against": "1"})
    assert case.allegations.count() == 3
    against_the_first = case.allegations.get(number=3)
    assert against_the_first.subject.number == 1
    assert against_the_first.gravity == case.pack.pack.offence(NOT_CRIMINAL).gravity, "the usual one"


def test_a_supervisor_who_chooses_somebody_in_conflict_reads_why_not(world: World) -> None:
    accused = world.add("accused", Role.EDITOR, superior=world.person("investigator"))
    case = a_case(world, person=accused)
    walk.declare(world, case, "supervisor")
    chosen = {"investigators": [str(world.person("investigator").pk)]}
    response = at_desk("supervisor").post(step(case, "assign"), chosen)
    assert response.status_code == 422
    assert "The subject of this case is a subordinate of" in text(response)


@pytest.fixture
def full(world: World) -> Case:
    """A case with findings under review, one item of evidence, an interview and a note."""
    return walk.to_findings(world, a_case(world, offence=CRIMINAL, also=((NOT_CRIMINAL, Gravity.MINOR),)))


DOCUMENTS = [
    ("plan", [1], "investigation_plan", walk.PLAN["risks"].split("\n")[0]),
    ("evidence", [], "evidence_list", "Envelope 114"),
    ("interview", [1], "interview_record", walk.TEXT),
    ("notes", [], "notes", walk.NOTE),
    ("findings", [1], "findings", "The history of the declaration shows the change"),
]


@pytest.mark.parametrize(("name", "arguments", "document", "shown"), DOCUMENTS)
def test_opening_a_document_is_in_the_log(
    world: World, full: Case, name: str, arguments: list[int], document: str, shown: str
) -> None:
    address = reverse(f"investigation:{name}", args=[full.reference, *arguments])
    response = at_desk("supervisor").get(address)
    assert response.status_code == 200
    assert shown in text(response)
    entry = last_entry("investigation.document_opened")
    assert (entry["facts"]["document"], entry["object"]) == (document, full.pseudonym)
    opened = Entry.objects.filter(type="investigation.document_opened").count()
    assert at_desk("supervisor2").get(address).status_code == 404
    assert at_desk("auditor").get(address).status_code == 404
    assert Entry.objects.filter(type="investigation.document_opened").count() == opened


@pytest.mark.parametrize("name", ["plan", "interview", "findings"])
def test_a_document_that_is_not_there_is_not_found(full: Case, name: str) -> None:
    assert at_desk("supervisor").get(reverse(f"investigation:{name}", args=[full.reference, 7])).status_code == 404


def test_a_copy_is_taken_from_the_page_and_shows_in_the_custody(full: Case) -> None:
    client = at_desk("supervisor")
    address = reverse("investigation:evidence_copy", args=[full.reference, 1])
    assert address in file_page(client, full)
    assert client.get(address).status_code == 405, "a link that is followed by accident takes no copy"
    response = client.post(address)
    assert b"".join(response.streaming_content) == b"declaration history\n" * 40
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert "Downloaded from the case file." in file_page(client, full)
    assert at_desk("investigator2").post(address).status_code == 404


def test_a_broken_chain_of_custody_is_announced_on_the_page(full: Case) -> None:
    client = at_desk("supervisor")
    assert "Chain of custody whole" in file_page(client, full)
    CustodyEvent.objects.filter(evidence__case=full, number=1).update(kind=CustodyKind.MOVED)
    page = file_page(client, full)
    assert "Chain of custody broken at event 1" in page
    assert "A chain of custody does not fit" in page


def test_the_panels_open_only_what_they_show(world: World, full: Case) -> None:
    builds = (
        panels.plan,
        panels.evidence,
        panels.interviews,
        panels.notes,
        panels.findings,
        panels.referral,
    )

    def opened() -> tuple[int, int]:
        case = Case.objects.select_related("key", "pack").get(pk=full.pk)
        actor = world.actor("supervisor")
        actor.keys.private(case.key)
        before = actor.keys.count
        file = CaseFile(case=case, actor=actor, reads=True, capacities=case.capacities(actor.user))
        with CaptureQueriesContext(connection) as queries:
            for build in builds:
                build(file)
        return actor.keys.count - before, len(queries)

    # Plan 1; item 2, its file 1, two custody events; interview 1; note 1; two findings with two each.
    assert opened()[0] == 12
    queries = opened()[1]
    actions.return_findings(actor=world.actor("supervisor"), subject=full, allegations=[1], reasons="More.")
    for number in range(panels.ITEMS + 5):
        actions.add_note(actor=world.actor("investigator"), subject=full, body=f"Note {number}")
        actions.add_evidence(
            actor=world.actor("investigator"),
            subject=full,
            obtained_on=clock.today(),
            **EVIDENCE,
        )
    for _event in range(panels.EVENTS + 3):
        actions.record_custody(
            actor=world.actor("investigator"),
            subject=full,
            evidence=full.evidence.count(),
            kind=CustodyKind.MOVED,
            on=clock.today(),
        )
    # Now 20 items without a file, each with one event, but ten of the last; 20 notes; the review of the round.
    assert opened()[0] == 1 + panels.ITEMS * 2 + (panels.ITEMS - 1) + panels.EVENTS + 1 + panels.ITEMS + 4 + 1
    assert opened()[1] <= queries + 1
    page = file_page(at_desk("supervisor"), full)
    assert "Only the latest items are shown." in page
    assert "Only the latest notes are shown." in page
    assert "Only the latest events are shown" in page
