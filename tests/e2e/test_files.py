"""Files at the desk in a real browser: every page of them usable by everybody, and pictures that the sandbox drew."""

from __future__ import annotations

import re
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page

from tests.e2e.desk import Desk, heading, press
from tests.e2e.examining import Examiner
from tests.e2e.web import BOUNDARY, File, multipart
from tests.integrity.inspection_scene import docx, pdf, photo

pytestmark = pytest.mark.once

FILES = {
    "gate.jpg": photo((900, 600)),
    "minutes.pdf": pdf(3),
    "letter.docx": docx(),
    "note.txt": "At gate 3 <b>every</b> morning.\n\u202eturned around".encode(),
    "invoice.pdf": b"MZ\x90\x00" + bytes(400),
}


def send(url: str) -> None:
    """A report with files, as a hotline provider sends it."""
    told = {"path": "public", "concerns": "others", "what": "At gate 3 an officer asks drivers for money."}
    files = [("files", File(name, content)) for name, content in FILES.items()]
    request = Request(  # noqa: S310 - our own server
        f"{url}/api/v1/reports/",
        data=multipart([*told.items(), *files]),
        headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    )
    with urlopen(request) as answer:  # noqa: S310
        assert answer.status == 201


def newest_report(page: Page, url: str) -> str:
    """The address of the report that came last."""
    page.goto(f"{url}/desk/reports/?show=news")
    page.locator("td a.code").first.click()
    page.wait_for_load_state()
    return page.url.removeprefix(url)


def test_files_are_looked_at_and_cleaned_by_everybody(desk: Desk) -> None:
    url = desk.served.url
    send(url)
    page = desk.person("intake", scripts=True)
    look = Examiner(page, url)
    report = newest_report(page, url)
    look.look("report with files")
    links = {name: page.get_by_role("link", name=name, exact=True).first.get_attribute("href") for name in FILES}
    for name, address in links.items():
        assert address is not None
        look.go(address)
        assert heading(page) == name
    look.go(str(links["minutes.pdf"]))
    page.get_by_role("link", name="Next page").click()
    look.look("second page of a PDF")
    for name in ("gate.jpg", "minutes.pdf"):
        look.go(str(links[name]))
        # The picture is there, and came from an address that no browser takes for a page.
        assert page.evaluate("document.querySelector('main img').naturalWidth") > 300
    for name in ("gate.jpg", "letter.docx"):
        look.go(str(links[name]))
        press(page, "Make a cleaned copy")
        look.look(f"{name}, cleaned")
        assert "A cleaned copy was made" in page.inner_text("main")
        with page.expect_download() as fetched:
            page.get_by_role("link", name="Download the cleaned copy").click()
        assert re.fullmatch(r"cleaned-[0-9a-f]{8}\.(jpg|docx)", fetched.value.suggested_filename)
    assert "It is a program" in page.context.request.get(f"{url}{links['invoice.pdf']}").text()
    # The page of a picture alone: shown by itself it is a picture, with nothing around it that runs.
    alone = page.goto(f"{url}{links['gate.jpg']}1.png")
    assert alone is not None
    assert alone.headers["content-type"] == "image/png"
    assert alone.headers["content-security-policy"].startswith("sandbox")
    assert page.goto(f"{url}{report}").status == 200  # type: ignore[union-attr]
    assert look.verdict() == ""
