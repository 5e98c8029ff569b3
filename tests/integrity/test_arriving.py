"""Whoever sends many requests slowly holds a few threads and no more."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from integrity.ui.arriving import Arriving

SLOW, OTHER = "192.0.2.1", "198.51.100.7"
View = Callable[[HttpRequest], HttpResponseBase]


@pytest.fixture(autouse=True)
def three(settings) -> None:
    settings.ARRIVING_AT_ONCE = 3


def sending(address: str = "/report/", source: str = SLOW, **named: str) -> HttpRequest:
    return RequestFactory().post(address, {"what": "words"}, REMOTE_ADDR=source, **named)


def on_their_way(number: int, then: Callable[[Arriving], None], **named: str) -> None:
    """While so many requests are inside, do something with the door that they came through."""

    def view(request: HttpRequest) -> HttpResponse:
        if getattr(request, "is_slow", False):
            nonlocal inside
            inside += 1
            if inside < number:
                _enter()
            else:
                then(door)
        return HttpResponse("taken")

    def _enter() -> None:
        request = sending(**named)
        request.is_slow = True  # type: ignore[attr-defined]
        door(request)

    inside = 0
    door = Arriving(view)
    _enter()
    assert inside == number
    assert not door._here, "nothing of a source is kept once it has left"


def test_the_fourth_from_one_source_is_told_to_come_back_and_its_body_is_not_read() -> None:
    def then(door: Arriving) -> None:
        waits = sending()
        answer = door(waits)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
        assert "Much is arriving just now from where you are" in answer.content.decode()
        assert "too many attempts" not in answer.content.decode(), "it may be a neighbour's doing"
        assert not waits._read_started  # type: ignore[attr-defined]
        assert door(sending(source=OTHER)).status_code == 200, "others notice nothing"
        assert door(RequestFactory().get("/", REMOTE_ADDR=SLOW)).status_code == 200, "who only looks is not counted"
        assert door(sending("/desk/sign-in/")).status_code == 200, "an office shares an address"

    on_their_way(3, then)
    on_their_way(2, lambda door: pytest.fail("too early") if door(sending()).status_code != 200 else None)


def test_all_together_leave_threads_for_those_who_only_look(settings) -> None:
    settings.ARRIVING_IN_ALL = 3
    settings.ARRIVING_AT_ONCE = 0

    def then(door: Arriving) -> None:
        assert door(sending(source=OTHER)).status_code == 429
        assert door(RequestFactory().get("/", REMOTE_ADDR=OTHER)).status_code == 200
        assert door(sending("/desk/sign-in/", source=OTHER)).status_code == 200

    on_their_way(3, then)
    settings.ONION_URL = f"http://{'a' * 56}.onion"
    on_their_way(3, then, HTTP_HOST=f"{'a' * 56}.onion")


def test_a_program_is_told_in_its_own_way() -> None:
    def then(door: Arriving) -> None:
        answer = door(sending("/api/v1/reports/"))
        assert answer.status_code == 429
        assert answer.headers["Content-Type"] == "application/json"
        assert b"Much is arriving" in answer.content

    on_their_way(3, then)


def test_where_sources_are_not_told_apart_nobody_is_counted(settings) -> None:
    settings.ONION_URL = f"http://{'a' * 56}.onion"
    for changed in ({"PORTAL_POSTS_AT_ONCE": 0}, {"ARRIVING_AT_ONCE": 0}, {"BEHIND_PROXY": True}):
        before = {name: getattr(settings, name) for name in changed}
        for name, value in changed.items():
            setattr(settings, name, value)
        on_their_way(4, lambda door: None)
        for name, value in before.items():
            setattr(settings, name, value)
    on_their_way(4, lambda door: None, HTTP_HOST=f"{'a' * 56}.onion")


@pytest.mark.django_db
def test_a_file_that_is_fetched_slowly_holds_its_place_until_it_is_there() -> None:
    door = Arriving(lambda request: FileResponse(BytesIO(b"a file")))
    fetched = [door(sending()) for _each in range(3)]
    assert door(sending()).status_code == 429
    fetched[0].close()
    assert door(sending()).status_code == 200


def test_an_error_gives_the_place_back() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    door = Arriving(broken)
    for _each in range(5):
        with pytest.raises(RuntimeError):
            door(sending())
    assert not door._here
