"""The choice of a language on a page that answers a form: buttons that send the form, because a link would lose it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language_info

HERE: Final = "here"


@dataclass(frozen=True)
class Choice:
    """What `ui/language_buttons.html` shows: for each language its code, its name, and where its button sends to.

    The buttons belong to the form with the id `form`, or to one of their own with `fields`. `on_enter` is the name of
    the button that Enter presses in a form that has several.
    """

    languages: tuple[tuple[str, str, str], ...]
    form: str = ""
    go: str = HERE
    on_enter: str = ""
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def same_page_in(address: str, *, query: str = "") -> tuple[tuple[str, str, str], ...]:
    """Each language with its own name and the translated address."""
    return tuple(
        (code, get_language_info(code)["name_local"], translate_url(address, code) + query)
        for code, _name in settings.LANGUAGES
    )


def choice_at(address: str, *, form: str = "", go: str = HERE, on_enter: str = "", **fields: str) -> Choice:
    """The choice on a page that is shown again by what is sent to this address."""
    return Choice(same_page_in(address), form=form, go=go, on_enter=on_enter, fields=tuple(fields.items()))


def only_chooses(request: HttpRequest) -> bool:
    """Whether a page was sent to be read in another language: nothing is done with it, and all that was typed stays."""
    return request.POST.get("go") == HERE
