"""Several channels, each with its questions, and questions that follow from an answer: on one page and on many."""

from __future__ import annotations

import pytest
from django.test import Client

from audit import clock
from intake.channels import reading
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.questionnaire import Choice, Condition, Kind, Question
from intake.portal.models import Report
from intake.portal.receipt import Receipt, ReporterSecret
from integrity.rules.text import Text
from integrity.vault.keyring import Keyring
from tests.intake import pages, writing
from tests.intake.writing import press, step_of, walk_to
from tests.world import World

pytestmark = pytest.mark.django_db

YES_OR_NO = (Choice("yes", Text.of(en="Yes")), Choice("no", Text.of(en="No")))
QUESTIONS = (
    Question("what", Kind.LONG, Text.of(en="What happened?"), required=True),
    Question("money", Kind.CHOICE, Text.of(en="Was money asked for?"), choices=YES_OR_NO, required=True),
    Question("how_much", Kind.AMOUNT, Text.of(en="How much?"), condition=Condition("money", ("yes",))),
    Question("what_for", Kind.SHORT, Text.of(en="For what?"), condition=Condition("money", ("yes",)), required=True),
    Question("shift", Kind.SHORT, Text.of(en="Which shift?"), paths=frozenset({"staff"})),
    Question("papers", Kind.FILES, Text.of(en="Papers")),
)
SAID = {"path": "public", "concerns": "others", "channel": "gates", "what": "At gate 3", "name": "", "contact": ""}


@pytest.fixture
def gates(world: World) -> Channel:
    """A second channel, with questions of its own."""
    channel = Channel.objects.create(
        code="gates",
        name="Gates",
        order=5,
        words={"name": {"en": "Gates and barriers"}, "about": {"en": "What happens where goods pass."}},
    )
    channel.recipients.set(world.channel.recipients.all())
    content = reading.write(QUESTIONS)
    ChannelQuestions.objects.create(channel=channel, version=1, content=content, published_on=clock.today())
    return channel


def answers_on(shown) -> dict[str, object]:
    """What the report says that a receipt on this page opens."""
    report = Report.objects.get()
    keyring = Keyring(report.reporter_key, ReporterSecret.of(Receipt.parse(pages.receipt_on(shown))).private)
    return dict(report.open(keyring, "answers"))


def test_one_chooses_the_channel_and_is_asked_its_questions(gates: Channel, client: Client) -> None:
    shown = writing.begin(client)
    assert "Question 1 of" not in pages.text_of(shown)
    shown = walk_to(client, "channel", shown)
    assert "What is it about?" in pages.text_of(shown)
    assert "What happens where goods pass." in pages.text_of(shown)
    asked = []
    given = {"channel": {"channel": "gates"}, "money": {"money": "yes"}, "what_for": {"what_for": "A stamp"}}
    given["how_much"] = {"how_much-amount": "1,200.50", "how_much-currency": "THB"}
    given["papers"] = {"papers": [pages.a_file()]}
    while not writing.is_review(shown):
        asked.append(step_of(shown))
        shown = press(client, shown, **{**writing.ANSWERS.get(asked[-1], {}), **given.get(asked[-1], {})})
    assert asked == ["channel", "what", "money", "how_much", "what_for", "papers", "name"]
    assert "Gates and barriers" in pages.text_of(shown)
    sent = press(client, shown, "send")
    assert answers_on(sent) == {
        "concerns": "others",
        "what": "At gate 3 an officer asks drivers for money.",
        "money": "yes",
        "how_much": {"amount": "1200.50", "currency": "THB"},
        "what_for": "A stamp",
    }
    report = Report.objects.get()
    assert (report.channel, report.questions.version, report.attachments.count()) == (gates, 1, 1)


def test_what_follows_from_a_changed_answer_is_asked_before_sending(gates: Channel, client: Client) -> None:
    given = {"channel": {"channel": "gates"}, "money": {"money": "no"}}
    review = walk_to(client, "review", **given)
    assert "How much?" not in pages.text_of(review)
    shown = press(client, press(client, review, "to.money"), money="yes")
    assert step_of(shown) == "how_much"
    shown = press(client, press(client, shown), what_for="A stamp")
    assert writing.is_review(shown)
    # Taken back: what was answered meanwhile is not sent.
    shown = press(client, press(client, shown, "to.money"), money="no")
    assert set(answers_on(press(client, shown, "send"))) == {"concerns", "what", "money"}


def test_the_long_page_comes_back_with_what_follows_from_an_answer(gates: Channel, client: Client) -> None:
    begun = client.post("/report/", {"page": pages.open_form(client), "go": "page"})
    assert "Send the report" not in pages.text_of(begun)
    assert "What is it about?" not in pages.text_of(begun)
    way = {"path": "public", "concerns": "others"}
    shown = press(client, begun, "", address="/report/", **way)
    assert "What is it about?" in pages.text_of(shown)
    shown = press(client, shown, "", address="/report/", **way, channel="gates")
    text = pages.text_of(shown)
    assert shown.status_code == 200
    assert "Was money asked for?" in text
    assert "more question" not in text
    assert not Report.objects.exists()
    more = press(client, shown, "", address="/report/", **SAID, money="yes", papers=[pages.a_file()])
    text = pages.text_of(more)
    assert more.status_code == 200
    assert "there are 2 more questions" in text
    assert text.count(">New</span>") == 4  # Beside the two questions, and in the list that leads to them.
    assert "plates.txt" in text
    missing = press(client, more, "", address="/report/", **SAID, money="yes")
    assert missing.status_code == 422
    assert 'href="#id_what_for"' in pages.text_of(missing)
    kept = {"papers-kept": pages.all_hidden(missing, "papers-kept")}
    sent = press(client, missing, "", address="/report/", **SAID, **kept, money="yes", what_for="A stamp")
    assert answers_on(sent)["what_for"] == "A stamp"
    assert Report.objects.get().attachments.count() == 1


def test_each_path_is_asked_its_questions(gates: Channel, client: Client) -> None:
    given = {"channel": {"channel": "gates"}, "money": {"money": "no"}}
    assert step_of(walk_to(client, "shift", path={"path": "staff"}, **given)) == "shift"
    assert "Which shift?" not in pages.text_of(walk_to(client, "review", **given))


def test_another_channel_after_a_changed_answer_asks_what_it_asks(gates: Channel, client: Client) -> None:
    review = walk_to(client, "review", channel={"channel": "gates"}, money={"money": "no"})
    shown = press(client, press(client, review, "to.concerns"), concerns="leadership")
    assert step_of(shown) == "when"
    sent = press(client, walk_to(client, "review", shown), "send")
    assert answers_on(sent)["what"] == "At gate 3 an officer asks drivers for money."
    assert Report.objects.get().channel.independent
