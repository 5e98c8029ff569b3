"""Start-up checks of the cases floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from cases.engine import unpaired


def pairing(app_configs: Sequence[AppConfig] | None, **_more: Any) -> list[CheckMessage]:
    """Every row of the workflow table has exactly one action, and no action is without a row."""
    return [
        Error(f"The transition {name} of the workflow table has no action.", id="cases.E001") for name in unpaired()
    ]
