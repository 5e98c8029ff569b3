"""How often one may try: for an account, from a source, in a browser that is known; and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from integrity import sources
from integrity.factors import actions as factors
from integrity.factors import codes
from integrity.people import attempts
from integrity.people.attempts import ACCOUNT, SOURCE
from tests.desk import entries, words_of
from tests.world import SYSTEM, World, passphrase_of

ADDRESS = "198.51.100.77"


def try_once(username: str, given: str = "wrong", *, address: str = ADDRESS, browser: Client | None = None) -> Any:
    return (browser or Client()).post(
        "/desk/sign-in/", {"username": username, "passphrase": given}, REMOTE_ADDR=address
    )


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries without their Argon2id: what is counted is how many are let through."""
    from integrity.vault import actions

    real = actions.unlock

    def unlock(key: Any, passphrase: str) -> Any:
        if passphrase == "wrong":
            raise actions.WrongPassphrase
        return real(key, passphrase)

    monkeypatch.setattr("integrity.people.views.vault.unlock", unlock)


def test_an_account_takes_ten_wrong_passphrases_and_then_nothing_for_a_while(world: World):
    answers = [try_once("triage", address=f"198.51.100.{each}").status_code for each in range(ACCOUNT.most + 3)]
    assert answers == [422] * ACCOUNT.most + [429] * 3
    refused = try_once("triage", passphrase_of("triage"), address="203.0.113.1")
    assert refused.status_code == 429, "the right one waits as well"
    assert 0 < int(refused["Retry-After"]) <= ACCOUNT.seconds
    assert try_once("supervisor", passphrase_of("supervisor"), address="203.0.113.1").status_code == 302


def test_the_limit_is_in_the_log_once_and_each_failure_too(world: World):
    for each in range(ACCOUNT.most + 5):
        try_once("triage", address=f"198.51.100.{each}")
    assert len(entries("people.sign_in_failed")) == ACCOUNT.most
    (entry,) = entries("people.sign_in_limited")
    assert entry["object"] == f"person/{world.person('triage').pk}"
    assert entry["facts"]["limit"] == "account"
    assert set(entry["facts"]) <= {"limit", "sealed"}, "the name that was typed is a private part"


def test_an_unknown_name_is_answered_like_a_known_one(world: World):
    known = [try_once("triage", address=f"198.51.100.{each}").status_code for each in range(ACCOUNT.most + 1)]
    unknown = [try_once("nobody", address=f"203.0.113.{each}").status_code for each in range(ACCOUNT.most + 1)]
    assert known == unknown


def test_one_source_that_tries_every_name_is_slowed_down(world: World):
    answers = [try_once(f"name{each}").status_code for each in range(SOURCE.most + 2)]
    assert answers == [422] * SOURCE.most + [429] * 2
    assert [entry["facts"]["limit"] for entry in entries("people.sign_in_limited")] == ["source"]
    assert try_once("triage", passphrase_of("triage"), address="203.0.113.1").status_code == 302


def test_a_right_passphrase_does_not_count(world: World):
    for _each in range(ACCOUNT.most + 5):
        assert try_once("triage", passphrase_of("triage")).status_code == 302


def test_whoever_knows_a_user_name_does_not_keep_its_owner_out(world: World):
    secret = codes.make_secret()
    factors.set_up(actor=SYSTEM, person=world.person("triage"), secret=secret)
    mine = Client()
    try_once("triage", passphrase_of("triage"), browser=mine)
    mine.post("/desk/second-factor/", {"second_factor": codes.code_at(secret, codes.step_now())})
    assert mine.cookies[attempts.COOKIE]["httponly"]
    for each in range(ACCOUNT.most + 2):
        try_once("triage", address=f"198.51.100.{each}")
    assert try_once("triage", passphrase_of("triage")).status_code == 429
    assert try_once("triage", passphrase_of("triage"), browser=mine).status_code == 302


def test_a_known_browser_has_a_limit_too_and_is_known_for_one_person_only(world: World):
    mine = Client()
    request = Client().get("/").wsgi_request
    response = Client().get("/")
    attempts.know(request, response, world.person("triage"))
    mine.cookies[attempts.COOKIE] = response.cookies[attempts.COOKIE].value
    assert "triage" not in mine.cookies[attempts.COOKIE].value
    assert str(world.person("triage").pk) not in mine.cookies[attempts.COOKIE].value
    answers = [try_once("triage", browser=mine).status_code for _each in range(11)]
    assert answers == [422] * 10 + [429]
    for _each in range(11):
        try_once("supervisor", address="203.0.113.9")
    assert try_once("supervisor", passphrase_of("supervisor"), browser=mine).status_code == 429


@pytest.mark.parametrize("cookie", ["", ".", "x.y", "x.", "é.ü", "a" * 5000])
def test_a_forged_cookie_is_a_browser_that_nobody_knows(world: World, cookie: str):
    for each in range(ACCOUNT.most):
        try_once("triage", address=f"198.51.100.{each}")
    browser = Client()
    browser.cookies[attempts.COOKIE] = cookie
    assert try_once("triage", passphrase_of("triage"), browser=browser).status_code == 429


def test_no_address_is_kept_anywhere(world: World, settings: Any):
    try_once("triage")
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            assert ADDRESS not in str(cursor.fetchall()), table
    kept = getattr(cache, "_cache", None)
    if kept is not None:
        assert ADDRESS not in str(kept)
        assert "triage" not in str(kept)


def test_a_source_is_a_box_that_many_addresses_share():
    boxes = set()
    for each in range(256):
        for other in range(400):
            boxes.add(sources.box_of(_From(f"198.{each % 256}.{other % 256}.{other // 256}")))
    assert len(boxes) <= 65_536 < 256 * 400


class _From:
    """As much of a request as is looked at."""

    def __init__(self, address: str) -> None:
        self.META = {"REMOTE_ADDR": address}


def test_behind_a_proxy_its_last_word_counts_and_otherwise_nobody_is_believed(settings: Any):
    request = _From("10.0.0.1")
    request.META["HTTP_X_FORWARDED_FOR"] = "1.2.3.4, 198.51.100.7"
    settings.BEHIND_PROXY = True
    assert sources.address_of(request) == "198.51.100.7"
    settings.BEHIND_PROXY = False
    assert sources.address_of(request) == "10.0.0.1"


def test_without_a_cache_people_sign_in_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch):
    class Gone:
        def add(self, *_arguments: Any, **_named: Any) -> None:
            raise ConnectionError("the cache is gone")

    monkeypatch.setattr("integrity.people.attempts.cache", Gone())
    assert try_once("triage", passphrase_of("triage")).status_code == 302


def test_the_page_says_what_to_do(world: World):
    for each in range(ACCOUNT.most):
        try_once("triage", address=f"198.51.100.{each}")
    page = words_of(try_once("triage"))
    assert "minute" in page


def test_one_line_of_ipv6_is_one_source_whichever_of_its_addresses_is_used():
    homes = [f"2001:db8:1:{each:x}::{other}" for each in range(256) for other in ("1", "ffff:2:3")]
    assert len({sources.box_of(_From(each)) for each in homes}) == 1
    assert len({sources.box_of(_From(f"2001:db8:{each:x}::1")) for each in range(100)}) > 90


def test_a_site_of_ipv6_is_one_wide_source_and_ipv4_has_none():
    lines = [f"2001:db8:1:{each:x}00::1" for each in range(256)]
    assert len({sources.box_of(_From(each)) for each in lines}) > 200
    assert len({sources.wide_box_of(_From(each)) for each in lines}) == 1
    assert len({sources.wide_box_of(_From(f"2001:db8:{each:x}::1")) for each in range(100)}) > 90
    assert sources.wide_box_of(_From("198.51.100.7")) == ""


@pytest.mark.parametrize(
    "written",
    [
        "::ffff:198.51.100.7",
        "::ffff:c633:6407",
        "[::ffff:198.51.100.7]:443",
        "198.51.100.7:50123",
        "64:ff9b::c633:6407",
        "2002:c633:6407:1::1",
    ],
)
def test_an_address_of_ipv4_is_one_source_however_it_is_written(written: str):
    assert sources.box_of(_From(written)) == sources.box_of(_From("198.51.100.7"))
    assert sources.wide_box_of(_From(written)) == ""


@pytest.mark.parametrize("written", ["[2001:db8::1]", "[2001:db8::1]:443", "2001:DB8:0:0::2", "2001:db8::1%eth0"])
def test_ports_brackets_and_zones_make_no_other_source(written: str):
    assert sources.box_of(_From(written)) == sources.box_of(_From("2001:db8::1"))


def test_what_is_no_address_is_one_source_and_stops_nothing():
    brackets = ["[", "[]", "[]:80", ":", ":::::", "%", "::%"]
    digits = ["1.2.3", "1.2.3.4.5", "999.1.1.1:80", "2001:db8::1/64", "١٩٨.1.1.1", "1" * 5000]
    for written in ("unknown", "_hidden", "é", "\udcff", "\x00", "a" * 100_000, *brackets, *digits):
        assert sources.box_of(_From(written)) == sources.box_of(_From("")), written[:20]
        assert sources.wide_box_of(_From(written)) == "", written[:20]
