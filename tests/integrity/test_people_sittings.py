"""Sittings: what a stolen table, a stolen cookie or a forgotten browser opens, and when it is over."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from audit import clock
from config.tasks import sweep
from integrity.action import Actor, NotPermitted
from integrity.people.actions import close_sitting, open_sitting
from integrity.people.middleware import is_at_desk
from integrity.people.models import Sitting
from integrity.people.sittings import COOKIE
from tests.desk import at_desk, entries, words_of
from tests.world import World

SESSION = settings.SESSION_COOKIE_NAME


def holding(**cookies: str) -> Client:
    """A browser with these cookies and no others."""
    browser = Client()
    for name, value in cookies.items():
        browser.cookies[name] = value
    return browser


def is_in(browser: Client) -> bool:
    """Whether the desk opens."""
    return browser.get("/desk/").status_code == 200


def cookies_of(browser: Client) -> dict[str, str]:
    return {name: browser.cookies[name].value for name in (SESSION, COOKIE)}


def test_both_cookies_are_needed(world: World):
    mine = cookies_of(at_desk("triage"))
    assert is_in(holding(**mine))
    assert not is_in(holding(sitting=mine[COOKIE]))
    assert not is_in(holding(**{SESSION: mine[SESSION]}))


def test_whoever_copies_the_tables_opens_nothing(world: World):
    """With every row of sessions and sittings, but no browser's secret, no key opens."""
    at_desk("triage")
    session, sitting = Session.objects.get(), Sitting.objects.get()
    stolen = bytes(sitting.wrapped)
    guesses = [
        base64.urlsafe_b64encode(stolen[:32]).decode(),
        base64.urlsafe_b64encode(stolen).decode(),
        base64.urlsafe_b64encode(sitting.pk.bytes * 2).decode(),
        base64.urlsafe_b64encode(b"\0" * 32).decode(),
        session.session_key,
        str(sitting.pk),
    ]
    for guess in guesses:
        session.save(force_insert=not Session.objects.filter(pk=session.pk).exists())
        assert not is_in(holding(**{SESSION: session.session_key, COOKIE: guess}))
    seed = world.keyrings["triage"].own.seed
    assert seed not in stolen
    assert base64.b64encode(seed).decode() not in session.session_data
    assert str(session.get_decoded()).find(mine := base64.urlsafe_b64encode(seed).decode()) == -1, mine


def test_a_broken_cookie_opens_nothing_and_breaks_nothing(world: World):
    for cookie in ("", "x", "é", "====", "AAAA", "A" * 5000, "\x01"):
        mine = cookies_of(at_desk("triage"))
        assert not is_in(holding(**{SESSION: mine[SESSION], COOKIE: cookie})), cookie


def test_somebody_elses_secret_does_not_open_my_sitting(world: World):
    mine, theirs = cookies_of(at_desk("triage")), cookies_of(at_desk("supervisor"))
    assert not is_in(holding(**{SESSION: mine[SESSION], COOKIE: theirs[COOKIE]}))


def test_a_sitting_moved_to_another_account_does_not_open(world: World):
    """An attacker who may write to the database points their own session at somebody else's sitting."""
    victim, attacker = at_desk("triage"), at_desk("admin")
    stolen = Sitting.objects.get(person=world.person("triage"))
    session = attacker.session
    session["sitting"] = str(stolen.pk)
    session.save()
    assert not is_in(attacker)
    attacker = at_desk("admin")
    Sitting.objects.filter(pk=stolen.pk).update(person=world.person("admin"))
    session = attacker.session
    session["sitting"] = str(stolen.pk)
    session.save()
    attacker.cookies[COOKIE] = victim.cookies[COOKIE].value
    assert not is_in(attacker)


def test_a_wrong_secret_ends_the_session_as_well(world: World):
    mine = cookies_of(at_desk("triage"))
    assert not is_in(holding(**{SESSION: mine[SESSION], COOKIE: "AAAA"}))
    assert not is_in(holding(**mine)), "whoever tries a secret must sign in again"


def test_an_idle_sitting_is_over(world: World):
    browser = at_desk("triage")
    for minutes, expected in ((settings.SITTING_IDLE_MINUTES - 1, True), (2 * settings.SITTING_IDLE_MINUTES, False)):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            assert is_in(browser) is expected
    assert not Sitting.objects.exists()
    assert not is_in(browser)


def test_work_keeps_a_sitting_open_until_its_limit(world: World):
    browser = at_desk("triage")
    step = settings.SITTING_IDLE_MINUTES - 1
    start = clock.now()
    for minutes in range(step, settings.SITTING_LIMIT_MINUTES, step):
        with clock.at(start + timedelta(minutes=minutes)):
            assert is_in(browser), minutes
    with clock.at(start + timedelta(minutes=settings.SITTING_LIMIT_MINUTES + 1)):
        assert not is_in(browser)


def test_signing_out_ends_the_sitting_for_every_copy_of_its_cookies(world: World):
    browser = at_desk("triage")
    copied = cookies_of(browser)
    answer = browser.post(reverse("people:sign_out"))
    assert answer["Location"] == reverse("people:sign_in")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.cookies[COOKIE].value == ""
    assert not is_in(browser)
    assert not is_in(holding(**copied))
    assert not Sitting.objects.exists()
    assert len(entries("people.signed_out")) == 1


def test_signing_out_needs_a_form(world: World):
    browser = at_desk("triage")
    assert browser.get(reverse("people:sign_out")).status_code == 405
    assert is_in(browser)


def test_signing_out_in_one_browser_leaves_the_other_open(world: World):
    here, there = at_desk("triage"), at_desk("triage")
    here.post(reverse("people:sign_out"))
    assert is_in(there)


def test_nobody_ends_or_begins_somebody_elses_sitting(world: World):
    browser = at_desk("triage")
    sitting = Sitting.objects.get()
    close_sitting(actor=world.actor("admin"), sitting=str(sitting.pk))
    assert is_in(browser)
    with pytest.raises(NotPermitted):
        open_sitting(actor=world.actor("admin"), person=world.person("triage"), keyring=world.actor("triage").keys)
    with pytest.raises(NotPermitted):
        open_sitting(actor=world.actor("triage"), person=world.person("triage"), keyring=world.actor("admin").keys)
    with pytest.raises(NotPermitted):
        open_sitting(actor=Actor.system(), person=world.person("triage"), keyring=world.actor("triage").keys)
    assert Sitting.objects.count() == 1


def test_an_account_closed_in_the_middle_of_a_sitting_is_out_at_once(world: World):
    browser = at_desk("triage")
    person = world.person("triage")
    person.is_active = False
    person.save()
    assert not is_in(browser)
    assert browser.post("/desk/cases/C-0000-0000/assign/").status_code == 302
    person.is_active = True
    person.save()
    assert not is_in(browser), "reopening the account does not reopen the sitting"


def test_a_new_key_ends_the_sittings_of_the_old_one(world: World):
    browser = at_desk("triage")
    person = world.person("triage")
    person.key = None
    person.save()
    assert not is_in(browser)


@pytest.mark.parametrize(
    "path", ["/desk/", "/ar/desk/", "/desk/cases/", "/desk/anything/at/all/", "/en/desk/", "/desk"]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head", "options"])
def test_without_a_sitting_the_desk_shows_nothing_but_its_door(db: Any, path: str, method: str):
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 302
    assert "/desk/sign-in/" in answer["Location"] or answer["Location"] == "/desk/"


def test_a_post_without_a_sitting_changes_nothing_and_keeps_no_address(world: World):
    answer = Client().post("/desk/cases/C-0000-0000/assign/", {"investigators": "x"})
    assert answer["Location"] == "/desk/sign-in/"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/desk/", True),
        ("/desk", True),
        ("/ar/desk/cases/", True),
        ("/en/desk/", True),
        ("/deskside/", False),
        ("/report/desk/", False),
        ("/", False),
        ("", False),
        ("//desk/", False),
    ],
)
def test_the_door_stands_before_every_address_of_the_desk(path: str, expected: bool):
    assert is_at_desk(path) is expected


def test_the_door_knows_languages_with_long_names(settings: Any):
    settings.LANGUAGES = [("en", "English"), ("zh-hant", "Chinese"), ("pt-br", "Portuguese")]
    from django.utils.translation import trans_real

    trans_real.get_languages.cache_clear()
    try:
        assert is_at_desk("/zh-hant/desk/cases/")
        assert is_at_desk("/pt-br/desk/")
    finally:
        trans_real.get_languages.cache_clear()


def test_what_ended_by_itself_is_swept_away(world: World):
    at_desk("triage")
    at_desk("supervisor")
    with clock.at(clock.now() + timedelta(minutes=settings.SITTING_IDLE_MINUTES - 1)):
        sweep()
        assert Sitting.objects.count() == 2
        Sitting.objects.filter(person=world.person("triage")).update(seen_at=clock.now())
    with clock.at(clock.now() + timedelta(minutes=settings.SITTING_IDLE_MINUTES + 5)):
        sweep()
    assert [str(sitting.person) for sitting in Sitting.objects.all()] == ["Triage"]
    with clock.at(clock.now() + timedelta(minutes=settings.SITTING_LIMIT_MINUTES + 1)):
        sweep()
    assert not Sitting.objects.exists()


def test_the_portal_sets_no_cookie_and_knows_nobody(world: World):
    answer = at_desk("triage").get("/")
    assert not answer.cookies
    assert "Triage" not in words_of(answer)
