"""An institution at work, in a process of its own: `python -m tests.thefts.scene ANSWERS`.

Reports in every state, cases from the first day to the register, people at their desks, links that nobody followed
yet, custodians in the middle of a sitting. It ends as a machine does whose plug is pulled.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intake.portal.models import Report
    from tests.e2e.canaries import Canaries
    from tests.thefts.known import Known
    from tests.world import World

SIGNED_IN = ("admin", "investigator", "supervisor", "triage", "identity")
REPORTS = ("fresh", "independent", "rejected", "referred")
CASES = ("opened", "investigating", "other", "left", "decided", "appealed", "published", "closed")


def main() -> None:
    """Prepare the tables, live through everything, and write down the answers."""
    import django

    django.setup()
    from django.core.management import call_command

    from audit.log import actions as log
    from tests.e2e.canaries import Canaries
    from tests.thefts import remembering
    from tests.world import make_world

    call_command("migrate", interactive=False, verbosity=0)
    _make_log_key()
    canaries = Canaries(date.today().isoformat())
    with remembering.everything() as known:
        known.mark = canaries.mark
        world = make_world()
        _live(world, canaries, known)
    log.integrate()
    remembering.complete(known, world)
    known.save(Path(sys.argv[1]))
    sys.stdout.flush()
    # Nothing is closed in order, so that SQLite leaves its write-ahead log as a stolen disk has it.
    os._exit(0)


def _make_log_key() -> None:
    from django.conf import settings

    from audit.log.signer import create_log_key
    from config import prepare

    prepare.folders()
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)


def _live(world: World, canaries: Canaries, known: Known) -> None:
    from integrity.recovery.actions import bring_in
    from tests.integrity.recovery_scene import asked, in_force, laid, lose_passphrase, proposed
    from tests.integrity.recovery_scene import confirmed as handing_out

    sheets = in_force(world)
    known.sheets |= sheets.words
    for username in ("editor", "auditor", "protection"):
        bring_in(actor=world.actor(username))
    reports = {name: _report(world, canaries, known, name) for name in REPORTS}
    _end_triage(world, canaries, reports)
    _converse(world, canaries, known, reports["fresh"])
    _work_cases(world, canaries, known)
    _begin_to_enter(world, canaries)
    known.people["supervisor2, before"] = world.keyrings["supervisor2"].own.seed.hex()
    lose_passphrase(world, "supervisor2")
    asked(world, "supervisor2")
    _invite(world, known)
    _sign_in(world, known)
    _fail_to_sign_in(canaries)
    from integrity.recovery.models import Purpose

    opened = laid(world, sheets, Purpose.DRILL, "custodian1")
    known.tokens["recovery sitting"] = opened.token
    # New custodians are being given their words at this very moment.
    handing_out(world, proposed(world, names=("custodian2", "custodian3", "custodian4"), threshold=2))


def _report(world: World, canaries: Canaries, known: Known, name: str, **more: Any) -> Report:
    """A report with a name in it, files, and unique words everywhere."""
    from tests.walks.investigation import upload
    from tests.walks.portal import ANSWERS, send_report

    content = f"{canaries.word(f'{name} file')} ".encode() * 50
    report, receipt = send_report(
        world,
        independent=name == "independent",
        answers={question: f"{answer} {canaries.word(question)}" for question, answer in ANSWERS.items()},
        identity=f"Amina {canaries.word('identity')}, 12 Harbour Road",
        files=[upload(content, f"{canaries.word('file name')}.txt")],
        **more,
    )
    known.tokens[f"receipt of {name}"] = receipt.digits
    known.references[f"report {name}"] = report.reference
    return report


def _end_triage(world: World, canaries: Canaries, reports: dict[str, Report]) -> None:
    from cases.triage import actions
    from tests.walks.triage import assess

    for name in ("rejected", "referred"):
        actions.acknowledge(actor=world.actor("intake"), subject=reports[name], message=canaries.word("acknowledged"))
        assess(world, reports[name], remarks=canaries.word("remarks"))
    told = {"reasons": canaries.word("reasons"), "message": canaries.word("message")}
    triage = world.actor("triage")
    actions.reject(actor=triage, subject=reports["rejected"], ground="not_enough", **told)
    body = {"body": "prosecutor", "name": canaries.word("body")}
    actions.refer(actor=triage, subject=reports["referred"], **body, **told)


def _converse(world: World, canaries: Canaries, known: Known, report: Report) -> None:
    """Words both ways, and an inbox that is still open."""
    from cases.triage.actions import write_to_reporter
    from intake.portal.actions import open_inbox, reporter_writes
    from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
    from intake.protection.actions import Told, report_detriment
    from integrity.action import Actor
    from tests.walks.investigation import upload

    write_to_reporter(actor=world.actor("intake"), subject=report, body=canaries.word("question"), is_question=True)
    reporter = Actor.reporter(report.pk)
    files = [upload(canaries.word("second file").encode() * 2000, "scan.pdf")]
    reporter_writes(actor=reporter, report=report, text=canaries.word("answer"), nonce=bytes(32), files=files)
    worse = Told(
        what=f"Moved to the night shift. {canaries.word('detriment')}", who=canaries.word("who treats them worse")
    )
    report_detriment(actor=reporter, report=report, told=worse, nonce=bytes(32))
    secret = ReporterSecret.of(Receipt(known.tokens["receipt of fresh"]))
    known.tokens["inbox"] = open_inbox(actor=reporter, report=report, secret=secret, door=PageSecret.new()).token


def _begin_to_enter(world: World, canaries: Canaries) -> None:
    """A call that an intake officer writes down, and one whose page arrived after the sitting had ended."""
    from uuid import uuid4

    from intake.entry import drafts
    from tests.walks.investigation import upload

    for name in ("kept", "set aside"):
        file = upload(canaries.word(f"file of a draft {name}").encode() * 2000, f"{canaries.word('draft file')}.txt")
        told = {"what": [f"They told of a gate. {canaries.word(f'draft {name}')}"], "name": [canaries.word("caller")]}
        typed = drafts.Typed(told, (file.token,))
        if name == "kept":
            drafts.keep(actor=world.actor("intake"), draft=uuid4(), seen=0, typed=typed)
        else:
            drafts.set_aside(person=world.person("intake"), typed=typed)


def _work_cases(world: World, canaries: Canaries, known: Known) -> None:
    """A case at each of CASES, each from a report of its own."""
    from cases.models import Case
    from cases.triage.actions import acknowledge
    from tests.walks.triage import assess, open_case

    def case(name: str, **more: Any) -> Case:
        report = _report(world, canaries, known, f"of {name}")
        acknowledge(actor=world.actor("intake"), subject=report)
        assess(world, report)
        made = open_case(
            world,
            report=report,
            name=f"Kofi {canaries.word('subject')}",
            title=f"Money at the gate {canaries.word('title')}",
            predication=f"A witness saw it. {canaries.word('predication')}",
            statement=f"Took money to open a gate. {canaries.word('statement')}",
            **more,
        )
        known.references[f"case {name}"] = made.reference
        return made

    _investigate(world, case, canaries)
    _decide(world, case)


def _investigate(world: World, case: Any, canaries: Canaries) -> None:
    from cases.actions import declare_conflict, write_to_reporter
    from tests.cases.identity_scene import asked, released
    from tests.walks.investigation import gather, to_assigned, to_findings, to_investigating

    case("opened")
    working = case("investigating")
    to_investigating(world, working)
    gather(world, working, content=canaries.word("evidence").encode() * 100)
    write_to_reporter(actor=world.actor("investigator"), subject=working, body=canaries.word("in the case"))
    request = asked(world, working, working.reports.get(), reason=canaries.word("reason"))
    released(world, request, second="authority2", reasons=canaries.word("reasons"))
    other = case("other", supervisor="supervisor2")
    to_findings(world, other, investigator="investigator2", supervisor="supervisor2")
    left = case("left")
    to_assigned(world, left, investigator="investigator2")
    declare_conflict(actor=world.actor("investigator2"), subject=left, statement=canaries.word("conflict"))


def _decide(world: World, case: Any) -> None:
    from tests.walks.appeals import give_opinions, to_transmitted
    from tests.walks.discipline import to_notified
    from tests.walks.publication import to_closed, to_published

    to_notified(world, case("decided"))
    appealed = case("appealed")
    to_transmitted(world, appealed)
    give_opinions(world, appealed, "uphold", "uphold", "quash")
    to_closed(world, case("closed"))
    to_published(world, case("published"))


def _invite(world: World, known: Known) -> None:
    """A link to a first key and one to a new key, which nobody followed yet."""
    from integrity.people import actions as people
    from integrity.people import invitations
    from integrity.people.actions import Details
    from integrity.people.roles import Role
    from integrity.rules.terms import GradeBand

    admin = world.actor("admin")
    details = Details(name="New Colleague", office=world.office, grade_band=GradeBand.OFFICER, staff_number="S-new")
    person = people.add_person(actor=admin, username="newcomer", details=details)
    people.appoint(actor=admin, person=person, role=Role.INVESTIGATOR)
    known.tokens["first link"] = invitations.invite(actor=admin, person=person).token
    known.tokens["new-key link"] = invitations.reset_key(actor=admin, person=world.person("triage2")).token


def _sign_in(world: World, known: Known) -> None:
    """People at their desks with their second factors; their browsers' cookies, and the codes on their paper."""
    from integrity.factors.actions import make_codes
    from integrity.people.sittings import COOKIE
    from tests.desk import at_desk

    for username in SIGNED_IN:
        known.tokens[f"recovery codes of {username}"] = " ".join(make_codes(actor=world.actor(username)))
        browser = at_desk(username)
        known.tokens[f"sitting of {username}"] = browser.cookies[COOKIE].value
        known.tokens[f"session of {username}"] = browser.cookies["desk"].value


def _fail_to_sign_in(canaries: Canaries) -> None:
    """Somebody types what is no user name here, and may be personal all the same: it is private in the log."""
    from django.test import Client
    from django.urls import reverse

    given = {"username": canaries.word("typed as a user name"), "passphrase": "none of the right ones"}
    assert Client().post(reverse("people:sign_in"), given).status_code == 422


if __name__ == "__main__":
    main()
