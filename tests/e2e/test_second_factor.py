"""The first sign-in of a new colleague, and passkeys, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.e2e.desk import DESK, PHONE, Desk, button, heading, link, press, second_factor, sign_in

# Browser and page alone are tried here; the tests of the room run on both databases.
pytestmark = [pytest.mark.browser, pytest.mark.once]

PASSPHRASE = "copper meadow whistle anchor"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def invited(desk: Desk, username: str) -> str:
    """An administrator adds somebody, gives them a role, and makes the link; its path."""
    admin = desk.person("admin")
    admin.goto(f"{desk.served.url}/desk/people/add/")
    admin.get_by_label("User name").fill(username)
    admin.get_by_label("Name", exact=True).fill(f"New {username}")
    admin.get_by_label("Office").select_option(index=1)
    admin.get_by_label("Grade").select_option("C")
    press(admin, "Add")
    link(admin, "Give a role").click()
    admin.get_by_label("Role").select_option("auditor")
    press(admin, "Give the role")
    link(admin, "Make the link").click()
    press(admin, "Make the link")
    found = re.search(r"/desk/welcome/[\w-]+/", admin.get_by_role("main").inner_text())
    assert found, admin.get_by_role("main").inner_text()
    return found[0]


def choose_passphrase(page: Page, url: str, path: str) -> None:
    page.goto(f"{url}{path}")
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("The same passphrase again").fill(PASSPHRASE)
    press(page, "Make my key")


def give_passphrase(page: Page, username: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    press(page, "Sign in")


def test_a_new_colleague_sets_up_an_app_on_a_phone_without_scripts(desk: Desk) -> None:
    path = invited(desk, "newapp")
    page = desk.stranger(viewport=PHONE)
    choose_passphrase(page, desk.served.url, path)
    give_passphrase(page, "newapp")
    assert heading(page) == "Set up a second factor"
    page.goto(f"{desk.served.url}/desk/audit/")
    assert heading(page) == "Set up a second factor", "nothing opens before"
    link(page, "Set up an app").click()
    page.get_by_label("Code").fill(page.locator("[data-demonstration-code]").inner_text())
    press(page, "Set it up")
    assert heading(page) == "Your recovery codes"
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    link(page, "I have kept them").click()
    page.wait_for_load_state()
    press(page, "Sign out")
    give_passphrase(page, "newapp")
    page.get_by_label("Code").fill(codes[0])
    press(page, "Go on")
    assert "You used a code for a lost device" in page.inner_text("main")
    assert heading(page) == "Second factors"


def test_a_new_colleague_sets_up_a_passkey_and_is_asked_for_it_again(desk: Desk) -> None:
    path = invited(desk, "newkey")
    # A passkey belongs to a name: an address of numbers has none.
    url = desk.served.url.replace("127.0.0.1", "localhost")
    page = desk.stranger(scripts=True, viewport=DESK)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    choose_passphrase(page, url, path)
    give_passphrase(page, "newkey")
    link(page, "Set up a passkey").click()
    page.get_by_label("Name of the passkey").fill("Blue key")
    button(page, "Make the passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    link(page, "I have kept them").click()
    page.wait_for_load_state()
    press(page, "Sign out")
    give_passphrase(page, "newkey")
    button(page, "Use a passkey").click()
    page.get_by_role("heading", name="Your work").wait_for()
    page.goto(f"{url}/desk/confirm/?next=/desk/me/second-factors/")
    button(page, "Use a passkey").click()
    page.get_by_role("heading", name="Second factors", exact=True).wait_for()
    assert "Blue key" in page.inner_text("main")


def test_two_browsers_see_each_other_and_one_ends_the_other(desk: Desk) -> None:
    here, there = desk.person("manager"), desk.person("manager")
    here.goto(f"{desk.served.url}/desk/me/sittings/")
    assert here.get_by_text("This browser").count() == 1
    press(here, "End all others")
    assert "1 sitting has ended." in here.inner_text("main")
    there.goto(f"{desk.served.url}/desk/")
    assert heading(there) == "Sign in to the desk"


def test_a_form_that_came_too_late_goes_on_after_the_second_factor(desk: Desk) -> None:
    """The clock of the demonstration cannot be waited for: the sitting's own time is set back."""
    page = desk.stranger(viewport=DESK)
    sign_in(page, desk.served.url, "admin")
    page.goto(f"{desk.served.url}/desk/people/add/")
    page.get_by_label("User name").fill("late")
    page.get_by_label("Name", exact=True).fill("Came too late")
    page.get_by_label("Office").select_option(index=1)
    page.get_by_label("Grade").select_option("C")
    aged = desk.served.command(
        "shell",
        "--no-imports",
        "-c",
        "from datetime import timedelta; from django.db.models import F; from integrity.people.models import Sitting;"
        "Sitting.objects.update(confirmed_at=F('confirmed_at') - timedelta(hours=1))",
    )
    assert aged.returncode == 0, aged.stderr
    press(page, "Add")
    assert heading(page) == "Confirm that it is you"
    second_factor(page)
    assert heading(page) == "Came too late"
