"""What the inbox tells and asks at the end: the transcript, the outcome, the survey, and giving up the receipt."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cases.publication import actions as register
from cases.publication.models import Publication
from cases.statistics.models import SurveyTally
from cases.statistics.survey import count_answers, said_in
from cases.triage import actions
from cases.triage.offered import offered
from cases.triage.transcripts import write_transcript
from config.tasks import sweep
from intake.followup.models import Transcript
from intake.followup.survey import Agreement, SurveyQuestion
from intake.portal.models import Origin, Outcome, Report
from intake.portal.receipt import Receipt, ReporterSecret
from integrity.action import Incomplete, NotPermitted
from integrity.vault.keyring import Keyring, NoGrant
from tests.cases.publication_scene import final_case
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.test_secrecy import dump, spellings
from tests.walks.discipline import to_implemented
from tests.walks.portal import send_report
from tests.walks.publication import on_day, released_from, to_closed
from tests.world import World

pytestmark = pytest.mark.django_db

CANARY = "canary-31ce02d9aa"


def go(client: Client, inbox: Any, address: str, **fields: Any) -> Any:
    """Send a form of the open inbox."""
    return client.post(f"/inbox/{address}/", {"sitting": pages.hidden(inbox, "sitting"), **fields})


def test_a_transcript_is_read_corrected_and_agreed_to_and_every_version_stays(world: World, client: Client) -> None:
    report, receipt = send_report(world, origin=Origin.PHONE)
    with pytest.raises(NotPermitted):
        write_transcript(actor=world.actor("investigator"), subject=report, text="No.")
    write_transcript(actor=world.actor("intake"), subject=report, text=f"At gate 5. {CANARY}")
    inbox = pages.enter(client, receipt.digits)
    assert "Please read it, correct it" in pages.text_of(inbox)
    page = go(client, inbox, "transcript")
    assert CANARY in pages.text_of(page)
    assert go(client, page, "transcript/send", number="1").status_code == 422
    fields = {"number": "1", "agrees": "corrected", "corrected": f"At gate 3. {CANARY}"}
    assert "Your answer to the transcript was sent." in pages.text_of(go(client, page, "transcript/send", **fields))
    assert "You answered this transcript already." in pages.text_of(go(client, page, "transcript/send", **fields))
    text = words_of(at_desk("triage").get(f"/desk/reports/{report.reference}/"))
    assert "At gate 5." in text
    assert "At gate 3." in text
    assert "Corrected, and agreed to as corrected" in text
    write_transcript(actor=world.actor("intake"), subject=report, text="At gate 3, in the morning.")
    old = {"number": "1", "agrees": "signed", "corrected": ""}
    assert "There is a newer version." in pages.text_of(go(client, page, "transcript/send", **old))
    signed = {"number": "2", "agrees": "signed", "corrected": ""}
    assert "was sent" in pages.text_of(go(client, page, "transcript/send", **signed))
    assert [row.state for row in Transcript.objects.order_by("number")] == ["corrected", "signed"]
    assert not Report.objects.get(pk=report.pk).awaits_answer
    stored = dump()
    assert not [spelling for spelling in spellings(CANARY) if spelling in stored]
    other, _receipt = send_report(world)
    with pytest.raises(Incomplete):
        write_transcript(actor=world.actor("intake"), subject=other, text="Nothing was told by mouth.")
    assert "write_transcript" not in [each.row.name for each in offered(other, world.actor("intake"))]


def test_the_outcome_and_the_published_decision_are_told_in_the_inbox_alone(world: World, client: Client) -> None:
    case = final_case(world)
    report = case.reports.get()
    receipt = Receipt.new()
    secret = ReporterSecret.of(receipt)
    hold = Keyring(world.actor("supervisor").keys.key, world.actor("supervisor").keys.own)
    give_a_receipt(report, secret, hold)
    assert "How it ended" not in pages.text_of(pages.enter(client, receipt.digits))
    case = to_closed(world, to_implemented(world, case))
    text = pages.text_of(pages.enter(client, receipt.digits))
    assert "it had consequences" in text
    assert "The case is closed" in text
    assert "/decisions/D-" not in text
    publication = Publication.objects.select_related("key", "pack").get(case=case)
    register.edit_entry(actor=world.actor("editor"), subject=publication)
    with on_day(released_from(world, publication)):
        register.approve_entry(actor=world.actor("approver"), subject=publication)
        told = pages.text_of(pages.enter(client, receipt.digits))
        assert f"/decisions/{publication.reference}/" in told
        answer = client.get("/api/v1/inbox/", headers={"Authorization": f"Receipt {receipt.digits}"}).json()
        assert answer["outcome"]["category"] == "sanctioned"
        assert answer["outcome"]["address"] == f"/decisions/{publication.reference}/"
    row = Outcome.objects.get(report=report)
    assert publication.reference.encode() not in bytes(row.entry)
    assert b"sanctioned" not in bytes(row.category)
    with pytest.raises(NoGrant):
        row.open(world.actor("approver").keys, "entry")


def test_the_survey_is_answered_once_and_leaves_counts_alone(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    assert "Tell us how it was to report" not in pages.text_of(inbox)
    early = go(client, inbox, "survey", send="1", easy="4")
    assert "when everything has ended" in pages.text_of(early)
    assert not SurveyTally.objects.exists()
    Report.objects.filter(pk=report.pk).update(state="referred")
    inbox = pages.enter(client, receipt.digits)
    assert "Tell us how it was to report" in pages.text_of(inbox)
    assert go(client, inbox, "survey", send="1").status_code == 422
    assert "Thank you." in pages.text_of(go(client, inbox, "survey", send="1", easy="4", safe="1"))
    assert go(client, inbox, "survey", send="1", easy="1").status_code == 422
    counted = {(row.question, row.answer): row.count for row in SurveyTally.objects.all() if row.count}
    assert counted == {("taken", ""): 1, ("easy", "4"): 1, ("safe", "1"): 1}
    assert SurveyTally.objects.count() == 17
    (entry,) = entries("survey.taken")
    assert (entry["object"], entry["actor"]) == ("survey", "reporter/somebody")
    period = SurveyTally.objects.first().period
    assert said_in(period)[0].total is None
    for _each in range(9):
        count_answers({SurveyQuestion.EASY: Agreement.FULLY})
    assert said_in(period)[0].total == 10


def test_who_gives_up_the_receipt_opens_nothing_any_more_and_the_office_keeps_its_record(
    world: World, client: Client
) -> None:
    report, receipt = send_report(world)
    inbox, second = pages.enter(client, receipt.digits), pages.enter(client, receipt.digits)
    assert "stay with the office, which goes on working on it" in pages.text_of(go(client, inbox, "give-up"))
    assert go(client, inbox, "give-up", send="1").status_code == 422
    left = go(client, inbox, "give-up", send="1", understood="on")
    assert "Your receipt opens nothing any more" in pages.text_of(left)
    assert go(client, second, "report").status_code == 403
    assert "No report opens with this receipt" in pages.text_of(pages.enter(client, receipt.digits))
    api = client.get("/api/v1/inbox/", headers={"Authorization": f"Receipt {receipt.digits}"})
    assert api.status_code == 401
    sweep()
    sweep()
    held = Report.objects.select_related("key", "reporter_key").get(pk=report.pk)
    secret = ReporterSecret.of(receipt)
    assert bytes(held.lookup) != secret.lookup
    with pytest.raises(NoGrant):
        held.open(Keyring(held.reporter_key, secret.private), "answers")
    assert held.open(world.actor("intake").keys, "answers")["what"]
    assert "gave up their receipt" in words_of(at_desk("intake").get(f"/desk/reports/{report.reference}/"))
    assert len(entries("report.left")) == len(entries("report.cut_off")) == 1
    actions.acknowledge(actor=world.actor("intake"), subject=held)


def give_a_receipt(report: Report, secret: ReporterSecret, keyring: Keyring) -> None:
    """Give a report of a walk another receipt, because the walk threw its own away."""
    from integrity.action import Actor, action, record
    from integrity.policy import ANYBODY
    from integrity.vault import actions as vault
    from integrity.vault.models import KeyKind

    @action("test.receipt_given", by=ANYBODY, description="A test gave a receipt.")
    def give(*, actor: Actor) -> None:
        key = vault.keep_key(KeyKind.REPORTER, secret.private)
        vault.grant_generations(keyring, key=report.key, to=key)
        Report.objects.filter(pk=report.pk).update(lookup=secret.lookup, reporter_key=key)
        record(object="test")

    give(actor=Actor.system())
