"""The publication room."""

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    """From a final decision to an anonymised entry of the public register, and the closing of the case."""

    name = "cases.publication"
    label = "publication"

    def ready(self) -> None:
        """Pair the actions with their rows, tell the engine how to handle an entry, register panel and work."""
        from cases.publication import actions, closing, keeper, panels, work  # noqa: F401 - importing registers them
