"""What every answer carries, and that its length says little."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _

from integrity.action import Incomplete, NotPermitted
from integrity.ui.middleware import Refusals, SecurityHeaders
from integrity.ui.padding import STEP_BYTES, Padding, pad

PAGE = "<!doctype html><html><body><p>{}</p></body></html>"


def answer_of(response: HttpResponseBase, path: str = "/", *, through: type = SecurityHeaders) -> HttpResponseBase:
    """The response after it went through the middleware."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return response

    answer: HttpResponseBase = through(view)(RequestFactory().get(path))
    return answer


def policy_of(response: HttpResponseBase) -> dict[str, str]:
    """The Content-Security-Policy as directive and value."""
    directives = response.headers["Content-Security-Policy"].split(";")
    return {name: " ".join(rest) for name, *rest in (directive.split() for directive in directives)}


def test_nothing_runs_and_nothing_is_loaded_from_elsewhere() -> None:
    policy = policy_of(answer_of(HttpResponse("x")))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert "unsafe" not in str(policy)
    assert policy["style-src"] == policy["img-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Cache-Control", "no-store"),
    ],
)
def test_every_answer_carries_its_protection(name: str, value: str) -> None:
    assert answer_of(HttpResponse("x")).headers[name] == value


def test_no_page_may_use_the_camera_or_the_place() -> None:
    features = answer_of(HttpResponse("x")).headers["Permissions-Policy"]
    assert "camera=()" in features
    assert "geolocation=()" in features


def test_a_view_may_be_stricter_about_content() -> None:
    own = "sandbox; default-src 'none'"
    response = answer_of(HttpResponse("x", headers={"Content-Security-Policy": own}))
    assert response.headers["Content-Security-Policy"] == own


def test_a_view_may_let_its_answer_be_kept() -> None:
    response = answer_of(HttpResponse("x", headers={"Cache-Control": "public, max-age=300"}))
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_static_files_may_be_kept() -> None:
    assert "Cache-Control" not in answer_of(HttpResponse("x"), "/static/ui/base.css").headers


@pytest.mark.parametrize("length", [0, 1, 3000, 4030, 4031, 4040, 4096, 5000, 20_000])
def test_a_page_fills_a_whole_number_of_steps(length: int) -> None:
    response = answer_of(HttpResponse(PAGE.format("x" * length)), through=Padding)
    assert isinstance(response, HttpResponse)
    assert len(response.content) % STEP_BYTES == 0
    assert len(response.content) - len(PAGE) - length < 2 * STEP_BYTES


def test_the_filler_changes_and_cannot_end_early() -> None:
    page = PAGE.format("x").encode()
    first, second = pad(page), pad(page)
    assert first != second
    assert first.endswith(b" --></html>")
    assert first.count(b"-->") == 1
    assert b"--" not in first[first.index(b"<!-- ") + 5 : -len(b" --></html>")]


def test_the_length_that_was_announced_is_the_length_that_is_sent() -> None:
    source = HttpResponse(PAGE.format("x"), headers={"Content-Length": "60"})
    response = answer_of(source, through=Padding)
    assert isinstance(response, HttpResponse)
    assert response.headers["Content-Length"] == str(len(response.content))


@pytest.mark.parametrize("path", ["/desk/", "/ar/desk/cases/"])
def test_the_desk_is_not_padded(path: str) -> None:
    response = answer_of(HttpResponse(PAGE.format("x")), path, through=Padding)
    assert isinstance(response, HttpResponse)
    assert response.content == PAGE.format("x").encode()


def test_only_pages_are_padded() -> None:
    response = answer_of(HttpResponse("{}", content_type="application/json"), through=Padding)
    assert isinstance(response, HttpResponse)
    assert response.content == b"{}"


def test_a_stream_stays_a_stream() -> None:
    def parts() -> Iterator[bytes]:
        yield b"<html></html>"

    response = answer_of(StreamingHttpResponse(parts(), content_type="text/html"), through=Padding)
    assert isinstance(response, StreamingHttpResponse)
    assert b"".join(response) == b"<html></html>"


@pytest.mark.parametrize(("refusal", "status"), [(NotPermitted, 403), (Incomplete, 409)])
def test_a_refused_action_tells_its_reason(refusal: type[NotPermitted | Incomplete], status: int) -> None:
    middleware = Refusals(lambda request: HttpResponse())
    request = RequestFactory().get("/desk/cases/")
    response = middleware.process_exception(request, refusal(_("You wrote this plan yourself.")))
    assert response is not None
    assert response.status_code == status
    assert "You wrote this plan yourself." in response.content.decode()


def test_a_mistake_in_the_code_is_not_taken_for_a_refusal() -> None:
    middleware = Refusals(lambda request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError("x")) is None
