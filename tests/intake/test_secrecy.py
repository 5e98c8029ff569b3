"""What somebody finds who takes everything: tables, files, logs, and every answer that was sent."""

from __future__ import annotations

import base64
import logging
import secrets
from pathlib import Path

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from intake.portal.models import MessageKind, Report
from intake.portal.receipt import PageSecret, Receipt
from integrity.action import Actor
from tests.intake import pages
from tests.intake.office import office_writes
from tests.integrity.vault_scene import arrived
from tests.world import World

pytestmark = pytest.mark.django_db


def canary(what: str) -> str:
    """A text that is nowhere else."""
    return f"{what}-{secrets.token_hex(12)}"


def dump() -> bytes:
    """Every value of every table, one after the other."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                found += [bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row]
    return b"\n".join(found)


def spellings(text: str) -> list[bytes]:
    """A text as it could lie about: in clear, in hexadecimal, in base64, in UTF-16."""
    plain = text.encode()
    return [plain, plain.hex().encode(), base64.b64encode(plain).rstrip(b"=")[:-2], text.encode("utf-16-le")]


class Walk:
    """One person's whole way, with a different canary in everything they type."""

    def __init__(self, client: Client, settings) -> None:
        self.canaries: list[str] = []
        self.responses: list[HttpResponse] = []
        page = pages.open_form(client)
        fields = {name: self.new(name) for name in ("what", "when", "where", "who", "how_known", "reported_before")}
        fields |= {"name": self.new("name"), "contact": self.new("contact")}
        upload = pages.a_file(self.new("content").encode(), self.new("filename") + ".txt")
        refused = self.keep(pages.send(client, page, **(fields | {"path": "", "files": [upload]})))
        kept = {"files-kept": pages.all_hidden(refused, "files-kept")}
        shown = self.keep(pages.send(client, page, **fields, **kept))
        self.receipt = Receipt.parse(pages.receipt_on(shown))
        self.keep(client.post("/report/receipt/", {"page": page, "receipt": self.new("typed")}))
        self.keep(client.post("/report/receipt/file/", {"page": page}))
        self.keep(client.post("/report/receipt/", {"page": page, "receipt": self.receipt.spaced}))
        office_writes(
            actor=Actor.system(),
            report=Report.objects.get(),
            body=self.new("question"),
            kind=MessageKind.QUESTION,
            files=(arrived(self.new("office-content").encode(), self.new("office-file")),),
        )
        self.keep(pages.enter(client, "1" * 24))
        inbox = self.keep(pages.enter(client, self.receipt.digits))
        more = pages.a_file(self.new("more").encode(), self.new("morename") + ".pdf")
        self.keep(pages.write(client, inbox, text=self.new("answer"), files=[more]))
        sitting = {"sitting": pages.hidden(inbox, "sitting")}
        self.keep(client.post("/inbox/report/", sitting))
        for attachment in Report.objects.get().attachments.all():
            download = self.keep(client.post("/inbox/file/", {**sitting, "file": attachment.pk}))
            assert b"".join(download.streaming_content)
        self.page_secrets = [page, sitting["sitting"]]
        self.tables, self.files = dump(), self._files(Path(settings.VAULT_FILES))
        self.keep(client.post("/inbox/leave/", sitting))
        for address in ("/", "/protection/", "/report/", "/inbox/", "/nowhere/", "/inbox/write/"):
            self.keep(client.get(address))

    def new(self, what: str) -> str:
        """One more canary."""
        self.canaries.append(canary(what))
        return self.canaries[-1]

    def keep(self, response: HttpResponse) -> HttpResponse:
        """Remember an answer."""
        self.responses.append(response)
        return response

    @staticmethod
    def _files(folder: Path) -> bytes:
        found = [path for path in folder.rglob("*") if path.is_file()]
        assert found
        return b"\n".join(path.name.encode() + path.read_bytes() for path in found)


@pytest.fixture
def walk(world: World, client: Client, settings, caplog: pytest.LogCaptureFixture) -> Walk:
    """The walk, with everything logged at the lowest level."""
    caplog.set_level(logging.DEBUG)
    return Walk(client, settings)


def test_nothing_that_was_sent_lies_in_clear_anywhere(walk: Walk, caplog: pytest.LogCaptureFixture) -> None:
    logs = caplog.text.encode()
    hidden = [*walk.canaries, walk.receipt.digits, walk.receipt.spaced, *walk.page_secrets]
    for text in hidden:
        for spelling in spellings(text):
            assert spelling not in walk.tables
            assert spelling not in walk.files
            assert spelling not in logs
    assert b"report.received" in walk.tables


def test_the_canaries_would_be_found(walk: Walk) -> None:
    shown = b"".join(each.content for each in walk.responses if not each.streaming)
    assert all(each.encode() in shown for each in walk.canaries if each.split("-")[0] in {"what", "answer", "question"})


def test_no_answer_sets_a_cookie(walk: Walk) -> None:
    for response in walk.responses:
        assert "Set-Cookie" not in response.headers
        assert not response.cookies


def test_every_answer_forbids_scripts_and_keeping(walk: Walk) -> None:
    for response in walk.responses:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "script-src" not in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        if not response.streaming:
            assert b"<script" not in response.content
            assert b" style=" not in response.content


def test_no_secret_is_in_an_address(walk: Walk) -> None:
    for response in walk.responses:
        addresses = [
            response.request["PATH_INFO"],
            response.request["QUERY_STRING"],
            response.headers.get("Location", ""),
        ]
        if not response.streaming:
            addresses += pages.re.findall(r'(?:href|action|formaction|src)="([^"]*)"', response.content.decode())
        for secret in (walk.receipt.digits, *walk.receipt.groups, *walk.page_secrets):
            assert not any(secret in address for address in addresses)


def test_only_the_receipt_page_holds_the_receipt(walk: Walk) -> None:
    holding = [each for each in walk.responses if not each.streaming and pages.receipt_on(each)]
    assert [each.request["PATH_INFO"] for each in holding] == ["/report/", "/report/receipt/"]


def test_a_forged_form_from_elsewhere_needs_no_token_and_gains_nothing(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    sent = strict.post("/report/", {"page": PageSecret.new().text, **pages.REPORT}, headers={"origin": "https://evil"})
    assert pages.receipt_on(sent)
    assert strict.post("/inbox/", {"sitting": ""}).status_code == 403
