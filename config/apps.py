"""The top floor: it wires everything."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Settings, addresses, tasks, the demonstration."""

    name = "config"

    def ready(self) -> None:
        """Tell recovery of cases and reports, and let the demonstration's clock run ahead when somebody moved it."""
        from django.conf import settings

        from config import (
            recovery,  # noqa: F401 - importing it registers what can be recovered
            verification,  # noqa: F401 - importing it registers what verifies the log, and who is told
        )
        from config.setup import work  # noqa: F401 - importing it registers what waits for administrators

        if settings.DEMONSTRATION:
            from config.demonstration import time_machine

            time_machine.install()
