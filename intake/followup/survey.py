"""Four questions at the end: how it was to report. The answers are counted and not kept.

The floor above counts them (`declare_counter`), by the period and nothing else. What is known of a report is that its
person took part, so that nobody does twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.portal.models import Report
from intake.portal.outcomes import is_closed
from intake.portal.states import ReportState
from integrity.action import Actor, WrongState, action, record
from integrity.policy import Party

# Nobody is named in the entry: it could be laid beside the figures.
SOMEBODY: Final = Actor(pseudonym="reporter/somebody")


class SurveyQuestion(models.TextChoices):
    """What is asked; answered by how much one agrees."""

    EASY = "easy", gettext_lazy("It was easy to report.")
    INFORMED = "informed", gettext_lazy("I was told what I needed to know.")
    SAFE = "safe", gettext_lazy("I felt safe, and nobody treated me worse for it.")
    AGAIN = "again", gettext_lazy("I would report again.")


class Agreement(models.TextChoices):
    """How much somebody agrees."""

    FULLY = "4", gettext_lazy("Yes, fully")
    RATHER = "3", gettext_lazy("Rather yes")
    RATHER_NOT = "2", gettext_lazy("Rather not")
    NOT = "1", gettext_lazy("No, not at all")


Answers = Mapping[SurveyQuestion, Agreement]
_counter: list[Callable[[Answers], None]] = []


def declare_counter(counter: Callable[[Answers], None]) -> Callable[[Answers], None]:
    """Register the function that counts answers, inside the action."""
    _counter[:] = [counter]
    return counter


def may_take(report: Report) -> bool:
    """Whether the reporting person is asked: once, when the matter has ended."""
    if report.survey_taken:
        return False
    if report.state in (ReportState.CONVERTED, ReportState.MERGED):
        return is_closed(report)
    return report.state in (ReportState.REJECTED, ReportState.REFERRED)


def take(*, report: Report, answers: Answers) -> None:
    """Count the answers. Raises WrongState for a second time, or while the matter is open."""
    _take(actor=SOMEBODY, report=report, answers=answers)


@action(
    "survey.taken",
    by=(Party.REPORTER,),
    limit="with the receipt; once for each report that has ended",
    by_day=True,
    description="Somebody whose report had ended answered the survey.",
)
def _take(*, actor: Actor, report: Report, answers: Answers) -> None:
    held = Report.objects.without_identity().select_for_update(of=("self",)).get(pk=report.pk)
    if not may_take(held):
        raise WrongState(_("The survey can be answered once, when everything has ended."), object="survey")
    held.survey_taken = True
    held.save(update_fields=["survey_taken"])
    for counter in _counter:
        counter(answers)
    record(object="survey")
