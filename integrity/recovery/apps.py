"""The recovery room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecoveryConfig(AppConfig):
    """The custodians of the recovery key: the ceremony, the proofs, and what is recovered."""

    name = "integrity.recovery"
    label = "recovery"
    verbose_name = _("Recovery")

    def ready(self) -> None:
        """From the first ceremony on, the recovery key gets a grant of every new key that must not be lost."""
        from integrity.recovery.coverage import standing_holders
        from integrity.vault.actions import declare_standing_holder

        declare_standing_holder(standing_holders)
