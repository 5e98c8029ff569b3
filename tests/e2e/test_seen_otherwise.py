"""The portal in colours of the reader's own, without movement, and on paper."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.e2e.desk import Desk, button, press

# What a page looks like does not depend on the database behind it.
pytestmark = [pytest.mark.browser, pytest.mark.once]

BORDERS = "elements => elements.map(each => parseFloat(getComputedStyle(each).borderBlockEndWidth))"
MOVING = """
() => [...document.querySelectorAll('*')].filter(element => {
  const style = getComputedStyle(element);
  return style.animationName !== 'none' || style.scrollBehavior === 'smooth'
    || style.transitionDuration.split(', ').some(each => parseFloat(each) > 0);
}).length
"""


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    """Somebody's browser."""
    page = desk.stranger()
    yield page
    page.context.close()


def to_the_files(page: Page, origin: str) -> None:
    """Through the questions to the one for files, from which on it is known how many there are."""
    page.goto(f"{origin}/report/")
    press(page, "Begin")
    for name, value in (("path", "staff"), ("concerns", "others")):
        page.locator(f"[name={name}][value={value}]").check()
        press(page, "Next")
    page.locator("[name=channel]").first.check()
    press(page, "Next")
    page.get_by_label("What happened?").fill("At gate 3 an officer asks drivers for money.")
    while not page.locator("[name=files]").count():
        press(page, "Next")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_the_readers_own_colours_one_sees_where_one_is(desk: Desk, scheme: str) -> None:
    page = desk.stranger(forced_colors="active", color_scheme=scheme)
    to_the_files(page, desk.served.url)
    here = page.locator(".portal-nav a[aria-current]").evaluate_all(BORDERS)
    elsewhere = page.locator(".portal-nav a:not([aria-current])").evaluate_all(BORDERS)
    assert min(here) > max(elsewhere), (here, elsewhere)
    bar = Image.open(io.BytesIO(page.locator("progress").screenshot())).convert("L")
    done, left = (bar.getpixel((bar.width * part // 100, bar.height // 2)) for part in (10, 97))
    assert abs(done - left) > 128, (done, left)
    for name in ("Next", "Back"):
        assert min(button(page, name).evaluate_all(BORDERS)) > 0, name
    page.context.close()


def test_nothing_moves_for_whoever_asked_for_that(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.served.url}/report/")
    assert page.evaluate(MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_printed_receipt_tells_nothing_but_its_digits(desk: Desk, page: Page, *, is_sent: bool) -> None:
    """Also where it was typed back wrongly; the browser writes neither title nor address on the sheet."""
    to_the_files(page, desk.served.url)
    if is_sent:
        press(page, "Next")
        press(page, "Next")
        press(page, "Send the report")
        page.get_by_label("Type your receipt here").fill("12")
        press(page, "I have kept my receipt")
    else:
        press(page, "Save and go on later")
    digits = page.locator(".receipt li").all_inner_texts()
    sheets = pypdfium2.PdfDocument(page.pdf(display_header_footer=True))
    assert [sheet.get_textpage().get_text_range().split() for sheet in sheets] == [digits]
    page.goto(f"{desk.served.url}/protection/")
    sheets = pypdfium2.PdfDocument(page.pdf(display_header_footer=True))
    assert "/protection/" in sheets[0].get_textpage().get_text_range()
