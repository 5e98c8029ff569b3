"""Writing the questions of a channel: a draft that is changed question by question, and then published for good.

A channel has one draft at most. Every change says which state of the question (or of the whole draft) the person had
before them, so that of two officers who write at once neither loses anything unawares.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from audit import clock
from intake.channels.actions import CHANGED_MEANWHILE
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.questionnaire import (
    FILES_NAME,
    MOST_QUESTIONS,
    RESERVED,
    Kind,
    Malformed,
    Question,
    called,
    problems,
)
from intake.channels.reading import (
    current_questions,
    missing_words,
    questionnaire_of,
    read,
    read_questions,
    write,
    write_question,
)
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.rules.text import FALLBACK

BY = (Role.PROGRAMME, Party.SYSTEM)
SENTENCE = gettext_lazy("Only the programme officer writes the questions of channels.")
NO_DRAFT = gettext_lazy("There is no draft of questions any more: it was published or discarded meanwhile.")
GONE = gettext_lazy("This question is no longer in the draft: somebody else took it out.")


def draft_of(channel: Channel) -> ChannelQuestions | None:
    """The channel's draft, if there is one."""
    return channel.versions.filter(published_on__isnull=True).first()


def languages_of(channel: Channel) -> list[str]:
    """The languages in which a channel is offered: its own, or all that the portal has."""
    return list(channel.languages) or [code for code, _name in settings.LANGUAGES]


def seen_of(written: Question | Sequence[Question]) -> str:
    """A digest of a question, or of all of them, by which a change finds out whether they are still the same."""
    content: Any = write_question(written) if isinstance(written, Question) else write(written)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def name_for(label: str, taken: Sequence[str]) -> str:
    """A short name for a question or a choice, from its English words; none of those that are taken."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+", plain)
    base = "_".join(words)[:30].strip("_") or "question"
    name, number = base, 2
    while name in {*taken, *RESERVED}:
        # Without a separator: "when_2" would be the identifier of a part of "when".
        name, number = f"{base}{number}", number + 1
    return name


@action(
    "channels.questions_drafted",
    by=BY,
    sentence=SENTENCE,
    facts=("channel", "version"),
    description="A draft of a channel's questions was begun.",
)
def draft_questions(*, actor: Actor, channel: Channel, standard: bool = False) -> ChannelQuestions:
    """Begin a draft with the questions that the channel asks now, or with the standard ones.

    Raises WrongState when there is a draft already.
    """
    held = Channel.objects.select_for_update().get(pk=channel.pk)
    if draft_of(held) is not None:
        raise WrongState(_("There is a draft already. Go on with it, or discard it first."))
    last = held.versions.order_by("-version").first()
    start = questionnaire_of(None if standard else current_questions(held))
    draft = ChannelQuestions.objects.create(
        channel=held,
        version=last.version + 1 if last else 1,
        content=write(start.questions),
        made_by=actor.person,
    )
    record(object=_place(draft), channel=held.code, version=draft.version)
    return draft


@action(
    "channels.question_added",
    by=BY,
    sentence=SENTENCE,
    facts=("channel", "version", "question"),
    description="A question was added to a draft.",
)
def add_question(*, actor: Actor, draft: ChannelQuestions, question: Question) -> Question:
    """Add a question at the end; its name is made from its words. Raises Incomplete when it cannot be asked."""
    held = _held(draft)
    questions = read_questions(held.content)
    if len(questions) >= MOST_QUESTIONS:
        raise Incomplete(_("A channel asks at most %(most)d questions.") % {"most": MOST_QUESTIONS})
    taken = [each.name for each in questions]
    with override(FALLBACK):
        name = name_for(str(question.label), [*taken, FILES_NAME])
    made = replace(question, name=FILES_NAME if question.kind == Kind.FILES and FILES_NAME not in taken else name)
    _keep(held, actor, [*questions, made])
    record(object=_place(held), channel=held.channel.code, version=held.version, question=made.name)
    return made


@action(
    "channels.questions_replaced",
    by=(Party.SYSTEM,),
    facts=("channel", "version", "digest"),
    description="All questions of a draft were replaced.",
)
def replace_questions(*, actor: Actor, draft: ChannelQuestions, questions: Sequence[Question]) -> None:
    """Put a whole list of questions, with their names, in the place of a draft's: for setting up an institution.

    Raises Incomplete when one of them cannot be read.
    """
    held = _held(draft)
    _keep(held, actor, questions)
    record(object=_place(held), channel=held.channel.code, version=held.version, digest=seen_of(questions))


@action(
    "channels.question_changed",
    by=BY,
    sentence=SENTENCE,
    facts=("channel", "version", "question"),
    description="A question of a draft was changed.",
)
def change_question(*, actor: Actor, draft: ChannelQuestions, question: Question, seen: str) -> Question:
    """Put a question in the place of the one with its name, which must still be as `seen_of` it was.

    Raises WrongState when it is not, and Incomplete when the new one cannot be kept.
    """
    held = _held(draft)
    questions = list(read_questions(held.content))
    index = _index(questions, question.name, seen)
    questions[index] = question
    _keep(held, actor, questions)
    record(object=_place(held), channel=held.channel.code, version=held.version, question=question.name)
    return question


@action(
    "channels.question_moved",
    by=BY,
    sentence=SENTENCE,
    facts=("channel", "version", "question", "places"),
    description="A question of a draft was moved.",
)
def move_question(*, actor: Actor, draft: ChannelQuestions, name: str, places: int) -> None:
    """Move a question down by so many places, or up by a negative number; not beyond the first or last."""
    held = _held(draft)
    questions = list(read_questions(held.content))
    index = _index(questions, name, None)
    target = min(max(index + places, 0), len(questions) - 1)
    questions.insert(target, questions.pop(index))
    _keep(held, actor, questions)
    record(object=_place(held), channel=held.channel.code, version=held.version, question=name, places=target - index)


@action(
    "channels.question_removed",
    by=BY,
    sentence=SENTENCE,
    facts=("channel", "version", "question"),
    description="A question was taken out of a draft.",
)
def remove_question(*, actor: Actor, draft: ChannelQuestions, name: str, seen: str) -> None:
    """Take a question out. Raises WrongState when it was changed meanwhile, Incomplete when others depend on it."""
    held = _held(draft)
    questions = list(read_questions(held.content))
    index = _index(questions, name, seen)
    depend = [each for each in questions if each.condition is not None and each.condition.question == name]
    if depend:
        raise Incomplete(
            _("“%(name)s” is asked only because of an answer to this one. Change that first.")
            % {"name": called(depend[0].label)}
        )
    del questions[index]
    _keep(held, actor, questions)
    record(object=_place(held), channel=held.channel.code, version=held.version, question=name)


@action(
    "channels.questions_published",
    by=BY,
    sentence=SENTENCE,
    limit="words that are missing in a language are left out only by saying so",
    facts=("channel", "version", "digest"),
    description="A version of a channel's questions was published; it is never changed again.",
    step_up=True,
)
def publish_questions(
    *, actor: Actor, draft: ChannelQuestions, seen: str | None = None, incomplete: bool = False
) -> ChannelQuestions:
    """Publish a draft, which reports answer from now on.

    `incomplete` says that words may be missing in languages of the channel. Raises WrongState when it is not the
    draft that was seen, Incomplete when it cannot be asked or words are missing.
    """
    held = _held(draft)
    questions = read_questions(held.content)
    if seen is not None and seen != seen_of(questions):
        raise WrongState(CHANGED_MEANWHILE)
    for _question, sentence in problems(questions):
        raise Incomplete(sentence)
    read(held.content)
    missing = list(missing_words(questions, languages_of(held.channel)))
    if missing and not incomplete:
        raise Incomplete(
            _("Words are missing in %(languages)s. Write them, or say that English may be shown instead.")
            % {"languages": ", ".join(sorted({each.language for each in missing}))}
        )
    held.published_on = clock.today()
    held.save(update_fields=["published_on"])
    record(object=_place(held), channel=held.channel.code, version=held.version, digest=seen_of(questions))
    return held


@action(
    "channels.draft_discarded",
    by=BY,
    sentence=SENTENCE,
    facts=("channel", "version"),
    description="A draft of a channel's questions was discarded.",
)
def discard_draft(*, actor: Actor, draft: ChannelQuestions, seen: str | None = None) -> None:
    """Throw a draft away. Raises WrongState when somebody wrote in it meanwhile."""
    held = _held(draft)
    if seen is not None and seen != seen_of(read_questions(held.content)):
        raise WrongState(CHANGED_MEANWHILE)
    record(object=_place(held), channel=held.channel.code, version=held.version)
    held.delete()


def _held(draft: ChannelQuestions) -> ChannelQuestions:
    found = ChannelQuestions.objects.select_for_update(of=("self",)).select_related("channel")
    held = found.filter(pk=draft.pk, published_on__isnull=True).first()
    if held is None:
        raise WrongState(NO_DRAFT)
    return held


def _index(questions: Sequence[Question], name: str, seen: str | None) -> int:
    for index, question in enumerate(questions):
        if question.name == name:
            if seen is not None and seen != seen_of(question):
                raise WrongState(CHANGED_MEANWHILE)
            return index
    raise WrongState(GONE)


def _keep(held: ChannelQuestions, actor: Actor, questions: Sequence[Question]) -> None:
    content = write(questions)
    try:
        read_questions(content)
    except Malformed as error:
        raise Incomplete(str(error)) from error
    held.content, held.made_by = content, actor.person
    held.save(update_fields=["content", "made_by"])


def _place(version: ChannelQuestions) -> str:
    return f"channel/{version.channel.code}/{version.version}"
