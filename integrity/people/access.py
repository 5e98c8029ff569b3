"""Who may see which pages of the desk."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from integrity.action import Actor
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault.keyring import Keyring

P = ParamSpec("P")


class DeskRequest(HttpRequest):
    """A request from somebody signed in at the desk, as the Desk middleware hands it on."""

    user: User
    keyring: Keyring
    actor: Actor


def role_required(
    *roles: Role,
) -> Callable[[Callable[Concatenate[DeskRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Show a view only to people who hold one of the roles today; others get the page for 403."""

    def decorate(
        view: Callable[Concatenate[DeskRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def guarded(request: Any, *arguments: P.args, **named: P.kwargs) -> HttpResponseBase:
            if not request.user.has_role(*roles):
                raise PermissionDenied(_("This page is for another role."))
            return view(request, *arguments, **named)

        return guarded

    return decorate


def reader_of_the_log(request: HttpRequest) -> str:
    """The pseudonym of the auditor who reads the log.

    Raises PermissionDenied for everybody else: the log shows patterns of work, so it is not for all.
    """
    person = request.user
    if not isinstance(person, User) or not person.has_role(Role.AUDITOR):
        raise PermissionDenied(_("Only an auditor reads the log."))
    return f"person/{person.pk}"
