"""The ui room."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The one look: base templates, form rendering, components, charts, error pages, headers."""

    name = "integrity.ui"
    label = "ui"
