"""The inbox, through its pages."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from django.test import Client

from audit import clock
from audit.log.models import Entry
from intake.portal import sittings
from intake.portal.conversation import MESSAGES_ON_A_PAGE, conversation
from intake.portal.models import InboxSitting, Message, MessageKind, Report
from intake.portal.receipt import ReporterSecret
from intake.portal.sittings import OpenInbox
from integrity.action import Actor
from integrity.vault import passphrase
from integrity.vault.keyring import Keyring
from integrity.vault.seal import CannotOpen, Place
from integrity.vault.wrap import unwrap
from tests.intake import pages
from tests.intake.office import office_acknowledges, office_writes
from tests.integrity.vault_scene import arrived
from tests.walks.portal import ANSWERS, send_report
from tests.world import World

pytestmark = pytest.mark.django_db


def test_the_receipt_opens_the_inbox_with_status_clocks_and_steps(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    office_acknowledges(actor=Actor.system(), report=report)
    text = pages.text_of(pages.enter(client, receipt.spaced))
    assert "The office has confirmed your report" in text
    assert "Your report arrived and was sealed." in text
    assert "met" in text
    assert "in 9" in text  # the feedback clock, three months ahead: 90 to 92 days


def test_any_scripts_digits_open_the_inbox(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    thai = receipt.spaced.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert pages.hidden(pages.enter(client, thai), "sitting")


def test_a_report_that_waits_too_long_is_told_to_be_late(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    with clock.at(clock.now() + timedelta(days=20)):
        assert "This is late. We are sorry." in pages.text_of(pages.enter(client, receipt.digits))


def test_wrong_receipts_look_the_same_and_cost_one_derivation(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _report, receipt = send_report(world)
    spent: list[int] = []
    real = passphrase.Argon2id

    def counted(**named):
        spent.append(1)
        return real(**named)

    monkeypatch.setattr(passphrase, "Argon2id", counted)
    nearly = receipt.digits[:-1] + str((int(receipt.digits[-1]) + 1) % 10)
    answers = []
    for typed in (nearly, "1" * 24, "12", receipt.digits):
        spent.clear()
        response = pages.enter(client, typed)
        assert len(spent) == 1
        shown = re.sub('name="door" value="[^"]+"', "", pages.text_of(response))
        answers.append(shown.replace(typed, "…").split("<!-- ")[0])
    assert answers[0] == answers[1]
    assert "No report opens with this receipt" in answers[0]
    assert "What you typed has 2 digits" in answers[2]
    assert "No report opens" not in answers[3]
    assert not Entry.objects.filter(type="action.refused").exists()


def test_both_sides_write_and_a_question_is_answered(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    office_writes(
        actor=Actor.system(), report=report, body="On which days?", kind=MessageKind.QUESTION, files=(arrived(b"map"),)
    )
    inbox = pages.enter(client, receipt.digits)
    assert "The office has a question for you" in pages.text_of(inbox)
    assert "On which days?" in pages.text_of(inbox)
    assert "scan.pdf" in pages.text_of(inbox)
    after = pages.write(client, inbox, text="On the third of May.", files=[pages.a_file()])
    text = pages.text_of(after)
    assert "Your message was sent" in text
    assert "On the third of May." in text
    assert "plates.txt" in text
    assert "The office has a question for you" not in text
    report.refresh_from_db()
    assert (report.awaits_answer, report.has_news) == (False, True)


def test_a_message_sent_twice_is_one_message_and_another_is_another(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    for _again in range(2):
        pages.write(client, inbox, text="The same", files=[pages.a_file()])
    assert Message.objects.count() == 1
    pages.write(client, inbox, text="Not the same")
    assert Message.objects.count() == 2
    assert Entry.objects.filter(type="report.reporter_wrote").count() == 2


def test_an_empty_message_is_refused_beside_its_field(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    response = pages.write(client, pages.enter(client, receipt.digits))
    assert "Write something, or choose a file." in pages.text_of(response)
    assert Message.objects.count() == 0


def test_what_was_sent_can_be_read_and_its_files_fetched(world: World, client: Client) -> None:
    _report, receipt = send_report(world, files=[arrived(b"a deed", "deed.pdf")])
    inbox = pages.enter(client, receipt.digits)
    sitting = {"sitting": pages.hidden(inbox, "sitting")}
    shown = client.post("/inbox/report/", sitting)
    assert ANSWERS["what"] in pages.text_of(shown)
    assert "No, neither of these" in pages.text_of(shown)
    assert "deed.pdf" in pages.text_of(shown)
    number = Report.objects.get().attachments.get().pk
    download = client.post("/inbox/file/", {**sitting, "file": number})
    assert b"".join(download.streaming_content) == b"a deed"
    assert download.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "deed.pdf" in download.headers["Content-Disposition"]


def test_another_reports_file_is_not_given(world: World, client: Client) -> None:
    other, _receipt = send_report(world, files=[arrived(b"not yours")])
    _report, receipt = send_report(world)
    sitting = pages.hidden(pages.enter(client, receipt.digits), "sitting")
    for number in (other.attachments.get().pk, "", "-1", "²", "9" * 30):
        response = client.post("/inbox/file/", {"sitting": sitting, "file": number})
        assert "This file is not part of your report." in pages.text_of(response)


def test_the_name_is_not_shown_in_the_inbox(world: World, client: Client) -> None:
    _report, receipt = send_report(world, identity="Rahel Sundaram")
    sitting = pages.hidden(pages.enter(client, receipt.digits), "sitting")
    shown = pages.text_of(client.post("/inbox/report/", {"sitting": sitting}))
    assert "sealed for the identity custodian" in shown
    assert "Rahel" not in shown


def test_leaving_closes_the_sitting_and_asks_the_browser_to_forget(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    sitting = pages.hidden(pages.enter(client, receipt.digits), "sitting")
    left = client.post("/inbox/leave/", {"sitting": sitting})
    assert left.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert InboxSitting.objects.count() == 0
    assert client.post("/inbox/", {"sitting": sitting}).status_code == 403
    assert Entry.objects.filter(type="inbox.closed").count() == 1


def test_an_inbox_closes_by_itself_and_keeps_what_was_being_written(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    with clock.at(clock.now() + timedelta(minutes=41)):
        over = pages.write(client, inbox, text="A long letter", files=[pages.a_file()])
        assert over.status_code == 403
        assert "A long letter" in pages.text_of(over)
        assert "plates.txt" in pages.text_of(over)
        assert "Your inbox was closed" in pages.text_of(
            client.post("/inbox/", {"sitting": pages.hidden(inbox, "sitting")})
        )
        fields = {"page": pages.hidden(over, "page"), "text": "A long letter"}
        kept = {"files-kept": pages.all_hidden(over, "files-kept")}
        wrong = client.post("/inbox/write/", {**fields, **kept, **pages.door_of(over), "receipt": "1" * 24})
        assert "No report opens with this receipt" in pages.text_of(wrong)
        assert "A long letter" in pages.text_of(wrong)
        sent = client.post("/inbox/write/", {**fields, **kept, **pages.door_of(wrong), "receipt": receipt.digits})
        assert "Your message was sent" in pages.text_of(sent)
    assert Message.objects.get().attachments.count() == 1


def test_an_inbox_in_use_stays_open_and_its_end_tells_no_minute(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    start = clock.now()
    sitting = {"sitting": pages.hidden(pages.enter(client, receipt.digits), "sitting")}
    for minutes in (25, 50, 75):
        with clock.at(start + timedelta(minutes=minutes)):
            assert client.post("/inbox/", sitting).status_code == 200
    ends_at = InboxSitting.objects.get().ends_at
    assert (ends_at.minute % 10, ends_at.second, ends_at.microsecond) == (0, 0, 0)


def test_sittings_that_are_over_are_removed(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    pages.enter(client, receipt.digits)
    assert sittings.sweep() == 0
    with clock.at(clock.now() + timedelta(minutes=41)):
        assert sittings.sweep() == 1


def test_the_table_of_sittings_alone_opens_nothing(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    pages.enter(client, receipt.digits)
    row = InboxSitting.objects.get()
    identifier = bytes(row.pk)
    token = base64.urlsafe_b64encode(identifier).decode().rstrip("=")
    assert sittings.resume(token) is None
    assert client.post("/inbox/", {"sitting": token}).status_code == 403
    place = Place(InboxSitting._meta.db_table, "wrapped", identifier.hex())
    for secret in (identifier, bytes(row.wrapped)[-32:], bytes(32)):
        with pytest.raises(CannotOpen):
            unwrap(bytes(row.wrapped), secret=secret, place=place)


def test_a_sitting_moved_to_another_report_opens_nothing_of_it(world: World, client: Client) -> None:
    other, _receipt = send_report(world)
    _report, receipt = send_report(world)
    sitting = pages.hidden(pages.enter(client, receipt.digits), "sitting")
    InboxSitting.objects.update(report=other)
    assert sittings.resume(sitting) is None


def test_pages_inside_the_inbox_lead_to_its_door_when_they_are_opened_bare(client: Client) -> None:
    for address in ("/inbox/report/", "/inbox/write/", "/inbox/file/", "/inbox/leave/"):
        assert client.get(address).headers["Location"] == "/inbox/"


def test_a_long_conversation_is_shown_in_pages(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    for number in range(MESSAGES_ON_A_PAGE + 2):
        office_writes(actor=Actor.system(), report=report, body=f"Letter {number}.")
    inbox = pages.enter(client, receipt.digits)
    assert "Letter 1." not in pages.text_of(inbox)
    assert "Letter 2." in pages.text_of(inbox)
    earlier = client.post("/inbox/", {"sitting": pages.hidden(inbox, "sitting"), "before": "3"})
    assert "Letter 1." in pages.text_of(earlier)
    assert "Letter 2." not in pages.text_of(earlier)


@pytest.mark.parametrize("letters", [1, 15])
def test_the_inbox_asks_a_fixed_number_of_questions(
    world: World, client: Client, django_assert_num_queries, letters: int
) -> None:
    report, receipt = send_report(world, files=[arrived(b"one"), arrived(b"two")])
    for number in range(letters):
        office_writes(actor=Actor.system(), report=report, body=f"Letter {number}.", files=(arrived(b"x"),))
    sitting = pages.hidden(pages.enter(client, receipt.digits), "sitting")
    with django_assert_num_queries(9):
        client.post("/inbox/", {"sitting": sitting})


def test_the_inbox_opens_only_what_it_shows(world: World) -> None:
    report, receipt = send_report(world, files=[arrived(b"one")])
    for number in range(30):
        office_writes(actor=Actor.system(), report=report, body=f"Letter {number}.")
    inbox = OpenInbox(report=report, keyring=Keyring(report.reporter_key, ReporterSecret.of(receipt).private))
    conversation(inbox)
    assert inbox.keyring.count == 1 + MESSAGES_ON_A_PAGE
