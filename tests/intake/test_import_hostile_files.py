"""Files with imported reports that were made to harm: names, bombs, lies in a ZIP file's table of contents."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from django.conf import settings

from intake.entry.archives import MOST_CONTENTS, Damaged, NotAnArchive, opened
from intake.entry.importing import import_reports
from intake.portal.models import Report
from integrity.action import Incomplete
from tests.intake.importing import ROW, faults, kept_with, listed, lying, patched, planned, renamed, zipped
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

AT_1 = "File 1 of the row: "
HOSTILE = [
    "../../etc/passwd",
    "a/../../b",
    "/etc/passwd",
    "\\\\server\\share\\x",
    "C:\\Windows\\win.ini",
    "a\\..\\..\\b",
    "x" * 1_001,
    "deep/" * 300 + "x",
]


def kept_as(world: World, name: str, archive: Path, shown: str = "") -> str:
    """Under which name the file is kept that a list names so."""
    content = listed([shown or name]).replace(b"R-1", f"R-{zlib.crc32(archive.read_bytes())}".encode())
    with opened([archive]) as beside:
        import_reports(actor=world.actor("intake"), content=content, source="old", digest="0" * 64, beside=beside)
    ((details, _content),) = kept_with(Report.objects.latest("pk"), world.actor("triage").keys)
    Report.objects.all().delete()
    return str(details["name"])


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:20])
def test_a_name_that_leads_elsewhere_is_refused_when_it_is_named(world: World, name: str, tmp_path: Path) -> None:
    archive = lying(tmp_path, zipped({name: b"x", "fine.txt": b"y"}))
    assert faults(listed([name, "fine.txt"]), archive) == [(1, f"{AT_1}Its name is none that a file here can have.")]
    assert len(planned(listed(["fine.txt"]), archive).unnamed) == 1


def test_a_name_in_a_list_reads_nothing_that_did_not_come_with_it(world: World, tmp_path: Path) -> None:
    outside, inside = lying(tmp_path, b"secret", "outside.txt"), tmp_path / "inside"
    inside.mkdir()
    for name in ("../outside.txt", str(outside), "/etc/passwd", "inside/../outside.txt", "\0", "."):
        assert faults(listed([name]), inside) == [(1, "File 1 of the row is not among the files.")]


def test_names_are_kept_without_what_deceives_and_found_in_every_spelling(world: World, tmp_path: Path) -> None:
    assert kept_as(world, "annex\u202efdp.exe", lying(tmp_path, zipped({"annex\u202efdp.exe": b"x"}))) == "annexfdp.exe"
    assert len(kept_as(world, "n" * 900 + ".pdf", lying(tmp_path, zipped({"n" * 900 + ".pdf": b"x"})))) == 120
    decomposed = lying(tmp_path, zipped({"U\u0308ber.pdf": b"x"}))
    assert kept_as(world, "\u00dcber.pdf", decomposed) == "\u00dcber.pdf"
    assert kept_as(world, "folder/SCAN.PDF", lying(tmp_path, zipped({"top\\Folder\\scan.pdf": b"x"}))) == "scan.pdf"
    # UTF-8 without the flag, as some systems write it; else code page 437.
    raw = renamed(zipped({"abcdef.pdf": b"x"}), b"abcdef.pdf", "تقر.pdf".encode(), flags=0)
    assert kept_as(world, "تقر.pdf", lying(tmp_path, raw)) == "تقر.pdf"
    raw = renamed(zipped({"abc.pdf": b"x"}), b"abc.pdf", b"\x9aab.pdf", flags=0)
    assert kept_as(world, "Üab.pdf", lying(tmp_path, raw)) == "Üab.pdf"


def test_a_unicode_name_beside_the_old_one_counts_only_if_it_belongs_to_it(world: World, tmp_path: Path) -> None:
    for belongs in (True, False):
        info, written = zipfile.ZipInfo("old.pdf"), io.BytesIO()
        checksum = zlib.crc32(b"old.pdf") ^ (not belongs)
        value = struct.pack("<BL", 1, checksum) + "новый.pdf".encode()
        info.extra = struct.pack("<HH", 0x7075, len(value)) + value
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr(info, b"x")
        found = planned(listed(["новый.pdf" if belongs else "old.pdf"]), lying(tmp_path, written.getvalue()))
        assert (found.files, found.faults) == (1, [])


def test_two_files_of_one_name_are_told_apart_by_their_folder_or_not_taken(world: World, tmp_path: Path) -> None:
    names = ("once.txt", "Once.txt", "a/x.txt", "b/x.txt", "Case.txt", "case.txt", "top.txt", "a/top.txt")
    where = lying(tmp_path, renamed(zipped(dict.fromkeys(names, b"content")), b"Once.txt", b"once.txt"))
    several = "More than one file has this name. Write the folder that it is in as well."
    for name in ("once.txt", "x.txt", "CASE.txt"):
        assert faults(listed([name]), where) == [(1, AT_1 + several)]
    assert faults(listed(["a/x.txt", "b/x.txt", "Case.txt", "case.txt", "top.txt", "a/top.txt"]), where) == []
    assert faults(listed(["a/x.txt", "A/X.TXT"]), where) == [(1, "File 2 of the row: This row names it twice.")]
    # Two reports may have the same file.
    assert planned(listed(["a/x.txt"], ["a/x.txt"]), where).files == 2
    # The same name in another ZIP file is another file.
    assert faults(listed(["a/x.txt"]), where, lying(tmp_path, zipped({"a/x.txt": b"y"}), "more.zip")) == [
        (1, AT_1 + several)
    ]
    most = listed([f"{number}.txt" for number in range(101)])
    full = lying(tmp_path, zipped({f"{number}.txt": b"x" for number in range(101)}))
    assert faults(most, full) == [(1, "One report has at most 100 files.")]


def test_what_cannot_be_taken_is_told_by_line_and_keeps_all_out(world: World, tmp_path: Path, settings) -> None:
    settings.VAULT_FILE_LIMIT = 100
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(link, b"/etc/passwd")
        archive.writestr("empty", b"")
        archive.writestr("large", bytes(101))
        archive.writestr("bzip2", b"x", zipfile.ZIP_BZIP2)
        archive.writestr("lzma", b"x", zipfile.ZIP_LZMA)
        archive.writestr("fine", bytes(100))
    where = lying(tmp_path, written.getvalue())
    content = listed(["link"], ["empty"], ["large"], ["bzip2"], ["lzma"], ["fine"], ["none", "fine", "neither"])
    told = [sentence.removeprefix(AT_1) for _line, sentence in faults(content, where)]
    packed = "It is packed in a way that is not read here. Make the ZIP file with the method “Deflate”."
    assert [line for line, _sentence in faults(content, where)] == [1, 2, 3, 4, 5, 7]
    assert told[1:] == [
        "It is empty.",
        "It is larger than 100\xa0bytes.",
        packed,
        packed,
        "Files 1, 3 of the row are not among the files.",
    ]
    encrypted = lying(tmp_path, patched(zipped({"a": b"secret"}), flags=0x1), "encrypted.zip")
    assert faults(listed(["a"]), encrypted) == [(1, AT_1 + "It is encrypted. Make the ZIP file without a password.")]
    with pytest.raises(Incomplete), opened([where]) as beside:
        import_reports(actor=world.actor("intake"), content=content, source="old", digest="0" * 64, beside=beside)
    assert Report.objects.count() == 0


@pytest.mark.parametrize("told", [1, 999_999, 1_000_001, 50_000_000])
def test_a_file_of_another_size_than_is_told_is_damaged_and_read_no_further(
    world: World, told: int, tmp_path: Path
) -> None:
    where = lying(tmp_path, patched(zipped({"bomb": bytes(1_000_000)}), size=told))
    assert faults(listed(["bomb"]), where) == [(1, AT_1 + "It is damaged or cut short.")]
    with opened([where]) as (member,), pytest.raises(Damaged) as raised:
        assert sum(map(len, member.read())) <= min(told, 1_000_000)
    assert "bomb" not in str(raised.value)
    with pytest.raises(Incomplete), opened([where]) as beside:
        import_reports(actor=world.actor("intake"), content=listed(["bomb"]), source="old", digest="0", beside=beside)
    assert [path for path in Path(settings.VAULT_FILES).rglob("*") if path.is_file()] == []


def test_a_flipped_bit_is_found_at_the_first_look(world: World, tmp_path: Path) -> None:
    archive = bytearray(zipped({"scan.pdf": bytes(range(256)) * 100}, zipfile.ZIP_STORED))
    archive[5_000] ^= 1
    assert faults(listed(["scan.pdf"]), lying(tmp_path, bytes(archive))) == [(1, AT_1 + "It is damaged or cut short.")]


def test_all_files_together_have_a_bound_which_names_the_line_to_split_at(
    world: World, tmp_path: Path, settings
) -> None:
    settings.VAULT_REQUEST_LIMIT = 2_500_000
    # Many names for the same few bytes, which is how a small file becomes an endless one.
    bomb = lying(tmp_path, zipped({"bomb": bytes(1_000_000)}))
    assert bomb.stat().st_size < 2_000
    assert [line for line, _sentence in faults(listed(*[["bomb"]] * 9), bomb)] == [3]
    assert faults(listed(*[["bomb"]] * 2), bomb) == []


def test_a_table_of_contents_that_would_fill_the_memory_is_not_read(world: World, tmp_path: Path) -> None:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, *[0] * 7, 1, *[0] * 6) + b"x"
    for count, refused in ((MOST_CONTENTS // len(entry) + 1, "is no ZIP file"), (20_001, "more than 20000 files")):
        contents = entry * count
        ending = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(contents), 0, 0)
        where = lying(tmp_path, contents + ending)
        tracemalloc.start()
        with pytest.raises(NotAnArchive, match=refused), opened([where]):
            pass
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
        tracemalloc.stop()


def test_random_damage_is_told_and_never_a_fault_of_ours(world: World, tmp_path: Path) -> None:
    archive = zipped({"a/scan.pdf": bytes(range(256)) * 4, "b.txt": b"words" * 50})
    content = listed(["scan.pdf"], ["b.txt"])
    told = 0
    for at in range(len(archive)):
        damaged = bytearray(archive)
        damaged[at] ^= 0xFF
        try:
            told += bool(faults(content, lying(tmp_path, bytes(damaged))))
        except NotAnArchive:
            told += 1
    assert told > len(archive) // 3


def test_a_row_of_many_kinds_of_names_never_breaks_the_look(world: World, tmp_path: Path) -> None:
    where = lying(tmp_path, zipped({"fine.txt": b"x"}))
    for name in ("\ud800", "\0", "|", "/", "\\", "..", "x" * 100_000, "fine.txt/", "\u202e", " fine.txt "):
        found = planned(listed([name]), where)
        assert len(found.faults) + found.files <= 1
        assert ROW["what"] not in str(found.faults)
