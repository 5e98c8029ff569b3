"""Going through the report form one page at a time, as a browser without scripts does."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.intake import pages

STEPS = "/report/steps/"
# What the standard questions are answered with, in the order in which they are asked.
ANSWERS: dict[str, dict[str, Any]] = {
    "path": {"path": "partner"},
    "concerns": {"concerns": "others"},
    "what": {"what": "At gate 3 an officer asks drivers for money."},
    "when": {"when": "Most mornings since January"},
    "where": {"where": "North port"},
    "who": {},
    "how_known": {"how_known": "I drive there."},
    "reported_before": {},
    "files": {},
    "name": {},
}


def begin(client: Client) -> HttpResponse:
    """The first question."""
    return client.post(STEPS, {"page": pages.open_form(client)})


def step_of(response: HttpResponse) -> str:
    """The question that a page asks; "" for one that asks none, or several."""
    asked = [each.partition(".")[0] for each in pages.all_hidden(response, "at")]
    return asked[0] if len(asked) == 1 else ""


def press(
    client: Client, shown: HttpResponse, go: str = "next", *, address: str = STEPS, **fields: Any
) -> HttpResponse:
    """Fill a page in and press a button of it."""
    return client.post(address, {**hidden_of(shown), "go": go, **fields})


def hidden_of(shown: HttpResponse) -> dict[str, Any]:
    """What a page sends along: its secret, what it asks, the files that it shows."""
    return {
        "page": pages.hidden(shown, "page"),
        "at": pages.all_hidden(shown, "at"),
        "files-kept": pages.all_hidden(shown, "files-kept"),
    }


def walk_to(client: Client, step: str, shown: HttpResponse | None = None, **answers: dict[str, Any]) -> HttpResponse:
    """From the first question (or where one is) to another, or to "review"."""
    shown = shown if shown is not None else begin(client)
    for _each in range(40):
        at = step_of(shown)
        if at == step or (step == "review" and is_review(shown)):
            return shown
        shown = press(client, shown, **{**ANSWERS.get(at, {}), **answers.get(at, {})})
        assert shown.status_code == 200, pages.text_of(shown)
    raise AssertionError(f"{step} was never asked")


def is_review(shown: HttpResponse) -> bool:
    """Whether a page is the last one before sending."""
    return "Look through it once more" in pages.text_of(shown)
