"""The outbox room."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """What must follow a change, written in the change's own transaction."""

    name = "integrity.outbox"
    label = "outbox"
