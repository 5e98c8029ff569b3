"""The digest room."""

from django.apps import AppConfig


class DigestConfig(AppConfig):
    """One mail each working day, the same whatever waits."""

    name = "integrity.digest"
    label = "digest"
