"""Canaries in reports: through the portal, the inbox and the API, and what the desk does with each before a case."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

from tests.e2e.canary_walk import REQUEST, Walk, newest_report, remember_receipt
from tests.e2e.web import BOUNDARY, Control, File, Form, multipart


def report_through_the_portal(walk: Walk) -> str:
    """The form with a mistake, the receipt with a mistake, and the receipt."""
    visitor, canaries = walk.stranger(), walk.canaries
    begin_a_draft(walk)
    begin = visitor.get("/report/").form("/report/steps/")
    canaries.keep_token(begin.controls["page"].value.partition(".")[0])
    whole = Form(f"{walk.served.url}/report/", "post", {**begin.controls, "go": Control("go", "text")})
    form = visitor.submit(whole, canaries.fill("portal start"), {"go": "page"}).form("/report/")
    if "what" not in form.controls:
        way = {"path": "partner", "concerns": "others"}
        form = visitor.submit(form, canaries.fill("portal start"), way).form("/report/")
    again = visitor.submit(form, canaries.fill("portal report"), {"path": "partner", "concerns": "others", "what": ""})
    assert again.status == 422
    form = again.form("/report/")
    for token in form.controls["files-kept"].chosen:
        canaries.keep_token(token)
    sent = visitor.submit(
        form, canaries.fill("portal report"), {"path": "partner", "concerns": "others", "files-remove": []}
    )
    groups = re.findall(r"<li>(\d{4})</li>", sent.text)
    assert len(groups) == 6, sent.words()
    remember_receipt(canaries, "".join(groups))
    wrong = visitor.submit(sent.form("/receipt/"), canaries.fill("portal receipt"))
    kept = visitor.submit(wrong.form("/receipt/"), canaries.fill("portal receipt"), {"receipt": " ".join(groups)})
    assert kept.status == 200, kept.words()
    assert list(visitor.cookies) == []
    return " ".join(groups)


def begin_a_draft(walk: Walk) -> None:
    """Every question on a page of its own, with a canary in each; saved for later, and never sent."""
    visitor, canaries = walk.stranger(), walk.canaries
    shown = visitor.submit(visitor.get("/report/").form("/report/steps/"), canaries.fill("portal start"))
    for _page in range(20):
        form = shown.form("/report/steps/")
        if all(each.kind == "hidden" or each.name == "webpage" for each in form.controls.values()):
            break
        canaries.keep_token(form.controls["page"].value.partition(".")[0])
        given = {"concerns": "others"} if "concerns" in form.controls else {}
        shown = visitor.submit(form, canaries.fill("portal draft"), given)
        assert shown.status == 200, shown.words()
    form.controls["go"] = Control("go", "text")
    later = visitor.submit(form, canaries.fill("portal draft"), {"go": "later"})
    groups = re.findall(r"<li>(\d{4})</li>", later.text)
    assert len(groups) == 6, later.words()
    remember_receipt(canaries, "".join(groups))


def begin_the_report(walk: Walk, report: str) -> None:
    """Acknowledged, assessed, and every way to write to the reporting person."""
    walk.take("intake", "reports", report, "acknowledge")
    walk.take("triage", "reports", report, "assess")
    walk.take("intake", "reports", report, "ask_more")
    walk.take("triage", "reports", report, "write_to_reporter")
    walk.take("triage", "reports", report, "give_feedback")


def talk_through_the_inbox(walk: Walk, receipt: str) -> None:
    """A wrong receipt, the right one, a message with a file, and a message after the sitting was closed."""
    visitor, canaries = walk.stranger(), walk.canaries
    door = visitor.submit(visitor.get("/inbox/").form("/inbox/"), canaries.fill("inbox door"))
    inbox = visitor.submit(door.form("/inbox/"), canaries.fill("inbox door"), {"receipt": receipt})
    form = inbox.form("/inbox/write/")
    canaries.keep_token(form.controls["sitting"].value)
    canaries.keep_token(form.controls["page"].value)
    assert visitor.submit(form, canaries.fill("inbox message")).status == 200
    left = next(each for each in inbox.forms() if each.action.endswith("/inbox/"))
    visitor.submit(Form(f"{walk.served.url}/inbox/leave/", "post", left.controls), canaries.fill("inbox"))
    closed = visitor.submit(form, canaries.fill("inbox message"))
    assert closed.status == 403
    again = visitor.submit(
        closed.form("/inbox/write/"), canaries.fill("closed inbox"), {"receipt": receipt, "files-remove": []}
    )
    assert again.status == 200, again.words()


def end_other_reports(walk: Walk, case: str) -> None:
    """Reports through the API, with an identity and with files: rejected, referred, merged."""
    for number, (step, given) in enumerate((("reject", {}), ("refer", {}), ("merge", {"case": case, "reference": ""}))):
        receipt = report_through_the_api(walk, with_files=bool(number % 2))
        report = newest_report(walk)
        write_through_the_api(walk, receipt)
        walk.take("intake", "reports", report, "acknowledge")
        walk.take("triage", "reports", report, "assess")
        if step != "merge":
            ask_for_the_identity(walk, report, "release" if step == "reject" else "refuse")
        walk.take("triage", "reports", report, step, given)


def report_through_the_api(walk: Walk, *, with_files: bool) -> str:
    """A report as a hotline provider sends it; its receipt."""
    canaries = walk.canaries
    told = {name: canaries.word(f"api report {name}") for name in ("what", "when", "where", "who", "name", "contact")}
    told |= {"path": "public", "concerns": "others"}
    if with_files:
        file = File(f"{canaries.word('api file name')}.txt", canaries.word("api file content").encode())
        body, kind = multipart([*told.items(), ("files", file)]), f"multipart/form-data; boundary={BOUNDARY}"
    else:
        body, kind = json.dumps(told).encode(), "application/json"
    answer = walk.stranger().post("/api/v1/reports/", body, kind)
    assert answer.status == 201, answer.text
    receipt = str(json.loads(answer.text)["receipt"])
    remember_receipt(canaries, receipt)
    return receipt


def write_through_the_api(walk: Walk, receipt: str) -> None:
    """A message, and a look into the inbox."""
    visitor, authorization = walk.stranger(), {"Authorization": f"Receipt {receipt}"}
    text = walk.canaries.word("api message text")
    sent = visitor.post(
        "/api/v1/inbox/messages/", json.dumps({"text": text}).encode(), "application/json", **authorization
    )
    assert sent.status == 201, sent.text
    assert text in visitor.get("/api/v1/inbox/", **authorization).text


def ask_for_the_identity(walk: Walk, report: str, decision: str) -> None:
    """A name is asked for; two people release it, or one refuses, and it is told later or at once."""
    ground = {"told_later": "order"} if decision == "refuse" else {"told_later": "", "silent_until": ""}
    officer, canaries = walk.at("triage"), walk.canaries
    page = officer.get(f"/desk/identities/ask/report/{report}/")
    day = (date.fromisoformat(canaries.day) + timedelta(days=9)).isoformat()
    asked = officer.submit(page.form(), canaries.fill("identity ask"), {"silent_until": day, **ground})
    found = REQUEST.search(asked.path)
    assert found, asked.words()
    walk.decide("identity", found[1], "agree", second="Ahmad Razali")
    if decision == "refuse":
        walk.decide("supervisor2", found[1], "refuse")
        walk.decide("supervisor2", found[1], "review", given={"until": day})
        return
    walk.decide("supervisor2", found[1], "approve")
    walk.decide("identity", found[1], "release")
    assert walk.canaries.mark in walk.decide("triage", found[1], "read").words()


def knock_at_other_doors(walk: Walk) -> None:
    """A failed sign-in, the code's question, the auditor's filters, addresses and queries that lead nowhere."""
    visitor, canaries = walk.stranger(), walk.canaries
    refused = visitor.submit(visitor.get("/desk/sign-in/").form(), canaries.fill("sign-in"))
    assert refused.status == 422
    programme = walk.at("programme")
    programme.submit(programme.get("/desk/code/").form(), canaries.fill("code"))
    for address in (
        f"/{canaries.word('address')}/",
        f"/decisions/?category={canaries.word('query')}",
        f"/desk/cases/{canaries.word('address')}/",
        f"/desk/audit/?object={canaries.word('filter')}&actor={canaries.word('filter')}",
    ):
        walk.at("auditor").get(address, Referer=f"http://{canaries.word('referrer')}.example/")
