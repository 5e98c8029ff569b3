"""Inboxes in which everything stands that one can hold, made by the real actions inside the served demonstration."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from tests.e2e.serving import Served


@dataclass(frozen=True)
class Receipts:
    """The digits of a report with everything that the office can want from somebody, and of one that was closed."""

    full: str
    closed: str


def made(served: Served, languages: list[str]) -> dict[str, Receipts]:
    """The two inboxes for each language, so that what one walk sends is not in the way of the next."""
    told = served.command("shell", "-c", f"from tests.e2e.inboxes import make; make({languages!r})")
    found = re.search(r"^receipts (.*)$", told.stdout, re.MULTILINE)
    assert found, told.stderr
    return {language: Receipts(*digits) for language, digits in json.loads(found[1]).items()}


def make(languages: list[str]) -> None:
    """In the server's own place: make them, and print their digits."""
    from cases.identities import actions as identities
    from cases.identities.people import possible_seconds
    from cases.protection import actions as protection
    from cases.publication.models import Publication
    from cases.triage import actions as triage
    from cases.triage.asking import ask_about_report
    from cases.triage.transcripts import write_transcript
    from config.demonstration.people import PASSPHRASE
    from intake.channels.questionnaire import Kind
    from intake.followup.questions import make_question
    from intake.portal.models import Origin, Report
    from intake.portal.outcomes import OutcomeCategory, add_entry, write_outcome
    from intake.protection.actions import Told, report_detriment
    from integrity.action import Actor, action, record
    from integrity.people.models import User
    from integrity.policy import ANYBODY
    from integrity.vault.actions import unlock
    from tests.walks.portal import send_report

    def actor(username: str) -> Actor:
        person = User.objects.select_related("key").get(username=username)
        return Actor.of(person, unlock(person.key, PASSPHRASE), confirmed=True)

    officer, custodian, protects = actor("triage"), actor("identity"), actor("protection")
    published = Publication.objects.filter(state="published").values_list("reference", flat=True).first()
    assert published

    def assessed(report: Report) -> None:
        triage.acknowledge(actor=officer, subject=report)
        triage.assess(
            actor=officer, subject=report, seriousness=2, credibility=2, completeness=2, urgency=1, remarks=""
        )

    @action("test.case_closed", by=ANYBODY, description="A test closed a case and published its decision.")
    def close_case(*, actor: Actor, report: Report) -> None:
        write_outcome(report, OutcomeCategory.SANCTIONED)
        add_entry(report, published)
        record(object=report.pseudonym)

    def full() -> str:
        report, receipt = send_report(None, origin=Origin.PHONE, identity="Esi Reporter, +233 20 000 0000")
        assessed(report)
        for text in ("At gate 5, in the morning.", "At gate 3.\n\nIn the morning."):
            write_transcript(actor=officer, subject=report, text=text)
        for question in ("Which lane?", "Which gate?"):
            asked = (make_question(1, kind=Kind.CHOICE, label=question, choices=("Gate 3", "Gate 4")),
                     make_question(2, kind=Kind.WHEN, label="Since when?"),
                     make_question(3, kind=Kind.LONG, label="Who else saw it?"))  # fmt: skip
            ask_about_report(actor=officer, subject=report, questions=asked)
        triage.write_to_reporter(actor=officer, subject=report, body="We look into it.\n\nPlease look in again.")
        request = identities.ask(actor=officer, report=report, reason="One call.", needed_for="To ask about the gate.")
        second = actor(possible_seconds(request, custodian).order_by("username").first().username)
        identities.agree(actor=custodian, request=request, second=second.user, reasons="No other way.", free=True)
        identities.approve(actor=second, request=request, reasons="Proportionate.", free=True)
        identities.release(
            actor=custodian, request=request, told="For one call.", until=identities.releasing.last_day()
        )
        told = Told(what="They moved me to the night shift.", kinds=("transfer",), since="May", who="My chief")
        detriment = report_detriment(actor=Actor.reporter(report.pk), report=report, told=told, nonce=bytes(32))
        protection.confirm(actor=protects, detriment=detriment, text="We act on it today.")
        close_case(actor=officer, report=report)
        return receipt.digits

    def closed() -> str:
        report, receipt = send_report(None)
        assessed(report)
        triage.reject(actor=officer, subject=report, ground="no_breach", reasons="Not ours.", message="Not ours.")
        return receipt.digits

    print("receipts", json.dumps({language: (full(), closed()) for language in languages}))
