"""What the sign-in page asks of this room: who was identified, and what becomes of it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from integrity.action import Actor, WrongState
from integrity.federation import attempts, provider
from integrity.federation.actions import OFTEN_USED, link_by_claim
from integrity.federation.models import Purpose
from integrity.people.models import User


class Federation:
    """The identity provider as the sign-in page knows it (`integrity.people.elsewhere.Provider`)."""

    @property
    def is_offered(self) -> bool:
        """Whether OIDC_ISSUER is set."""
        return provider.is_configured()

    @property
    def is_required(self) -> bool:
        """Whether OIDC_REQUIRED is set."""
        return bool(settings.OIDC_REQUIRED)

    @property
    def name(self) -> str:
        """What the button says after “Continue with”."""
        return settings.OIDC_NAME or str(_("single sign-on"))

    @property
    def start(self) -> str:
        """Where the button leads."""
        return reverse("federation:start")

    @property
    def forget(self) -> str:
        """Where “This is not me” is sent."""
        return reverse("federation:forget")

    @property
    def farewell(self) -> str:
        """Where one goes to sign out at the provider."""
        return reverse("federation:leave")

    @property
    def own_page(self) -> str:
        """The page of one's own link."""
        return reverse("federation:mine")

    def page_of(self, person: User) -> str:
        """The page of somebody's link."""
        return reverse("federation:of_person", args=[person.pk])

    def known(self, request: HttpRequest) -> User | None:
        """The person whom the provider identified in this browser."""
        attempt = attempts.answered(request, Purpose.SIGN_IN)
        return attempt.person if attempt is not None else None

    def next(self, request: HttpRequest) -> str:
        """The page that was asked for before the person went to the provider."""
        attempt = attempts.answered(request, Purpose.SIGN_IN)
        return attempt.next if attempt is not None else ""

    def use(self, request: HttpRequest, *, actor: Actor) -> None:
        """Use the identification up, and make the link that the provider's claim announced.

        Raises WrongState when it was used or ran out while the passphrase was being checked.
        """
        attempt = attempts.answered(request, Purpose.SIGN_IN)
        if attempt is None or attempt.person_id != actor.user.pk or not attempts.use(attempt):
            raise WrongState(OFTEN_USED, object=actor.pseudonym)
        if attempt.by_claim:
            link_by_claim(actor=actor, attempt=attempt)

    def leave(self, response: HttpResponseBase) -> None:
        """Remove the cookie."""
        attempts.take_cookie(response)
