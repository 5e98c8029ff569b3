"""Finding the person of a session. Signing in happens in the view, by opening the person's key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from integrity.people.models import User


class KeyBackend(BaseBackend):
    """Knows people by their identifier; authenticates nobody by itself."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Nobody: there is no password to compare with."""
        return None

    def get_user(self, user_id: UUID) -> User | None:
        """The active person with that identifier."""
        return User.objects.select_related("key", "office").filter(pk=user_id, is_active=True).first()
