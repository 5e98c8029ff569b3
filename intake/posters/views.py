"""The pages of posters and cards to print, each in the language of its readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import TextChoices
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from intake.channels.forms import language_name
from intake.posters.addresses import Door, address_of, code_of, short
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role

KEEPERS: Final = (Role.PROGRAMME, Role.INTAKE)
CARDS: Final = 10


class Paper(TextChoices):
    """What can be printed."""

    A4 = "a4", _("Poster, A4")
    A5 = "a5", _("Poster, A5")
    CARDS = "cards", _("Sheet of ten cards, A4")


@dataclass(frozen=True)
class Tongue:
    """A language that is offered; `is_draft` when nobody who speaks it has checked its words yet."""

    code: str
    name: str
    is_draft: bool


@role_required(*KEEPERS)
def posters(request: DeskRequest) -> HttpResponse:
    """Every paper in every language, and where it leads."""
    tongues = [
        Tongue(code, language_name(code), code in settings.DRAFT_LANGUAGES) for code, _name in settings.LANGUAGES
    ]
    context = {"tongues": tongues, "papers": list(Paper), "address": short(Door.PORTAL), "onion": _onion()}
    return render(request, "posters/list.html", context)


@role_required(*KEEPERS)
def paper(request: DeskRequest, language: str, kind: str) -> HttpResponse:
    """One paper, as it is printed."""
    if kind not in Paper.values:
        raise Http404
    with override(_offered(language)):
        context = {
            "paper": kind,
            "language": language,
            "address": short(Door.PORTAL),
            "onion": _onion(),
            "cards": range(CARDS),
        }
        name = "cards" if kind == Paper.CARDS else "poster"
        return render(request, f"posters/{name}.html", context)


@role_required(*KEEPERS)
def code(request: DeskRequest, language: str, door: str) -> HttpResponse:
    """The QR code of the portal, or of its onion service, as a picture."""
    address = address_of(Door(door), language=_offered(language)) if door in Door.values else ""
    if not address:
        raise Http404
    return HttpResponse(code_of(address), content_type="image/svg+xml")


def _onion() -> str:
    return short(Door.ONION) if settings.ONION_URL else ""


def _offered(language: str) -> str:
    if language not in dict(settings.LANGUAGES):
        raise Http404
    return language
