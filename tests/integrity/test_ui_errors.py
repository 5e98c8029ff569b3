"""Pages for what goes wrong: they help, they look like their part of the site, they need no database.

No test here asks for the database, so pytest-django refuses every query.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.template import Context, Engine
from django.test import RequestFactory
from django.utils import translation

from integrity.ui import context, errors

ERRORS: list[tuple[int, Callable[[HttpRequest], HttpResponse]]] = [
    (400, errors.bad_request),
    (403, errors.permission_denied),
    (403, errors.csrf_failure),
    (404, errors.page_not_found),
    (413, errors.too_large),
    (429, errors.too_many),
    (500, errors.server_error),
]


def at(path: str) -> HttpRequest:
    """A request for that address."""
    return RequestFactory().get(path)


@pytest.mark.parametrize(("status", "error"), ERRORS)
@pytest.mark.parametrize("path", ["/report/", "/desk/cases/"])
def test_an_error_says_what_happened_and_shows_a_way_on(
    status: int, error: Callable[[HttpRequest], HttpResponse], path: str
) -> None:
    response = error(at(path))
    source = response.content.decode()
    assert response.status_code == status
    assert source.count("<h1>") == 1
    assert '<a class="button" href="/' in source
    assert "{{" not in source


@pytest.mark.parametrize(
    ("path", "look"),
    [
        ("/report/", "portal"),
        ("/", "portal"),
        ("/desktop/", "portal"),
        ("/desk/", "desk"),
        ("/desk/cases/x/", "desk"),
        ("/ar/desk/cases/", "desk"),
    ],
)
def test_an_error_looks_like_its_part_of_the_site(path: str, look: str) -> None:
    source = errors.page_not_found(at(path), Http404()).content.decode()
    assert (look == "desk") == ('class="topbar"' in source)
    assert (look == "portal") == ('class="masthead"' in source)
    assert 'class="desk-nav"' not in source


@pytest.mark.parametrize("exception", [RequestDataTooBig(), TooManyFilesSent()])
def test_too_much_data_is_told_as_such(exception: Exception) -> None:
    assert errors.bad_request(at("/report/"), exception).status_code == 413


def test_a_developers_words_are_not_shown() -> None:
    source = errors.permission_denied(at("/desk/"), PermissionDenied("row 17 of users")).content.decode()
    assert "row 17" not in source


def test_too_many_attempts_say_when_to_come_back() -> None:
    response = errors.too_many(at("/inbox/"), retry_after=90)
    assert response.headers["Retry-After"] == "90"
    assert "Try again in 2 minutes." in response.content.decode()


def test_the_page_for_our_own_mistake_renders_with_nothing_at_all(settings: object) -> None:
    source = Engine.get_default().get_template("500.html").render(Context())
    assert "Something went wrong on our side" in source
    assert 'href="/static/ui/base.css"' in source


@pytest.mark.parametrize(("status", "error"), ERRORS)
def test_an_error_in_arabic_runs_from_right_to_left(status: int, error: Callable[[HttpRequest], HttpResponse]) -> None:
    with translation.override("ar"):
        assert 'dir="rtl"' in error(at("/report/")).content.decode()


def test_the_demonstration_says_so_on_error_pages_too(settings: object) -> None:
    settings.DEMONSTRATION = True  # type: ignore[attr-defined]
    assert "Demonstration." in errors.page_not_found(at("/nowhere/")).content.decode()


def test_a_language_is_offered_only_where_it_changes_the_page() -> None:
    assert context.languages(at("/nowhere/at/all/")) == []


def test_no_address_of_ours_can_lead_to_another_host() -> None:
    source = errors.page_not_found(at("//elsewhere.example/")).content.decode()
    assert 'href="//' not in source
