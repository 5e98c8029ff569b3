"""Signing in with a provider on another site, in a real browser with its real rules about cookies and forms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.desk import DESK, PASSPHRASE, Desk, button, heading, link, press, second_factor
from tests.e2e.examining import Examiner
from tests.e2e.serving import Served, Template, served_from

# Browser, provider and page alone are tried here; the tests of the room run on both databases.
pytestmark = [pytest.mark.browser, pytest.mark.once]

USERS: dict[str, dict[str, object]] = {
    "staff-1": {"preferred_username": "supervisor"},
    "staff-2": {"name": "Somebody without a user name"},
    "staff-3": {"preferred_username": "nobody-here"},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A real provider. It is at `localhost` and the desk at 127.0.0.1: to a browser, two sites."""
    from oidc_provider_mock import User, run_server_in_thread

    people = [User(sub=subject, claims=claims) for subject, claims in USERS.items()]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        with run_server_in_thread(require_nonce=True, user_claims=people) as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def served(demonstration: Template, tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[Served]:
    """The demonstration, with the provider set up."""
    with served_from(
        demonstration,
        tmp_path_factory.mktemp("single-sign-on"),
        OIDC_ISSUER=provider,
        OIDC_CLIENT_ID="integrity-office",
        OIDC_CLIENT_SECRET="between the two",
        OIDC_NAME="Staff sign-in",
        OIDC_USERNAME_CLAIM="preferred_username",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def desk(chromium: Browser, served: Served) -> Desk:
    """People at their browsers."""
    return Desk(chromium, served)


def go_through(page: Page, name: str, subject: str) -> None:
    """Follow the link to the provider and sign in there as this subject."""
    link(page, name).click()
    page.wait_for_url("**/oauth2/authorize**")
    button(page, subject).click()
    page.wait_for_load_state()


def test_the_provider_says_who_it_is_and_the_passphrase_and_the_factor_open(desk: Desk, provider: str) -> None:
    page = desk.stranger(viewport=DESK)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(f"{desk.served.url}/desk/cases/")
    go_through(page, "Continue with Staff sign-in", "staff-1")
    page.wait_for_url("**/desk/sign-in/")
    assert heading(page) == "Open your keys"
    assert "You are known as" in page.inner_text("main")
    assert page.get_by_label("User name").count() == 0
    assert {cookie["name"]: cookie["sameSite"] for cookie in page.context.cookies(desk.served.url)}[
        "elsewhere"
    ] == "Strict"
    page.goto(f"{desk.served.url}/desk/")
    assert heading(page) == "Open your keys", "known, and nothing is open"
    page.get_by_label("Passphrase").fill("not the passphrase")
    press(page, "Open my keys")
    assert "The passphrase is not right" in page.inner_text("main")
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    press(page, "Open my keys")
    second_factor(page)
    page.wait_for_url("**/desk/cases/")
    page.goto(f"{desk.served.url}/desk/")
    assert heading(page) == "Your work"
    assert "elsewhere" not in {cookie["name"] for cookie in page.context.cookies(desk.served.url)}
    assert [each for each in told if "Content Security Policy" in each or "Refused" in each] == []
    page.goto(f"{desk.served.url}/desk/me/")
    link(page, "Staff sign-in").click()
    assert "staff-1" in page.inner_text("main")


def test_a_person_links_their_account_and_stays_signed_in(desk: Desk) -> None:
    page = desk.person("triage")
    page.goto(f"{desk.served.url}/desk/me/sign-in-service/")
    go_through(page, "Link with Staff sign-in", "staff-2")
    page.wait_for_url("**/sign-in-service/confirm/")
    assert heading(page) == "Link your account"
    press(page, "Link the two")
    assert "Your account is linked" in page.inner_text("main")
    page.goto(f"{desk.served.url}/desk/")
    assert heading(page) == "Your work"
    stranger = desk.stranger()
    stranger.goto(f"{desk.served.url}/desk/sign-in/")
    go_through(stranger, "Continue with Staff sign-in", "staff-2")
    stranger.wait_for_url("**/desk/sign-in/")
    assert "You are known as" in stranger.inner_text("main")
    press(stranger, "This is not me")
    assert heading(stranger) == "Sign in to the desk"


def test_every_page_of_it_can_be_used_by_everybody(desk: Desk) -> None:
    """Each page is examined once the browser is back: the provider's own pages are not this product's."""
    verdicts = []
    for subject, wanted in (("staff-3", "Nobody was identified"), ("staff-1", "Open your keys")):
        page = desk.stranger(scripts=True)
        page.goto(f"{desk.served.url}/desk/sign-in/")
        go_through(page, "Continue with Staff sign-in", subject)
        page.get_by_role("heading", level=1, name=wanted).wait_for()
        look = Examiner(page, desk.served.url)
        look.look(wanted)
        page.context.clear_cookies()
        look.go("/desk/sign-in/")
        verdicts.append(look.verdict())
    inside = desk.person("admin", scripts=True)
    look = Examiner(inside, desk.served.url)
    look.go("/desk/me/")
    look.go("/desk/me/sign-in-service/")
    inside.goto(f"{desk.served.url}/desk/people/?search=supervisor")
    inside.locator('main a[href*="/desk/people/"][href$="-"], main table a').first.click()
    look.look("a person")
    link(inside, "Their link to the sign-in service").click()
    look.look("somebody's link")
    assert "\n".join([*verdicts, look.verdict()]).strip() == ""
