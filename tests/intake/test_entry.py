"""An intake officer enters what somebody told by telephone, in person, by letter or by e-mail."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit import clock
from audit.log.models import Entry
from intake.entry.actions import Told, enter_report, hand_over
from intake.entry.models import EnteredReport, Handover
from intake.portal.models import Origin, Report
from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
from integrity.action import Incomplete, NotPermitted, WrongState
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.questioning import published
from tests.walks.portal import ANSWERS
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HOW = {"origin": "phone", "language": "ar", "path": "public", "concerns": "others"}
WHAT = {"what": "CANARY-WHAT at gate 3", "name": "CANARY-NAME", "contact": "CANARY-CONTACT"}


def enter(browser: Client, *, first: dict[str, Any] | None = None, **fields: Any) -> Any:
    """Both pages, as a browser without scripts sends them."""
    start = {**HOW, "received_on": clock.today().isoformat(), **(first or {})}
    page = pages.hidden(browser.get("/desk/entry/"), "page")
    asked = browser.post("/desk/entry/", {**start, "page": page})
    given = {**start, "page": page, "asked": pages.all_hidden(asked, "asked"), **fields}
    return browser.post("/desk/entry/", given)


def test_a_call_becomes_a_sealed_report_whose_receipt_is_handed_over(world: World) -> None:
    told_on = clock.today() - timedelta(days=3)
    browser = at_desk("intake")
    shown = enter(browser, first={"received_on": told_on.isoformat()}, **WHAT, files=[pages.a_file(b"a letter")])
    report = Report.objects.get()
    assert (report.origin, report.language, report.received_on) == (Origin.PHONE, "ar", told_on)
    assert (report.acknowledge_due - told_on).days == 7
    assert (report.has_identity, report.attachments.count(), report.receipt_kept) == (True, 1, False)
    receipt = Receipt(pages.receipt_on(shown))
    page = pages.hidden(shown, "page")
    assert report.reference in words_of(shown)
    keys = world.actor("triage").keys
    keys.find([report.key])
    assert report.open(keys, "answers")["what"] == "CANARY-WHAT at gate 3"

    slip = browser.post("/desk/entry/slip/", {"page": page})
    assert pages.receipt_on(slip) == receipt.digits
    assert b'<html lang="ar" dir="rtl">' in slip.content
    gone = browser.post("/desk/entry/handed-over/", {"page": page})
    assert pages.receipt_on(gone) == ""
    for address in ("slip/", "handed-over/"):
        assert pages.receipt_on(browser.post(f"/desk/entry/{address}", {"page": page})) == ""
    # Whoever called reads the inbox as anybody else.
    inbox = pages.enter(Client(), receipt.spaced)
    assert pages.hidden(inbox, "sitting")

    (entered,) = entries("report.entered")
    assert entered["actor"] == f"person/{world.person('intake').pk}"
    assert (entered["object"], entered["facts"]) == (report.pseudonym, {"origin": "phone", "receipt": True})
    assert all(len(row["time"]) == len("2026-11-22") for row in entries("report.entered"))
    assert len(entries("report.receipt_handed_over")) == 1
    told = b"".join(bytes(row.leaf) for row in Entry.objects.all())
    rows = json.dumps([list(Report.objects.values()), list(EnteredReport.objects.values())], default=repr).encode()
    for secret in (b"CANARY", receipt.digits.encode(), receipt.spaced.encode(), page.encode()):
        assert secret not in told
        assert secret not in rows


def test_the_same_page_twice_makes_one_report(world: World) -> None:
    browser = at_desk("intake")
    first = enter(browser, **WHAT)
    page = pages.hidden(first, "page")
    again = {**HOW, **WHAT, "received_on": clock.today().isoformat(), "page": page}
    second = browser.post(
        "/desk/entry/", {**again, "asked": ["path", "concerns", *ANSWERS, "reported_before", "files", "name"]}
    )
    assert pages.receipt_on(first) == pages.receipt_on(second) != ""
    assert (Report.objects.count(), len(entries("report.entered"))) == (1, 1)


def test_whoever_wants_no_receipt_gets_none_and_nobody_else_does(world: World) -> None:
    shown = enter(at_desk("intake"), **WHAT, receipt="on")
    assert pages.receipt_on(shown) == ""
    report = Report.objects.get()
    assert report.receipt_kept
    assert report.entered.receipt == Handover.NONE
    assert "Nobody has a receipt" in words_of(shown)
    assert "reaches nobody" in words_of(at_desk("intake").get(f"/desk/reports/{report.reference}/"))


def test_the_officer_is_told_before_that_they_cannot_open_it_and_cannot(world: World) -> None:
    browser = at_desk("intake")
    start = {**HOW, "concerns": "leadership", "received_on": clock.today().isoformat()}
    page = pages.hidden(browser.get("/desk/entry/"), "page")
    asked = browser.post("/desk/entry/", {**start, "page": page})
    assert "You will not be able to open it" in words_of(asked)
    assert Report.objects.count() == 0
    sent = browser.post("/desk/entry/", {**start, "page": page, "asked": pages.all_hidden(asked, "asked"), **WHAT})
    report = Report.objects.get()
    assert report.channel == world.independent
    assert "You cannot open it" in words_of(sent)
    assert browser.get(f"/desk/reports/{report.reference}/").status_code == 404
    assert "You will not be able" not in words_of(browser.post("/desk/entry/", {**start, "concerns": "others"}))


def test_a_channels_own_questions_are_asked(world: World) -> None:
    version = published(world.channel)
    browser = at_desk("intake")
    missing = enter(browser, what="x", paid="yes")
    assert Report.objects.count() == 0
    assert 'name="how_much' in missing.content.decode()
    enter(browser, what="x", paid="no")
    assert Report.objects.get().questions == version


@pytest.mark.parametrize(
    "wrong",
    [
        {"received_on": "2999-01-01"},
        {"received_on": "1999-12-31"},
        {"origin": "portal"},
        {"origin": "import"},
        {"language": "xx"},
        {"path": "nobody"},
        {"concerns": ""},
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(world: World, wrong: dict[str, str]) -> None:
    answer = enter(at_desk("intake"), first=wrong, **WHAT)
    assert answer.status_code == 422
    assert Report.objects.count() == 0
    if "path" not in wrong and "concerns" not in wrong:
        assert "CANARY-WHAT" in words_of(answer)


def test_nobody_else_enters_reports(world: World) -> None:
    for username in ("triage", "admin", "programme", "investigator"):
        browser = at_desk(username)
        assert browser.get("/desk/entry/").status_code == 403
        assert browser.post("/desk/entry/slip/", {"page": PageSecret.new().text}).status_code == 403
    # A page secret that entered nothing, or a report of the portal, leads to no receipt.
    browser = at_desk("intake")
    assert browser.post("/desk/entry/slip/", {"page": PageSecret.new().text}).status_code == 302
    sent = pages.send(Client())
    page = pages.hidden(sent, "page")
    assert browser.post("/desk/entry/slip/", {"page": page}).status_code == 302
    told = Told(
        origin=Origin.LETTER,
        received_on=clock.today(),
        path="public",  # type: ignore[arg-type]
        language="en",
        channel=world.channel,
        questions=None,
        answers=ANSWERS,
    )
    secret = ReporterSecret.of(Receipt.new())
    with pytest.raises(NotPermitted):
        enter_report(actor=world.actor("triage"), told=told, secret=secret)
    world.channel.recipients.clear()
    with pytest.raises(Incomplete):
        enter_report(actor=world.actor("intake"), told=told, secret=secret)
    report = Report.objects.get()
    with pytest.raises(WrongState):
        hand_over(actor=world.actor("intake"), report=report)
