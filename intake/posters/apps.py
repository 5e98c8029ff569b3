"""The posters room."""

from django.apps import AppConfig


class PostersConfig(AppConfig):
    """Paper that leads to the portal: posters and cards, in every language."""

    name = "intake.posters"
    label = "posters"
