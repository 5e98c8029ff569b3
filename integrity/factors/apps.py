"""The factors room."""

from django.apps import AppConfig


class FactorsConfig(AppConfig):
    """Second factors, recovery codes, step-up."""

    name = "integrity.factors"
    label = "factors"
