"""Choosing a language on a page that answered a form: what its button would send, and what the page then holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client


@dataclass(frozen=True)
class Button:
    """A language: where its button sends what."""

    address: str
    fields: dict[str, list[str]]


@dataclass
class _Control:
    name: str
    value: str
    form: str
    text: bool = False


@dataclass
class Forms(HTMLParser):
    """What can be sent from a page, by form; forms without an id are told apart by their place."""

    controls: list[_Control] = field(default_factory=list)
    languages: dict[str, _Control] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    heading: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._form, self._area, self._in_heading, self._option = "", None, False, ""

    @classmethod
    def of(cls, response: HttpResponse) -> Forms:
        """The forms of a page."""
        read = cls()
        read.feed(response.content.decode())
        return read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect controls and languages."""
        given = {name: value or "" for name, value in attrs}
        form = given.get("form", self._form)
        if tag == "form":
            self._form = given.get("id") or f"at {self.getpos()}"
        elif tag == "a" and "hreflang" in given:
            self.links.append(given.get("href", ""))
        elif tag == "button" and "lang" in given:
            self.languages[given["lang"]] = _Control(given.get("name", ""), given.get("value", ""), form)
            self.addresses[given["lang"]] = given["formaction"]
        elif tag == "input" and given.get("type") not in {"radio", "checkbox", "file"}:
            self.controls.append(_Control(given.get("name", ""), given.get("value", ""), form))
        elif tag == "input" and "checked" in given:
            self.controls.append(_Control(given.get("name", ""), given.get("value", "on"), form))
        elif tag == "select":
            self._option = given.get("name", "")
        elif tag == "option" and "selected" in given:
            self.controls.append(_Control(self._option, given.get("value", ""), form))
        elif tag == "textarea":
            self._area = _Control(given.get("name", ""), "", form)
            self.controls.append(self._area)
        elif tag == "h1":
            self._in_heading = True

    def handle_endtag(self, tag: str) -> None:
        """Leave a form, a text field or the heading."""
        if tag == "form":
            self._form = ""
        elif tag == "textarea":
            self._area = None
        elif tag == "h1":
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        """What is typed, and the heading."""
        if self._area is not None:
            self._area.value += data
        if self._in_heading:
            self.heading += data

    def button(self, language: str) -> Button:
        """The button of a language, with all that its form would send."""
        pressed = self.languages[language]
        fields: dict[str, list[str]] = {}
        own = [each for each in self.controls if each.form == pressed.form and each.name]
        for each in [*own, *([pressed] if pressed.name else [])]:
            fields.setdefault(each.name, []).append(each.value.removeprefix("\r\n").removeprefix("\n"))
        return Button(self.addresses[language], fields)

    def holds(self, name: str) -> list[str]:
        """What stands in a field, wherever."""
        return [each.value.strip() for each in self.controls if each.name == name]


def choose(client: Client, shown: HttpResponse, language: str, **typed: Any) -> HttpResponse:
    """Press the button of a language after typing."""
    button = Forms.of(shown).button(language)
    return client.post(button.address, {**button.fields, **typed})
