"""Who may see which pages of the desk."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrity import policy
from integrity.action import Actor, NotConfirmed
from integrity.people.middleware import door
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.people.sittings import Held
from integrity.vault.keyring import Keyring

P = ParamSpec("P")
# No action of this floor: the console, which knows nobody, leaves the entry.
READING_THE_LOG = policy.declare(
    "log.read", by=(Role.AUDITOR,), sentence=gettext_lazy("Only an auditor reads the log.")
)


class DeskRequest(HttpRequest):
    """A request from somebody signed in at the desk, as the Desk middleware hands it on."""

    user: User
    held: Held
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


def ask_first(
    view: Callable[Concatenate[DeskRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Ask for the second factor before a page whose form will need it, so that nothing is typed in vain."""

    @functools.wraps(view)
    def guarded(request: Any, *arguments: P.args, **named: P.kwargs) -> HttpResponseBase:
        if request.method == "GET" and not request.held.is_fresh:
            return HttpResponseRedirect(door("factors:confirm", request.get_full_path()))
        return view(request, *arguments, **named)

    return guarded


def reader_of_the_log(request: HttpRequest) -> str:
    """The pseudonym of the auditor who reads the log.

    Raises PermissionDenied for everybody else: the log shows patterns of work, so it is not for all.
    """
    person = request.user
    if not isinstance(person, User) or policy.refusal(READING_THE_LOG, Actor.of(person), {}) is not None:
        raise PermissionDenied(READING_THE_LOG.sentence)
    return f"person/{person.pk}"


def taker_from_the_log(request: HttpRequest) -> str:
    """The pseudonym of the auditor who takes entries away. Raises PermissionDenied as above, and NotConfirmed."""
    pseudonym = reader_of_the_log(request)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.confirmed:
        raise NotConfirmed(READING_THE_LOG.name)
    return pseudonym
