"""Going through the portal's pages as a browser without scripts does: what a page holds is what is sent."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

REPORT = {
    "path": "partner",
    "concerns": "others",
    "what": "At gate 3 an officer asks drivers for money.",
    "when": "Most mornings since January",
    "where": "North port",
    "who": "",
    "how_known": "I drive there.",
    "reported_before": "",
    "name": "",
    "contact": "",
}


def text_of(response: HttpResponse) -> str:
    """The page as text."""
    return unescape(response.content.decode())


def hidden(response: HttpResponse, name: str) -> str:
    """The value of a page's hidden field. Fails when the page has none."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', response.content.decode())
    assert found, f"no hidden field {name}"
    return found.group(1)


def all_hidden(response: HttpResponse, name: str) -> list[str]:
    """All values of a hidden field that a page may have several times."""
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', response.content.decode())


def receipt_on(response: HttpResponse) -> str:
    """The digits of the receipt that a page shows, or ""."""
    shown = re.search(r'<ol class="receipt".*?</ol>', response.content.decode(), re.DOTALL)
    return "".join(re.findall(r"<li>(\d{4})</li>", shown.group(0))) if shown else ""


def a_file(content: bytes = b"a list of number plates", name: str = "plates.txt") -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content, content_type="text/plain")


def open_form(client: Client) -> str:
    """The form page; gives its secret."""
    return hidden(client.get("/report/"), "page")


def send(client: Client, page: str | None = None, **fields: Any) -> HttpResponse:
    """Fill the form in and send it."""
    return client.post("/report/", {"page": page or open_form(client), **REPORT, **fields})


def open_door(client: Client, language: str = "") -> dict[str, str]:
    """The inbox's door; gives what it sends along. `language` begins the address: "" or "/ar"."""
    return door_of(client.get(f"{language}/inbox/"))


def door_of(shown: HttpResponse) -> dict[str, str]:
    """What a page on which a receipt can be typed sends along."""
    return {"door": hidden(shown, "door")}


def enter(client: Client, receipt: str, language: str = "") -> HttpResponse:
    """Open the inbox with a receipt, at a door of its own."""
    return client.post(f"{language}/inbox/", {**open_door(client, language), "receipt": receipt})


def write(client: Client, inbox: HttpResponse, **fields: Any) -> HttpResponse:
    """Send the form of an open inbox."""
    sent = {"sitting": hidden(inbox, "sitting"), "page": hidden(inbox, "page"), "text": "", **fields}
    return client.post("/inbox/write/", sent)
