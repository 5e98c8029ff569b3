"""Counting what reporting persons say of reporting: one is added for each answer, and nobody leaves a row."""

from __future__ import annotations

from collections import Counter

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from audit import clock
from cases.statistics.models import TAKEN, SurveyTally
from cases.statistics.periods import period_of
from cases.statistics.shapes import Distribution, distribution
from intake.followup.survey import Agreement, Answers, SurveyQuestion, declare_counter


@declare_counter
def count_answers(answers: Answers) -> None:
    """Count the answers of one person, inside the action.

    All tallies of the period are written anew in the order of their names, as those of closed cases are: if only some
    were, their place in the table would tell which answers came together.
    """
    period = period_of(clock.today())
    _take_turn(period)
    others = SurveyTally.objects.filter(period=period).exclude(question=TAKEN)
    counts = Counter({(question, answer): 0 for question in SurveyQuestion.values for answer in Agreement.values})
    counts.update({(row.question, row.answer): row.count for row in others})
    counts.update((question.value, answer.value) for question, answer in answers.items())
    others.delete()
    SurveyTally.objects.bulk_create(
        SurveyTally(period=period, question=question, answer=answer, count=count)
        for (question, answer), count in sorted(counts.items())
    )


def _take_turn(period: str) -> None:
    """Add one to those who took part. The database holds that row until the transaction ends, so that others wait."""
    taken = SurveyTally.objects.filter(period=period, question=TAKEN)
    if taken.update(count=F("count") + 1):
        return
    try:
        with transaction.atomic():
            SurveyTally.objects.create(period=period, question=TAKEN, answer="", count=1)
    except IntegrityError:
        # Somebody else was the period's first, while this one was about to be.
        taken.update(count=F("count") + 1)


def said_in(period: str) -> list[Distribution]:
    """What was answered in a period, question by question, small figures withheld. One query."""
    rows = SurveyTally.objects.filter(period=period).values_list("question", "answer", "count")
    counts = {(question, answer): count for question, answer, count in rows}
    return [
        distribution(
            _("Reporting persons: “%(question)s”") % {"question": question.label},
            Agreement.choices,
            {answer: counts.get((question.value, answer), 0) for answer in Agreement.values},
        )
        for question in SurveyQuestion
    ]
