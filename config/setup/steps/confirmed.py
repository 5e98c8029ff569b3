"""What somebody must confirm, because no program can see it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.setup.actions import confirm
from config.setup.confirmations import confirmations
from config.setup.conversation import Conversation, Question, Wrong
from config.setup.questions import QUESTIONS
from config.setup.settings_questions import words
from config.setup.state import Finding, Step, done, still_open
from integrity.action import Actor

PAGE = "setup:open"


def _known(answer: str) -> str:
    for key in words(answer):
        if key not in QUESTIONS:
            raise Wrong(f"There is no question “{key}”. There are: {', '.join(QUESTIONS)}.")
    return ",".join(words(answer))


CONFIRM = Question("confirm", "Which of these are so (their short names, split by commas)", clean=_known)


def check() -> Iterator[Finding]:
    """Each question: who said yes and when, or that nobody has."""
    for each in confirmations():
        if each.at is None:
            yield still_open(str(each.question.text), PAGE)
            continue
        told = {
            "text": each.question.text,
            "who": each.by or _("the command line"),
            "day": formats.date_format(timezone.localdate(each.at)),
        }
        yield done(_("%(text)s Confirmed by %(who)s, %(day)s.") % told, PAGE)


def perform(talk: Conversation) -> None:
    """Take down what is so. Nothing is confirmed that was confirmed before."""
    open_now = [each.question for each in confirmations() if each.is_open]
    if talk.answers is None:
        talk.say("  An administrator can confirm these at the desk as well:")
        for question in open_now:
            talk.say(f"    {question.key}: {question.text}")
    named = words(talk.ask(CONFIRM))
    for question in open_now:
        if question.key in named:
            confirm(actor=Actor.system(), question=question.key)
    talk.forget(CONFIRM.key)


STEP = Step("confirmed", gettext_lazy("To be confirmed by somebody"), check, perform)
