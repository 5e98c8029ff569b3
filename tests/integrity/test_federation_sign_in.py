"""Signing in with a real provider: it says who somebody is, and opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from audit import clock
from audit.log.models import Entry
from integrity.federation.attempts import COOKIE, sweep
from integrity.federation.models import Attempt, Identity
from integrity.people import sittings
from integrity.people.models import PersonEvent, Sitting
from tests.desk import confirm, entries, words_of
from tests.integrity.federation_scene import BACK, REDIRECT_URI, SIGN_IN, START, Real, asked_by, questions, real, use
from tests.world import World, passphrase_of

USERS: dict[str, dict[str, object]] = {
    "subject-of-triage": {"preferred_username": "triage", "email": "auditor@institution.example", "name": "T. Riage"},
    "subject-of-nobody": {"preferred_username": "nobody", "email": "triage@institution.example"},
    "subject-of-closed": {"preferred_username": "investigator2"},
    "subject-of-keyless": {"preferred_username": "manager"},
    "subject-of-impostor": {"preferred_username": " TRIAGE "},
}
FACTOR = "/desk/second-factor/"


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Real]:
    """The real provider, set up with links by claim off."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with real(USERS) as served:
        use(settings, issuer=served.url, client=served.client, secret=served.secret)
        yield served


def link(world: World, username: str, subject: str, issuer: str) -> Identity:
    return Identity.objects.create(person=world.person(username), issuer=issuer, subject=subject, linked_at=clock.now())


def identified(provider: Real, subject: str = "subject-of-triage", **query: str) -> Client:
    """A browser that came back from the provider, and the page that it was shown."""
    browser = Client()
    answer = browser.get(provider.sign_in(asked_by(browser, **query), subject))
    assert answer.status_code == 200, words_of(answer)
    assert f'<meta http-equiv="refresh" content="0;url={SIGN_IN}">' in words_of(answer)
    return browser


def refused(provider: Real, subject: str) -> tuple[Client, Any]:
    browser = Client()
    return browser, browser.get(provider.sign_in(asked_by(browser), subject))


def test_the_provider_says_who_it_is_and_the_passphrase_opens(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    offered = words_of(Client().get(SIGN_IN))
    assert "Continue with Staff sign-in" in offered
    assert 'name="username"' in offered
    browser = identified(provider)
    assert not Sitting.objects.exists()
    page = words_of(browser.get(SIGN_IN))
    assert "You are known as Triage. Your keys are still closed" in page
    assert 'name="username"' not in page
    answer = browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")})
    assert answer.status_code == 302
    assert answer["Location"] == FACTOR, "the provider's factor does not replace one's own"
    assert browser.get("/desk/")["Location"] == FACTOR
    confirm(browser)
    assert "Your work" in words_of(browser.get("/desk/"))
    assert [each["type"] for each in entries()][-2:] == ["federation.identified", "people.signed_in"]
    (entry,) = entries("federation.identified")
    assert (entry["actor"], entry["object"]) == ("anonymous", f"person/{world.person('triage').pk}")


def test_the_provider_is_told_who_asks_and_nothing_else(world: World, provider: Real, settings: Any):
    asked = questions(asked_by(Client(), next="/desk/cases/C-2026-SECRET/"))
    assert asked.keys() == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method",
    }  # fmt: skip
    assert asked["redirect_uri"] == [REDIRECT_URI]
    assert asked["scope"] == ["openid"]
    assert asked["code_challenge_method"] == ["S256"]
    assert "C-2026" not in str(asked)
    assert questions(asked_by(Client(), "/ar/desk/sign-in/with/"))["redirect_uri"] == [REDIRECT_URI]
    settings.OIDC_USERNAME_CLAIM = "preferred_username"
    assert questions(asked_by(Client()))["scope"] == ["openid profile"]


def test_each_question_is_another_one(world: World, provider: Real):
    browser = Client()
    first, second = questions(asked_by(browser)), questions(asked_by(browser))
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name][0]) == 43


def test_whoever_was_sent_to_sign_in_arrives_where_they_wanted(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    offered = words_of(Client().get(SIGN_IN, {"next": "/desk/cases/"}))
    assert f'href="{START}?next={quote("/desk/cases/", safe="")}"' in offered
    browser = identified(provider, next="/desk/cases/")
    assert 'name="next" value="/desk/cases/"' in words_of(browser.get(SIGN_IN))
    hostile = identified(provider, next="https://evil.example/desk/")
    assert "evil.example" not in words_of(hostile.get(SIGN_IN))


def test_the_language_is_kept_on_the_way(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = Client()
    page = words_of(browser.get(provider.sign_in(asked_by(browser, "/ar/desk/sign-in/with/"), "subject-of-triage")))
    assert "0;url=/ar/desk/sign-in/" in page


def test_the_wrong_passphrase_opens_nothing_and_is_noted_as_always(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    answer = browser.post(SIGN_IN, {"passphrase": passphrase_of("auditor")})
    assert answer.status_code == 422
    assert "The passphrase is not right" in words_of(answer)
    assert not Sitting.objects.exists()
    assert sittings.COOKIE not in browser.cookies
    (entry,) = entries("people.sign_in_failed")
    assert entry["object"] == f"person/{world.person('triage').pk}"
    assert browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 302


def test_whoever_is_identified_signs_in_as_nobody_else(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    answer = browser.post(SIGN_IN, {"username": "auditor", "passphrase": passphrase_of("auditor")})
    assert answer.status_code == 422
    assert not Sitting.objects.exists()


def patterns(resolver: Any, before: str = "") -> Iterator[str]:
    for each in resolver:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route


def desk_pages() -> list[str]:
    """Every address of the desk, with something that fits in each of its places."""
    from config.urls import desk

    fitting = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1"}
    pages = []
    for route in patterns(desk):
        parts = route.replace("<", "\0").replace(">", "\0").split("\0")
        filled = [part if place % 2 == 0 else fitting.get(part.split(":")[0], "x") for place, part in enumerate(parts)]
        pages.append("/" + "".join(filled))
    return pages


def test_a_stolen_identification_shows_no_page_of_the_desk(world: World, provider: Real):
    """All cookies of a browser between the provider and the passphrase."""
    link(world, "triage", "subject-of-triage", provider.url)
    victim = identified(provider)
    thief = Client()
    thief.cookies = victim.cookies
    pages = desk_pages()
    assert len(pages) > 60
    own = (SIGN_IN, "/desk/welcome/")
    for page in pages:
        if not page.startswith(own):
            for answer in (thief.get(page), thief.post(page, {})):
                assert answer.status_code == 302, page
                assert answer["Location"].startswith(SIGN_IN), page
    for address in ("/api/v1/cases/", "/api/v1/cases/C-0000-0000/", "/api/v1/register/"):
        assert thief.get(address).status_code in {401, 403, 404}, address
    shown = words_of(thief.get(SIGN_IN))
    assert "Triage" in shown
    for username, person in world.people.items():
        assert username == "triage" or person.name not in shown.replace("Triage", ""), username


def test_a_copy_of_the_table_finishes_nobodys_sign_in(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = Client()
    asked = questions(asked_by(browser))
    (row,) = Attempt.objects.values()
    kept = str(row)
    for secret in (browser.cookies[COOKIE].value, asked["state"][0], asked["nonce"][0], asked["code_challenge"][0]):
        assert secret not in kept
    thief = Client()
    thief.cookies[COOKIE] = bytes(row["secret_hash"]).hex()
    assert thief.get(BACK, {"state": asked["state"][0], "code": "x"}).status_code == 400


def test_an_identification_works_once(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    copied = Client()
    copied.cookies[COOKIE] = browser.cookies[COOKIE].value
    assert browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 302
    assert not browser.cookies[COOKIE].value
    assert "You are known" not in words_of(copied.get(SIGN_IN))
    assert copied.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 422
    assert Sitting.objects.count() == 1


def test_an_identification_lasts_ten_minutes(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    with clock.at(clock.now() + timedelta(minutes=9)):
        assert "You are known" in words_of(browser.get(SIGN_IN))
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert "You are known" not in words_of(browser.get(SIGN_IN))
        assert browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 422
        sweep()
    assert not Attempt.objects.exists()


def test_an_account_that_closes_meanwhile_is_known_no_more(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    person = world.person("triage")
    person.is_active = False
    person.save()
    assert "You are known" not in words_of(browser.get(SIGN_IN))
    assert browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 422


def test_another_provider_in_the_settings_identifies_nobody_of_the_first(world: World, provider: Real, settings: Any):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    settings.OIDC_ISSUER = "https://another.example"
    assert "You are known" not in words_of(browser.get(SIGN_IN))


def test_this_is_not_me_forgets_and_asks_the_provider_anew(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    assert browser.get(f"{START}forget/").status_code == 405
    page = browser.post(f"{START}forget/", follow=True)
    assert "You are known" not in words_of(page)
    assert f'href="{START}?another=1&amp;next="' in page.content.decode()
    assert questions(asked_by(browser, another="1"))["prompt"] == ["login"]


def test_a_subject_without_a_link_is_nobody_whatever_its_mail_address(world: World, provider: Real):
    for subject in ("subject-of-triage", "subject-of-nobody"):
        browser, answer = refused(provider, subject)
        assert answer.status_code == 403
        assert "no account here that can be signed in to is linked to you" in words_of(answer)
        assert "You are known" not in words_of(browser.get(SIGN_IN))
    assert [each["facts"]["reason"] for each in entries("federation.sign_in_failed")] == ["subject", "subject"]
    assert not Identity.objects.exists()


def test_closed_and_unfinished_accounts_are_told_like_unknown_ones(world: World, provider: Real):
    link(world, "investigator2", "subject-of-closed", provider.url)
    link(world, "manager", "subject-of-keyless", provider.url)
    world.person("investigator2").is_active = False
    world.person("investigator2").save()
    world.person("manager").key = None
    world.person("manager").save()
    pages = {words_of(refused(provider, subject)[1]) for subject in USERS if subject != "subject-of-triage"}
    assert len(pages) == 1
    reasons = {each["facts"]["reason"] for each in entries("federation.sign_in_failed")}
    assert reasons == {"subject", "closed", "no_key"}
    assert not Sitting.objects.exists()


def test_a_claim_links_at_the_first_sign_in_only_with_the_passphrase(world: World, provider: Real, settings: Any):
    settings.OIDC_USERNAME_CLAIM = "preferred_username"
    browser = identified(provider)
    browser.post(SIGN_IN, {"passphrase": "wrong"})
    assert not Identity.objects.exists()
    browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")})
    made = Identity.objects.get()
    assert (made.person, made.subject, made.by_claim) == (world.person("triage"), "subject-of-triage", True)
    assert [each["type"] for each in entries()][-2:] == ["federation.linked_by_claim", "people.signed_in"]
    assert PersonEvent.objects.filter(person=world.person("triage"), kind="identity_linked").count() == 1
    identified(provider)
    assert Identity.objects.count() == 1


def test_a_claim_never_takes_an_account_from_its_subject(world: World, provider: Real, settings: Any):
    settings.OIDC_USERNAME_CLAIM = "preferred_username"
    made = link(world, "triage", "subject-of-triage", provider.url)
    _browser, answer = refused(provider, "subject-of-impostor")
    assert answer.status_code == 403
    assert entries("federation.sign_in_failed")[-1]["facts"] == {"reason": "taken"}
    made.ended_at, made.ended_by = clock.now(), world.person("triage")
    made.save()
    _browser, answer = refused(provider, "subject-of-triage")
    assert answer.status_code == 403, "whoever ended their own link meant it"
    made.ended_by = world.person("admin")
    made.save()
    identified(provider)
    made.person = world.person("auditor")
    made.save()
    _browser, answer = refused(provider, "subject-of-triage")
    assert answer.status_code == 403, "a subject that was somebody else's is not passed on"


def test_two_browsers_that_bring_the_same_claim_make_one_link(world: World, provider: Real, settings: Any):
    settings.OIDC_USERNAME_CLAIM = "preferred_username"
    first, second = identified(provider), identified(provider, "subject-of-impostor")
    assert first.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 302
    answer = second.post(SIGN_IN, {"passphrase": passphrase_of("triage")})
    assert answer.status_code == 422
    assert "is linked to another" in words_of(answer)
    assert Identity.objects.get().subject == "subject-of-triage"
    assert Sitting.objects.count() == 1


def test_where_the_provider_is_required_a_user_name_opens_nothing(world: World, provider: Real, settings: Any):
    settings.OIDC_REQUIRED, settings.OIDC_USERNAME_CLAIM = True, "preferred_username"
    page = words_of(Client().get(SIGN_IN))
    assert "Continue with Staff sign-in" in page
    assert 'name="passphrase"' not in page
    given = {"username": "triage", "passphrase": passphrase_of("triage")}
    assert Client().post(SIGN_IN, given).status_code == 422
    assert not Sitting.objects.exists()
    assert entries("people.sign_in_failed")[-1]["object"] == "person/unknown"
    browser = identified(provider)
    assert browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 302


def test_signing_out_there_is_a_link(world: World, provider: Real, settings: Any):
    answer = Client().get(f"{START}leave/")
    assert answer["Location"].startswith(f"{provider.url}/oauth2/end_session?client_id=")
    assert quote(f"http://testserver{SIGN_IN}", safe="") in answer["Location"]


def test_another_site_begins_and_ends_nobodys_sign_in(world: World, provider: Real):
    for site in ("cross-site", "same-site"):
        browser = Client(headers={"Sec-Fetch-Site": site})
        for address in (START, f"{START}leave/"):
            assert browser.get(address)["Location"] == SIGN_IN
    assert not Attempt.objects.exists()
    link(world, "triage", "subject-of-triage", provider.url)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = identified(provider).cookies
    assert strict.post(f"{START}forget/").status_code == 403
    assert strict.post(SIGN_IN, {"passphrase": passphrase_of("triage")}).status_code == 403


def test_the_cookie_is_kept_from_scripts_and_is_strict_once_it_is_back(world: World, provider: Real, settings: Any):
    settings.SESSION_COOKIE_SECURE = True
    link(world, "triage", "subject-of-triage", provider.url)
    browser = Client()
    location = asked_by(browser)
    before = browser.cookies[COOKIE]
    assert (before["httponly"], before["secure"], before["samesite"]) == (True, True, "Lax")
    value = before.value
    browser.get(provider.sign_in(location, "subject-of-triage"))
    after = browser.cookies[COOKIE]
    assert (after["httponly"], after["secure"], after["samesite"], after["max-age"]) == (True, True, "Strict", 600)
    assert after.value != value


def test_whoever_is_at_the_desk_is_not_sent_to_the_provider(world: World, provider: Real):
    link(world, "triage", "subject-of-triage", provider.url)
    browser = identified(provider)
    browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")})
    confirm(browser)
    assert browser.get(START)["Location"] == "/desk/"
    browser.post(reverse("people:sign_out"))
    assert not Sitting.objects.exists()
    assert "You are known" not in words_of(browser.get(SIGN_IN))


def test_no_page_lets_a_form_lead_to_the_provider(world: World, provider: Real):
    """So the way there is a link, and the policy against forms to elsewhere stays as it is."""
    assert "form-action 'self';" in Client().get(SIGN_IN)["Content-Security-Policy"]
    assert Client().post(START).status_code == 405


def test_nothing_the_provider_said_is_kept_or_logged(world: World, provider: Real, settings: Any):
    settings.OIDC_USERNAME_CLAIM = "preferred_username"
    browser = identified(provider)
    browser.post(SIGN_IN, {"passphrase": passphrase_of("triage")})
    leaves = b"".join(bytes(entry.leaf) for entry in Entry.objects.all()).decode()
    rows = str(list(Attempt.objects.values())) + str(list(Identity.objects.values()))
    for said in ("auditor@institution.example", "T. Riage", "eyJ"):
        assert said not in leaves
        assert said not in rows
    assert "subject-of-triage" not in leaves
