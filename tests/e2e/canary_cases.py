"""Canaries in cases: from the report that becomes one to the register, and the branches that are taken rarely."""

from __future__ import annotations

import json
import re

from tests.e2e.canary_inbox import asked
from tests.e2e.canary_reports import report_through_the_api
from tests.e2e.canary_walk import CASE, ENTRY, Walk, newest_report

AUTHORITIES = ("authority", "authority2", "council", "council2")
SUPERVISORS = ("supervisor", "supervisor2")
BOARD = ("board1", "board2", "board3")


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
    form = walk.at("supervisor").get(f"/desk/cases/{case}/ask_questions/").form()
    walk.take("supervisor", "cases", case, "ask_questions", asked(walk, form))
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
