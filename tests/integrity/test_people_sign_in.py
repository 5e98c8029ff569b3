"""Signing in at the desk: who gets in, what everybody else is told, and where one arrives."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.urls import reverse

from audit.log.models import Entry
from integrity.people.models import Sitting
from integrity.people.sittings import COOKIE
from integrity.vault import passphrase
from integrity.vault.passphrase import TooBusy
from tests.desk import at_desk, confirm, entries, words_of
from tests.world import World, make_world, passphrase_of

SIGN_IN = "/desk/sign-in/"


def sign_in(browser: Client, username: str = "triage", given: str | None = None, **more: Any) -> Any:
    """What the sign-in page answers."""
    data = {"username": username, "passphrase": passphrase_of(username) if given is None else given, **more}
    return browser.post(SIGN_IN, data)


def without_token(answer: Any) -> str:
    """The page, without what differs at every look."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", words_of(answer))


def test_the_right_passphrase_opens_the_desk_and_leaves_an_entry(world: World):
    browser = Client()
    answer = sign_in(browser)
    assert answer.status_code == 302
    assert answer["Location"] == "/desk/second-factor/"
    assert browser.get("/desk/").status_code == 302
    confirm(browser)
    assert browser.get("/desk/").status_code == 200
    assert Sitting.objects.get().person == world.person("triage")
    (entry,) = entries("people.signed_in")
    assert entry["actor"] == entry["object"] == f"person/{world.person('triage').pk}"
    assert entry["facts"] == {}


def test_a_user_name_is_read_without_regard_to_capitals_and_outer_spaces(world: World):
    assert sign_in(Client(), " Triage ", passphrase_of("triage")).status_code == 302


def test_another_passphrase_opens_nothing(world: World):
    for given in ("", " ", "wrong", "CORRECT HORSE TRIAGE STAPLE", "correct horse triage staple "):
        browser = Client()
        answer = sign_in(browser, given=given)
        assert answer.status_code == 422
        assert not Sitting.objects.exists()
        assert COOKIE not in browser.cookies
        assert browser.get("/desk/").status_code == 302


def test_an_unknown_name_a_closed_account_and_a_wrong_passphrase_are_answered_alike(world: World):
    closed = world.person("investigator2")
    closed.is_active = False
    closed.save()
    keyless = world.person("manager")
    keyless.key = None
    keyless.save()
    pages = set()
    for username in ("triage", "investigator2", "manager", "nobody"):
        answer = sign_in(Client(), username, "wrong passphrase")
        assert answer.status_code == 422
        assert COOKIE not in answer.cookies
        pages.add(without_token(answer).replace(f'value="{username}"', ""))
    assert len(pages) == 1
    assert sign_in(Client(), "investigator2").status_code == 422
    assert sign_in(Client(), "manager").status_code == 422


def test_every_failure_takes_one_derivation(world: World, monkeypatch: pytest.MonkeyPatch):
    derived = []
    original = passphrase.derive

    def counting(*arguments: Any, **named: Any) -> bytes:
        derived.append(named["cost"])
        return original(*arguments, **named)

    monkeypatch.setattr("integrity.vault.actions.derive", counting)
    for username in ("triage", "nobody"):
        sign_in(Client(), username, "wrong passphrase")
    assert len(derived) == 2
    assert derived[0] == derived[1]


def test_a_failure_is_in_the_log_and_the_name_that_was_typed_is_not(world: World):
    sign_in(Client(), "triage", "wrong passphrase")
    sign_in(Client(), "my.secret.typo", "wrong passphrase")
    known, unknown = entries("people.sign_in_failed")
    assert known["object"] == f"person/{world.person('triage').pk}"
    assert unknown["object"] == "person/unknown"
    assert known["actor"] == unknown["actor"] == "anonymous"
    leaves = b"".join(bytes(entry.leaf) for entry in Entry.objects.all())
    assert b"my.secret.typo" not in leaves
    assert b"wrong passphrase" not in leaves


def test_the_passphrase_is_never_shown_again(world: World):
    page = words_of(sign_in(Client(), "triage", "wrong passphrase 7731"))
    assert "wrong passphrase 7731" not in page
    assert 'value="triage"' in page
    assert "is not right" in page


def test_when_too_many_sign_in_at_once_the_page_asks_for_patience(world: World, monkeypatch: pytest.MonkeyPatch):
    def busy(*_arguments: Any, **_named: Any) -> bytes:
        raise TooBusy

    monkeypatch.setattr("integrity.vault.actions.derive", busy)
    answer = sign_in(Client())
    assert answer.status_code == 429
    assert answer["Retry-After"]


AWAY = (
    "//evil.example/desk/",
    "///evil.example/desk/",
    "https://evil.example/desk/",
    "/desk/../../evil",
    "/desk/..//evil.example",
    "/desk/%2e%2e/../x",
    "/\\evil.example/desk/",
    "\\\\evil.example",
    "javascript:alert(1)//desk/",
    "/deskevil/",
    "/report/",
    "desk/cases/",
    " /desk/",
    "/desk\\@evil.example",
    "/xx/desk/",
)
ODD = ("/desk/%0d%0aSet-Cookie:x=1/", "/desk/\r\nSet-Cookie: x=1", "/desk/a:b/", "/desk/x\x00")


def test_sign_in_leads_nowhere_but_to_the_desk(world: World):
    for target in AWAY:
        assert sign_in(Client(), next=target)["Location"] == "/desk/second-factor/", target


def test_an_odd_address_adds_no_header(world: World):
    for target in ODD:
        answer = sign_in(Client(), next=target)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/desk/")
        assert "\r" not in answer["Location"]
        assert "\n" not in answer["Location"]
        assert "x" not in answer.cookies


def test_whoever_was_sent_to_sign_in_arrives_where_they_wanted(world: World):
    for wanted in ("/desk/cases/", "/ar/desk/cases/"):
        browser = Client()
        sent = browser.get(wanted)
        assert sent.status_code == 302
        assert sent["Location"].split("?")[0] == wanted.replace("cases", "sign-in")
        page = browser.get(sent["Location"])
        assert f'name="next" value="{wanted}"' in words_of(page)
        wrong = browser.post(sent["Location"], {"username": "triage", "passphrase": "no", "next": wanted})
        assert f'name="next" value="{wanted}"' in words_of(wrong), "one slip forgets where one was going"
        right = browser.post(
            sent["Location"], {"username": "triage", "passphrase": passphrase_of("triage"), "next": wanted}
        )
        assert right["Location"].endswith(f"/second-factor/?next={quote(wanted, safe='')}")


def test_a_hostile_next_is_not_even_shown(world: World):
    page = words_of(Client().get(SIGN_IN, {"next": 'https://evil.example/"><b>'}))
    assert "evil.example" not in page


def test_signing_in_makes_a_new_session_and_a_new_csrf_token(world: World):
    """An attacker who planted a session before sign-in holds nothing afterwards."""
    browser = Client()
    planted = browser.session
    planted["planted"] = "by the attacker"
    planted.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    sign_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()
    attacker = Client()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    assert attacker.get("/desk/").status_code == 302


def test_signing_in_as_somebody_else_keeps_nothing_of_the_first(world: World):
    browser = at_desk("triage")
    first = browser.session.session_key
    sign_in(browser, "auditor")
    confirm(browser)
    assert browser.session.session_key != first
    assert "Auditor" in words_of(browser.get("/desk/"))
    attacker = Client()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = first
    assert attacker.get("/desk/").status_code == 302


def test_the_cookies_are_kept_from_scripts_and_other_sites(world: World):
    browser = Client()
    sign_in(browser)
    for name in (COOKIE, settings.SESSION_COOKIE_NAME):
        assert browser.cookies[name]["httponly"]
        assert browser.cookies[name]["samesite"] == "Strict"
        assert not browser.cookies[name]["domain"]
    assert not browser.cookies[COOKIE]["max-age"], "the secret must not outlive the browser"


def test_the_secure_flag_follows_the_setting(world: World, settings: Any):
    settings.SESSION_COOKIE_SECURE = True
    browser = Client()
    sign_in(browser)
    assert browser.cookies[COOKIE]["secure"]
    assert browser.cookies[settings.SESSION_COOKIE_NAME]["secure"]


def test_a_form_from_another_site_is_refused(world: World):
    browser = Client(enforce_csrf_checks=True)
    assert sign_in(browser).status_code == 403
    assert not Sitting.objects.exists()
    page = words_of(browser.get(SIGN_IN))
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    assert sign_in(browser, csrfmiddlewaretoken=token[1]).status_code == 302
    confirm(browser)
    for url in (reverse("people:sign_out"), reverse("cases:transition", args=["C-0000-0000", "assign"])):
        assert browser.post(url, {}).status_code == 403
    assert browser.get("/desk/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_five_people_at_once_get_five_sittings():
    world = make_world()
    names = ["triage", "triage", "investigator", "supervisor", "auditor"]

    def enter(username: str) -> int:
        try:
            browser = at_desk(username)
            return browser.get("/desk/").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(names)) as pool:
        assert list(pool.map(enter, names)) == [200] * len(names)
    assert Sitting.objects.count() == len(names)
    assert Sitting.objects.filter(person=world.person("triage")).count() == 2
    indexes = list(Entry.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(len(indexes)))
