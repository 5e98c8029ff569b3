"""What remains of closed cases for counting: how many, by one thing at a time, and no row for any case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from intake.followup.survey import Agreement, SurveyQuestion


class Counted(models.TextChoices):
    """The tables that are counted: exactly those which the summary shows."""

    CLOSED = "closed", _("Cases closed")
    CATEGORY = "category", _("Closed cases by category")
    DURATION = "duration", _("Time from opening to closing")
    APPEAL = "appeal", _("Appeals in closed cases")
    GRAVITY = "gravity", _("Results by gravity")
    GRADE = "grade", _("Results by grade")
    GENDER = "gender", _("Results by gender")
    PLACE = "place", _("Results by place")


BY_RESULT = (Counted.GRAVITY, Counted.GRADE, Counted.GENDER, Counted.PLACE)


class Result(models.TextChoices):
    """How a case ended, and how heavy the sanction was by the ladder of the rule pack: its lower or upper half."""

    NOT_ESTABLISHED = "not_established", _("Not established")
    NONE = "none", _("No sanction")
    LIGHTER = "lighter", _("Lighter sanction")
    HEAVIER = "heavier", _("Heavier sanction")


class AppealEnd(models.TextChoices):
    """How an appeal ended."""

    NONE = "none", _("No appeal")
    DISMISSED = "dismissed", _("Inadmissible")
    UPHOLD = "uphold", _("Upheld")
    VARY = "vary", _("Varied")
    QUASH = "quash", _("Quashed")
    REMIT = "remit", _("Remitted")


class Duration(models.TextChoices):
    """How long a case took from its opening to its closing."""

    QUARTER = "quarter", _("Up to 3 months")
    HALF_YEAR = "half_year", _("3 to 6 months")
    YEAR = "year", _("6 to 12 months")
    LONGER = "longer", _("More than 12 months")


HEADQUARTERS = "headquarters"
NO_ROW = ""


class Tally(models.Model):
    """How many cases that closed in a period have one value, or one value and one result.

    `row` is a value of `table` (a place is "headquarters" or a region, "" when unknown); `column` is a Result, or ""
    in a table that has no columns. No key but these four: a number of its own would tell which rows came together.
    """

    pk = models.CompositePrimaryKey("period", "table", "row", "column")
    period = models.CharField(max_length=9)
    table = models.CharField(max_length=10, choices=Counted.choices)
    row = models.CharField(max_length=80, blank=True)
    column = models.CharField(max_length=20, choices=Result.choices, blank=True)
    count = models.PositiveIntegerField()

    declared_public = {
        "period": "counted together over the cases of a period",
        "row": "a code, a region or headquarters",
    }

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="tally_of_something"),
            models.CheckConstraint(condition=Q(table__in=Counted.values), name="tally_of_a_known_table"),
            models.CheckConstraint(
                condition=Q(table__in=BY_RESULT, column__in=Result.values) | (~Q(table__in=BY_RESULT) & Q(column="")),
                name="tally_by_result_only_where_shown",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.table} {self.row} {self.column}: {self.count}"


TAKEN = "taken"


class SurveyTally(models.Model):
    """How many gave one answer to one question of the survey in a period; the question "taken" counts who took part.

    Every answer of every question is there, also with nobody, so that a row that comes tells nothing.
    """

    pk = models.CompositePrimaryKey("period", "question", "answer")
    period = models.CharField(max_length=9)
    question = models.CharField(max_length=10, choices=[(TAKEN, TAKEN), *SurveyQuestion.choices])
    answer = models.CharField(max_length=1, choices=Agreement.choices, blank=True)
    count = models.PositiveIntegerField()

    declared_public = {"period": "counted together over the survey of a period"}

    class Meta:
        verbose_name_plural = "survey tallies"
        constraints = [
            models.CheckConstraint(
                condition=Q(question=TAKEN, answer="")
                | Q(question__in=SurveyQuestion.values, answer__in=Agreement.values),
                name="survey_tally_of_a_known_answer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.question} {self.answer}: {self.count}"
