"""Channels and their questions as the programme officer changes them: who may, what is refused, what stays for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from intake.channels import actions, drafting
from intake.channels.actions import Details, set_channel
from intake.channels.models import Channel, ChannelQuestions, PublishedForGood
from intake.channels.questionnaire import Condition, Kind, Question
from intake.channels.reading import current_questions, questionnaire_of, read_questions, write
from intake.channels.standard import STANDARD
from integrity.action import Actor, Incomplete, NotConfirmed, NotPermitted, WrongState
from integrity.people.roles import Role
from tests.desk import entries
from tests.intake.questioning import EVERY_KIND, draft_question, published, said
from tests.walks.portal import send_report
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db

NEW = Question(name="x", kind=Kind.SHORT, label=said("Which vessel?", "أي سفينة؟"))


def test_a_draft_is_built_question_by_question_and_published(world: World) -> None:
    officer = world.actor("programme")
    Channel.objects.filter(pk=world.channel.pk).update(languages=["en", "ar"])
    draft = drafting.draft_questions(actor=officer, channel=world.channel)
    assert [each.name for each in read_questions(draft.content)] == STANDARD.names
    assert current_questions(world.channel) is None
    made = drafting.add_question(actor=officer, draft=draft, question=NEW)
    assert made.name == "which_vessel"
    assert drafting.add_question(actor=officer, draft=draft, question=NEW).name == "which_vessel2"
    held = draft_question(draft, "which_vessel2")
    changed = replace(held, hint=said("Its name or number.", "اسمها أو رقمها."))
    drafting.change_question(actor=officer, draft=draft, question=changed, seen=drafting.seen_of(held))
    for _place in range(20):
        drafting.move_question(actor=officer, draft=draft, name="which_vessel2", places=-1)
    drafting.remove_question(
        actor=officer, draft=draft, name="which_vessel", seen=drafting.seen_of(draft_question(draft, "which_vessel"))
    )
    version = drafting.publish_questions(actor=officer, draft=draft)
    assert version == current_questions(world.channel)
    assert version.questionnaire.names == ["which_vessel2", *STANDARD.names]
    assert str(version.questionnaire["which_vessel2"].hint) == "Its name or number."
    assert drafting.draft_of(world.channel) is None
    kinds = [entry["type"] for entry in entries() if entry["type"].startswith("channels.question")]
    assert (kinds[0], kinds[-1]) == ("channels.questions_drafted", "channels.questions_published")
    assert entries("channels.questions_published")[-1]["facts"] | {"digest": ""} == {
        "channel": "office",
        "version": 1,
        "digest": "",
    }
    assert drafting.draft_questions(actor=officer, channel=world.channel).version == 2


def test_files_are_always_sent_under_the_same_name(world: World) -> None:
    draft = drafting.draft_questions(actor=SYSTEM, channel=world.channel)
    for label in ("Files", "Path"):
        assert drafting.add_question(actor=SYSTEM, draft=draft, question=replace(NEW, label=said(label))).name in {
            "files2",
            "path2",
        }
    held = draft_question(draft, "files")
    drafting.remove_question(actor=SYSTEM, draft=draft, name="files", seen=drafting.seen_of(held))
    made = drafting.add_question(actor=SYSTEM, draft=draft, question=replace(held, label=said("Photos")))
    assert made.name == "files"


def test_a_report_keeps_the_version_that_it_answered(world: World) -> None:
    first = published(world.channel)
    answers = {"what": "x", "paid": "yes", "how_much": {"amount": "5", "currency": "USD"}}
    report, _receipt = send_report(world, answers=answers, questions=first)
    published(world.channel, STANDARD)
    report.refresh_from_db()
    assert report.questions == first != current_questions(world.channel)
    from cases.triage.reading import answers_of

    told = answers_of(report, world.actor("triage").keys)
    assert told == [("What happened?", "x"), ("Was money paid?", "Yes"), ("How much?", "5 USD")]


def test_a_published_version_is_changed_by_nobody(world: World) -> None:
    version = published(world.channel)
    content = version.content
    with pytest.raises(WrongState):
        drafting.add_question(actor=SYSTEM, draft=version, question=NEW)
    with pytest.raises(WrongState):
        drafting.discard_draft(actor=SYSTEM, draft=version)
    with pytest.raises(WrongState):
        drafting.publish_questions(actor=SYSTEM, draft=version)
    version.content = write([NEW])
    with pytest.raises(PublishedForGood):
        version.save()
    with pytest.raises(PublishedForGood):
        version.delete()
    attacks: list[dict[str, Any]] = [
        {"content": {}},
        {"published_on": None},
        {"version": 7},
        {"channel": world.independent},
    ]
    for attack in attacks:
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            ChannelQuestions.objects.filter(pk=version.pk).update(**attack)
    version.refresh_from_db()
    assert version.content == content


def test_only_the_programme_officer_writes_questions(world: World) -> None:
    draft = drafting.draft_questions(actor=SYSTEM, channel=world.channel)
    held = draft_question(draft, "what")
    seen = drafting.seen_of(held)
    tries: list[Callable[[Actor], object]] = [
        lambda actor: drafting.draft_questions(actor=actor, channel=world.independent),
        lambda actor: drafting.add_question(actor=actor, draft=draft, question=NEW),
        lambda actor: drafting.change_question(actor=actor, draft=draft, question=held, seen=seen),
        lambda actor: drafting.move_question(actor=actor, draft=draft, name="what", places=1),
        lambda actor: drafting.remove_question(actor=actor, draft=draft, name="what", seen=seen),
        lambda actor: drafting.publish_questions(actor=actor, draft=draft),
        lambda actor: drafting.discard_draft(actor=actor, draft=draft),
        lambda actor: set_channel(actor=actor, code="mine", name="Mine", recipients=[]),
    ]
    others = [name for name, person in world.people.items() if Role.PROGRAMME not in person.roles()]
    for username in ("intake", "triage", "supervisor", "admin", "auditor", "manager", "editor"):
        assert username in others
        for attempt in tries:
            with pytest.raises(NotPermitted, match="Only the programme officer"):
                attempt(world.actor(username))
    assert ChannelQuestions.objects.count() == 1
    assert draft_question(draft, "what") == held


def test_publishing_and_recipients_need_the_second_factor_again(world: World) -> None:
    draft = drafting.draft_questions(actor=SYSTEM, channel=world.channel)
    hasty = world.actor("programme", confirmed=False)
    with pytest.raises(NotConfirmed):
        drafting.publish_questions(actor=hasty, draft=draft)
    with pytest.raises(NotConfirmed):
        set_channel(actor=hasty, code="office", name="Office", recipients=[])


def test_of_two_officers_at_once_neither_loses_anything(world: World) -> None:
    officer = world.actor("programme")
    draft = drafting.draft_questions(actor=officer, channel=world.channel)
    seen = drafting.seen_of(draft_question(draft, "where"))
    whole = drafting.seen_of(read_questions(draft.content))
    first = replace(draft_question(draft, "where"), label=said("Where was it?", "أين؟"))
    second = replace(first, label=said("In which port?", "في أي ميناء؟"))
    drafting.change_question(actor=officer, draft=draft, question=first, seen=seen)
    with pytest.raises(WrongState, match="Somebody else changed"):
        drafting.change_question(actor=officer, draft=draft, question=second, seen=seen)
    with pytest.raises(WrongState, match="Somebody else changed"):
        drafting.remove_question(actor=officer, draft=draft, name="where", seen=seen)
    for verb in (drafting.publish_questions, drafting.discard_draft):
        with pytest.raises(WrongState, match="Somebody else changed"):
            verb(actor=officer, draft=draft, seen=whole)
    # Another question is another matter.
    other = draft_question(draft, "who")
    drafting.change_question(actor=officer, draft=draft, question=other, seen=drafting.seen_of(other))
    assert str(draft_question(draft, "where").label) == "Where was it?"
    with pytest.raises(WrongState, match="a draft already"):
        drafting.draft_questions(actor=officer, channel=world.channel)


def test_what_cannot_be_asked_is_not_published(world: World) -> None:
    draft = drafting.draft_questions(actor=SYSTEM, channel=world.channel)
    drafting.add_question(actor=SYSTEM, draft=draft, question=EVERY_KIND["paid"])
    depending = replace(EVERY_KIND["how_much"], condition=Condition("was_money_paid", ("yes",)))
    made = drafting.add_question(actor=SYSTEM, draft=draft, question=depending)
    held = draft_question(draft, "was_money_paid")
    with pytest.raises(Incomplete, match="“How much\\?” is asked only"):
        drafting.remove_question(actor=SYSTEM, draft=draft, name=held.name, seen=drafting.seen_of(held))
    drafting.move_question(actor=SYSTEM, draft=draft, name=made.name, places=-8)
    with pytest.raises(Incomplete, match="“How much\\?” can only depend on an earlier question"):
        drafting.publish_questions(actor=SYSTEM, draft=draft, incomplete=True)
    drafting.move_question(actor=SYSTEM, draft=draft, name=made.name, places=8)
    with pytest.raises(Incomplete, match="Words are missing in ar"):
        drafting.publish_questions(actor=SYSTEM, draft=draft)
    assert drafting.publish_questions(actor=SYSTEM, draft=draft, incomplete=True).questionnaire.has_conditions


def test_a_channel_has_details_that_a_later_change_of_recipients_keeps(world: World) -> None:
    details = Details(
        words={"name": {"en": "Port line", "ar": "خط الميناء"}}, paths=["staff"], languages=["ar"], order=3
    )
    people = [world.person("intake"), world.person("triage")]
    set_channel(actor=world.actor("programme"), code="port", name="Port", recipients=people, details=details)
    kept = set_channel(actor=SYSTEM, code="port", name="Port line", recipients=people[:1])
    assert (kept.words, kept.paths, kept.languages, kept.order) == (details.words, ["staff"], ["ar"], 3)
    assert entries("channels.set")[-1]["facts"]["about"] == ["others"]


def test_the_last_channel_for_somebody_is_closed_only_by_saying_so(world: World) -> None:
    officer = world.actor("programme")
    people = list(world.channel.recipients.all())
    closing: list[dict[str, Any]] = [
        {"recipients": people, "details": Details(active=False)},
        {"recipients": []},
        {"recipients": people, "details": Details(paths=["staff"])},
        {"recipients": people, "details": Details(about_leadership=True)},
    ]
    for each in closing:
        with pytest.raises(Incomplete, match="A member of the public \\(ordinary matters\\)"):
            set_channel(actor=officer, code="office", name="Office", **each)
    world.channel.refresh_from_db()
    assert world.channel.active
    assert world.channel.recipients.count() == 3
    set_channel(actor=officer, code="office", name="Office", closing=True, **closing[0])
    # Nobody is left out who was not before.
    set_channel(actor=officer, code="office", name="Office again", recipients=people, details=Details(active=False))


def test_a_channel_that_somebody_else_changed_is_not_overwritten(world: World) -> None:
    officer, people = world.actor("programme"), list(world.channel.recipients.all())
    seen = actions.seen_of(world.channel)
    set_channel(actor=officer, code="office", name="Renamed", recipients=people, seen=seen)
    with pytest.raises(WrongState, match="Somebody else changed"):
        set_channel(actor=officer, code="office", name="Other", recipients=people, seen=seen)
    with pytest.raises(WrongState, match="Somebody else changed"):
        set_channel(actor=officer, code="office", name="New", recipients=people, seen="")
    world.channel.refresh_from_db()
    assert world.channel.name == "Renamed"


def test_details_that_mean_nothing_are_refused(world: World) -> None:
    for details in (
        Details(paths=["stranger"]),
        Details(languages=["../x"]),
        Details(words={"name": {"ar": "x"}}),
        Details(words={"about": {"en": "x" * 2_001}}),
    ):
        with pytest.raises(Incomplete):
            set_channel(actor=SYSTEM, code="office", name="Office", recipients=[], details=details, closing=True)


def test_without_a_version_the_standard_questions_are_asked(world: World) -> None:
    assert questionnaire_of(current_questions(world.channel)) is STANDARD
    version = published(world.channel)
    assert questionnaire_of(version) == EVERY_KIND
    assert questionnaire_of(version) is questionnaire_of(ChannelQuestions.objects.get(pk=version.pk))
