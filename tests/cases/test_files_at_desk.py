"""Files that were sent, at the desk: looked at, cleaned, fetched; nothing of them runs or renders there."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from cases.models import Case
from intake.portal.models import Attachment
from integrity.inspection.cleaning import copy_of
from integrity.inspection.models import CleanedCopy
from integrity.ui.middleware import CONTENT_SECURITY_POLICY
from integrity.vault.files import DOWNLOAD_POLICY
from integrity.vault.models import StoredFile
from integrity.vault.scanning import Patience, Scanning
from integrity.vault.uploads import PendingFile, SealedUpload
from tests.desk import at_desk, entries, words_of
from tests.integrity.fake_clamd import MALWARE, fake_clamd
from tests.integrity.inspection_scene import CANARY, docx, holds_canary, pdf, photo, png_bomb
from tests.walks import investigation, triage
from tests.walks.investigation import upload
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.once

POLYGLOTS = {
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "both.gif": b"GIF89a/*<svg onload=alert(1)>*/=1;" + bytes(40),
    "both.pdf": b"%PDF-1.4\n<html><script>alert(1)</script>",
}


def address(attachment: Attachment, of: str = "", *more: Any) -> str:
    """Where a file of a report is."""
    return reverse(f"triage:attachment{of}", args=[attachment.report.reference, attachment.pk, *more])


def report_with(world: World, files: dict[str, bytes]) -> list[Attachment]:
    """The files of a report that just came, in their order."""
    report, _receipt = send_report(world, files=[upload(content, name) for name, content in files.items()])
    return list(report.attachments.order_by("pk"))


def scanned(content: bytes, name: str) -> SealedUpload:
    """A file that passed the fake scanner when it arrived."""
    with fake_clamd() as fake:
        pending = PendingFile(name, scanning=Scanning(Patience(5), address=fake.address))
        pending.write(content)
        return pending.finish()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def is_never_shown_in_place(answer: Any) -> bool:
    """Whether a browser can only put it away: no type to run, no origin, nothing guessed, nothing kept."""
    return (
        answer["Content-Type"] == "application/octet-stream"
        and answer["Content-Disposition"].startswith("attachment")
        and answer["Content-Security-Policy"] == DOWNLOAD_POLICY
        and answer["X-Content-Type-Options"] == "nosniff"
        and answer["Cache-Control"] == "no-store"
    )


@pytest.fixture
def intake() -> Client:
    """The intake officer's browser."""
    return at_desk("intake")


def test_a_photo_is_looked_at_cleaned_and_fetched_and_each_act_is_in_the_log(
    world: World, intake: Client, settings: Any
) -> None:
    content = photo()
    (attachment,) = report_with(world, {"gate.jpg": content})
    page = words_of(intake.get(reverse("triage:report", args=[attachment.report.reference])))
    assert f'href="{address(attachment, "_look")}"' in page
    assert f'href="{address(attachment)}" download' in page

    looked = intake.get(address(attachment, "_look"))
    assert looked["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert f'src="{address(attachment, "_picture", 1)}"' in words_of(looked)
    assert CANARY not in words_of(looked)
    assert entries("report.file_previewed")[-1]["facts"] == {"file": str(attachment.file_id), "page": 1}

    drawn = intake.get(address(attachment, "_picture", 1))
    assert drawn["Content-Type"] == "image/png"
    assert drawn["Content-Security-Policy"] == DOWNLOAD_POLICY
    assert (drawn["X-Content-Type-Options"], drawn["Cache-Control"]) == ("nosniff", "no-store")
    assert Image.open(BytesIO(drawn.content)).size == (320, 200)
    assert not holds_canary(drawn.content)
    assert len(entries("report.file_previewed")) == 2
    assert intake.get(address(attachment, "_picture", 2)).status_code == 404

    assert intake.get(address(attachment, "_cleaned")).status_code == 404
    assert intake.get(address(attachment, "_clean")).status_code == 405
    after = intake.post(address(attachment, "_clean"), follow=True)
    assert "A cleaned copy was made" in words_of(after)
    assert "the place where the picture was taken" in words_of(after)
    copy = copy_of(attachment.file)
    assert copy is not None
    facts = entries("report.file_cleaned")[-1]["facts"]
    assert (facts["file"], facts["copy"]) == (str(attachment.file_id), str(copy.copy_id))
    sealed = "/".join(facts["sealed"])
    assert f"inspection_cleanedcopy/account/{copy.pk}" in sealed
    assert f"vault_storedfile/content/{copy.copy_id}" in sealed
    fetched = intake.get(address(attachment, "_cleaned"))
    made = body(fetched)
    assert is_never_shown_in_place(fetched)
    assert "gate" not in fetched["Content-Disposition"], "the name of the file is a hidden detail as well"
    assert not holds_canary(made)
    assert entries("report.file_opened")[-1]["facts"] == {"file": str(copy.copy_id)}

    account = copy.open(world.actor("intake").keys, "account")
    assert account["original"] == hashlib.sha256(content).hexdigest()
    assert account["copy"] == hashlib.sha256(made).hexdigest()
    assert account["made_with"][0].startswith("pillow ")
    assert body(intake.get(address(attachment))) == content, "the original is untouched"
    kept = [path.read_bytes() for path in Path(settings.VAULT_FILES).rglob("*") if path.is_file()]
    assert len(kept) >= 2
    assert not any(holds_canary(each) or b"JFIF" in each for each in kept)

    again = intake.post(address(attachment, "_clean"), follow=True)
    assert "a cleaned copy of this file already" in words_of(again)
    assert CleanedCopy.objects.count() == 1


def test_whoever_was_not_given_the_report_finds_nothing_and_the_log_tells(world: World) -> None:
    (attachment,) = report_with(world, {"gate.jpg": photo()})
    for username in ("investigator", "auditor", "admin"):
        stranger = at_desk(username)
        for of, more in (("", ()), ("_look", ()), ("_picture", (1,)), ("_cleaned", ())):
            assert stranger.get(address(attachment, of, *more)).status_code == 404, (username, of)
        assert stranger.post(address(attachment, "_clean")).status_code == 404
    # All but the cleaned copy, which does not exist for anybody yet, were tried and refused.
    assert len(entries("action.refused")) == 3 * 4
    assert not CleanedCopy.objects.exists()
    assert not entries("report.file_previewed")


def test_pages_of_a_pdf_are_turned_over_and_text_is_text(world: World, intake: Client) -> None:
    hidden = "first line\r\n<script>alert(1)</script> \u202egpj.exe\x1b end"
    document, note, office = report_with(
        world, {"minutes.pdf": pdf(3), "note.txt": hidden.encode(), "letter.docx": docx()}
    )
    first = words_of(intake.get(address(document, "_look")))
    assert "Page 1 of 3" in first
    assert "?page=2" in first
    last = words_of(intake.get(address(document, "_look") + "?page=99"))
    assert "Page 3 of 3" in last
    assert 'rel="next"' not in last
    assert words_of(intake.get(address(document, "_look") + "?page=x")).count("Page 1 of 3")
    assert intake.get(address(document, "_picture", 3))["Content-Type"] == "image/png"

    shown = intake.get(address(note, "_look")).content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>" not in shown
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert 'src="' + address(note, "_picture", 1) not in shown
    assert "cannot be cleaned" in shown

    told = words_of(intake.get(address(office, "_look")))
    assert "no safe preview of office files" in told
    assert "comments and who wrote them" in words_of(intake.post(address(office, "_clean"), follow=True))
    assert not holds_canary(body(intake.get(address(office, "_cleaned"))))


def test_nothing_that_was_sent_is_ever_served_as_a_page(world: World, intake: Client) -> None:
    for attachment in report_with(world, POLYGLOTS):
        assert is_never_shown_in_place(intake.get(address(attachment)))
        page = intake.get(address(attachment, "_look"))
        assert b"<script" not in page.content
        assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        drawn = intake.get(address(attachment, "_picture", 1))
        assert drawn.status_code == 404 or drawn["Content-Type"] == "image/png"
        intake.post(address(attachment, "_clean"))
        fetched = intake.get(address(attachment, "_cleaned"))
        assert fetched.status_code == 404 or is_never_shown_in_place(fetched)


def test_a_hostile_or_large_file_ends_in_a_sentence(world: World, intake: Client, settings: Any) -> None:
    bomb, large = report_with(world, {"bomb.png": png_bomb(), "film.pdf": pdf(9)})
    assert "too many pixels" in words_of(intake.post(address(bomb, "_clean"), follow=True))
    settings.CLEANING_LIMIT = 500
    page = words_of(intake.get(address(large, "_look")))
    assert "too large for this" in page
    assert "too large for this" in words_of(intake.post(address(large, "_clean"), follow=True))
    assert not CleanedCopy.objects.exists()
    assert StoredFile.objects.count() == 2


def test_malware_is_announced_and_asked_about_before_it_is_fetched(world: World, intake: Client) -> None:
    files = [scanned(MALWARE, "invoice.pdf"), scanned(b"harmless words", "note.txt")]
    report, _receipt = send_report(world, files=files)
    infected, harmless = report.attachments.order_by("pk")
    page = words_of(intake.get(reverse("triage:report", args=[report.reference])))
    assert page.count("Malware found") == 1
    assert f'href="{address(infected)}" download' not in page
    asked = intake.get(address(infected))
    assert asked["Content-Type"].startswith("text/html")
    assert "Test.Malware-1" in words_of(asked)
    assert not entries("report.file_opened")
    told = words_of(intake.get(address(infected, "_look")))
    assert "The scanner found malware in it: Test.Malware-1." in told
    assert "Its name says .pdf; its content is something else: Text." in told
    assert body(intake.get(address(infected) + "?anyway=1")) == MALWARE
    assert body(intake.get(address(harmless))) == b"harmless words"
    assert len(entries("report.file_opened")) == 2


def test_members_of_a_case_look_at_and_clean_its_reports_files_and_its_evidence(world: World) -> None:
    report = triage.assessed_report(world, files=[upload(photo(), "gate.jpg")])
    case = triage.open_case(world, report=report)
    investigation.to_assigned(world, case)
    attachment = report.attachments.get()
    at = lambda of, *more: reverse(f"triage:case_attachment{of}", args=[case.reference, attachment.pk, *more])  # noqa: E731
    member = at_desk("supervisor")
    assert at("_look") in words_of(member.get(reverse("cases:file", args=[case.reference])))
    assert member.get(at("_look")).status_code == 200
    assert member.get(at("_picture", 1))["Content-Type"] == "image/png"
    assert "A cleaned copy was made" in words_of(member.post(at("_clean"), follow=True))
    assert not holds_canary(body(member.get(at("_cleaned"))))
    assert [entry["object"] for entry in entries("case.report_file_previewed")][:1] == [case.pseudonym]
    assert entries("case.report_file_cleaned")
    stranger = at_desk("authority")
    assert stranger.get(at("_look")).status_code == 404
    # Whoever was given the report finds the same copy.
    assert body(at_desk("intake").get(address(attachment, "_cleaned")))


def test_the_chain_of_custody_tells_of_a_cleaned_copy_with_both_digests(world: World) -> None:
    case = evidence_case(world)
    item = case.evidence.get()
    at = lambda of, *more: reverse(f"investigation:evidence_copy{of}", args=[case.reference, item.number, *more])  # noqa: E731
    member = at_desk("investigator")
    page = words_of(member.get(reverse("cases:file", args=[case.reference])))
    assert f'href="{at("_look")}"' in page
    assert "Page 1 of 2" in words_of(member.get(at("_look")))
    assert member.get(at("_picture", 2))["Content-Type"] == "image/png"
    length = item.custody.count()
    assert "A cleaned copy was made" in words_of(member.post(at("_clean"), follow=True))
    made = body(member.post(at("_cleaned")))
    assert member.get(at("_cleaned")).status_code == 405
    copy = copy_of(item.file)
    assert copy is not None
    told = [event.open(world.actor("investigator").keys, "details")["remark"] for event in item.custody.all()]
    assert item.custody.count() == length + 2
    assert hashlib.sha256(made).hexdigest() in told[-2]
    assert copy.open(world.actor("investigator").keys, "account")["original"] in told[-2]
    assert told[-1] == "Cleaned copy downloaded from the case file."
    assert entries("case.evidence_cleaned")[-1]["facts"]["copy"] == str(copy.copy_id)
    assert at_desk("authority").get(at("_look")).status_code == 404


def evidence_case(world: World) -> Case:
    """A case with one item of evidence, a PDF."""
    case = triage.open_case(world)
    investigation.to_investigating(world, case)
    investigation.gather(world, case, content=pdf(2))
    return Case.objects.get(pk=case.pk)
