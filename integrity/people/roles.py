"""Roles at the desk."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person is appointed to do; each has dates, and most cases give a person one of them."""

    INTAKE = "intake", _("Intake officer")
    TRIAGE = "triage", _("Triage officer")
    INVESTIGATOR = "investigator", _("Investigator")
    SUPERVISOR = "supervisor", _("Supervisor of investigations")
    AUTHORITY = "authority", _("Deciding authority")
    BOARD = "board", _("Appeal board member")
    EDITOR = "editor", _("Publication editor")
    APPROVER = "approver", _("Publication approver")
    PROTECTION = "protection", _("Protection officer")
    IDENTITY = "identity", _("Identity custodian")
    RECOVERY = "recovery", _("Recovery custodian")
    AUDITOR = "auditor", _("Auditor")
    MANAGER = "manager", _("Manager")
    PROGRAMME = "programme", _("Programme officer")
    ADMINISTRATOR = "administrator", _("Administrator")


class Gender(TextChoices):
    """Used only for consistency figures, in pooled counts."""

    FEMALE = "f", _("Female")
    MALE = "m", _("Male")
    UNSTATED = "u", _("Not stated")
