"""Linking one's account to the provider, and ending a link: by oneself, and by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from audit import clock
from integrity.action import NotConfirmed, NotPermitted, WrongState
from integrity.federation import actions
from integrity.federation.attempts import COOKIE
from integrity.federation.models import Attempt, Identity, Purpose, Stage
from integrity.people.models import Sitting
from tests.desk import at_desk, entries, words_of
from tests.integrity.federation_scene import SIGN_IN, Liar, asked_by, lying, use
from tests.world import World, make_world

MINE = "/desk/me/sign-in-service/"
LINK = f"{MINE}link/"
CONFIRM = f"{MINE}confirm/"
END = f"{MINE}end/"


@pytest.fixture
def liar(world: World, settings: Any) -> Iterator[Liar]:
    """A provider on loopback to which nobody is linked yet."""
    with lying(Liar()) as served:
        use(settings, issuer=served.url)
        yield served


def link(world: World, username: str, liar: Liar, **more: Any) -> Identity:
    values = {"issuer": liar.url, "subject": liar.subject, "linked_at": clock.now(), **more}
    return Identity.objects.create(person=world.person(username), **values)


def answered(world: World, username: str, liar: Liar, **more: Any) -> Attempt:
    values = {
        "secret_hash": f"{username}{more}".encode()[:32], "purpose": Purpose.LINK, "stage": Stage.ANSWERED,
        "person": world.person(username), "language": "en", "at": clock.now(), "issuer": liar.url,
        "subject": liar.subject, **more,
    }  # fmt: skip
    return Attempt.objects.create(**values)


def page_of(person: Any) -> str:
    return reverse("federation:of_person", args=[person.pk])


def test_a_person_links_their_account_once_they_have_seen_to_whom(world: World, liar: Liar):
    browser = at_desk("triage")
    assert MINE in words_of(browser.get("/desk/me/"))
    assert "is not linked" in words_of(browser.get(MINE))
    back = browser.get(liar.authorize(asked_by(browser, LINK)))
    assert f"0;url={CONFIRM}" in words_of(back)
    assert not Identity.objects.exists()
    page = words_of(browser.get(CONFIRM))
    assert liar.subject in page
    assert liar.url in page
    assert not Identity.objects.exists(), "looking links nothing"
    told = words_of(browser.post(CONFIRM, follow=True))
    assert "Your account is linked" in told
    assert "The account was linked to one at the sign-in service" in words_of(browser.get("/desk/me/"))
    assert (Identity.objects.get().person, Identity.objects.get().by_claim) == (world.person("triage"), False)
    (entry,) = entries("federation.linked")
    assert entry["actor"] == entry["object"] == f"person/{world.person('triage').pk}"
    assert entry["facts"] == {}
    assert browser.get("/desk/").status_code == 200, "the sitting goes on"
    assert browser.post(CONFIRM)["Location"] == MINE
    assert Identity.objects.count() == 1
    stranger = Client()
    stranger.get(liar.authorize(asked_by(stranger)))
    assert "You are known as Triage" in words_of(stranger.get(SIGN_IN))


def test_the_way_back_does_not_need_the_cookies_that_the_browser_keeps_back(world: World, liar: Liar):
    """Coming from another site, it sends the Lax cookie alone; the sitting must survive that."""
    browser = at_desk("triage")
    kept = {name: morsel.value for name, morsel in browser.cookies.items()}
    way = liar.authorize(asked_by(browser, LINK))
    bare = Client()
    bare.cookies[COOKIE] = browser.cookies[COOKIE].value
    answer = bare.get(way)
    assert answer.status_code == 200
    assert set(answer.cookies) == {COOKIE}, "no other cookie of the browser is replaced"
    for name, value in kept.items():
        bare.cookies[name] = value
    assert liar.subject in words_of(bare.get(CONFIRM))


def test_linking_asks_for_the_second_factor_again(world: World, liar: Liar):
    attempt = answered(world, "triage", liar)
    with pytest.raises(NotConfirmed):
        actions.link(actor=world.actor("triage", confirmed=False), attempt=attempt)
    made = link(world, "triage", liar)
    with pytest.raises(NotConfirmed):
        actions.unlink(actor=world.actor("triage", confirmed=False), identity=made)
    assert Attempt.objects.get().stage == Stage.ANSWERED
    browser = at_desk("triage")
    Sitting.objects.update(confirmed_at=clock.now() - timedelta(hours=1))
    assert browser.post(END).status_code == 403
    assert Identity.objects.in_force().exists()


def test_nobody_links_for_somebody_else(world: World, liar: Liar):
    attempt = answered(world, "triage", liar)
    for username in ("auditor", "admin"):
        with pytest.raises(NotPermitted):
            actions.link(actor=world.actor(username), attempt=attempt)
    thief = at_desk("auditor")
    victim = at_desk("triage")
    victim.get(liar.authorize(asked_by(victim, LINK)))
    thief.cookies[COOKIE] = victim.cookies[COOKIE].value
    assert thief.get(CONFIRM)["Location"] == MINE
    assert thief.post(CONFIRM)["Location"] == MINE
    assert not Identity.objects.exists()


def test_a_link_is_no_sign_in_and_a_sign_in_is_no_link(world: World, liar: Liar):
    browser = at_desk("triage")
    browser.get(liar.authorize(asked_by(browser, LINK)))
    stranger = Client()
    stranger.cookies[COOKIE] = browser.cookies[COOKIE].value
    assert "You are known" not in words_of(stranger.get(SIGN_IN))
    link(world, "auditor", liar)
    other = Client()
    other.get(liar.authorize(asked_by(other)))
    browser.cookies[COOKIE] = other.cookies[COOKIE].value
    assert browser.get(CONFIRM)["Location"] == MINE
    with pytest.raises(WrongState):
        actions.link(
            actor=world.actor("triage"), attempt=answered(world, "triage", liar, purpose=Purpose.SIGN_IN, subject="x")
        )


def test_only_the_passphrase_makes_a_link_by_claim(world: World, liar: Liar):
    attempt = answered(world, "triage", liar, purpose=Purpose.SIGN_IN)
    with pytest.raises(NotPermitted):
        actions.link_by_claim(actor=world.actor("triage"), attempt=attempt)
    attempt.by_claim = True
    with pytest.raises(NotPermitted):
        actions.link_by_claim(actor=world.actor("auditor"), attempt=attempt)
    assert not Identity.objects.exists()


def test_a_subject_is_one_person_and_a_person_is_one_subject(world: World, liar: Liar):
    link(world, "auditor", liar)
    with pytest.raises(WrongState):
        actions.link(actor=world.actor("triage"), attempt=answered(world, "triage", liar))
    with pytest.raises(WrongState):
        actions.link(actor=world.actor("auditor"), attempt=answered(world, "auditor", liar, subject="another"))
    assert Identity.objects.count() == 1
    assert [each["facts"]["reason"] for each in entries("action.refused")] == ["WrongState"] * 2


def test_whoever_is_linked_is_not_sent_to_link_again(world: World, liar: Liar):
    link(world, "triage", liar)
    browser = at_desk("triage")
    assert browser.get(LINK)["Location"] == MINE
    assert at_desk("auditor", headers={"Sec-Fetch-Site": "cross-site"}).get(LINK)["Location"] == MINE


def test_an_answer_that_is_old_links_nothing(world: World, liar: Liar):
    attempt = answered(world, "triage", liar)
    with clock.at(clock.now() + timedelta(minutes=11)), pytest.raises(WrongState):
        actions.link(actor=world.actor("triage"), attempt=attempt)


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_at_the_same_time_makes_one_link(settings: Any):
    world = make_world()
    with lying(Liar()) as served:
        use(settings, issuer=served.url)
        attempt = answered(world, "triage", served)
        actors = [world.actor("triage") for _ in range(4)]

        def go(actor: Any) -> bool:
            try:
                actions.link(actor=actor, attempt=Attempt.objects.get(pk=attempt.pk))
            except WrongState:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(go, actors)) == [False, False, False, True]
    assert Identity.objects.count() == 1


def test_a_person_ends_their_link_and_is_known_no_more(world: World, liar: Liar):
    made = link(world, "triage", liar)
    stranger = Client()
    way = liar.authorize(asked_by(stranger))
    browser = at_desk("triage")
    assert browser.get(END).status_code == 405
    assert "You sign in with your user name" in words_of(browser.post(END, follow=True))
    assert stranger.get(way).status_code == 403
    made.refresh_from_db()
    assert made.ended_by == world.person("triage")
    assert "ended by Triage" in words_of(browser.get(MINE))
    assert browser.post(END).status_code == 404
    (entry,) = entries("federation.unlinked")
    assert entry["facts"] == {"by_themself": True}
    with pytest.raises(WrongState):
        actions.unlink(actor=world.actor("triage"), identity=made)


def test_where_the_provider_is_required_nobody_locks_themself_out(world: World, liar: Liar, settings: Any):
    made = link(world, "triage", liar)
    browser = at_desk("triage")
    settings.OIDC_REQUIRED = True
    assert END not in words_of(browser.get(MINE))
    assert browser.post(END).status_code == 409
    assert Identity.objects.in_force().get() == made


def test_an_administrator_ends_somebodys_link_and_makes_none(world: World, liar: Liar):
    link(world, "triage", liar)
    own = link(world, "admin", liar, subject="of-admin")
    page = page_of(world.person("triage"))
    browser = at_desk("admin")
    assert page in words_of(browser.get(reverse("people:person", args=[world.person("triage").pk])))
    assert "button--danger" in words_of(browser.get(page))
    assert "button--danger" not in words_of(browser.get(page_of(world.person("admin"))))
    assert browser.post(page_of(world.person("auditor"))).status_code == 404
    assert browser.post(page)["Location"] == page
    assert "ended by Admin" in words_of(browser.get(page))
    assert entries("federation.unlinked")[-1]["facts"] == {"by_themself": False}
    assert own in Identity.objects.in_force()


def test_no_other_role_sees_or_ends_somebodys_link(world: World, liar: Liar):
    made = link(world, "triage", liar)
    for username in ("auditor", "manager", "supervisor", "triage2"):
        page = page_of(world.person("triage"))
        browser = at_desk(username)
        assert browser.get(page).status_code == 403
        assert browser.post(page).status_code == 403
        with pytest.raises(NotPermitted):
            actions.unlink(actor=world.actor(username), identity=made)
    assert Identity.objects.in_force().get() == made


def test_without_a_provider_there_are_no_such_pages(world: World):
    browser = at_desk("admin")
    addresses = (MINE, LINK, CONFIRM, "/desk/sign-in/with/", "/desk/sign-in/with/back/", "/desk/sign-in/with/leave/")
    for address in (*addresses, page_of(world.person("triage"))):
        assert browser.get(address).status_code == 404, address
    assert browser.post("/desk/sign-in/with/forget/").status_code == 404
    assert "Continue with" not in words_of(Client().get(SIGN_IN))
    assert MINE not in words_of(browser.get("/desk/me/"))
