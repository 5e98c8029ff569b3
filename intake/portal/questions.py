"""How the answers of a report are told again, to the reporting person and at the desk.

`Report.answers` is a dictionary of the names of questions to what was answered, as `intake.channels.questionnaire`
tells; `Report.questions` is the version that asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.channels.answers import told
from intake.channels.concerns import CONCERNS, Concerns
from intake.channels.questionnaire import Answers, Questionnaire

if TYPE_CHECKING:
    from intake.channels.questionnaire import Words


def labelled(answers: Answers, questionnaire: Questionnaire) -> list[tuple[Words, str]]:
    """Question and answer, in the order of the questionnaire that was answered; codes as the words that were chosen.

    Answers under names that no question has any more come last, under their name.
    """
    shown: list[tuple[Words, str]] = []
    if CONCERNS.name in answers:
        code = str(answers[CONCERNS.name])
        shown.append((CONCERNS.label, str(Concerns(code).label) if code in Concerns.values else code))
    shown += [
        (question.label, told(question, answers[question.name]))
        for question in questionnaire.questions
        if answers.get(question.name)
    ]
    known = {CONCERNS.name, *questionnaire.names}
    return [*shown, *((name, told(None, value)) for name, value in answers.items() if name not in known)]
