"""The desk as a browser sees it, and the log as an auditor reads it."""

from __future__ import annotations

import html
import json
from typing import Any

from django.test import Client
from django.urls import reverse

from audit import clock
from audit.log.models import Entry
from integrity.people.models import Sitting
from tests.world import passphrase_of


def at_desk(username: str, passphrase: str = "", **options: Any) -> Client:
    """A browser in which this person has signed in; `options` are those of Client."""
    browser = Client(**options)
    given = {"username": username, "passphrase": passphrase or passphrase_of(username)}
    answer = browser.post(reverse("people:sign_in"), given)
    assert answer.status_code == 302, f"{username} could not sign in"
    confirm(browser)
    return browser


def confirm(browser: Client) -> None:
    """As if the second factor had been given just now; how it is given has tests of its own."""
    Sitting.objects.filter(pk=browser.session["sitting"]).update(confirmed_at=clock.now())


def words_of(answer: Any) -> str:
    """What the page says."""
    return html.unescape(answer.content.decode())


def entries(event: str | None = None) -> list[dict[str, Any]]:
    """The log's entries, or those of one type, oldest first."""
    rows = Entry.objects.order_by("index")
    return [json.loads(bytes(row.leaf)) for row in (rows.filter(type=event) if event else rows)]
