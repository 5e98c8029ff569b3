"""Everything read is in the log: every address of the product, and the entry that opening it leaves, by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from audit.log.models import Entry
from audit.log.signer import create_log_key
from cases.engine import performer
from cases.identities.models import IdentityRequest
from cases.models import Case
from cases.states import CaseState, Track
from cases.triage.models import IdentityOpening
from config.demonstration.build import build
from config.demonstration.identities import RELEASED, WAITS
from config.demonstration.institution import Institution
from config.demonstration.people import PASSPHRASE, SIGN_INS
from intake.portal.models import Attachment, Report
from integrity.action import Actor, action, record
from integrity.people.models import User
from integrity.policy import ANYBODY
from integrity.vault.models import SealedModel
from tests.desk import at_desk, confirm, entries
from tests.intake import pages
from tests.walks.investigation import upload
from tests.walks.portal import send_report
from tests.world import World

# What an address reads does not depend on the database behind it.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

CASE = "desk/cases/<str:reference>/"
INVESTIGATION = "desk/investigation/<str:reference>/"
DISCIPLINE = f"{CASE}discipline/"
REPORT = "desk/reports/<str:reference>/"
PERSON = "desk/people/<uuid:person>/"
CEREMONY = "desk/recovery/ceremonies/<uuid:identifier>/"
ENTRY = "desk/audit/entries/<int:index>/"
PAST = "desk/audit/epochs/<int:number>/entries/<int:index>/"
REPORT_FILE = f"{REPORT}files/<int:pk>/"
CASE_FILE = f"{CASE}report-files/<int:pk>/"
EVIDENCE_FILE = f"{INVESTIGATION}evidence/<int:number>/copy/"
RECORDING = f"{INVESTIGATION}interviews/<int:number>/recording/"
FILES = (REPORT_FILE, CASE_FILE, EVIDENCE_FILE)
LOOKS = ("", "<int:page>.png")
CHANNEL = "desk/channels/<slug:code>/"
TAKEN_BY_FORM = (EVIDENCE_FILE, RECORDING, f"{EVIDENCE_FILE}cleaned/")

# Each time one of these answers, the log has an entry of this kind by whoever asked.
ALWAYS = {
    CASE: "case.file_opened",
    f"{CASE}<slug:name>/": "case.step_opened",
    CASE_FILE: "case.report_file_opened",
    f"{CASE_FILE}cleaned/": "case.report_file_opened",
    **dict.fromkeys((f"{CASE_FILE}look/{each}" for each in LOOKS), "case.report_file_previewed"),
    f"{INVESTIGATION}plan/<int:version>/": "investigation.document_opened",
    f"{INVESTIGATION}evidence/": "investigation.document_opened",
    EVIDENCE_FILE: "case.evidence_opened",
    f"{EVIDENCE_FILE}cleaned/": "case.evidence_opened",
    **dict.fromkeys((f"{EVIDENCE_FILE}look/{each}" for each in LOOKS), "case.evidence_previewed"),
    f"{INVESTIGATION}interviews/<int:number>/": "investigation.document_opened",
    RECORDING: "case.recording_opened",
    f"{INVESTIGATION}notes/": "investigation.document_opened",
    f"{INVESTIGATION}findings/<int:number>/": "investigation.document_opened",
    f"{DISCIPLINE}file/<uuid:identifier>/": "discipline.file_opened",
    f"{DISCIPLINE}notice/<uuid:identifier>/": "discipline.document_opened",
    f"{DISCIPLINE}service/<uuid:identifier>/": "discipline.document_opened",
    f"{DISCIPLINE}hearing/<uuid:identifier>/": "discipline.document_opened",
    f"{DISCIPLINE}decision/<uuid:identifier>/": "discipline.document_opened",
    "desk/appeals/<str:reference>/record/": "appeals.record_opened",
    REPORT: "report.opened",
    f"{REPORT}<slug:name>/": "report.opened",
    REPORT_FILE: "report.file_opened",
    f"{REPORT_FILE}cleaned/": "report.file_opened",
    **dict.fromkeys((f"{REPORT_FILE}look/{each}" for each in LOOKS), "report.file_previewed"),
    "desk/protection/<str:reference>/": "detriment.opened",
    "desk/identities/<str:reference>/": "identity.request_opened",
    "desk/register/<str:reference>/": "publication.entry_opened",
    "desk/summary/": "statistics.summary_read",
    "desk/summary/summary.csv": "statistics.summary_read",
    "desk/audit/": "log.read",
    "desk/audit/health/": "log.read",
    "desk/audit/patterns/": "log.read",
    "desk/audit/selection/": "log.read",
    "desk/audit/timeline/": "log.read",
    "desk/audit/checkpoint": "log.read",
    "desk/audit/tile/entries/<path:number>": "log.read",
    ENTRY: "log.read",
    f"{ENTRY}leaf": "log.read",
    f"{ENTRY}proof": "log.read",
    f"{ENTRY}private": "log.read",
    f"{ENTRY}private/erase": "log.read",
    "desk/audit/epochs/": "log.read",
    "desk/audit/epochs/<int:number>/": "log.read",
    PAST: "log.read",
    f"{PAST}leaf": "log.read",
    f"{PAST}proof": "log.read",
    "api/v1/cases/<str:reference>/": "case.file_opened",
    "api/v1/desk/reports/<str:reference>/": "report.opened",
}
# These show content only to some, or only when something was typed: then the log has the entry.
WHEN_SHOWN = {
    "desk/": "case.titles_read",
    "desk/cases/": "case.titles_read",
    "api/v1/cases/": "case.titles_read",
    "desk/identities/": "identity.openings_read",
    "desk/identities/<str:reference>/<slug:name>/": "identity.request_opened",
    "desk/register/": "publication.list_opened",
    "desk/register/<str:reference>/<slug:name>/": "publication.entry_opened",
    "desk/people/": "people.searched",
}
INBOX_PAGES = ("review/", "transcript/", "worse/")
INBOX_ACTS = (
    *("questions/", "review/send/", "transcript/send/", "survey/", "give-up/", "worse/send/", "worse/write/"),
)
INBOX_API = (
    *("questions/<int:number>/", "review/", "detriments/", "detriments/<str:reference>/messages/"),
    *("transcripts/<int:number>/", "survey/", "give-up/"),
)
# These are for reporting persons, whose browser has the receipt and no account.
FOR_REPORTERS = {
    "inbox/": "inbox.opened",
    "inbox/report/": "inbox.opened, of the sitting that its token opens; the log keeps only the day of it",
    "inbox/write/": "report.reporter_wrote",
    "inbox/file/": "inbox.file_opened",
    "inbox/leave/": "inbox.closed",
    **dict.fromkeys((f"inbox/{each}" for each in INBOX_PAGES), "inbox.opened, of the sitting that its token opens"),
    **dict.fromkeys((f"inbox/{each}" for each in INBOX_ACTS), "an action, which leaves its own entry"),
    **dict.fromkeys((f"api/v1/inbox/{each}" for each in INBOX_API), "an action, which leaves its own entry"),
    "api/v1/inbox/": "inbox.opened",
    "api/v1/inbox/messages/": "report.reporter_wrote",
    "api/v1/inbox/files/<int:number>/": "inbox.file_opened",
}
PUBLIC = "anybody may read it; nobody keeps who did"
OWN = "one's own account, and nothing of a matter"
STAFF = "staff, offices and roles: no matter, and nothing that is sealed"
QUESTIONS = "what a channel asks, and who receives its reports: no report"
KEYS = "who keeps which key, and no key"
CLIENTS = "which programs may send reports, and no report; what changes is an entry"
PAPER = "<str:language>/"
ACTS = "an action, which leaves its own entry, and answers no reading"
NOTHING = {
    "health/": "whether the process serves",
    "robots.txt": PUBLIC,
    "style.css": PUBLIC,
    "exit/": "leads away from the portal, and keeps nothing",
    "log/checkpoint": PUBLIC,
    r"log/^tile/(?P<level>[0-7])/(?P<number>[x0-9/]+(\.p/[0-9]+)?)$": PUBLIC,
    **dict.fromkeys(("api/v1/", "api/v1/schema/", "api/v1/decisions/"), PUBLIC),
    **dict.fromkeys(("", "protection/", "decisions/", "decisions/feed/", "decisions/decisions.json"), PUBLIC),
    **dict.fromkeys(("decisions/<str:reference>/", "rules/", "rules/<slug:name>/<str:version>.toml", "code/"), PUBLIC),
    "report/": "the empty form; sending it is an entry",
    "report/receipt/": "shows whoever just sent a report what only their own page can know",
    "report/receipt/file/": "the receipt that the same page showed, before it was typed back",
    "api/v1/reports/": ACTS,
    "api/v1/cases/<str:reference>/transitions/<slug:name>/": ACTS,
    "api/v1/desk/reports/": "references, states and days: nothing is opened",
    "api/v1/desk/reports/<str:reference>/transitions/<slug:name>/": ACTS,
    "api/v1/register/": "references, states and days: the coded fields stay sealed",
    "api/v1/register/<str:reference>/transitions/<slug:name>/": ACTS,
    "desk/reports/": "references, states and days: nothing is opened",
    "desk/identities/ask/report/<str:reference>/": "an empty form",
    "desk/identities/ask/case/<str:reference>/": "an empty form",
    **dict.fromkeys(("desk/sign-in/", "desk/sign-out/", "desk/welcome/<str:token>/"), ACTS),
    **dict.fromkeys((f"desk/sign-in/with/{each}" for each in ("", "back/", "forget/", "leave/")), ACTS),
    **dict.fromkeys((f"desk/me/{each}" for each in ("", "sittings/", "passphrase/", "mail/", "link/cancel/")), OWN),
    **dict.fromkeys((f"desk/me/second-factors/{each}" for each in ("", "codes/", "<uuid:factor>/remove/")), OWN),
    **dict.fromkeys((f"desk/me/sign-in-service/{each}" for each in ("", "link/", "confirm/", "end/")), OWN),
    **dict.fromkeys((f"desk/second-factor/{each}" for each in ("", "set-up/", "set-up/app/", "set-up/passkey/")), OWN),
    "desk/confirm/": OWN,
    "desk/me/earlier-key/<uuid:key>/": OWN,
    "desk/access/<uuid:person>/": "names a colleague and counts keys; giving them is an entry",
    **dict.fromkeys((f"desk/people/{each}" for each in ("add/", "import/", "import/<slug:kind>.csv")), STAFF),
    **dict.fromkeys((f"desk/people/offices/{each}" for each in ("", "add/", "<int:office>/")), STAFF),
    "desk/people/offices/<int:office>/headcounts/": STAFF,
    **dict.fromkeys(
        (f"{PERSON}{each}" for each in ("", "change/", "link/", "link/cancel/", "close/", "finish/")), STAFF
    ),
    **dict.fromkeys((f"{PERSON}roles/{each}" for each in ("give/", "<int:appointment>/end/")), STAFF),
    **dict.fromkeys((f"{PERSON}{each}" for each in ("spare-code/", "sign-in-service/")), STAFF),
    **dict.fromkeys(
        (f"desk/recovery/{each}" for each in ("", "mine/", "cover/", "propose/", "ask/", "sittings/")), KEYS
    ),
    **dict.fromkeys(
        (f"{CEREMONY}{each}" for each in ("", "confirm/", "abandon/", "forget/", "type-back/", "proof/")), KEYS
    ),
    f"{CEREMONY}words/": "says what will happen; the words come with its button, and recovery.words_shown",
    "desk/recovery/requests/<uuid:identifier>/": KEYS,
    "desk/recovery/requests/<uuid:identifier>/<str:verb>/": ACTS,
    "desk/reports/<str:reference>/not-spam/": ACTS,
    "desk/recovery/sittings/<uuid:identifier>/": KEYS,
    "desk/rules/": PUBLIC,
    "desk/rules/<slug:name>/<str:version>.toml": PUBLIC,
    "desk/rules/<slug:name>/<str:version>/": PUBLIC,
    "desk/code/": PUBLIC,
    "desk/programme/": STAFF,
    "report/steps/": "the form, page by page; what was written goes with it, and nothing is read",
    "api/v1/channels/": PUBLIC,
    "desk/protection/": "references, states and days: nothing is opened",
    **dict.fromkeys((f"{each}clean/" for each in FILES), ACTS),
    **dict.fromkeys(("desk/channels/", "desk/channels/new/", CHANNEL), QUESTIONS),
    **dict.fromkeys((f"{CHANNEL}{each}" for each in ("change/", "compare/", "versions/<int:version>/")), QUESTIONS),
    **dict.fromkeys((f"{CHANNEL}{each}" for each in ("draft/", "questions/")), QUESTIONS),
    **dict.fromkeys((f"{CHANNEL}questions/{each}" for each in ("add/", "preview/", "publish/", "discard/")), QUESTIONS),
    **dict.fromkeys((f"{CHANNEL}questions/of/<slug:name>/{each}" for each in ("", "move/", "remove/")), QUESTIONS),
    "desk/entry/": "the empty form, and a list of what the officer began there; what is entered is an entry",
    "desk/entry/drafts/<uuid:draft>/": "what the officer typed there, which opens for nobody else",
    "desk/entry/drafts/<uuid:draft>/throw-away/": ACTS,
    "desk/entry/slip/": "shows whoever just entered a report what only their own page can know",
    "desk/entry/handed-over/": ACTS,
    "desk/entry/import/": "what a file of one's own would make; importing it is an entry",
    "desk/entry/import/reports.csv": "an empty table",
    **dict.fromkeys((f"desk/clients/{each}" for each in ("", "new/", "<uuid:client>/end/")), CLIENTS),
    **dict.fromkeys(
        (f"desk/posters/{each}" for each in ("", f"{PAPER}<slug:kind>/", f"{PAPER}code/<slug:door>.svg")),
        "paper that is to be hung up",
    ),
    "desk/languages/": "which languages there are",
    "desk/setup/": "what is set up, and no secret of it",
    "desk/setup/<slug:question>/": ACTS,
    "desk/audit/health/verify/": ACTS,
    "desk/demonstration/": "the demonstration's clock",
}
# What a page opens and shows to nobody: one's own secret, and what shows whether somebody is free.
OPENED_UNSEEN = {
    "desk/me/second-factors/": {"factors.Factor.secret"},
    "desk/identities/ask/report/<str:reference>/": {"cases.Subject.profile"},
    "desk/identities/ask/case/<str:reference>/": {"cases.Subject.profile"},
    "api/v1/register/": {"publication.Publication.coded"},
    "desk/": {"protection_desk.KeptOut.people"},
    "desk/protection/": {"protection_desk.KeptOut.people"},
}
LOGGED = {**ALWAYS, **WHEN_SHOWN}
# What the demonstration does not have is opened by a test of its own, which looks for the entry.
ELSEWHERE = {
    **dict.fromkeys((PAST, f"{PAST}leaf", f"{PAST}proof"), "audit/test_console_verification.py"),
    "desk/audit/epochs/<int:number>/": "audit/test_console_verification.py",
    **dict.fromkeys((f"{ENTRY}private", f"{ENTRY}private/erase"), "audit/test_private_rows.py"),
    f"{DISCIPLINE}file/<uuid:identifier>/": "cases/test_discipline_pages.py",
    RECORDING: "cases/test_investigation_evidence.py",
    **dict.fromkeys((f"{each}cleaned/" for each in FILES), "cases/test_files_at_desk.py"),
    **dict.fromkeys((f"{each}look/{page}" for each in FILES for page in LOOKS), "cases/test_files_at_desk.py"),
    "desk/protection/<str:reference>/": "cases/test_protection.py",
}
# Lists that what somebody types narrows down.
SEARCHES = {"desk/people/": "?search=a", "desk/audit/": "?object=log"}
MATTERS = (
    WAITS,
    RELEASED,
    "Values lowered for one importer of car parts",
    "Pressed to take back a complaint",
    "Free nights at a hotel that imports wine",
    "Overtime for a week on leave",
    "Certificates of origin looked at only on paper",
    "Valuation officer lives beyond any salary",
)
TESTS = Path(__file__).resolve().parents[1]
LINK = re.compile(r'(?:href|action)="((?:/desk/|\?)[^"#]*)"')
TYPED = re.compile(r'<form method="get".*?</form>', re.DOTALL)
MOST_OF_A_KIND = 3


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Every address that the product answers, as the URL tables write it."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, before + str(each.pattern))
        else:
            yield before + str(each.pattern)


def test_every_address_says_what_reading_it_leaves():
    """A new address fails here until it is put into one of the tables above, with its reason."""
    tables = (ALWAYS, WHEN_SHOWN, FOR_REPORTERS, NOTHING)
    declared = [address for table in tables for address in table]
    assert len(declared) == len(set(declared)), "an address is in two tables"
    assert set(addresses()) - set(declared) == set()
    assert set(declared) - set(addresses()) - {"desk/demonstration/"} == set()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sealed fields that were opened, as `room.Model.field`."""
    found: list[str] = []
    original = SealedModel.open

    def watched(self: SealedModel, keyring: Any, name: str) -> Any:
        if bytes(getattr(self, name)):
            found.append(f"{self._meta.label}.{name}")
        return original(self, keyring, name)

    monkeypatch.setattr(SealedModel, "open", watched)
    return found


@dataclass
class Walk:
    """Somebody who opens whatever the pages lead to; `left` are the addresses at which the log got its entry."""

    username: str
    opened: list[str]
    left: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    searched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.browser = at_desk(self.username, PASSPHRASE)
        self.pseudonym = f"person/{User.objects.get(username=self.username).pk}"
        self.kinds: dict[tuple[str, ...], int] = {}

    def through(self, *begin: str) -> None:
        """Open these addresses and those that they lead to, some of each kind."""
        queue, seen = list(begin), set(begin)
        while queue:
            address = queue.pop(0)
            for found in self.look(address) if self._is_wanted(address) else ():
                if found not in seen:
                    seen.add(found)
                    queue.append(found)

    def look(self, address: str) -> list[str]:
        """Open one address, compare what it opened with what the log says, and give where it leads."""
        route = resolve(address.partition("?")[0]).route
        self.opened.clear()
        before = Entry.objects.count()
        confirm(self.browser)
        answer = self.browser.post(address) if route in TAKEN_BY_FORM else self.browser.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code >= 300:
            return []
        left = Entry.objects.filter(index__gte=before, actor=self.pseudonym)
        self._judge(address, route, set(left.values_list("type", flat=True)), answer)
        text = body.decode() if answer["Content-Type"].startswith(("text/html", "application/json")) else ""
        if any(re.search(r'type="(text|search)"', form) for form in TYPED.findall(text)):
            self.searched.add(route)
        links = [unescape(link) for link in LINK.findall(text)]
        return [address.partition("?")[0] + link if link.startswith("?") else link for link in links]

    def _judge(self, address: str, route: str, kinds: set[str], answer: Any) -> None:
        sealed = set(self.opened) - OPENED_UNSEEN.get(route, set())
        must = route in ALWAYS or bool(sealed) or (route in SEARCHES and "?" in address)
        if route in LOGGED and LOGGED[route] in kinds:
            self.left.add(route)
        elif must:
            told = f"{self.username} opened {address}: {sorted(sealed)}, and the log has {sorted(kinds)}"
            self.problems.append(told)
        if "attachment" in answer.get("Content-Disposition", "") and "csv" not in route:
            # An undeclared address is told by the test above.
            assert LOGGED.get(route) or NOTHING.get(route, PUBLIC) == PUBLIC, address

    def _is_wanted(self, address: str) -> bool:
        try:
            match = resolve(address.partition("?")[0])
        except Resolver404:
            return False
        if match.route.startswith(("desk/sign-", "desk/audit/")) and match.route not in LOGGED:
            return False
        kind = (match.route, *(str(match.kwargs.get(each, "")) for each in ("name", "kind")), str("?" in address))
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        return self.kinds[kind] <= MOST_OF_A_KIND


@action("test.opened_long_ago", by=ANYBODY, description="A test opened an identity as custodians once did.")
def open_alone(*, actor: Actor, report: Any) -> None:
    opening = IdentityOpening(report=report, person=actor.user, at="2020-01-01T00:00Z")
    opening.seal(reason="Before requests were needed.")
    opening.save(force_insert=True)
    record(object=report.pseudonym)


def prepare(institution: Institution) -> None:
    """What no matter of the demonstration has: drafts of the register, and an identity that was opened long ago."""
    for case in Case.objects.filter(state__in=(CaseState.IMPLEMENTED, CaseState.FINAL)):
        hand_over = performer(Track.CASE, "hand_over_for_publication")
        supervisor = case.memberships.filter(capacity="supervisor", until__isnull=True).first()
        assert supervisor is not None
        hand_over.run(actor=institution.actor(supervisor.person.username), subject=case)
    asked = IdentityRequest.objects.exclude(report__identity_key=None).first()
    assert asked is not None
    open_alone(actor=institution.actor("identity"), report=asked.report)


def test_whoever_opens_something_at_the_desk_is_in_the_log(settings: Any, opened: list[str]):
    """Everybody opens everything that they can reach, page by page."""
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    prepare(build(say=lambda _line: None, matters=MATTERS).institution)
    left: set[str] = set()
    problems: list[str] = []
    searched: set[str] = set()
    for username in SIGN_INS:
        walk = Walk(username, opened)
        walk.through("/desk/", *(f"/{route}{query}" for route, query in SEARCHES.items()))
        for listed, line in (("cases", CASE), ("desk/reports", REPORT), ("register", "")):
            answer = walk.browser.get(f"/api/v1/{listed}/")
            rows = answer.json()["results"] if answer.status_code == 200 else []
            walk.look(f"/api/v1/{listed}/")
            for row in rows[:MOST_OF_A_KIND] if line else ():
                walk.look(f"/api/v1/{listed}/{row['reference']}/")
        given = Attachment.objects.filter(report__in=Report.objects.seen_by(User.objects.get(username=username)))
        for attachment in given[:1]:
            walk.look(reverse("triage:attachment", args=[attachment.report.reference, attachment.pk]))
        if username == "auditor":
            for name in ("tile/entries/000", "checkpoint", "timeline/?of=log", "entries/0/proof"):
                walk.look(f"/desk/audit/{name}")
        print(f"{username}: {sum(walk.kinds.values())} addresses")
        left |= walk.left
        searched |= walk.searched
        problems += walk.problems
    assert problems == []
    assert set(LOGGED) - left - set(ELSEWHERE) == set(), "nobody came to these"
    assert all((TESTS / file).exists() for file in ELSEWHERE.values())
    assert searched == set(SEARCHES), "lists that typed text narrows"


def kinds_by(report: str) -> list[str]:
    """What the log says that this reporting person did, oldest first."""
    return list(Entry.objects.filter(actor=f"reporter/{report}").order_by("index").values_list("type", flat=True))


def test_what_a_reporting_person_reads_is_in_the_log(world: World, client: Client, opened: list[str]):
    """By the pages and by the API: nothing opens without a sitting or a receipt, and what opens leaves its entry."""
    report, receipt = send_report(world, files=[upload(b"plates", "plates.txt")])
    number = report.attachments.get().pk
    before = len(kinds_by(report.pk))
    for address in ("/inbox/", "/inbox/report/", "/inbox/file/", "/inbox/write/"):
        client.post(address, {"sitting": "nobody", "file": number, "text": "x"})
    client.get("/api/v1/inbox/", headers={"Authorization": "Receipt 1111"})
    assert (opened, kinds_by(report.pk)[before:]) == ([], [])

    inbox = pages.enter(client, receipt.spaced)
    sitting = {"sitting": pages.hidden(inbox, "sitting")}
    assert kinds_by(report.pk)[before:] == ["inbox.opened"]
    assert b"grey moustache" in client.post("/inbox/report/", sitting).content
    file = client.post("/inbox/file/", {**sitting, "file": number})
    assert b"".join(file.streaming_content) == b"plates"
    client.post("/inbox/leave/", sitting)
    assert kinds_by(report.pk)[before + 1 :] == ["inbox.file_opened", "inbox.closed"]

    before = len(kinds_by(report.pk))
    by = {"Authorization": f"Receipt {receipt.spaced}"}
    assert client.get("/api/v1/inbox/", headers=by).status_code == 200
    file = client.get(f"/api/v1/inbox/files/{number}/", headers=by)
    assert b"".join(file.streaming_content) == b"plates"
    assert kinds_by(report.pk)[before:] == ["inbox.opened", "inbox.file_opened"]
    assert all(len(entry["time"]) == len("2026-11-22") for entry in entries("inbox.file_opened"))
