"""The key of a client is shown once, and a client is made and ended once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from intake.clients.actions import made_by_form, make_client
from intake.clients.models import ApiClient
from intake.portal.models import Origin
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

KEY = re.compile(r'id="key">(ioc_[^<]+)<')


def make(browser: Client, page: Any, **more: str) -> Any:
    """Send the form of a page."""
    given = {"name": "Night line", "origin": "phone", "per_minute": "30"}
    number = re.search(r'name="page" value="([^"]+)"', page.content.decode())
    assert number
    return browser.post("/desk/clients/new/", {**given, "page": number[1], **more})


def test_the_same_form_twice_makes_one_client_whose_key_is_not_shown_again(world: World) -> None:
    browser = at_desk("programme")
    form = browser.get("/desk/clients/new/")
    made = make(browser, form)
    key = KEY.search(words_of(made))
    assert key
    again = make(browser, form)
    assert "cannot be shown again" in words_of(again)
    assert not KEY.search(words_of(again))
    assert key[1] not in words_of(again)
    assert ApiClient.objects.get() == ApiClient.objects.with_key(key[1]), "the key that was shown is the one in force"
    assert len(entries("clients.made")) == 1
    make(browser, browser.get("/desk/clients/new/"))
    assert ApiClient.objects.count() == 2, "another form makes another"


def test_a_form_that_was_refused_makes_its_client_when_it_is_right(world: World) -> None:
    browser = at_desk("programme")
    refused = make(browser, browser.get("/desk/clients/new/"), name="")
    assert (refused.status_code, ApiClient.objects.count()) == (422, 0)
    assert KEY.search(words_of(make(browser, refused)))


def test_the_same_form_twice_at_once_makes_one_client(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    form, actor = "a random number", world.actor("programme")
    first = make_client(actor=actor, name="Night line", origin=Origin.PHONE, form=form)
    # The second one looked before the first one was there.
    answers = iter([None, made_by_form(form)])
    monkeypatch.setattr("intake.clients.actions.made_by_form", lambda _form: next(answers))
    second = make_client(actor=actor, name="Night line", origin=Origin.PHONE, form=form)
    assert (second.client, second.key) == (first.client, "")
    assert ApiClient.objects.count() == 1


def test_ending_a_client_asks_once(world: World) -> None:
    browser = at_desk("programme")
    make(browser, browser.get("/desk/clients/new/"))
    client = ApiClient.objects.get()
    place = f"/desk/clients/{client.pk}/end/"
    listed = browser.get("/desk/clients/")
    assert f'href="{place}"' in words_of(listed)
    assert f'action="{place}"' not in words_of(listed)
    asked = browser.get(place)
    assert "End this client?" in words_of(asked)
    client.refresh_from_db()
    assert client.ended_on is None
    assert pages.hidden(at_desk("programme").get(place), "csrfmiddlewaretoken")
    assert browser.post(place).status_code == 302
    client.refresh_from_db()
    assert client.ended_on is not None
    assert "It was ended before." in words_of(browser.get(place))
    assert at_desk("triage").get(place).status_code == 403
