"""The vault."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Keys, grants, sealing, and the streams of attachments."""

    name = "integrity.vault"
    label = "vault"

    def ready(self) -> None:
        """Register the start-up checks, and what the log's digests are compared with."""
        from audit.log.ciphertexts import register
        from integrity.vault import checks  # noqa: F401
        from integrity.vault.ciphertexts import VAULT

        register(VAULT)
