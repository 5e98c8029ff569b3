"""The federation room."""

from django.apps import AppConfig


class FederationConfig(AppConfig):
    """Sign-in with the institution's identity provider."""

    name = "integrity.federation"
    label = "federation"

    def ready(self) -> None:
        """Offer the provider on the sign-in page."""
        from integrity.federation.sign_in import Federation
        from integrity.people import elsewhere

        elsewhere.declare_provider(Federation())
