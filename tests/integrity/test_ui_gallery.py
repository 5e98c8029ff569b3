"""The page with every component on it: what it renders, and what an accessibility checker says of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django import forms
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path
from django.utils import translation
from playwright.sync_api import Browser, Route, sync_playwright

from audit import clock
from integrity.ui import forms as ui_forms
from integrity.ui import icons
from integrity.ui.style import style

SENTENCE = "What you send is encrypted as it arrives, for the people who handle your report."


class GalleryForm(ui_forms.Form):
    """One field of each kind."""

    sections = [
        ("What happened", "Write as much as you know.", ["what", "when", "documents"]),
        ("About you", "", ["relation", "channels", "agree"]),
    ]
    what = forms.CharField(
        label="What did you see or hear?",
        help_text="Who did what, and how you know it.",
        widget=forms.Textarea,
    )
    when = ui_forms.DateField(label="When", required=False, help_text="The day, if you know it.")
    documents = forms.FileField(label="Documents", required=False, help_text="Pictures or papers.")
    relation = forms.ChoiceField(
        label="How do you know this?",
        choices=[("staff", "I work here"), ("public", "I am a member of the public")],
        widget=forms.RadioSelect,
    )
    channels = forms.MultipleChoiceField(
        label="Who else knows?",
        required=False,
        choices=[("a", "My superior"), ("b", "A colleague")],
        widget=forms.CheckboxSelectMultiple,
    )
    agree = forms.BooleanField(label="I have kept my receipt", help_text="Nobody can find it again for you.")
    office = forms.ChoiceField(label="Office", choices=[("n", "North"), ("s", "South")])
    reference = forms.CharField(label="Reference", max_length=20)

    def clean(self) -> dict[str, Any]:
        """One error that belongs to no field."""
        if self.cleaned_data.get("reference") == "wrong":
            raise forms.ValidationError("The reference and the office do not belong together.")
        return self.cleaned_data


def gallery_context(*, bound: bool) -> dict[str, Any]:
    """What the gallery shows, around a day that does not move."""
    today = clock.today()
    day = timedelta(days=1)
    return {
        "form": GalleryForm({"reference": "wrong", "office": "n"}) if bound else GalleryForm(),
        "status": ("Under investigation", "active"),
        "due": today + 9 * day,
        "limits": [today + 12 * day, today + 2 * day, today, today - 4 * day, None],
        "stages": [
            ("Received", "done"),
            ("Assessed", "done"),
            ("Investigation", "current"),
            ("Decision", "upcoming"),
            ("Closed", "upcoming"),
        ],
        "tabs": [
            ("Overview", "#main", True, None),
            ("Allegations", "#main", False, 2),
            ("Evidence", "#main", False, 14),
        ],
        "tabs_label": "Case",
        "tones": [
            ("Received", "neutral"),
            ("Under investigation", "active"),
            ("Decided", "good"),
            ("Due soon", "warning"),
            ("Late", "danger"),
        ],
        "notice_title": "Keep your receipt",
        "sentence": SENTENCE,
        "pairs": [("Channel", "Public portal"), ("Received", today), ("Office", "Northern region"), ("Fax", "")],
        "cases": [
            (
                "7QF3-KMX2",
                "Undervaluation of vehicles for payment",
                "Investigation",
                "active",
                today + 9 * day,
                2,
            ),
            ("R2D9-PLK4", "Speed money at the eastern gate", "Show cause", "warning", today + day, 1),
            ("M8VW-31TZ", "Nephew hired without competition", "Late", "danger", today - 4 * day, 3),
            ("C4HN-9QAA", "Gift from a freight forwarder", "Closed", "good", None, 1),
        ],
        "happenings": [
            {
                "when": today - 70 * day,
                "title": "Report received",
                "text": "Through the portal.",
                "tone": "good",
            },
            {"when": datetime(2026, 9, 14, 9, 30, tzinfo=UTC), "title": "Plan approved", "who": "A. Rahman"},
            {"when": today, "title": "Interview held", "text": SENTENCE, "tone": "active", "url": "#main"},
        ],
        "tiles": [("128", "reports this year"), ("96 %", "answered within seven days"), ("71", "days to close")],
        "rows": [("Undervaluation", 42), ("Speed money", 31), ("Gifts", None), ("Nepotism in hiring", 12)],
        "shares": [
            ("Substantiated", 46.5),
            ("Partly substantiated", 21),
            ("Unsubstantiated", 27.5),
            ("Unfounded", 5),
        ],
        "months": ["January", "February", "March", "April", "May", "June"],
        "courses": [
            ("Reports", [12, 18, 9, None, 22, 31]),
            ("Closed", [4, 6, 11, 13, 12, 19]),
            ("Late", [9, 8, 8, 7, 5, None]),
        ],
        "chart_title": "Reports by kind",
        "groups": ["4821", "0937", "5518", "2046", "7713", "9082"],
        "card_icons": ["shield", "inbox", "scales"],
        "icons": list(icons.PATHS),
        "desk_person": {
            "name": "Amina Rahman",
            "roles": ["Investigator", "Programme officer"],
            "sign_out": "/out/",
        },
        "desk_navigation": [
            ("Work", [("My work", "#main", True, 4), ("Reports", "#main", False, 12)]),
            ("Institution", [("Rules", "#main", False, None), ("Summary", "#main", False, None)]),
        ],
        "breadcrumb": [("Cases", "#main"), ("7QF3-KMX2", "")],
        "portal_navigation": [
            ("Report", "#main", True),
            ("Your inbox", "#a", False),
            ("Published decisions", "#b", False),
            ("How you are protected", "#c", False),
        ],
        "languages": [
            {"code": "en", "name": "English", "url": "#en", "current": True},
            {"code": "ar", "name": "العربيّة", "url": "#ar", "current": False},
        ],
        "with_aside": True,
    }


def gallery(request: HttpRequest, look: str) -> HttpResponse:
    """The gallery in the look of the portal or the desk; ?errors=1 fills the form wrongly, ?language=ar turns it."""
    context = {**gallery_context(bound="errors" in request.GET), "base": f"ui/{look}.html"}
    if "plain" in request.GET:
        context["with_aside"] = False
    with translation.override(request.GET.get("language", "en")):
        return render(request, "ui/gallery.html", context)


urlpatterns = [path("gallery/<str:look>/", gallery), path("style.css", style, name="style")]

ORIGIN = "http://gallery.test"
# The context processors of other rooms ask the database; this page asks nobody.
PROCESSORS = ["integrity.ui.context.ui"]


@pytest.fixture
def client(settings: Any) -> Client:
    """A client of the gallery alone."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["integrity.ui.padding.Padding", "integrity.ui.middleware.SecurityHeaders"]
    engine = {**settings.TEMPLATES[0], "OPTIONS": {"context_processors": PROCESSORS}}
    settings.TEMPLATES = [engine]
    settings.DEMONSTRATION = True
    settings.ALLOWED_HOSTS = ["*"]
    return Client()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, the system's where there is one."""
    arguments = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    )
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=which("chromium"), args=arguments.split())
        yield opened
        opened.close()


def serve(client: Client, route: Route) -> None:
    """Answer the browser from the test client and the static files, without a server."""
    address = route.request.url.removeprefix(ORIGIN)
    if address.startswith("/static/"):
        found = finders.find(address.removeprefix("/static/"))
        if isinstance(found, str):
            kind = "image/svg+xml" if found.endswith(".svg") else "text/css"
            route.fulfill(body=Path(found).read_bytes(), content_type=kind)
        else:
            route.fulfill(status=HTTPStatus.NOT_FOUND)
        return
    answer = client.get(address)
    route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)


@pytest.mark.parametrize("look", ["portal", "desk"])
def test_the_gallery_shows_every_component(client: Client, look: str) -> None:
    source = client.get(f"/gallery/{look}/?errors=1").content.decode()
    assert source.count("<h1") == 1
    for component in (
        "error-summary",
        "tag tag--",
        "clock clock--",
        "timeline",
        "step step--",
        "keyvalue",
        "notice notice--",
        "tabs",
        "empty",
        "pagination",
        "bars",
        "share__svg",
        "multiple__svg",
        "demonstration",
    ):
        assert f'class="{component}' in source, component


def test_the_desk_shows_who_is_signed_in_and_where_they_are(client: Client) -> None:
    source = client.get("/gallery/desk/").content.decode()
    assert "Amina Rahman" in source
    assert "Investigator · Programme officer" in source
    assert '<form method="post" action="/out/">' in source
    assert '<a href="#main" aria-current="page"><span>My work</span><span class="count">4</span></a>' in source


def test_a_page_in_arabic_runs_from_right_to_left(client: Client) -> None:
    assert '<html lang="ar" dir="rtl">' in client.get("/gallery/portal/?language=ar").content.decode()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    ["/gallery/portal/?errors=1&plain=1", "/gallery/desk/", "/gallery/desk/?language=ar"],
)
def test_an_accessibility_checker_finds_nothing(client: Client, browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.route("**/*", lambda route: serve(client, route))
    page.goto(ORIGIN + address)
    results = Axe().run(page)
    found = [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in results.response["violations"]
    ]
    context.close()
    assert found == []


@pytest.mark.browser
@pytest.mark.parametrize("look", ["portal", "desk"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
def test_no_page_is_wider_than_the_window(client: Client, browser: Browser, look: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.route("**/*", lambda route: serve(client, route))
    page.goto(f"{ORIGIN}/gallery/{look}/?errors=1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("look", ["portal", "desk"])
def test_what_is_pressed_is_large_enough_for_a_thumb(client: Client, browser: Browser, look: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.route("**/*", lambda route: serve(client, route))
    page.goto(f"{ORIGIN}/gallery/{look}/")
    heights = page.locator(".button:visible, .tabs a:visible, summary:visible, input[type=text]:visible")
    small = [
        (element.inner_text(), box["height"])
        for element in heights.all()
        if (box := element.bounding_box()) and box["height"] < 44
    ]
    context.close()
    assert small == []


@pytest.mark.browser
def test_the_menu_of_a_narrow_desk_opens_and_closes_without_a_script(client: Client, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", lambda route: serve(client, route))
    page.goto(f"{ORIGIN}/gallery/desk/")
    menu = page.get_by_role("navigation", name="Main")
    assert menu.count() == 0
    page.get_by_role("link", name="Menu", exact=True).click()
    assert menu.is_visible()
    page.get_by_role("link", name="Close the menu").click()
    assert menu.count() == 0
    context.close()
