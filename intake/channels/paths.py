"""Who a reporting person says they are."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Path(TextChoices):
    """From which side somebody saw it; nothing depends on it but the channels and questions that are offered."""

    PUBLIC = "public", _("A member of the public")
    STAFF = "staff", _("I work here")
    PARTNER = "partner", _("A business partner: broker, trader, carrier, supplier")
