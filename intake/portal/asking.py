"""What is asked of somebody who answered so far like this: which channels are open to them, and which questions follow.

Nothing here judges an answer. It reads what a form holds, valid or not, so that the same page can be shown again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language

from intake.channels.concerns import CONCERNS, Concerns
from intake.channels.fields import field_for
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.paths import Path
from intake.channels.questionnaire import Kind, Question, Questionnaire
from intake.channels.reading import current_questions, questionnaire_of
from intake.channels.routing import channels_for, closed

if TYPE_CHECKING:
    from intake.channels.questionnaire import Answer

Data = MultiValueDict[str, str]

# Steps of the form that are no questions of a channel; no question can have these names.
PATH: Final = "path"
CHANNEL: Final = "channel"
IDENTITY: Final = "name"
# Fields that are asked together, under the name of the first.
TOGETHER: Final = {IDENTITY: ("name", "contact")}


@dataclass(frozen=True)
class Asking:
    """What is asked now. `channels` are those to choose from; without a `channel` nothing more is asked yet.

    `closed` says why no channel takes such a report.
    """

    path: str
    channels: tuple[Channel, ...]
    channel: Channel | None
    version: ChannelQuestions | None
    questionnaire: Questionnaire
    questions: tuple[Question, ...]
    closed: str = ""

    @classmethod
    def after(cls, data: Data) -> Asking:
        """What is asked after these answers."""
        path, about = data.get(PATH, ""), data.get(CONCERNS.name, "")
        path = path if path in Path.values else ""
        concerns = Concerns(about) if about in Concerns.values else None
        open_to_them = channels_for(path=path, concerns=concerns or Concerns.OTHERS, language=get_language() or "")
        # Several can be offered only to somebody of whom it is known which of them are open to them.
        too_early = len(open_to_them) > 1 and not (path and concerns)
        chosen = next((each for each in open_to_them if each.code == data.get(CHANNEL) and not too_early), None)
        channel = chosen or (open_to_them[0] if len(open_to_them) == 1 else None)
        version = current_questions(channel) if channel else None
        questionnaire = questionnaire_of(version)
        nothing_yet = channel is None and bool(open_to_them)
        return cls(
            path=path,
            channels=() if too_early else tuple(open_to_them),
            channel=channel,
            version=version,
            questionnaire=questionnaire,
            questions=() if nothing_yet else tuple(questionnaire.asked(_answers(questionnaire, data), path=path)),
            closed="" if open_to_them or concerns is None else closed(independent=concerns.independent),
        )

    @property
    def steps(self) -> list[str]:
        """What is asked in its order, one name for each page."""
        choice = [CHANNEL] if len(self.channels) > 1 else []
        more = [question.name for question in self.questions]
        return [PATH, CONCERNS.name, *choice, *more, *([IDENTITY] if more else [])]

    @property
    def is_settled(self) -> bool:
        """Whether it is known by now how many questions there are."""
        return bool(self.questions)

    @property
    def files_name(self) -> str:
        """Under which name files are asked for, or "" when they are not."""
        return next((question.name for question in self.questions if question.kind == Kind.FILES), "")

    @property
    def first_long(self) -> str:
        """The question under which most is written, or "" where none asks for a longer text."""
        return next((question.name for question in self.questions if question.kind == Kind.LONG), "")

    def after_step(self, name: str) -> str:
        """The step that follows, or "" after the last. From a step that is not asked any more, the first one."""
        steps = self.steps
        if name not in steps:
            return steps[0]
        return next(iter(steps[steps.index(name) + 1 :]), "")

    def before_step(self, name: str) -> str:
        """The step before, or "" before the first."""
        steps = self.steps
        return steps[steps.index(name) - 1] if name in steps and steps.index(name) else ""


def belonging(data: Data, names: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """The values of a form by the question that they belong to: those under its name, or its name and a hyphen."""
    known = list(names)
    fields = {field: name for name in known for field in TOGETHER.get(name, (name,))}
    parts: dict[str, dict[str, list[str]]] = {name: {} for name in known}
    for key, values in data.lists():
        owner = fields.get(key) or next((name for field, name in fields.items() if key.startswith(f"{field}-")), None)
        if owner is not None and any(values):
            parts[owner][key] = [str(value) for value in values]
    return parts


def _answers(questionnaire: Questionnaire, data: Data) -> dict[str, Answer]:
    """What was chosen, for the conditions: only choices decide what else is asked."""
    chosen: dict[str, Any] = {}
    for question in questionnaire.questions:
        if question.kind.has_choices:
            widget = field_for(question).widget
            chosen[question.name] = widget.value_from_datadict(data, MultiValueDict(), question.name)
    return chosen
