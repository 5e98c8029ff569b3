"""What may be found of an allegation."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Outcome(TextChoices):
    """The finding on one allegation. Stored sealed, never in clear."""

    SUBSTANTIATED = "substantiated", _("Substantiated")
    PARTLY = "partly_substantiated", _("Partly substantiated")
    UNSUBSTANTIATED = "unsubstantiated", _("Unsubstantiated")
    UNFOUNDED = "unfounded", _("Unfounded")
    INCONCLUSIVE = "inconclusive", _("Inconclusive")


LIABLE = frozenset({Outcome.SUBSTANTIATED, Outcome.PARTLY})
