"""What remains of a closed case for counting: codes and a half-year, and nothing that leads back to the case."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrity.people.roles import Gender
from integrity.rules.terms import GradeBand, Gravity


class FactOutcome(models.TextChoices):
    """How a case ended."""

    NO_CASE = "no_case", _("No case to answer")
    NOT_SUBSTANTIATED = "not_substantiated", _("Not substantiated")
    SUBSTANTIATED = "substantiated", _("Substantiated")


class Weight(models.TextChoices):
    """How heavy the sanction was, by the ladder of the rule pack: its lower and its upper half."""

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


class StatisticalFact(models.Model):
    """One closed case, unlinked. Rows are added, never changed; the key is random, so that it tells no order.

    `place` is "headquarters" or the name of a region.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    period = models.CharField(max_length=7)
    category = models.CharField(max_length=60)
    gravity = models.CharField(max_length=10, choices=Gravity.choices)
    grade_band = models.CharField(max_length=1, choices=GradeBand.choices)
    place = models.CharField(max_length=80)
    gender = models.CharField(max_length=1, choices=Gender.choices)
    outcome = models.CharField(max_length=20, choices=FactOutcome.choices)
    sanction = models.CharField(max_length=60, blank=True)
    weight = models.CharField(max_length=10, choices=Weight.choices)
    appeal = models.CharField(max_length=10, choices=AppealEnd.choices)
    duration = models.CharField(max_length=10, choices=Duration.choices)

    class Meta:
        indexes = [models.Index(fields=["period"], name="fact_by_period")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sanction="", weight="none") | (~Q(sanction="") & ~Q(weight="none")),
                name="weight_fits_sanction",
            ),
            models.CheckConstraint(
                condition=Q(outcome="substantiated") | Q(sanction=""), name="no_sanction_without_finding"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.category}"
