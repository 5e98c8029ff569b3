"""Abuse: what machines do is sorted or slowed down, and nobody else notices; no address is kept for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from intake.portal import crowding, signs, stamps
from intake.portal.models import Report
from intake.portal.receipt import PageSecret
from intake.portal.signs import SpamSign
from integrity import sources
from integrity.vault import passphrase
from integrity.vault.queue import Queue
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.writing import press, walk_to
from tests.world import World

pytestmark = pytest.mark.django_db
LINKS = " ".join(f"https://shop.example/{each}" for each in range(9))


@contextmanager
def later(seconds: float) -> Iterator[None]:
    """As if so much time had gone by."""
    now = time.time()
    with patch("time.time", lambda: now + seconds):
        yield


def marked() -> list[tuple[bool, list[str]]]:
    """The mark and the signs of each report, in the order of arrival."""
    return [(each.likely_spam, each.spam_signs) for each in Report.objects.order_by("pk")]


def sent_by_a_person(client: Client, **fields: Any) -> Report:
    """A report of somebody who took a minute."""
    page = pages.open_form(client)
    known = set(Report.objects.values_list("pk", flat=True))
    with later(60):
        assert pages.receipt_on(pages.send(client, page, **fields))
    return Report.objects.exclude(pk__in=known).get()


def everything_cached() -> str:
    """The names and values in the cache, whichever it is."""
    store = cache._cache  # type: ignore[attr-defined]
    if isinstance(store, dict):
        return repr(store)
    redis = store.get_client()
    return repr([(name, redis.get(name)) for name in redis.scan_iter(f"{cache.key_prefix}*")])  # type: ignore[attr-defined]


def test_a_report_of_a_person_has_no_mark_and_nothing_of_how_it_was_sent_is_kept(world: World, client: Client) -> None:
    sent_by_a_person(client)
    walked = walk_to(client, "review")
    assert pages.receipt_on(press(client, walked, "send"))
    # One sign alone, which may be chance: a machine of ours walked quickly.
    assert marked() == [(False, []), (False, [])]


def test_two_signs_or_the_decoy_mark_it_and_the_sender_sees_no_difference(world: World, client: Client) -> None:
    plain = sent_by_a_person(client)
    page = pages.open_form(client)
    hasty = pages.send(client, page, what=f"Buy now {LINKS}")
    assert pages.receipt_on(hasty)
    decoyed = sent_by_a_person(client, **{signs.DECOY: "https://shop.example"})
    machine = Report.objects.exclude(pk__in=[plain.pk, decoyed.pk]).get()
    assert machine.likely_spam
    assert machine.spam_signs == ["hasty", "links"]
    assert (decoyed.likely_spam, decoyed.spam_signs) == (True, ["decoy"])
    again = pages.send(client, page, what=f"Buy now {LINKS}")
    assert pages.receipt_on(again) == pages.receipt_on(hasty)
    for report in (machine, decoyed):
        assert (report.state, report.acknowledge_due) == (plain.state, plain.acknowledge_due), "clocks run alike"


def test_the_same_text_from_many_is_a_sign_and_the_text_is_nowhere(world: World, client: Client) -> None:
    text = "Cheap watches, cheap watches."
    for _each in range(signs.MOST_ALIKE):
        pages.send(client, what=text)
    pages.send(client, what=f"  {text.upper()} ")
    assert [spam for spam, _signs in marked()].count(True) == 1
    assert ["hasty", "repeated"] in [found for _spam, found in marked()]
    sent_by_a_person(client, what="Another text.")
    assert [spam for spam, _signs in marked()].count(True) == 1


def test_a_stamp_tells_its_age_to_us_alone_and_belongs_to_its_page(settings) -> None:
    page = stamps.stamped(PageSecret.new())
    with later(90):
        assert 89 <= (stamps.age(page) or 0) <= 91
        assert stamps.stamped(page) is page
    parsed = PageSecret.parse(page.text)
    assert parsed is not None
    assert (parsed.raw, parsed.stamp) == (page.raw, page.stamp)
    assert stamps.age(replace(PageSecret.new(), stamp=page.stamp)) is None
    assert stamps.age(PageSecret.new()) is None
    assert all(stamps.age(replace(page, stamp=wrong)) is None for wrong in ("", "!", "AAAA", page.stamp[:-4], "é"))
    settings.SECRET_KEY = "another" * 8
    assert stamps.age(page) is None


def test_a_page_without_our_stamp_is_taken_and_counts_as_a_sign(world: World, client: Client) -> None:
    assert pages.receipt_on(pages.send(client, PageSecret.new().text, what=LINKS))
    assert marked() == [(True, ["hasty", "links"])]


def test_the_desk_sorts_by_the_mark_and_takes_it_off(world: World, client: Client) -> None:
    plain, spam = sent_by_a_person(client), sent_by_a_person(client, **{signs.DECOY: "x"})
    desk = at_desk("triage")
    shown = {
        show: [each.reference in words_of(desk.get("/desk/reports/", {"show": show})) for each in (plain, spam)]
        for show in ("", "spam", "wanted")
    }
    assert shown == {"": [True, True], "spam": [False, True], "wanted": [True, False]}
    channel = {"show": "spam", "channel": "independent"}
    assert spam.reference not in words_of(desk.get("/desk/reports/", channel))
    assert spam.reference in words_of(desk.get("/desk/reports/", {"show": "spam", "channel": "office"}))
    page = words_of(desk.get(f"/desk/reports/{spam.reference}/"))
    assert str(SpamSign.DECOY.label) in page
    assert desk.post(f"/desk/reports/{spam.reference}/not-spam/").status_code == 302
    assert marked() == [(False, [])] * 2
    assert [each["object"] for each in entries("report.not_spam")] == [spam.pseudonym]
    assert desk.post(f"/desk/reports/{spam.reference}/not-spam/").status_code == 409
    assert at_desk("investigator").post(f"/desk/reports/{spam.reference}/not-spam/").status_code == 404


def test_who_sends_too_much_waits_with_everything_typed_and_nobody_else_does(
    world: World, client: Client, settings
) -> None:
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 3, 60
    flood, honest = Client(REMOTE_ADDR="198.51.100.1"), Client(REMOTE_ADDR="203.0.113.9")
    assert [pages.enter(flood, "1" * 24).status_code for _each in range(5)] == [200] * 3 + [429] * 2
    page = pages.open_form(flood)
    waits = pages.send(flood, page, where='The "blue" warehouse\nat the gate', files=[pages.a_file()])
    assert waits.status_code == 429
    assert 0 < int(waits.headers["Retry-After"]) <= 2
    assert "nothing is lost" in pages.text_of(waits)
    assert pages.hidden(waits, "page") == page
    assert pages.receipt_on(pages.send(honest))
    kept = {name: pages.all_hidden(waits, name) for name in (*pages.REPORT, "page", "files-kept")}
    with later(2):
        sent = flood.post("/report/", {name: values for name, values in kept.items() if values})
    assert pages.receipt_on(sent)
    assert Report.objects.filter(attachments__isnull=False).count() == 1


def test_a_token_comes_back_with_time_and_a_refusal_takes_none(settings) -> None:
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 2, 60

    def passes(times: int) -> int:
        passed = 0
        for _each in range(times):
            try:
                crowding.take("7")
                passed += 1
            except crowding.Crowded:
                pass
        return passed

    now = time.time()
    for after, expected in ((0, 2), (1.01, 1), (2.02, 1), (60, 2)):
        with patch("time.time", lambda moment=now + after: moment):
            assert passes(50) == expected
            assert crowding.was_crowded("7")
    crowding.take("8")


def test_whoever_has_a_whole_site_of_ipv6_has_a_few_lines_of_it(world: World, settings) -> None:
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 2, 1
    lines = [Client(REMOTE_ADDR=f"2001:db8:7:{each:x}00::1") for each in range(30)]
    answers = [pages.enter(each, "1" * 24).status_code for each in lines]
    assert answers == [200] * 2 * crowding.LINES_OF_A_SITE + [429] * (30 - 2 * crowding.LINES_OF_A_SITE)
    assert pages.enter(Client(REMOTE_ADDR="2001:db8:8::1"), "1" * 24).status_code == 200


def test_a_long_text_is_taken_and_what_follows_it_waits_while_files_weigh_nothing(world: World, settings) -> None:
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 6, 1
    long = {"what": "x" * 3 * crowding.TEXT_OF_A_TOKEN}
    report = {"path": "partner", "concerns": "others", **long}

    def left(address: str) -> int:
        answers = [pages.enter(Client(REMOTE_ADDR=address), "1" * 24).status_code for _each in range(7)]
        return answers.count(200)

    assert pages.receipt_on(pages.send(Client(REMOTE_ADDR="198.51.100.1"), **long))
    assert left("198.51.100.1") == 2
    by_api = Client(REMOTE_ADDR="198.51.100.2").post("/api/v1/reports/", report, content_type="application/json")
    assert (by_api.status_code, left("198.51.100.2")) == (201, 2)
    in_parts = Client(REMOTE_ADDR="198.51.100.3").post("/api/v1/reports/", report)
    assert (in_parts.status_code, left("198.51.100.3")) == (201, 2)
    file = pages.a_file(b"x" * 9 * crowding.TEXT_OF_A_TOKEN)
    assert pages.receipt_on(pages.send(Client(REMOTE_ADDR="198.51.100.4"), files=[file]))
    assert left("198.51.100.4") == 5


def test_nobody_waits_long_for_anothers_text(world: World, settings) -> None:
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 2, 1
    flood = Client(REMOTE_ADDR="198.51.100.1")
    pages.send(flood, what="x" * 3_000_000)
    waits = pages.enter(flood, "1" * 24)
    assert waits.status_code == 429
    assert crowding.LONGEST_DEBT < int(waits.headers["Retry-After"]) <= crowding.LONGEST_DEBT + 61
    with later(crowding.LONGEST_DEBT + 61):
        assert pages.enter(flood, "1" * 24).status_code == 200


def test_where_addresses_say_nothing_nobody_is_counted(world: World, settings) -> None:
    settings.PORTAL_POSTS_AT_ONCE = 0
    assert crowding.source_of(RequestFactory().get("/")) == ""
    assert [pages.enter(Client(), "1" * 24).status_code for _each in range(3)] == [200] * 3


def test_by_the_onion_service_nobody_has_a_bucket_and_all_share_one_line(settings, world: World) -> None:
    settings.ONION_URL = f"http://{'a' * 56}.onion"
    settings.ALLOWED_HOSTS = [f"{'a' * 56}.onion", "testserver"]
    settings.PORTAL_POSTS_AT_ONCE = 1
    onion = Client(HTTP_HOST=f"{'a' * 56}.onion")
    assert [pages.enter(onion, "1" * 24).status_code for _each in range(4)] == [200] * 4
    assert crowding.source_of(RequestFactory().post("/", HTTP_HOST=f"{'A' * 56}.onion:80")) == crowding.ONION


def test_a_full_line_is_a_waiting_page_too(world: World, client: Client, monkeypatch, settings) -> None:
    settings.VAULT_DERIVATION_WAIT = 0.01
    full, named = Queue(0), []
    monkeypatch.setattr(passphrase, "_queue", lambda at_once, cost: named.append(passphrase._source.get()) or full)
    waits = pages.enter(client, "1" * 24)
    assert waits.status_code == 429
    assert pages.hidden(waits, "receipt") == "1" * 24
    assert named == [sources.box_of(RequestFactory().get("/"))]


def test_no_address_is_kept_and_the_salt_is_forgotten(world: World, settings) -> None:
    client = Client(REMOTE_ADDR="198.51.100.77")
    pages.send(client)
    first = sources.salt()
    assert sources.salt() == first
    assert "crowding/" in everything_cached()
    assert "198.51.100.77" not in everything_cached()
    with later(sources.DAY):
        assert sources.salt() != first
    cache.clear()
    assert sources.salt() != first, "nothing but the cache had it"


def test_a_cache_that_is_away_closes_no_door(world: World, client: Client, settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    settings.PORTAL_POSTS_AT_ONCE = 1
    assert [bool(pages.receipt_on(pages.send(client))) for _each in range(3)] == [True] * 3


def test_behind_a_proxy_that_passes_no_address_on_nobody_is_put_into_one_box_with_all(settings, world: World) -> None:
    settings.BEHIND_PROXY = True
    request = RequestFactory().post("/report/", REMOTE_ADDR="10.0.0.2")
    assert crowding.source_of(request) == ""
    request.META["HTTP_X_FORWARDED_FOR"] = "198.51.100.7"
    assert crowding.source_of(request) == sources.box("address", "198.51.100.7", boxes=sources.BOXES)
