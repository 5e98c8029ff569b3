"""Questions as a form: composed at the desk, answered in the inbox, read question by question."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cases.panels import CaseFile
from cases.triage import actions
from cases.triage.asking import ask_about_case, ask_about_report, of_case, of_report
from cases.triage.questions import AskQuestions
from intake.channels.questionnaire import Kind
from intake.followup.actions import answer_questions, open_enquiry
from intake.followup.models import Enquiry
from intake.followup.questions import Answered, make_question
from intake.portal.models import Report
from integrity.action import NotPermitted, WrongState
from integrity.vault.keyring import NoGrant
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.test_secrecy import dump, spellings
from tests.walks import triage as walk
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db

CANARY = "canary-5f0c2b77a1"
QUESTIONS = (
    make_question(1, kind=Kind.LONG, label=f"Who else saw it? {CANARY}"),
    make_question(2, kind=Kind.CHOICE, label="Which gate?", choices=("Gate 3", "Gate 4")),
    make_question(3, kind=Kind.WHEN, label="Which day?"),
)


def asked(world: World) -> tuple[Report, Any]:
    """A report whose reporting person was asked, and the receipt."""
    report, receipt = send_report(world)
    actions.acknowledge(actor=world.actor("intake"), subject=report)
    ask_about_report(actor=world.actor("intake"), subject=report, questions=QUESTIONS)
    return Report.objects.get(pk=report.pk), receipt


def answer(client: Client, inbox: Any, **fields: Any) -> Any:
    """Send the form of questions of an open inbox."""
    sent = {name: pages.hidden(inbox, name) for name in ("sitting", "page", "number")}
    return client.post("/inbox/questions/", {**sent, **fields})


def test_the_inbox_shows_a_form_whose_answers_the_desk_reads_one_by_one(world: World, client: Client) -> None:
    report, receipt = asked(world)
    assert report.awaits_answer
    inbox = pages.enter(client, receipt.digits)
    text = pages.text_of(inbox)
    assert CANARY in text
    assert "Gate 4" in text
    assert "I would rather not say" in text
    assert "Read it and answer below" not in text
    assert answer(client, inbox).status_code == 422
    secret = f"a tall man {CANARY}"
    after = answer(client, inbox, q1=secret, q2="unsaid", q3_pass="unknown")
    assert "Your answers were sent" in pages.text_of(after)
    assert "You answered on" in pages.text_of(after)
    report.refresh_from_db()
    assert (report.awaits_answer, report.has_news) == (False, True)
    page = words_of(at_desk("triage").get(f"/desk/reports/{report.reference}/"))
    assert secret in page
    assert "Would rather not say" in page
    assert "Does not know" in page
    stored = dump()
    assert not [spelling for spelling in spellings(CANARY) if spelling in stored]
    assert entries("report.questions_answered")[-1]["time"].count(":") == 0


def test_answers_sent_twice_are_one_and_others_are_refused_and_late_ones_are_taken(
    world: World, client: Client
) -> None:
    report, receipt = asked(world)
    inbox = pages.enter(client, receipt.digits)
    ask_about_report(actor=world.actor("triage"), subject=report, questions=QUESTIONS[1:2])
    late = answer(client, inbox, q1="Late, and taken.")
    assert "Your answers were sent" in pages.text_of(late)
    assert Report.objects.get(pk=report.pk).awaits_answer, "the newer questions still wait"
    assert "Your answers were sent" in pages.text_of(answer(client, inbox, q1="Late, and taken."))
    assert "You answered these questions already" in pages.text_of(answer(client, inbox, q1="Something else."))
    assert len(entries("report.questions_answered")) == 1
    section = of_report(report, world.actor("intake"))
    assert section is not None
    newest, first = section["enquiries"]
    assert (newest.is_open, first.asked[0].words) == (True, "Late, and taken.")
    first_row = Enquiry.objects.get(report=report, number=1)
    first_row.report = report
    with pytest.raises(WrongState):
        answer_questions(
            actor=world.actor("intake"), enquiry=first_row, answered=Answered({"q1": "x"}), nonce=b"n" * 32
        )


def test_unanswered_questions_are_shown_as_such_and_a_message_does_not_answer_them(
    world: World, client: Client
) -> None:
    report, receipt = asked(world)
    pages.write(client, pages.enter(client, receipt.digits), text="A message.")
    assert Report.objects.get(pk=report.pk).awaits_answer
    ask_about_report(actor=world.actor("intake"), subject=report, questions=QUESTIONS[:1])
    section = of_report(report, world.actor("intake"))
    assert section is not None
    assert [each.is_superseded for each in section["enquiries"]] == [False, True]
    assert section["enquiries"][1].asked[0].words == "Not answered"
    assert open_enquiry(report).number == 2


def test_another_receipt_and_another_role_reach_none_of_it(world: World, client: Client) -> None:
    report, _receipt = asked(world)
    _other, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    stolen = client.post(
        "/inbox/questions/",
        {"sitting": pages.hidden(inbox, "sitting"), "page": pages.hidden(inbox, "page"), "number": "1", "q1": "x"},
    )
    assert "These questions are not part of your report." in pages.text_of(stolen)
    assert Enquiry.objects.unanswered().count() == 1
    for nobody in ("investigator", "protection", "admin"):
        with pytest.raises(NotPermitted):
            ask_about_report(actor=world.actor(nobody), subject=report, questions=QUESTIONS)
    enquiry = Enquiry.objects.select_related("report__key").get()
    with pytest.raises(NoGrant):
        enquiry.open(world.actor("investigator").keys, "questions")


def test_when_the_inbox_closed_meanwhile_what_was_typed_is_kept(world: World, client: Client) -> None:
    _report, receipt = asked(world)
    inbox = pages.enter(client, receipt.digits)
    fields = {name: pages.hidden(inbox, name) for name in ("page", "number")}
    over = client.post("/inbox/questions/", {**fields, "sitting": "gone", "q1": "Kept."})
    assert over.status_code == 403
    assert "Your inbox was closed" in pages.text_of(over)
    assert 'value="Kept."' in pages.text_of(over)
    again = client.post(
        "/inbox/questions/", {**fields, **pages.door_of(over), "q1": "Kept.", "receipt": receipt.digits}
    )
    assert "Your answers were sent" in pages.text_of(again)


def test_members_of_the_case_ask_everybody_who_reported_it_or_one(world: World) -> None:
    case = walk.open_case(world)
    second = walk.assessed_report(world)
    actions.merge(actor=world.actor("triage"), subject=second, case=case)
    actor = world.actor("triage")
    from cases.actions import declare_no_conflict

    declare_no_conflict(actor=actor, subject=case, confirmed=True)
    ask_about_case(actor=actor, subject=case, questions=QUESTIONS)
    assert Enquiry.objects.count() == 2
    ask_about_case(actor=actor, subject=case, questions=QUESTIONS[:1], reporter=second.reference)
    assert [row.number for row in Enquiry.objects.filter(report=second)] == [2, 1]
    shown = of_case(CaseFile(case=case, actor=actor, reads=True, capacities=case.capacities(actor.user)))
    assert shown is not None
    assert shown["several"]
    assert len(shown["enquiries"]) == 3


def test_the_form_takes_one_to_ten_questions_and_says_what_is_wrong(world: World) -> None:
    report = walk.acknowledged_report(world)

    def form(**data: str) -> AskQuestions:
        return AskQuestions(data, subject=report, actor=world.actor("intake"))

    wrong = form(question1="Which?", kind1="choice", choices1="One", choices2="a\nb")
    assert not wrong.is_valid()
    assert set(wrong.errors) == {"choices1", "question2"}
    assert not form(question1="").is_valid()
    good = form(question1="Which?", kind1="choice", choices1="One\nTwo", question7="When?", kind7="when")
    assert good.is_valid(), good.errors
    assert [question.name for question in good.cleaned_data["questions"]] == ["q1", "q2"]
    desk = at_desk("intake")
    page = desk.get(f"/desk/reports/{report.reference}/ask_questions/")
    assert words_of(page).count("<fieldset") >= 10
    sent = desk.post(f"/desk/reports/{report.reference}/ask_questions/", {"question1": "Which?", "kind1": "long"})
    assert sent.status_code == 302
    assert Enquiry.objects.count() == 1
