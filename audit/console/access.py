"""Who may read the log, and take entries away: the callables that two settings name decide."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from audit.log.actions import number


def reader(request: HttpRequest) -> str:
    """The pseudonym of the person who reads; everything committed by now has its index when this returns.

    Raises PermissionDenied for everybody who may not read.
    """
    return _ask(settings.AUDIT_CONSOLE_ACCESS, request)


def taker(request: HttpRequest) -> str:
    """As `reader`, of the person who takes entries away; also raises what asks the person to confirm who they are."""
    return _ask(settings.AUDIT_CONSOLE_EXPORT_ACCESS, request)


def _ask(name: str, request: HttpRequest) -> str:
    decide = cast(Callable[[HttpRequest], str], import_string(name))
    pseudonym = decide(request)
    number()
    return pseudonym
