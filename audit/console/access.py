"""Who may read the log: the callable that AUDIT_CONSOLE_ACCESS names decides."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


def reader(request: HttpRequest) -> str:
    """The pseudonym of the person who reads. Raises PermissionDenied for everybody who may not."""
    decide = cast(Callable[[HttpRequest], str], import_string(settings.AUDIT_CONSOLE_ACCESS))
    return decide(request)
