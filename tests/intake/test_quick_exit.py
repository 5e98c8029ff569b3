"""Leaving in a hurry, and what a first page weighs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from intake.portal.models import InboxSitting
from integrity.ui import errors
from tests.intake import pages
from tests.walks.portal import send_report
from tests.world import World

FORGET = '"cache", "cookies", "storage"'


@pytest.mark.parametrize("path", ["/", "/ar/", "/report/", "/inbox/", "/protection/", "/decisions/", "/nowhere/"])
@pytest.mark.django_db
def test_every_page_can_be_left_at_once_and_is_forgotten(client: Client, settings, path: str) -> None:
    settings.QUICK_EXIT_URL = "https://weather.example/"
    found = re.search(r'href="([^"]+)" rel="noreferrer noopener"', client.get(path).content.decode())
    assert found, path
    answer = client.get(found[1])
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://weather.example/")
    assert answer.headers["Clear-Site-Data"] == FORGET
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.parametrize(("status", "error"), [(413, errors.too_large), (500, errors.server_error)])
def test_a_page_about_an_error_can_be_left_too(
    client: Client, settings, status: int, error: Callable[[HttpRequest], HttpResponse]
) -> None:
    """Nothing here may ask the database: it may be what failed."""
    settings.QUICK_EXIT_URL = "https://weather.example/"
    page = error(RequestFactory().post("/report/"))
    found = re.search(r'href="([^"]+)" rel="noreferrer noopener">.*?Leave this site', page.content.decode())
    assert (page.status_code, found and found[1]) == (status, "/exit/")


def test_the_page_for_our_own_mistake_leads_nowhere_that_is_not_there() -> None:
    assert "Leave this site" not in errors.server_error(RequestFactory().get("/desk/cases/")).content.decode()
    with override_settings(ROOT_URLCONF="tests.integrity.test_ui_gallery"):
        assert "Leave this site" not in errors.server_error(RequestFactory().get("/report/")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/protection/"])
def test_what_leaving_does_and_what_it_cannot_do_is_told(client: Client, path: str) -> None:
    page = pages.text_of(client.get(path))
    assert "asks the browser to forget this one" in page
    assert "may still show that you were here" in page


@pytest.mark.django_db
def test_leaving_an_open_inbox_closes_it(world: World, client: Client, settings) -> None:
    settings.QUICK_EXIT_URL = "https://weather.example/"
    _report, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    page = inbox.content.decode()
    form = page[page.index('action="/exit/"') :]
    assert "Leave this site" in form[: form.index("</form>")]
    answer = client.post("/exit/", {"sitting": pages.hidden(inbox, "sitting")})
    assert answer.headers["Refresh"] == "0; url=https://weather.example/"
    assert answer.headers["Clear-Site-Data"] == FORGET
    assert not InboxSitting.objects.exists()
    # Twice, and without a sitting: still away.
    assert client.post("/exit/", {"sitting": "x"}).headers["Refresh"]


@pytest.mark.django_db
def test_the_first_page_is_light_and_needs_three_requests_at_most(world: World, client: Client) -> None:
    page = client.get("/")
    assets = re.findall(
        r'(?:<link rel="(?:icon|stylesheet)" href|<(?:img|script|source)[^>]* src)="([^"]+)"', page.content.decode()
    )
    assert len(assets) <= 2, assets
    weight = len(page.content)
    for address in assets:
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        weight += len(b"".join(answer) if answer.streaming else answer.content)
    assert weight < 30_000
