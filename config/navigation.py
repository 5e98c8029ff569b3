"""What the desk's side navigation shows, by role."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from integrity.people.middleware import is_at_desk
from integrity.people.models import User
from integrity.people.roles import Role

FRONT = frozenset({Role.INTAKE, Role.TRIAGE})
CASEWORK = frozenset({Role.TRIAGE, Role.INVESTIGATOR, Role.SUPERVISOR, Role.AUTHORITY, Role.BOARD})
REGISTER = frozenset({Role.EDITOR, Role.APPROVER})
ALL = frozenset(Role)

SECTIONS: tuple[tuple[Any, tuple[tuple[Any, str, frozenset[Role]], ...]], ...] = (
    (
        _("Work"),
        (
            (_("Your work"), "desk", ALL),
            (_("Reports"), "triage:list", FRONT),
            (_("Enter a report"), "entry:enter", frozenset({Role.INTAKE})),
            (_("Cases"), "cases:list", CASEWORK),
            (_("Register entries"), "publication_desk:list", REGISTER),
            (_("Protection"), "protection_desk:list", frozenset({Role.PROTECTION})),
            (_("Identity requests"), "identities:list", frozenset({Role.IDENTITY})),
            (_("Your account"), "people:me", ALL),
        ),
    ),
    (
        _("Oversight"),
        (
            (_("Summary"), "statistics:summary", frozenset({Role.MANAGER, Role.PROGRAMME, Role.SUPERVISOR})),
            (_("Audit log"), "audit_console:entries", frozenset({Role.AUDITOR})),
            (_("Acknowledgements"), "programme:overview", frozenset({Role.PROGRAMME})),
            (_("Recovery"), "recovery:overview", frozenset({Role.RECOVERY, Role.ADMINISTRATOR})),
            (_("People and offices"), "people:people", frozenset({Role.ADMINISTRATOR})),
            (_("Before the announcement"), "setup:open", frozenset({Role.ADMINISTRATOR})),
            (_("Languages"), "languages", frozenset({Role.ADMINISTRATOR, Role.PROGRAMME})),
        ),
    ),
    (
        _("Rules"),
        (
            (_("Channels and questions"), "channels:list", frozenset({Role.PROGRAMME})),
            (_("Posters and cards"), "posters:list", frozenset({Role.PROGRAMME, Role.INTAKE})),
            (_("Clients of the API"), "clients:list", frozenset({Role.PROGRAMME, Role.ADMINISTRATOR})),
            (_("Rule packs"), "rules:list", ALL),
            (_("Code of conduct"), "programme:code", ALL),
        ),
    ),
    (_("Demonstration"), ((_("Move the clock"), "demonstration_clock", ALL),)),
)


def desk(request: HttpRequest) -> dict[str, Any]:
    """Template context `desk_navigation` (sections of label, url, is current, count or None) and `desk_person`."""
    person = getattr(request, "user", None)
    if not isinstance(person, User) or not is_at_desk(request.path_info):
        return {}
    held = getattr(request, "held", None)
    if held is None or not held.is_confirmed:
        return {"desk_person": {"name": person.name, "roles": [], "sign_out": _address("people:sign_out")}}
    roles = person.roles()
    sections = []
    for title, links in SECTIONS:
        shown = [
            (label, url, url == request.path if name == "desk" else request.path.startswith(url), None)
            for label, name, needed in links
            if roles & needed and (url := _address(name))
        ]
        if shown:
            sections.append((title, shown))
    return {
        "desk_navigation": sections,
        "desk_person": {
            "name": person.name,
            "roles": [Role(role).label for role in sorted(roles)],
            "sign_out": _address("people:sign_out"),
        },
    }


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
