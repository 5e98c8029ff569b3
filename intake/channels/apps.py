"""The channels room."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Ways in, and who receives what comes by each."""

    name = "intake.channels"
    label = "channels"
