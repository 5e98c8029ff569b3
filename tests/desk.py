"""The desk as a browser sees it, and the log as an auditor reads it."""

from __future__ import annotations

import html
import json
from typing import Any

from django.test import Client
from django.urls import reverse

from audit.log.models import Entry
from tests.world import passphrase_of


def at_desk(username: str, **options: Any) -> Client:
    """A browser in which this person has signed in; `options` are those of Client."""
    browser = Client(**options)
    answer = browser.post(reverse("people:sign_in"), {"username": username, "passphrase": passphrase_of(username)})
    assert answer.status_code == 302, f"{username} could not sign in"
    return browser


def words_of(answer: Any) -> str:
    """What the page says."""
    return html.unescape(answer.content.decode())


def entries(event: str | None = None) -> list[dict[str, Any]]:
    """The log's entries, or those of one type, oldest first."""
    rows = Entry.objects.order_by("index")
    return [json.loads(bytes(row.leaf)) for row in (rows.filter(type=event) if event else rows)]
