"""The programme officer's pages: a channel is made, its questions built, looked at, published and compared."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from intake.channels.drafting import draft_of, seen_of
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.reading import current_questions, read_questions
from tests.desk import at_desk, words_of
from tests.intake import pages
from tests.intake.questioning import draft_question, published
from tests.walks.portal import send_report
from tests.world import World

# What the pages do does not depend on the database.
pytestmark = [pytest.mark.django_db, pytest.mark.once]
START = "/desk/channels/"


def officer() -> Client:
    """The programme officer's browser."""
    return at_desk("programme")


def test_a_channel_is_made_on_pages_and_opens(world: World) -> None:
    browser = officer()
    form = browser.get(f"{START}new/")
    intake, triage = (str(world.person(name).pk) for name in ("intake", "triage"))
    assert str(world.person("programme").pk) not in words_of(form)
    given: dict[str, Any] = {
        "seen": pages.hidden(form, "seen"),
        "name": "Port line",
        "title-en": "The port",
        "title-ar": "الميناء",
        "about-ar": "كلمات",
        "concerns": "others",
        "recipients": [intake, triage],
        "paths": ["staff"],
        "order": "4",
        "active": "on",
    }
    refused = browser.post(f"{START}new/", given)
    assert refused.status_code == 422
    assert "English words too" in words_of(refused)
    assert "الميناء" in words_of(refused), "what was typed is kept"
    done = browser.post(f"{START}new/", {**given, "about-en": "Gates and quays"})
    assert done.status_code == 302
    made = Channel.objects.get(code="port-line")
    assert made.words["name"] == {"en": "The port", "ar": "الميناء"}
    assert made.words["about"] == {"en": "Gates and quays", "ar": "كلمات"}
    assert (made.paths, made.order, made.recipients.count()) == (["staff"], 4, 2)
    listed = words_of(browser.get(START))
    assert "Port line" in listed
    assert "Takes no reports" not in listed
    world.independent.recipients.clear()
    listed = words_of(browser.get(START))
    assert "Nobody in role, with a key of their own" in listed


def test_a_channel_that_somebody_else_changed_is_shown_as_it_stands(world: World) -> None:
    browser = officer()
    address = f"{START}office/change/"
    form = browser.get(address)
    Channel.objects.filter(code="office").update(name="Renamed by another")
    given = {
        "seen": pages.hidden(form, "seen"),
        "name": "My name",
        "concerns": "others",
        "recipients": [str(person.pk) for person in world.channel.recipients.all()],
        "order": "0",
        "active": "on",
    }
    refused = browser.post(address, given)
    told = words_of(refused)
    assert refused.status_code == 422
    assert "Somebody else changed this" in told
    assert "Renamed by another" in told
    assert 'value="My name"' in told
    # The last channel is closed only by saying so; what was typed stays.
    again = {**given, "seen": pages.hidden(refused, "seen")}
    del again["active"]
    refused = browser.post(address, again)
    assert "nobody would receive reports from" in words_of(refused)
    assert browser.post(address, {**again, "closing": "on", "seen": pages.hidden(refused, "seen")}).status_code == 302
    world.channel.refresh_from_db()
    assert (world.channel.active, world.channel.name) == (False, "My name")


def test_questions_are_built_on_pages(world: World) -> None:
    browser, place = officer(), f"{START}office/"
    browser.post(f"{place}draft/")
    draft = draft_of(world.channel)
    assert draft is not None
    add = f"{place}questions/add/"
    assert "As many as apply" in words_of(browser.get(add))
    form = browser.get(f"{add}?kind=choice")
    given = {
        "kind": "choice",
        "choices": "3",
        "label-en": "Was money paid?",
        "label-ar": "هل دُفع مال؟",
        "choice-0-en": "Yes",
        "choice-1-en": "No",
        "place-0": "2",
        "place-1": "1",
    }
    assert form.status_code == 200
    refused = browser.post(add, {**given, "label-en": ""})
    assert refused.status_code == 422
    assert "هل دُفع مال؟" in words_of(refused)
    assert browser.post(add, given).status_code == 302
    paid = draft_question(draft, "was_money_paid")
    assert [(choice.code, str(choice.label)) for choice in paid.choices] == [("no", "No"), ("yes", "Yes")]

    given = {"kind": "amount", "label-en": "How much?", "condition": ["was_money_paid:yes"]}
    assert browser.post(add, given).status_code == 302
    amount = draft_question(draft, "how_much")
    assert amount.condition is not None
    listed = words_of(browser.get(f"{place}questions/"))
    assert "Was money paid? → Yes" in listed
    assert "العربيّة" in listed or "العربية" in listed, "the language in which words are missing is named"

    browser.post(f"{place}questions/of/how_much/move/", {"to": "up"})
    told = words_of(browser.get(f"{place}questions/"))
    assert "“How much?” can only depend on an earlier question with choices." in told
    assert "This stands in the way" in words_of(browser.get(f"{place}questions/publish/"))
    browser.post(f"{place}questions/of/how_much/move/", {"to": "down"})

    change = f"{place}questions/of/was_money_paid/"
    form = browser.get(change)
    assert 'value="yes"' in words_of(form)
    seen = pages.hidden(form, "seen")
    given = {
        "seen": seen, "kind": "choice", "choices": "5", "label-en": "Was anything paid?", "required": "on",
        "code-0": "no", "choice-0-en": "No", "code-1": "yes", "choice-1-en": "Yes", "choice-2-en": "Promised",
    }  # fmt: skip
    assert browser.post(change, given).status_code == 302
    changed = draft_question(draft, "was_money_paid")
    assert [choice.code for choice in changed.choices] == ["no", "yes", "promised"]
    refused = browser.post(change, {**given, "label-en": "Mine"})
    assert "Somebody else changed this" in words_of(refused)
    assert "Was anything paid?" in words_of(refused)
    assert ">\nMine</textarea>" in words_of(refused)

    refused = browser.post(f"{place}questions/of/was_money_paid/remove/", {"seen": seen_of(changed)}, follow=True)
    assert "“How much?” is asked only because of an answer to this one" in words_of(refused)
    asked = browser.get(f"{place}questions/of/where/remove/")
    assert "Take the question out?" in words_of(asked)
    assert draft_question(draft, "where"), "asking takes nothing out"
    browser.post(f"{place}questions/of/where/remove/", {"seen": pages.hidden(asked, "seen")})
    gone = browser.get(f"{place}questions/of/where/remove/", follow=True)
    assert gone.redirect_chain[-1][0] == f"{place}questions/"
    assert "Taken out" in words_of(browser.get(f"{place}compare/"))

    publish = f"{place}questions/publish/"
    seen = pages.hidden(browser.get(publish), "seen")
    assert "Words are missing" in words_of(browser.post(publish, {"seen": seen}))
    assert current_questions(world.channel) is None
    assert browser.post(publish, {"seen": seen, "incomplete": "yes"}).status_code == 302
    version = current_questions(world.channel)
    assert version is not None
    assert version.questionnaire.names[-2:] == ["was_money_paid", "how_much"]
    assert browser.get(f"{place}questions/publish/").status_code == 404


def test_a_version_is_seen_as_a_reporting_person_sees_it(world: World) -> None:
    version = published(world.channel)
    browser, address = officer(), f"{START}office/versions/{version.version}/"
    first = words_of(browser.get(address))
    assert "What happened?" in first
    assert "How much?" not in first
    assert "Which shift?" not in first
    assert "Which shift?" in words_of(browser.get(f"{address}?path=staff"))
    arabic = words_of(browser.get(f"{address}?language=ar"))
    assert "ماذا حدث؟" in arabic
    assert '<section class="card" lang="ar" dir="rtl"' in arabic
    tried = words_of(browser.post(f"{address}?language=en&path=public", {"paid": "yes", "what": "x"}))
    assert "How much?" in tried
    assert "This field is required" in tried
    assert "This would be taken" not in tried
    tried = words_of(browser.post(f"{address}?path=public", {"paid": "no", "what": "x", "how_much-amount": "?"}))
    assert "This would be taken" in tried
    assert browser.get(f"{START}office/versions/0/").status_code == 200
    assert browser.get(f"{START}office/versions/9/").status_code == 404


def test_versions_tell_how_many_answered_but_no_small_numbers(world: World) -> None:
    version = published(world.channel)
    answers = {"what": "x"}
    send_report(world, answers=answers, questions=version)
    browser = officer()
    assert "fewer than 5" in words_of(browser.get(f"{START}office/"))
    for _more in range(4):
        send_report(world, answers=answers, questions=version)
    assert re.search(r'Answered by">5</td>', words_of(browser.get(f"{START}office/")))


def test_a_draft_is_discarded_after_a_question(world: World) -> None:
    browser, place = officer(), f"{START}office/questions/discard/"
    browser.post(f"{START}office/draft/")
    draft = draft_of(world.channel)
    assert draft is not None
    assert "a draft already" in words_of(browser.post(f"{START}office/draft/", follow=True))
    seen = pages.hidden(browser.get(place), "seen")
    assert seen == seen_of(read_questions(draft.content))
    browser.post(place, {"seen": seen})
    assert not ChannelQuestions.objects.exists()
    assert browser.get(f"{START}office/questions/").status_code == 302


def test_only_the_programme_officer_sees_these_pages(world: World) -> None:
    published(world.channel)
    browser = at_desk("triage")
    for address in (
        "",
        "new/",
        *(f"office/{each}" for each in ("", "change/", "compare/", "versions/1/", "questions/")),
    ):
        assert browser.get(f"{START}{address}").status_code == 403
    assert browser.post(f"{START}office/draft/").status_code == 403
