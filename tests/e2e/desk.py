"""People at their browsers, and the moves that all of them make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.e2e.serving import Served

PASSPHRASE = "harbour lantern quiet river"
PHONE = {"width": 360, "height": 760}
DESK = {"width": 1280, "height": 900}


@dataclass
class Desk:
    """Opens browsers as different people; without scripts unless they are asked for."""

    browser: Browser
    served: Served

    def stranger(self, *, scripts: bool = False, **options: Any) -> Page:
        """Somebody without an account."""
        context: BrowserContext = self.browser.new_context(java_script_enabled=scripts, **options)
        context.set_default_timeout(15_000)
        return context.new_page()

    def person(self, username: str, *, scripts: bool = False, **options: Any) -> Page:
        """Somebody signed in at the desk."""
        page = self.stranger(scripts=scripts, **{"viewport": DESK, **options})
        sign_in(page, self.served.url, username)
        return page


def sign_in(page: Page, url: str, username: str) -> None:
    """Sign in at the desk."""
    page.goto(f"{url}/desk/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    press(page, "Sign in")
    second_factor(page)
    assert heading(page) == "Your work", page.inner_text("body")


def second_factor(page: Page) -> None:
    """Give the code that the demonstration shows, once it is taken."""
    shown = page.locator("[data-demonstration-code]")
    page.wait_for_timeout(1000 * int(shown.get_attribute("data-demonstration-code") or 0))
    page.get_by_label("Code").fill(shown.inner_text())
    press(page, "Go on")


def heading(page: Page) -> str:
    """The page's one heading of the first level."""
    return page.get_by_role("heading", level=1).inner_text()


def button(page: Page | Locator, name: str) -> Locator:
    """The button with exactly this name."""
    return page.get_by_role("button", name=name, exact=True)


def link(page: Page | Locator, name: str) -> Locator:
    """The link with exactly this name."""
    return page.get_by_role("link", name=name, exact=True)


def press(page: Page | Locator, name: str) -> None:
    """Press the button with exactly this name, and wait until the next page is there."""
    button(page, name).click()
    (page if isinstance(page, Page) else page.page).wait_for_load_state()


def begin(page: Page, step: str) -> None:
    """Open the form of a step from the page of its report, case or entry."""
    link(page.get_by_role("main"), step).click()
    page.wait_for_load_state()
    assert heading(page) == step, page.inner_text("main")


def finish(page: Page, step: str) -> None:
    """Send the form of a step; it must be accepted."""
    press(page, step)
    refused = page.get_by_role("alert").or_(page.get_by_role("heading", name="This is not possible"))
    assert refused.count() == 0, page.inner_text("main")
    assert heading(page) != step, page.inner_text("main")


def offered(page: Page) -> list[str]:
    """The steps that a page offers under “What you can do now”."""
    return page.get_by_role("region", name="What you can do now").get_by_role("link").all_inner_texts()
