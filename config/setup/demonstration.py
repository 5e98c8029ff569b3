"""The demonstration's people have passphrases that everybody knows: a real institution is never built beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from config.demonstration.people import COLLEAGUES
from config.setup.conversation import Wrong
from integrity.people.models import User

ENOUGH: Final = 3
SENTENCE: Final = (
    "This database holds the demonstration, whose passphrases everybody knows. Give the institution an empty database "
    "and a folder of data of its own."
)


def refuse() -> None:
    """Raise Wrong where the demonstration is, or was begun. Works before there are tables."""
    if settings.DEMONSTRATION or (Path(settings.DATA_DIR) / "demonstration-being-made").exists():
        raise Wrong(SENTENCE)
    if User._meta.db_table in connection.introspection.table_names() and is_here():
        raise Wrong(SENTENCE)


def is_here() -> bool:
    """Whether people of the demonstration have accounts, by user name and name together."""
    invented = {(person.username, person.name) for person in COLLEAGUES}
    held = User.objects.filter(username__in=[username for username, _name in invented])
    return len(invented & set(held.values_list("username", "name"))) >= ENOUGH
