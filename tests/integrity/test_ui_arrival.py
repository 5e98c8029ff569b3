"""How somebody came, as far as it endangers them; the onion service; the one style sheet."""

from __future__ import annotations

import gzip

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from integrity.ui.arrival import Arrival, arrival
from integrity.ui.middleware import OnionLocation

ONION = f"http://{'a' * 55}d.onion"
HOST = f"{'a' * 55}d.onion"


@pytest.fixture(autouse=True)
def onion(settings) -> None:
    settings.ONION_URL = ONION
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.parametrize(
    ("host", "secure", "plain"),
    [
        ("integrity.example", True, False),
        ("integrity.example", False, True),
        ("integrity.example:8000", False, True),
        ("localhost:8000", False, False),
        ("127.0.0.1", False, False),
        ("[::1]:8000", False, False),
        ("[::1]", False, False),
        ("[2001:db8::1]", False, True),
        (HOST, False, False),
        (f"evil-{HOST}", False, True),
        (f"{HOST}.example", False, True),
    ],
)
def test_an_open_line_is_told_from_one_that_nobody_reads(host: str, secure: bool, plain: bool) -> None:
    assert arrival(RequestFactory(HTTP_HOST=host).get("/", secure=secure)).plain is plain


def test_a_gateway_is_told_and_the_onion_address_named() -> None:
    request = RequestFactory(HTTP_HOST=HOST, HTTP_X_TOR2WEB="encrypted").get("/")
    assert arrival(request).through_gateway
    page = render_to_string("ui/arrival.html", {"arrival": Arrival(plain=True, through_gateway=True, onion=ONION)})
    assert "gateway" in page
    assert ONION in page
    assert "https" not in page.replace(ONION, ""), "one warning, the graver one"


def located(path: str, host: str, *, secure: bool, kind: str = "text/html; charset=utf-8") -> str | None:
    def view(request: HttpRequest) -> HttpResponseBase:
        return HttpResponse("x", content_type=kind)

    return OnionLocation(view)(RequestFactory(HTTP_HOST=host).get(path, secure=secure)).headers.get("Onion-Location")


def test_tor_browser_is_told_the_same_page_of_the_onion_service() -> None:
    assert located("/ar/report/", "integrity.example", secure=True) == f"{ONION}/ar/report/"
    assert located("/", HOST, secure=True) is None
    assert located("/", "integrity.example", secure=False) is None, "Tor Browser ignores it there"
    assert located("/desk/", "integrity.example", secure=True) is None
    assert located("/", "integrity.example", secure=True, kind="text/css") is None


def test_nobody_is_sent_to_an_onion_service_that_there_is_not(settings) -> None:
    settings.ONION_URL = ""
    assert located("/", "integrity.example", secure=True) is None


def test_the_style_sheet_is_one_file_that_may_be_kept_for_ever(client: Client) -> None:
    plain, packed = client.get("/style.css"), client.get("/style.css", headers={"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < 12_000
    assert "immutable" in plain.headers["Cache-Control"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    text = plain.content.decode()
    assert text.count("{") == text.count("}")
    before, _rule, after = text.partition("@page")
    assert before.count("{") == before.count("}"), "@page may not stand inside @media"
    assert "@media print {\n/* Paper" in after
