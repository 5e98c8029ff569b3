"""The vault."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Keys, grants, sealing, and the streams of attachments."""

    name = "integrity.vault"
    label = "vault"

    def ready(self) -> None:
        """Register the start-up checks."""
        from integrity.vault import checks  # noqa: F401
