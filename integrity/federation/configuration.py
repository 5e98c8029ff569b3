"""What the settings say about the identity provider, and what is wrong with them. Without Django: settings use it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(address: str) -> bool:
    """Whether an address is plain HTTP to this machine itself."""
    parts = _split(address)
    if parts is None or parts[0] != "http":
        return False
    host = parts[1]
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_https(address: str) -> bool:
    """Whether an address is HTTPS to a named host, without a user and a fragment."""
    parts = _split(address)
    return parts is not None and parts[0] == "https"


def _split(address: str) -> tuple[str, str] | None:
    """Scheme and host of an address that is whole and harmless."""
    if not address.isascii() or any(character <= " " or character in '\\"<>' for character in address):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.fragment or port == 0:
        return None
    return parts.scheme, parts.hostname


def complaint(*, issuer: str, client: str, required: bool, claim: str, proxy: str) -> str:
    """What is wrong with the settings, as a sentence for whoever made them; "" when nothing is."""
    if not issuer:
        return "OIDC_REQUIRED is set and OIDC_ISSUER is not: nobody could sign in." if required else ""
    if "?" in issuer or not (is_https(issuer) or is_loopback(issuer)):
        return f"OIDC_ISSUER must be an https address without a query, as the provider writes it, not {issuer!r}."
    if not client:
        return "OIDC_CLIENT_ID is missing: the name under which the provider knows this system."
    if required and not claim:
        return (
            "OIDC_REQUIRED needs OIDC_USERNAME_CLAIM: whoever has no link yet could not sign in to make one. "
            "Name the claim that holds the user name, such as preferred_username."
        )
    if claim in {"email", "sub"}:
        return f"OIDC_USERNAME_CLAIM must name the claim that holds the user name; nobody is known by {claim!r} alone."
    if proxy and urlsplit(proxy).scheme != "http":
        return f"OIDC_PROXY must be an http address such as http://proxy.example:3128, not {proxy!r}."
    return ""
