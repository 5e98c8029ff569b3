"""Nothing that anybody writes is kept in clear: canaries go into every form, and are searched for everywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cases.engine import performer
from cases.states import Track
from cases.workflow import SYSTEM, TRANSITIONS
from integrity.people.sittings import COOKIE
from tests.e2e.canaries import Canaries, Watch, shapes_of
from tests.e2e.desk import PASSPHRASE
from tests.e2e.serving import Served
from tests.e2e.web import BOUNDARY, Answer, Control, File, Form, Visitor, multipart, second_factor

CASE = re.compile(r"/desk/cases/(C-\w{4}-\w{4})/")
REPORT = re.compile(r"/desk/reports/(R-\w{4}-\w{4})/")
REQUEST = re.compile(r"/desk/identities/(I-\w{4}-\w{4})/")
ENTRY = re.compile(r"/desk/register/(D-\w{4}-\w{4})/")
TRACKS = {"reports": Track.REPORT, "cases": Track.CASE, "register": Track.PUBLICATION}
AUTHORITIES = ("authority", "authority2", "council", "council2")
SUPERVISORS = ("supervisor", "supervisor2")
BOARD = ("board1", "board2", "board3")
# Steps whose forms take no words, and which this walk does not pass.
WITHOUT_WORDS = {"NameSupervisor", "NewAuthority", "ReplaceMember", "ApproveEntry", "NoRepresentation"}


@dataclass
class Walk:
    """Everybody who writes something, what they wrote, and which forms it went through."""

    served: Served
    canaries: Canaries
    visitors: dict[str, Visitor] = field(default_factory=dict)
    walked: set[tuple[Track, str]] = field(default_factory=set)

    def stranger(self) -> Visitor:
        """Somebody without an account, whose browser is a canary too."""
        return Visitor(self.served.url, browser=f"Mozilla/5.0 ({self.canaries.word('user agent')})")

    def at(self, username: str) -> Visitor:
        """Somebody signed in at the desk."""
        if username not in self.visitors:
            visitor = self.stranger()
            door = visitor.get("/desk/sign-in/")
            asked = visitor.submit(
                door.form(), self.canaries.fill("sign-in"), {"username": username, "passphrase": PASSPHRASE}
            )
            inside = second_factor(visitor, asked, self.canaries.fill("second factor"))
            assert inside.path == "/desk/", inside.words()
            self.canaries.keep_token(visitor.cookie(COOKIE).strip('"'))
            self.visitors[username] = visitor
        return self.visitors[username]

    def take(
        self,
        username: str,
        kind: str,
        reference: str,
        step: str,
        given: Mapping[str, Any] | None = None,
        leave: str = "$^",
    ) -> Answer:
        """Take a step: every control is filled with canaries but for those `given`, and those left empty."""
        address = f"/desk/{kind}/{reference}/{step}/"
        visitor = self.at(username)
        page = visitor.get(address)
        if page.status == 403 and "Declare first" in page.text:
            self.take(username, kind, reference, "declare_no_conflict")
            page = visitor.get(address)
        assert page.status == 200, f"{username} {address}: {page.status}\n{page.words()}"
        form = page.form()
        left = {name: "" for name in form.controls if re.match(leave, name)}
        answer = visitor.submit(form, self.canaries.fill(f"{kind}.{step}"), {**left, **(given or {})})
        assert not answer.path.endswith(f"/{step}/"), f"{username} {address}: {answer.status}\n{answer.words()}"
        self.walked.add((TRACKS[kind], step))
        return answer

    def decide(
        self, username: str, reference: str, step: str, *, second: str = "", given: Mapping[str, Any] | None = None
    ) -> Answer:
        """Take a step of a request for an identity; `second` is the name of whom the form shall name."""
        visitor, address = self.at(username), f"/desk/identities/{reference}/{step}/"
        page = visitor.get(address)
        assert page.status == 200, f"{username} {address}: {page.status}\n{page.words()}"
        chosen = re.search(rf'<option value="([^"]+)"[^>]*>{second}', page.text) if second else None
        named = {"second": chosen[1]} if chosen else {}
        answer = visitor.submit(page.form(), self.canaries.fill(f"identity {step}"), {**named, **(given or {})})
        assert answer.status == 200, f"{username} {address}: {answer.status}\n{answer.words()}"
        return answer

    def whoever(self, usernames: tuple[str, ...], kind: str, reference: str, step: str) -> str:
        """Who of these can take a step, or could once they have declared that they have no conflict."""
        for username in usernames:
            page = self.at(username).get(f"/desk/{kind}/{reference}/{step}/")
            if page.status == 200 or "Declare first" in page.text:
                return username
        raise AssertionError(f"None of {usernames} can {step} {reference}.")

    def standing_at(self, usernames: tuple[str, ...], state: str) -> tuple[str, str]:
        """Somebody with a case of the demonstration in a state, and its reference."""
        for username in usernames:
            found = CASE.search(self.at(username).get(f"/desk/cases/?state={state}").text)
            if found:
                return username, found[1]
        raise AssertionError(f"No case of the demonstration stands at {state}.")


@pytest.fixture(scope="module")
def walk(served: Served) -> tuple[Walk, dict[str, bytes]]:
    """Every form sent once, and what passed through the folders whose files live for moments only."""
    zone = ZoneInfo(served.environment.get("TIME_ZONE", "Asia/Bangkok"))
    walk = Walk(served, Canaries(datetime.now(zone).date().isoformat()))
    watch = Watch(served.data / "queue", served.data / "queue-control", served.data / "temporary")
    watch.start()
    try:
        walk_through_every_form(walk)
    finally:
        passed = watch.stop()
    return walk, passed


def test_every_form_that_takes_words_was_walked(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """A new form is not forgotten here."""
    steps = {(row.track, row.name) for row in TRANSITIONS if SYSTEM not in row.by}
    walked = {performer(*step).form for step in walk[0].walked}
    missing = {form.__name__ for step in steps if (form := performer(*step).form) and form not in walked}
    assert missing <= WITHOUT_WORDS


def test_no_canary_is_in_the_database(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """Neither in its dump, nor in the bytes of its files, nor in what its sessions hold."""
    story = walk[0]
    dump = dump_of(story.served)
    assert b"audit_log_entry" in dump
    assert story.canaries.found_in(dump) == []
    assert story.canaries.found_in(sessions_of(story.served)) == []


def test_no_canary_is_in_a_file(walk: tuple[Walk, dict[str, bytes]], tmp_path: Path) -> None:
    """Neither in the data folder with its files, queue and keys, nor in what was printed, nor in the exported log."""
    story = walk[0]
    exported = story.served.command("audit", "export", str(tmp_path / "log"))
    assert exported.returncode == 0, exported.stderr
    paths = [path for folder in (story.served.data, tmp_path) for path in folder.rglob("*") if path.is_file()]
    found = {str(path): story.canaries.found_in(path.read_bytes()) for path in paths}
    assert any("kept" in path for path in found)
    assert {path: names for path, names in found.items() if names} == {}


def test_no_canary_passed_through_the_queue_or_a_temporary_file(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """What was there for a moment only counts as well."""
    story, passed = walk
    found = {path: story.canaries.found_in(content) for path, content in passed.items()}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_canary_is_in_redis(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """Neither now nor in what Redis wrote down while it ran (which is in the data folder)."""
    address = walk[0].served.environment.get("REDIS_URL", "")
    if not address:
        # On the file system the queue is a folder, and the tests above have looked into it.
        assert (walk[0].served.data / "queue").is_dir()
        return
    import redis

    with closing(redis.Redis.from_url(address)) as store:
        content = b"".join(key + (store.dump(key) or b"") for key in store.scan_iter())
    assert walk[0].canaries.found_in(content) == []


def test_no_table_tells_from_where_somebody_came(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """Neither an address of the network nor a kind of browser."""
    dump = dump_of(walk[0].served) + sessions_of(walk[0].served)
    told = [shape for word in (b"127.0.0.1", b"Mozilla/5.0") for shape in shapes_of(word) if shape in dump]
    assert told == []


def test_what_was_written_can_be_read_by_those_it_is_for(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """The other half of the promise, and the proof that the canaries arrived at all."""
    story = walk[0]
    case = next(iter(CASE.findall(story.at("supervisor").get("/desk/cases/").text)))
    page = story.at("supervisor").get(f"/desk/cases/{case}/").text
    assert len(set(re.findall(rf"{story.canaries.mark}\d{{4}}", page))) > 20


def sessions_of(served: Served) -> bytes:
    """What the sessions of the desk hold; in the database they are compressed."""
    told = served.command(
        "shell", "-c", "from django.contrib.sessions.models import Session\n"
        "for each in Session.objects.all(): print(each.get_decoded())",
    )  # fmt: skip
    assert "_auth_user_id" in told.stdout, told.stderr
    return told.stdout.encode()


def dump_of(served: Served) -> bytes:
    """The whole database as its own tool writes it."""
    address = served.environment.get("DATABASE_URL", "")
    if not address:
        with closing(sqlite3.connect(f"file:{served.data / 'integrity.sqlite3'}?mode=ro", uri=True)) as database:
            return "\n".join(database.iterdump()).encode()
    tool = shutil.which("pg_dump")
    if tool is None:
        pytest.skip("pg_dump is not installed (apt install postgresql-client), so the dump cannot be searched.")
    return subprocess.run([tool, "--dbname", address], capture_output=True, check=True, env=dict(os.environ)).stdout


def walk_through_every_form(walk: Walk) -> None:
    """The whole product, in the order in which it happens; demonstration cases lend the rarer branches."""
    receipt = report_through_the_portal(walk)
    report = newest_report(walk)
    begin_the_report(walk, report)
    talk_through_the_inbox(walk, receipt)
    case = convert(walk, report, "gift-accepted")
    investigate(walk, case)
    end_other_reports(walk, case)
    decide_and_appeal(walk, case)
    publish_and_close(walk, case)
    close_another_without_charge(walk)
    take_rarer_branches(walk)
    knock_at_other_doors(walk)


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


def remember_receipt(canaries: Canaries, digits: str) -> None:
    """A receipt may lie about neither as it is typed, nor as it is shown, nor as a number."""
    spaced = " ".join(digits[start : start + 4] for start in range(0, 24, 4))
    canaries.secrets |= {digits, spaced, spaced.replace(" ", "-"), f"{int(digits):x}"}


def newest_report(walk: Walk) -> str:
    """The reference of the report that came last."""
    page = walk.at("intake").get("/desk/reports/?state=received")
    for reference in dict.fromkeys(REPORT.findall(page.text)):
        if walk.canaries.mark in walk.at("intake").get(f"/desk/reports/{reference}/").text:
            return str(reference)
    raise AssertionError(page.words())


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


def convert(walk: Walk, report: str, offence: str) -> str:
    """A case from a report; its reference."""
    supervisor = re.search(
        r'<option value="([^"]+)"[^>]*>Nguyen Thi Lan', walk.at("triage").get(f"/desk/reports/{report}/convert/").text
    )
    assert supervisor
    walk.take(
        "triage", "reports", report, "convert",
        {"subject1_account": "", "subject1_office": "SEA", "subject1_grade_band": "C", "allegation1_subject": "1",
         "allegation1_offence": offence, "allegation1_gravity": "", "supervisor": supervisor[1]},
        leave=r"subject[2-9]_|allegation[2-9]_",
    )  # fmt: skip
    found = CASE.search(walk.at("triage").get(f"/desk/reports/{report}/").text)
    assert found
    return found[1]


def investigate(walk: Walk, case: str) -> None:
    """From the declaration to approved findings, with everything returned once on the way."""
    walk.take("supervisor", "cases", case, "assign")
    walk.take("investigator", "cases", case, "propose_plan")
    walk.take("supervisor", "cases", case, "return_plan")
    walk.take("investigator", "cases", case, "propose_plan")
    walk.take("supervisor", "cases", case, "approve_plan")
    through_the_api(walk, case)
    walk.take("investigator", "cases", case, "add_note")
    walk.take("investigator", "cases", case, "add_evidence")
    walk.take("investigator", "cases", case, "record_custody", {"kind": "handed_over"})
    walk.take("investigator", "cases", case, "record_interview")
    walk.take("supervisor", "cases", case, "write_to_reporter")
    walk.take("investigator", "cases", case, "submit_findings")
    walk.take("supervisor", "cases", case, "return_findings")
    walk.take("investigator", "cases", case, "submit_findings")
    walk.take("supervisor", "cases", case, "approve_findings")


def through_the_api(walk: Walk, case: str) -> None:
    """A step of a case by its name, as a program at the desk takes it."""
    visitor = walk.at("investigator")
    answer = visitor.post(
        f"/api/v1/cases/{case}/transitions/add_note/",
        json.dumps({"body": walk.canaries.word("api add_note body")}).encode(),
        "application/json",
        **{"X-CSRFToken": visitor.cookie("csrftoken")},
    )
    assert answer.status == 200, answer.text


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


def decide_and_appeal(walk: Walk, case: str) -> None:
    """Charge, service, answer, hearing, decision, appeal, and a board that varies it."""
    walk.take("supervisor", "cases", case, "refer_for_discipline")
    authority = walk.whoever(AUTHORITIES, "cases", case, "issue_notice")
    walk.take(authority, "cases", case, "issue_notice")
    walk.take(authority, "cases", case, "record_service")
    walk.take(authority, "cases", case, "record_representation")
    walk.take(authority, "cases", case, "record_hearing")
    walk.take(authority, "cases", case, "decide", {"sanction": "fine", "amount": "5"})
    walk.take(authority, "cases", case, "serve_decision")
    walk.take(authority, "cases", case, "file_appeal")
    registrar = walk.whoever(SUPERVISORS, "cases", case, "admit_appeal")
    walk.take(registrar, "cases", case, "admit_appeal")
    walk.take(registrar, "cases", case, "transmit_record")
    for member in BOARD:
        walk.take(member, "cases", case, "vote", {"outcome": "vary"})
    walk.take("board1", "cases", case, "vary", {"sanction": "fine", "amount": "3"})


def publish_and_close(walk: Walk, case: str) -> None:
    """Implemented once the worker has confirmed finality; the entry returned, submitted again, and withheld."""
    moved = walk.served.command("shell", "-c", "from cases.appeals.actions import confirm_finality; confirm_finality()")
    assert moved.returncode == 0, moved.stderr
    walk.take("supervisor", "cases", case, "implement")
    walk.take("supervisor", "cases", case, "hand_over_for_publication")
    walk.take("supervisor", "cases", case, "close")
    found = ENTRY.search(walk.at("editor").get("/desk/register/?state=draft").text)
    assert found
    walk.take("editor", "register", found[1], "edit_entry")
    walk.take("approver", "register", found[1], "return_entry")
    walk.take("editor", "register", found[1], "edit_entry")
    walk.take("approver", "register", found[1], "withhold_entry")


def close_another_without_charge(walk: Walk) -> None:
    """A criminal offence, another subject, a referral to the prosecutor, and nothing that could be proved."""
    report_through_the_api(walk, with_files=False)
    report = newest_report(walk)
    walk.take("intake", "reports", report, "acknowledge")
    walk.take("triage", "reports", report, "assess")
    case = convert(walk, report, "bribe-solicited")
    walk.take("supervisor", "cases", case, "assign")
    walk.take("investigator", "cases", case, "propose_plan")
    walk.take("supervisor", "cases", case, "approve_plan")
    walk.take(
        "investigator", "cases", case, "add_allegation",
        {"alleged_against": "new", "account": "", "gravity": "", "offence": "gift-accepted"},
    )  # fmt: skip
    walk.take("supervisor", "cases", case, "decide_referral")
    unfounded = {f"allegation_{number}_outcome": "unfounded" for number in (1, 2)}
    walk.take("investigator", "cases", case, "submit_findings", unfounded)
    walk.take("supervisor", "cases", case, "approve_findings")
    walk.take("supervisor", "cases", case, "close_without_charge")


def take_rarer_branches(walk: Walk) -> None:
    """On cases of the demonstration: a waiver, an inadmissible appeal, a second signature, stepping aside."""
    who, case = walk.standing_at(SUPERVISORS, "notified")
    walk.take(who, "cases", case, "waive_appeal")
    who, case = walk.standing_at(SUPERVISORS, "appealed")
    walk.take(walk.whoever(SUPERVISORS, "cases", case, "dismiss_appeal"), "cases", case, "dismiss_appeal")
    who, case = walk.standing_at(BOARD, "transmitted")
    for member in BOARD[1:]:
        walk.take(member, "cases", case, "vote", {"outcome": "quash"})
    walk.take("board2", "cases", case, "quash")
    who, case = walk.standing_at(AUTHORITIES, "heard")
    walk.take(who, "cases", case, "decide", {"sanction": "dismissal", "amount": ""})
    endorser = walk.whoever(tuple(name for name in AUTHORITIES if name != who), "cases", case, "endorse_decision")
    walk.take(endorser, "cases", case, "endorse_decision")
    who, case = walk.standing_at(AUTHORITIES, "with_authority")
    walk.take(who, "cases", case, "declare_conflict")
    supervisor = walk.whoever(SUPERVISORS, "cases", case, "replace_authority")
    walk.take(supervisor, "cases", case, "replace_authority")


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
