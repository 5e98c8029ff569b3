"""Giving a second factor: what a passphrase alone opens (nothing), what a code opens, and how often one may try."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit import clock
from audit.log.models import Entry
from integrity.action import Actor, NotConfirmed, NotPermitted, WrongState
from integrity.factors import actions, codes
from integrity.factors.models import Factor, FactorKind
from integrity.people.models import Sitting
from integrity.people.sittings import COOKIE
from tests.desk import at_desk, entries, words_of
from tests.world import SYSTEM, World, make_world, passphrase_of

GIVE = "/desk/second-factor/"


def with_app(world: World, username: str = "triage") -> str:
    """Give the person an app; its secret."""
    secret = codes.make_secret()
    actions.set_up(actor=SYSTEM, person=world.person(username), secret=secret)
    return secret


def passphrase_given(username: str = "triage", **more: Any) -> Client:
    """A browser in which the passphrase was right, and nothing else was given yet."""
    browser = Client()
    answer = browser.post("/desk/sign-in/", {"username": username, "passphrase": passphrase_of(username), **more})
    assert answer.status_code == 302
    assert answer["Location"].startswith(GIVE)
    return browser


def code(secret: str, steps: int = 0) -> str:
    return codes.code_at(secret, codes.step_now() + steps)


def give(browser: Client, typed: str, **more: Any) -> Any:
    return browser.post(GIVE, {"second_factor": typed, **more})


def wrong(secret: str) -> str:
    """A code that is none of those taken now."""
    taken = {codes.code_at(secret, codes.step_now() + step) for step in range(-2, 4)}
    return next(each for each in (f"{number:06d}" for number in range(20)) if each not in taken)


def every_path(patterns: Any = None, prefix: str = "/") -> list[str]:
    """Every address of the desk and the API, with something plausible in its places."""
    found: list[str] = []
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        route = str(each.pattern)
        if isinstance(each, URLResolver):
            found += every_path(each.url_patterns, prefix + route)
        elif isinstance(each, URLPattern):
            found.append(prefix + route)
    return found


def concrete(route: str) -> str:
    for kind, value in (
        ("uuid", "00000000-0000-4000-8000-000000000000"),
        ("int", "1"),
        ("slug", "staff"),
        ("str", "x"),
    ):
        while f"<{kind}:" in route:
            start = route.index(f"<{kind}:")
            route = route[:start] + value + route[route.index(">", start) + 1 :]
    return route


def test_a_right_code_opens_the_desk_and_leaves_an_entry(world: World):
    secret = with_app(world)
    browser = passphrase_given()
    assert browser.get("/desk/").status_code == 302
    answer = give(browser, code(secret))
    assert answer["Location"] == "/desk/"
    assert browser.get("/desk/").status_code == 200
    (entry,) = entries("factors.given")
    assert entry["facts"] == {"kind": "app"}
    assert entry["actor"] == f"person/{world.person('triage').pk}"


def test_a_passphrase_alone_opens_no_page_of_the_desk_and_nothing_of_the_api(world: World):
    """Every address there is, with the cookies of somebody whose passphrase was right."""
    with_app(world, "admin")
    browser = passphrase_given("admin")
    tried = 0
    for route in every_path():
        path = concrete(route)
        if path.startswith("/desk/") and not path.startswith((GIVE, "/desk/sign-", "/desk/welcome/")):
            for answer in (browser.get(path), browser.post(path, {})):
                assert answer.status_code == 302, path
                assert answer["Location"].startswith(GIVE), path
            tried += 1
        elif path.startswith("/api/v1/desk/") or path.startswith("/api/v1/cases"):
            assert browser.get(path).status_code in {401, 403, 404, 405}, path
            tried += 1
    assert tried > 40
    page = words_of(browser.get(GIVE))
    assert "Second factor" in page
    assert "People and offices" not in page, "the menu is for whoever is in"


def test_while_a_factor_is_there_no_other_can_be_set_up_with_the_passphrase_alone(world: World):
    secret = with_app(world)
    browser = passphrase_given()
    for name in ("choose", "app", "passkey"):
        assert browser.get(reverse(f"factors:{name}"))["Location"] == GIVE
    mine = codes.make_secret()
    answer = browser.post(reverse("factors:app"), {"secret": mine, "name": "x", "second_factor": code(mine)})
    assert answer["Location"] == GIVE
    sitting = Sitting.objects.get()
    with pytest.raises(NotConfirmed):
        actions.add_app(
            actor=world.actor("triage", confirmed=False), sitting=sitting, name="x", secret=mine, typed=code(mine)
        )
    assert Factor.objects.count() == 1
    assert give(browser, code(secret)).status_code == 302


def test_wrong_old_and_strange_codes_open_nothing(world: World):
    secret = with_app(world)
    for typed in ("", "000", wrong(secret), code(secret, -3), code(secret, 3), "abcdef", "1" * 16, "é" * 6, "\x00"):
        browser = passphrase_given()
        answer = give(browser, typed)
        assert answer.status_code == 422, typed
        assert browser.get("/desk/").status_code == 302
    assert not entries("factors.given")


def test_a_code_is_read_in_every_script_and_with_spaces(world: World):
    secret = with_app(world)
    arabic = code(secret).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert give(passphrase_given(), f" {arabic[:3]} {arabic[3:]} ").status_code == 302


def test_a_code_works_once(world: World):
    secret = with_app(world)
    typed = code(secret)
    assert give(passphrase_given(), typed).status_code == 302
    assert give(passphrase_given(), typed).status_code == 422, "somebody looked over the shoulder"
    assert give(passphrase_given(), code(secret, -1)).status_code == 422, "an older one neither"


def test_after_five_wrong_codes_the_sitting_is_over(world: World):
    secret = with_app(world)
    browser = passphrase_given()
    for _try in range(4):
        assert give(browser, wrong(secret)).status_code == 422
    answer = give(browser, wrong(secret))
    assert answer["Location"] == "/desk/sign-in/"
    assert not Sitting.objects.exists()
    assert give(browser, code(secret))["Location"].startswith("/desk/sign-in/")
    assert len(entries("factors.refused")) == 5


def test_somebody_with_the_passphrase_cannot_go_on_trying_in_new_sittings(world: World):
    secret = with_app(world)
    answers = []
    for _sitting in range(4):
        browser = passphrase_given()
        answers += [give(browser, wrong(secret)).status_code for _try in range(4)]
    assert answers[:10] == [422] * 10
    assert set(answers[10:]) == {429}
    assert [entry["facts"] for entry in entries("people.sign_in_limited")] == [{"limit": "code"}]


def test_a_sitting_without_a_factor_is_over_soon(world: World, settings: Any):
    secret = with_app(world)
    browser = passphrase_given()
    with clock.at(clock.now() + timedelta(minutes=settings.STEP_UP_MINUTES + 1)):
        assert give(browser, code(secret))["Location"].startswith("/desk/sign-in/")


def test_whoever_was_on_the_way_somewhere_arrives_there(world: World):
    secret = with_app(world)
    browser = passphrase_given(next="/desk/cases/")
    sent = browser.get("/desk/cases/")["Location"]
    assert sent == f"{GIVE}?next=%2Fdesk%2Fcases%2F"
    assert 'name="next" value="/desk/cases/"' in words_of(browser.get(sent))
    assert give(browser, code(secret), next="/desk/cases/")["Location"] == "/desk/cases/"


def test_the_door_leads_nowhere_else(world: World):
    secret = with_app(world)
    browser = passphrase_given()
    assert give(browser, code(secret), next="https://evil.example/desk/")["Location"] == "/desk/"


def test_signing_out_without_a_factor_ends_the_sitting(world: World):
    with_app(world)
    browser = passphrase_given()
    assert browser.post(reverse("people:sign_out")).status_code == 302
    assert not Sitting.objects.exists()


def test_a_recovery_code_works_once_and_the_person_is_told(world: World):
    with_app(world)
    made = actions.make_codes(actor=world.actor("triage"))
    assert len(made) == 10 == len(set(made))
    browser = passphrase_given()
    answer = give(browser, codes.grouped(made[3]))
    assert answer["Location"] == reverse("factors:mine")
    assert "set up another one now" in words_of(browser.get(answer["Location"]))
    assert give(passphrase_given(), made[3]).status_code == 422
    assert give(passphrase_given(), made[4]).status_code == 302
    assert Factor.objects.get(kind=FactorKind.CODES).left == 8
    assert "A recovery code was used" in words_of(browser.get(reverse("people:me")))


def test_new_recovery_codes_end_the_old_ones(world: World):
    with_app(world)
    old = actions.make_codes(actor=world.actor("triage"))
    new = actions.make_codes(actor=world.actor("triage"))
    assert give(passphrase_given(), old[0]).status_code == 422
    assert give(passphrase_given(), new[0]).status_code == 302
    with pytest.raises(NotConfirmed):
        actions.make_codes(actor=world.actor("triage", confirmed=False))


def test_an_administrator_makes_a_code_for_one_sign_in(world: World):
    with_app(world)
    admin = at_desk("admin")
    address = reverse("factors:spare_code", args=[world.person("triage").pk])
    assert "Be sure that it is they who ask" in words_of(admin.get(address))
    page = words_of(admin.post(address))
    shown = next(word for word in page.split("<bdi>")[1:])[:19]
    assert len(codes.digits_of(shown)) == 16
    browser = passphrase_given()
    assert give(browser, shown)["Location"] == reverse("factors:mine")
    assert give(passphrase_given(), shown).status_code == 422
    assert "A code for one sign-in was made" in words_of(browser.get(reverse("people:me")))
    assert Factor.objects.of(world.person("triage")).lasting().count() == 1, "the lost device is theirs to remove"


def test_a_code_for_one_sign_in_is_over_after_a_day(world: World):
    with_app(world)
    made = actions.make_spare(actor=world.actor("admin"), person=world.person("triage"))
    with clock.at(clock.now() + timedelta(hours=25)):
        assert give(passphrase_given(), made).status_code == 422


def test_who_may_make_a_code_for_somebody(world: World):
    with_app(world)
    with_app(world, "admin")
    triage, admin = world.person("triage"), world.person("admin")
    with pytest.raises(NotPermitted):
        actions.make_spare(actor=world.actor("supervisor"), person=triage)
    with pytest.raises(NotPermitted, match="Somebody else must make a code for you"):
        actions.make_spare(actor=world.actor("admin"), person=admin)
    with pytest.raises(NotConfirmed):
        actions.make_spare(actor=world.actor("admin", confirmed=False), person=triage)
    with pytest.raises(WrongState, match="no second factor to replace"):
        actions.make_spare(actor=world.actor("admin"), person=world.person("manager"))
    assert not Factor.objects.filter(kind=FactorKind.SPARE).exists()


def test_nobody_sets_up_a_factor_for_somebody_else(world: World):
    for actor in (world.actor("admin"), world.actor("triage"), Actor("anonymous")):
        with pytest.raises(NotPermitted):
            actions.set_up(actor=actor, person=world.person("triage"), secret=codes.make_secret())
    assert not Factor.objects.exists()


def test_a_new_key_needs_a_new_factor(world: World):
    """What was sealed to the lost key opens no more; whoever has the new passphrase sets up a factor first."""
    with_app(world)
    person = world.person("triage")
    assert Factor.objects.of(person).exists()
    person.key = world.person("manager").key
    assert not Factor.objects.of(person).exists()


def test_the_stored_row_does_not_have_the_secret(world: World):
    secret = with_app(world)
    made = actions.make_codes(actor=world.actor("triage"))
    held = b"".join(bytes(row.secret) for row in Factor.objects.all())
    leaves = b"".join(bytes(entry.leaf) for entry in Entry.objects.all())
    for plain in (secret, *made):
        assert plain.encode() not in held
        assert plain.encode() not in leaves


def test_the_page_shows_no_code_outside_the_demonstration(world: World, settings: Any):
    secret = with_app(world)
    browser = passphrase_given()
    settings.DEMONSTRATION = False
    page = words_of(browser.get(GIVE))
    assert "demonstration-code" not in page
    assert code(secret) not in page
    settings.DEMONSTRATION = True
    page = words_of(browser.get(GIVE))
    shown = page.split("data-demonstration-code")[1].split(">")[1].split("<")[0]
    assert give(browser, shown).status_code == 302
    Factor.objects.update(mark=codes.step_now() + 1)
    waiting = words_of(passphrase_given().get(GIVE))
    assert "the codes of this half minute are used up" in waiting


def test_a_form_from_another_site_is_refused(world: World):
    secret = with_app(world)
    browser = passphrase_given()
    strict = Client(enforce_csrf_checks=True)
    for name in ("desk", COOKIE):
        strict.cookies[name] = browser.cookies[name].value
    assert give(strict, code(secret)).status_code == 403
    assert Sitting.objects.get().confirmed_at is None


@pytest.mark.django_db(transaction=True)
def test_one_code_sent_twice_at_the_same_time_opens_one_sitting():
    world = make_world()
    secret = with_app(world)
    browsers = [passphrase_given() for _each in range(4)]
    typed = code(secret)

    def try_it(browser: Client) -> int:
        try:
            return int(give(browser, typed).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_it, browsers)) == [302, 422, 422, 422]
    assert Sitting.objects.filter(confirmed_at__isnull=False).count() == 1
