"""The top floor: it wires everything."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Settings, addresses, tasks, the demonstration."""

    name = "config"
