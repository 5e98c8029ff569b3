"""Questionnaires for tests: one with every kind of question, and drafts that become versions."""

from __future__ import annotations

from intake.channels import drafting
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.questionnaire import Choice, Condition, Kind, Question, Questionnaire
from intake.channels.reading import read_questions
from integrity.rules.text import Text
from tests.world import SYSTEM


def said(english: str, arabic: str = "") -> Text:
    """Words in English, and in Arabic when they are given."""
    return Text.of(en=english, **({"ar": arabic} if arabic else {}))


EVERY_KIND = Questionnaire(
    (
        Question(name="what", kind=Kind.LONG, label=said("What happened?", "ماذا حدث؟"), required=True, lines=8),
        Question(name="contract", kind=Kind.SHORT, label=said("Which contract?"), longest=80),
        Question(
            name="paid",
            kind=Kind.CHOICE,
            label=said("Was money paid?"),
            choices=(Choice("yes", said("Yes", "نعم")), Choice("no", said("No", "لا"))),
        ),
        Question(
            name="how_much",
            kind=Kind.AMOUNT,
            label=said("How much?"),
            required=True,
            condition=Condition("paid", ("yes",)),
        ),
        Question(
            name="ways",
            kind=Kind.SEVERAL,
            label=said("How was it paid?"),
            choices=(Choice("cash", said("Cash")), Choice("bank", said("By bank")), Choice("gift", said("As a gift"))),
            condition=Condition("paid", ("yes",)),
        ),
        Question(name="bank", kind=Kind.PLACE, label=said("Which bank?"), condition=Condition("ways", ("bank",))),
        Question(name="when", kind=Kind.WHEN, label=said("When was it?")),
        Question(name="people", kind=Kind.PEOPLE, label=said("Who took part?")),
        Question(name="shift", kind=Kind.SHORT, label=said("Which shift?"), paths=frozenset({"staff"})),
        Question(name="files", kind=Kind.FILES, label=said("Files")),
    )
)


def published(channel: Channel, questionnaire: Questionnaire = EVERY_KIND) -> ChannelQuestions:
    """A new version of what a channel asks."""
    draft = drafting.draft_questions(actor=SYSTEM, channel=channel)
    drafting.replace_questions(actor=SYSTEM, draft=draft, questions=questionnaire.questions)
    return drafting.publish_questions(actor=SYSTEM, draft=draft, incomplete=True)


def draft_question(draft: ChannelQuestions, name: str) -> Question:
    """A question of a draft as it stands now."""
    draft.refresh_from_db()
    return next(each for each in read_questions(draft.content) if each.name == name)
