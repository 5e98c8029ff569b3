"""The clients room."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Programs of hotline providers that send reports by the API, each with a key of its own."""

    name = "intake.clients"
    label = "clients"

    def ready(self) -> None:
        """Declare the room's actions."""
        from intake.clients import actions  # noqa: F401 - importing them registers them
