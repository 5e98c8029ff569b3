"""How the API's description tells of receipts and of clients' keys."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ReceiptScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The receipt in the Authorization header."""

    target_class = "intake.api.authentication.ReceiptAuthentication"
    name = "receipt"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An API key in a header, because OpenAPI has no word for other schemes."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Receipt` and the 24 digits of the receipt, with or without spaces between them.",
        }


class ClientScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The key of a client in the Authorization header."""

    target_class = "intake.clients.authentication.ClientAuthentication"
    name = "client"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An API key in a header, because OpenAPI has no word for other schemes."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Client` and the key that was shown when the client was made.",
        }
