"""Files with imported reports: named by the list, read out of ZIP files or a folder, kept as every other file is."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit import clock
from audit.log.models import Entry
from intake.entry.archives import opened
from intake.entry.importing import import_reports
from intake.entry.reading import plan
from intake.portal.models import Attachment, Report
from integrity.action import Incomplete, NotConfirmed, NotPermitted
from integrity.people.models import Sitting
from integrity.vault.models import StoredFile
from integrity.vault.scanning import Scan, Unscanned, Verdict
from tests.desk import at_desk, confirm, entries, words_of
from tests.intake import pages
from tests.intake.importing import ROW, kept_with, listed, lying, planned, zipped
from tests.intake.test_secrecy import dump, spellings
from tests.integrity.fake_clamd import MALWARE, fake_clamd, hangs
from tests.world import World

pytestmark = [pytest.mark.django_db]

PDF = b"%PDF-1.7 CANARY-CONTENT " + bytes(range(256)) * 200
PHOTO = b"\xff\xd8\xff CANARY-PHOTO"
FILES = {"export/1/scan.pdf": PDF, "export/2/scan.pdf": PHOTO, "export/2/note.txt": b"CANARY-NOTE"}
LIST = listed(["1/scan.pdf"], ["2/scan.pdf", "NOTE.txt"], [])


def look(browser: Any, content: bytes, *archives: bytes, **more: Any) -> Any:
    """Choose a list and ZIP files, and look at them."""
    given = {
        "table": pages.a_file(content, "old.json"),
        "files": [pages.a_file(each, f"CANARY-{number}.zip") for number, each in enumerate(archives)],
    }
    return browser.post("/desk/entry/import/", {"source": "old", "do": "look", **given, **more})


def waiting(page: Any, **more: Any) -> dict[str, Any]:
    """What the page that was looked at sends when its button is pressed."""
    return {
        "table-kept": pages.hidden(page, "table-kept"),
        "files-kept": pages.all_hidden(page, "files-kept"),
        "source": pages.hidden(page, "source"),
        **more,
    }


def on_disk() -> list[Path]:
    return [path for path in Path(settings.VAULT_FILES).rglob("*") if path.is_file()]


def by_command(folder: Path, content: bytes, *words: str) -> None:
    """Import a list that lies in a folder."""
    file = folder / "list.json"
    file.write_bytes(content)
    call_command("intake", "import", str(file), "--source", "old", *words)


def test_files_are_looked_at_then_kept_with_their_report_and_once(world: World, django_capture_on_commit_callbacks):
    browser = at_desk("intake")
    looked = look(browser, LIST, zipped(FILES))
    assert looked.status_code == 200, words_of(looked)
    assert '3</span><span class="tile__label">files with them' in words_of(looked)
    assert "scan.pdf" not in words_of(looked)
    assert (Report.objects.count(), StoredFile.objects.count()) == (0, 0)
    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post("/desk/entry/import/", waiting(looked, do="import"), follow=True)
    assert "3 reports were made. 3 files are with them." in words_of(done)
    keys, (one, two, none) = world.actor("triage").keys, Report.objects.order_by("pk")
    by_count = sorted((one, two, none), key=lambda report: report.attachments.count())
    assert [kept_with(report, keys) for report in by_count[:1]] == [[]]
    ((details, content),) = kept_with(by_count[1], keys)
    assert (details["name"], details["type"], details["size"]) == ("scan.pdf", "application/pdf", len(PDF))
    assert content == PDF
    assert Scan.of(details["scan"]) == Scan.missing(Unscanned.OFF)
    found = [(details["name"], details["type"], content) for details, content in kept_with(by_count[2], keys)]
    assert found == [("scan.pdf", "image/jpeg", PHOTO), ("note.txt", "text/plain", b"CANARY-NOTE")]
    # The digest of each ciphertext is in the log, and nothing but what the reports keep is on the disk.
    leaves = b"".join(bytes(row.leaf) for row in Entry.objects.all())
    assert all(stored.ciphertext_sha256.encode() in leaves for stored in StoredFile.objects.all())
    assert sorted(path.name for path in on_disk()) == sorted(str(stored.pk) for stored in StoredFile.objects.all())
    (made,) = entries("reports.imported")
    assert (made["facts"]["made"], made["facts"]["files"], made["facts"]["left_out"]) == (3, 3, 0)

    again = look(browser, LIST, zipped(FILES))
    assert '3</span><span class="tile__label">imported before' in words_of(again)
    assert "Files that no row names" not in words_of(again)
    with opened([]) as beside:
        import_reports(actor=world.actor("intake"), content=LIST, source="old", digest="0" * 64, beside=beside)
    assert (Report.objects.count(), Attachment.objects.count()) == (3, 3)


def test_a_cell_of_a_table_names_several_files(world: World, tmp_path: Path) -> None:
    written = io.StringIO()
    table = csv.DictWriter(written, [*ROW, "files"], delimiter=";")
    table.writeheader()
    table.writerow({**ROW, "files": "1/scan.pdf | 2/scan.pdf|note.txt|"})
    (report,) = planned(written.getvalue().encode(), lying(tmp_path, zipped(FILES))).reports
    assert [member.path for member in report.enclosed] == list(FILES)
    for wrong in ({"a": 1}, 7, [["x"]], True):
        found = plan(json.dumps([{**ROW, "files": wrong}]).encode(), source="old").faults
        assert [(fault.line, fault.column) for fault in found] == [(1, "files")]


def test_files_that_no_row_names_stay_out_only_if_somebody_says_so(world: World) -> None:
    browser = at_desk("intake")
    more = {**FILES, "export/odd \u202efdp.pdf": b"x", "export/.DS_Store": b"x", "__MACOSX/export/1/scan.pdf": b"x"}
    looked = look(browser, LIST, zipped(more))
    assert "<li><bdi>export/odd fdp.pdf</bdi></li>" in words_of(looked)
    assert "DS_Store" not in words_of(looked)
    refused = browser.post("/desk/entry/import/", waiting(looked, do="import"))
    assert refused.status_code == 422
    assert '<a href="#id_leave_out">' in words_of(refused)
    with pytest.raises(Incomplete), opened([]) as beside:
        import_reports(actor=world.actor("intake"), content=LIST, source="old", digest="0" * 64, beside=beside)
    assert Report.objects.count() == 0
    assert browser.post("/desk/entry/import/", waiting(refused, do="import", leave_out="on")).status_code == 302
    assert (Report.objects.count(), Attachment.objects.count()) == (3, 3)
    assert entries("reports.imported")[0]["facts"]["left_out"] == 1


def test_a_list_is_mended_without_sending_its_files_again(world: World) -> None:
    browser = at_desk("intake")
    looked = look(browser, listed(["1/scan.pdf", "not there.pdf"]), zipped(FILES))
    assert looked.status_code == 422
    assert "File 2 of the row is not among the files." in words_of(looked)
    assert "not there.pdf" not in words_of(looked)
    back = browser.post("/desk/entry/import/", waiting(looked, do="change"))
    assert back.status_code == 200
    assert "CANARY-0.zip" in words_of(back)
    kept = {"files-kept": pages.all_hidden(back, "files-kept"), "table-kept": pages.hidden(back, "table-kept")}
    mended = look(browser, LIST, **kept, files=[])
    assert mended.status_code == 200, words_of(mended)
    assert browser.post("/desk/entry/import/", waiting(mended, do="import")).status_code == 302
    assert Attachment.objects.count() == 3
    assert not list((Path(settings.VAULT_FILES) / "pending").glob("*[!s]")), "the list and the ZIP file are gone"


@pytest.mark.parametrize("archive", [b"CANARY text", zipped(FILES)[:-30], zipped(FILES)[:200], b"PK\x05\x06"])
def test_what_is_no_whole_zip_file_is_told_beside_its_field_and_can_be_taken_out(world: World, archive: bytes) -> None:
    browser = at_desk("intake")
    refused = look(browser, LIST, zipped(FILES), archive)
    assert refused.status_code == 422
    assert '<a href="#id_files">Files that the list names</a> “CANARY-1.zip” cannot be read' in words_of(refused)
    assert 'value="old"' in words_of(refused)
    kept = pages.all_hidden(refused, "files-kept")
    (identifier,) = [value for name, value in _boxes(refused) if name == "files-remove"][1:]
    sent = {"table-kept": pages.hidden(refused, "table-kept"), "files-kept": kept, "files-remove": identifier}
    assert browser.post("/desk/entry/import/", {"source": "old", "do": "look", **sent}).status_code == 200


def _boxes(page: Any) -> list[tuple[str, str]]:
    return pages.re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]+)"', words_of(page))


def test_nothing_of_a_file_lies_in_clear_while_it_waits_or_afterwards(world: World, caplog, capfd) -> None:
    caplog.set_level("DEBUG")
    browser, secrets = at_desk("intake"), ["CANARY-CONTENT", "CANARY-PHOTO", "CANARY-NOTE", "CANARY-NAME"]
    archive = zipped({**FILES, "CANARY-NAME.txt": b"left out"}, method=0)
    assert all(secret.encode() in archive for secret in secrets)
    looked = look(browser, LIST, archive)
    kept = [path.read_bytes() for path in on_disk()]
    assert browser.post("/desk/entry/import/", waiting(looked, do="import", leave_out="on")).status_code == 302
    assert Attachment.objects.count() == 3
    kept += [path.read_bytes() for path in on_disk()] + [
        dump(),
        caplog.text.encode(),
        *map(str.encode, capfd.readouterr()),
    ]
    assert len(kept) > 8
    for secret in secrets:
        assert not any(spelling in each for each in kept for spelling in spellings(secret))


def test_each_file_is_shown_to_the_scanner_and_a_scanner_that_hangs_costs_its_time_once(
    world: World, settings, tmp_path: Path
) -> None:
    archive = lying(tmp_path, zipped({**FILES, "export/1/scan.pdf": b"%PDF" + MALWARE}))
    with fake_clamd() as fake:
        settings.CLAMAV = fake.address
        by_command(tmp_path, LIST, "--files", str(archive))
        assert sorted(fake.seen) == sorted([b"%PDF" + MALWARE, PHOTO, b"CANARY-NOTE"])
    verdicts = [
        Scan.of(details["scan"])
        for report in Report.objects.all()
        for details, _content in kept_with(report, world.actor("triage").keys)
    ]
    assert verdicts.count(Scan(Verdict.INFECTED, name="Test.Malware-1")) == 1
    assert verdicts.count(Scan(Verdict.CLEAN)) == 2
    before = StoredFile.objects.count()
    with fake_clamd(hangs) as fake:
        settings.CLAMAV, settings.CLAMAV_SECONDS = fake.address, 1
        by_command(tmp_path, LIST.replace(b"R-", b"S-"), "--files", str(archive))
        assert len(fake.seen) == 1, "the others did not wait for it again"
    assert StoredFile.objects.count() == before + 3


def test_the_command_takes_a_folder_and_prints_nothing_of_a_row(world: World, tmp_path: Path, capsys) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    outside = lying(tmp_path.parent, b"CANARY-OUTSIDE", f"{tmp_path.name}-outside")
    (tmp_path / "export" / "link.pdf").symlink_to(outside)
    (tmp_path / "export" / "linked").symlink_to(tmp_path.parent)
    with pytest.raises(CommandError, match="1 wrong"):
        by_command(tmp_path, listed(["1/scan.pdf", "link.pdf"]), "--files", str(tmp_path))
    with pytest.raises(CommandError, match="1 of the files are named by no row"):
        by_command(tmp_path, LIST, "--files", str(tmp_path), "--dry-run")
    said = capsys.readouterr()
    assert "line 1, files: File 2 of the row: It is a link" in said.err
    assert "named by no row: export/link.pdf" in said.err
    assert "scan.pdf" not in said.out + said.err.replace("export/2/scan.pdf", "", 1)
    assert "list.json" not in said.err
    by_command(tmp_path, LIST, "--files", str(tmp_path), "--leave-out", "--dry-run")
    assert Report.objects.count() == 0
    for _again in range(2):
        by_command(tmp_path, LIST, "--files", str(tmp_path), "--leave-out")
    assert "3 to make, 0 imported before. 3 files with them" in capsys.readouterr().out
    assert (Report.objects.count(), Attachment.objects.count()) == (3, 3)
    for wrong in (["--files", str(tmp_path / "nowhere")], ["--files", str(outside)]):
        with pytest.raises(CommandError, match="cannot be read"):
            by_command(tmp_path, LIST, *wrong)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("intake", "import", str(tmp_path / "none"), "--source", "old", "--files", str(tmp_path))


def test_nobody_else_imports_files_and_what_was_sealed_for_them_is_gone(world: World, tmp_path: Path) -> None:
    with opened([lying(tmp_path, zipped(FILES))]) as beside:
        for actor, refused in (
            (world.actor("triage"), NotPermitted),
            (world.actor("intake", confirmed=False), NotConfirmed),
        ):
            with pytest.raises(refused):
                import_reports(actor=actor, content=LIST, source="old", digest="0" * 64, beside=beside)
    assert look(at_desk("triage"), LIST, zipped(FILES)).status_code == 403
    assert on_disk() == []


def test_the_second_factor_is_asked_before_anything_is_sealed_and_the_batch_waits_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = at_desk("intake")
    looked = look(browser, LIST, zipped(FILES))
    Sitting.objects.update(confirmed_at=clock.now() - timedelta(hours=1))
    arrived: list[str] = []
    monkeypatch.setattr("intake.entry.importing.PendingFile", arrived.append)
    asked = browser.post("/desk/entry/import/", waiting(looked, do="import"))
    assert (asked.status_code, arrived) == (403, [])
    assert pages.all_hidden(looked, "files-kept")[0] in words_of(asked)
    monkeypatch.undo()
    confirm(browser)
    assert browser.post("/desk/entry/import/", waiting(looked, do="import")).status_code == 302
    assert Attachment.objects.count() == 3


def test_a_long_list_is_imported_in_parts_so_that_others_can_write_meanwhile(world: World, tmp_path: Path) -> None:
    names = [f"{number}.txt" for number in range(70)]
    where = lying(tmp_path, zipped({name: name.encode() for name in names}))
    # Fifty-one files and one more come first, then nineteen reports with a file, then three without.
    by_command(tmp_path, listed(names[:51], *[[name] for name in names[51:]], *[[]] * 3), "--files", str(where))
    made = [(each["facts"]["made"], each["facts"]["files"]) for each in entries("reports.imported")]
    assert made == [(1, 51), (20, 19), (2, 0)]
    assert (Report.objects.count(), Attachment.objects.count()) == (23, 70)


def test_a_full_disk_is_told_before_anything_is_written(world: World, tmp_path: Path, monkeypatch, settings) -> None:
    class Full:
        free, total = 1_000_000, 10**9

    settings.VAULT_RESERVE = 1_000_000 - sum(len(content) for content in FILES.values()) + 1
    monkeypatch.setattr("integrity.vault.storage.shutil.disk_usage", lambda _folder: Full)
    with pytest.raises(CommandError, match="no room"):
        by_command(tmp_path, LIST, "--files", str(lying(tmp_path, zipped(FILES))))
    assert on_disk() == []
    by_command(tmp_path, listed([]))
    assert Report.objects.count() == 1
