"""How much may be sent: read from the settings each time, so that a change needs no new import."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings

RESERVE: Final = 5 * 1024**3
PART_OF_THE_DISK: Final = 20


def bytes_per_file() -> int:
    """The largest file that is taken, in bytes (settings.VAULT_FILE_LIMIT)."""
    return int(getattr(settings, "VAULT_FILE_LIMIT", 1_000_000_000))


def files_per_request() -> int:
    """How many files are taken at once (settings.VAULT_FILES_PER_REQUEST)."""
    return int(getattr(settings, "VAULT_FILES_PER_REQUEST", 20))


def bytes_per_request() -> int:
    """Beyond this many bytes a request is cut off (settings.VAULT_REQUEST_LIMIT)."""
    return int(getattr(settings, "VAULT_REQUEST_LIMIT", 4_000_000_000))


def reserve(disk: int) -> int:
    """What files leave free of a disk of so many bytes, for text and everything else (settings.VAULT_RESERVE).

    Unless it is set, 5 GiB, and of a small disk a twentieth.
    """
    told = getattr(settings, "VAULT_RESERVE", None)
    return min(RESERVE, disk // PART_OF_THE_DISK) if told is None else int(told)


def pending_age() -> timedelta:
    """How long a file waits for its form to be sent again (settings.VAULT_PENDING_HOURS)."""
    return timedelta(hours=int(getattr(settings, "VAULT_PENDING_HOURS", 24)))


def scanner() -> str:
    """Where clamd listens: `unix:/path` or `tcp:host:port`; "" when there is none (settings.CLAMAV)."""
    return str(getattr(settings, "CLAMAV", ""))


def scan_seconds() -> int:
    """How long one request may wait for the scanner, all its files together (settings.CLAMAV_SECONDS)."""
    return int(getattr(settings, "CLAMAV_SECONDS", 20))
