"""The closed sets a rule pack speaks in. A pack chooses among these words; it cannot invent new ones."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Gravity(models.TextChoices):
    """How grave an offence is, mildest first."""

    MINOR = "minor", _("Minor")
    SERIOUS = "serious", _("Serious")
    GROSS = "gross", _("Gross")


class GradeBand(models.TextChoices):
    """Grades in bands, highest first, so that a published decision does not point at one person."""

    EXECUTIVE = "A", _("Executive")
    SENIOR = "B", _("Senior officer")
    OFFICER = "C", _("Officer")
    SUPPORT = "D", _("Support staff")


class SanctionUnit(models.TextChoices):
    """What the amount of a sanction counts."""

    NONE = "none", _("No amount")
    DAYS_OF_PAY = "days-of-pay", _("Days of pay")
    DAYS = "days", _("Days")
    MONTHS = "months", _("Months")
    GRADES = "grades", _("Grades")


class ClockUnit(models.TextChoices):
    """What a clock counts in."""

    DAYS = "days", _("Days")
    WORKING_DAYS = "working-days", _("Working days")
    MONTHS = "months", _("Months")


class FactorKind(models.TextChoices):
    """Whether a factor weighs for a heavier or a lighter sanction."""

    AGGRAVATING = "aggravating", _("Aggravating")
    MITIGATING = "mitigating", _("Mitigating")


class StandardOfProof(models.TextChoices):
    """How sure the deciding authority must be before it finds an allegation substantiated."""

    BALANCE_OF_PROBABILITIES = "balance-of-probabilities", _("Balance of probabilities")
    SUBSTANTIAL_EVIDENCE = "substantial-evidence", _("Substantial evidence")
    CLEAR_AND_CONVINCING = "clear-and-convincing", _("Clear and convincing evidence")
    BEYOND_REASONABLE_DOUBT = "beyond-reasonable-doubt", _("Beyond reasonable doubt")


class ClockName(models.TextChoices):
    """Every clock the product runs, with the words the public reads. A pack gives a length to each."""

    ACKNOWLEDGE = "acknowledge", _("To confirm to the reporting person that the report arrived")
    TRIAGE = "triage", _("To assess a report")
    FEEDBACK = "feedback", _("To tell the reporting person what was done, counted from the confirmation")
    INVESTIGATION_PLAN = "investigation-plan", _("To plan an investigation and have the plan approved")
    INVESTIGATION = "investigation", _("To complete an investigation")
    FINDINGS_REVIEW = "findings-review", _("For another person to review the findings")
    SHOW_CAUSE = "show-cause", _("To send the notice that states the charge")
    REPRESENTATION = "representation", _("For the respondent to answer the charge")
    HEARING = "hearing", _("To hold a hearing")
    DECISION = "decision", _("To decide, counted from the answer or the hearing")
    NOTIFICATION = "notification", _("To bring the decision to the respondent")
    APPEAL = "appeal", _("For the respondent to appeal, counted from proof of service")
    APPEAL_ADMISSION = "appeal-admission", _("To say whether an appeal is admissible")
    APPEAL_RECORD = "appeal-record", _("To send the record to the appeal board")
    BOARD_DECISION = "board-decision", _("For the appeal board to decide")
    IMPLEMENTATION = "implementation", _("To carry out a final decision")
    PREVENTIVE_SUSPENSION = "preventive-suspension", _("Until a preventive suspension ends by itself")
    CORRECTIVE_ACTION = "corrective-action", _("To correct a weakness that a case has shown")
    PUBLICATION_EMBARGO = "publication-embargo", _("Before a final decision may be published")
    PUBLICATION_EXPIRY = "publication-expiry", _("Until a published decision is taken down")
    RETENTION = "retention", _("Until the record of a closed case is destroyed")
