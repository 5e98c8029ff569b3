"""The page for administrators: which languages the public reads, how whole each is, and which are drafts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info

from config.catalogues import standings
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role


@role_required(Role.ADMINISTRATOR, Role.PROGRAMME)
def languages(request: DeskRequest) -> HttpResponse:
    """Every language that has a catalogue, offered or not."""
    offered = [code for code, _name in settings.LANGUAGES]
    rows = [
        {
            "standing": each,
            "name": get_language_info(each.code)["name_translated"],
            "own_name": get_language_info(each.code)["name_local"],
            "offered": each.code in offered,
            "percent": 100 * each.translated // max(1, each.sentences),
        }
        for each in standings()
    ]
    return render(request, "config/languages.html", {"rows": rows})
