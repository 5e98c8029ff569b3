"""Who else may say who somebody is, before their passphrase opens anything: the registry that such a room fills.

Being known by somebody else opens nothing. It fills in the user name, and where the institution wants it so, nobody
is asked for a passphrase who is not known first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from integrity.action import Actor
    from integrity.people.models import User


class Provider(Protocol):
    """Who says who somebody is."""

    @property
    def is_offered(self) -> bool:
        """Whether the institution has set one up."""

    @property
    def is_required(self) -> bool:
        """Whether nobody signs in who was not identified first."""

    @property
    def name(self) -> str:
        """What its button says."""

    @property
    def start(self) -> str:
        """The address that leads to it; the query may carry `next`, and `another` for asking anew who it is."""

    @property
    def forget(self) -> str:
        """The address that a form is sent to by whoever is not the person it identified."""

    @property
    def farewell(self) -> str:
        """The address that leads to where one signs out there."""

    @property
    def own_page(self) -> str:
        """The address of one's own link to it."""

    def page_of(self, person: User) -> str:
        """The address of somebody's link, for administrators."""

    def known(self, request: HttpRequest) -> User | None:
        """The active person who was identified in this browser a moment ago, and has not signed in with it."""

    def next(self, request: HttpRequest) -> str:
        """The page of the desk that the identified person had asked for, or ""."""

    def use(self, request: HttpRequest, *, actor: Actor) -> None:
        """The identified person's keys are open: what identified them is used up. Raises a Refusal when it was."""

    def leave(self, response: HttpResponseBase) -> None:
        """Remove from the browser what identified somebody."""


_declared: list[Provider] = []


def declare_provider(provider: Provider) -> None:
    """Put the provider into the registry; there is one at most."""
    _declared[:] = [provider]


def provider() -> Provider | None:
    """The provider that the institution has set up, or None."""
    return next((each for each in _declared if each.is_offered), None)
