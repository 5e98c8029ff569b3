"""Cleaned copies: what was hidden is gone, what is seen stays, and a hostile file ends in a reason."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image, ImageChops

from integrity.inspection.codes import Job, Refused, Removed, Trouble
from integrity.inspection.sandbox import sandbox
from integrity.inspection.sandboxed.packages import MOST_UNPACKED
from integrity.inspection.words import REMOVED, TROUBLES
from integrity.vault.content import HEAD_LENGTH, WORD, content_type
from tests.integrity.inspection_scene import (
    CANARY,
    cleaned,
    docx,
    holds_canary,
    pdf,
    pdf_of_many_pages,
    photo,
    png_bomb,
    zipped,
)

pytestmark = pytest.mark.once

ODT = "application/vnd.oasis.opendocument.text"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def trouble_of(content: bytes, media_type: str, job: Job = Job.CLEAN, page: int = 1) -> Trouble:
    """Why the sandbox gives nothing for this file."""
    with (
        pytest.raises(Refused) as refused,
        sandbox(job, [content], media_type=media_type, size=len(content), page=page) as answer,
    ):
        b"".join(answer.content)
    return refused.value.trouble


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_cleaned_picture_has_its_pixels_and_nothing_else(kind: str) -> None:
    content = photo(kind=kind)
    assert holds_canary(content)
    made, removed = cleaned(content, f"image/{kind.lower()}")
    assert not holds_canary(made)
    picture = Image.open(BytesIO(made))
    assert (picture.format, picture.size) == (kind, (320, 200))
    structure = "jfif jfif_version jfif_unit jfif_density dpi resolution compression loop background timestamp duration"
    assert set(picture.info) <= set(structure.split())
    kept = set(picture.getexif())
    assert not kept & {0x010F, 0x013B, 0x0132, 0x8825, 0x8769}
    difference = ImageChops.difference(picture.convert("RGB"), Image.open(BytesIO(content)).convert("RGB"))
    assert max(high for _low, high in difference.getextrema()) < 90
    assert {Removed.CAMERA} | ({Removed.PLACE} if kind != "TIFF" else set()) <= set(removed)


def test_a_picture_that_lies_on_its_side_stands_upright_without_the_mark_that_said_so() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    written = BytesIO()
    Image.new("RGB", (300, 100), "red").save(written, "JPEG", exif=exif)
    made, _removed = cleaned(written.getvalue(), "image/jpeg")
    assert Image.open(BytesIO(made)).size == (100, 300)


def test_what_was_put_behind_a_picture_is_gone() -> None:
    made, _removed = cleaned(photo() + b"<html><script>" + CANARY.encode(), "image/jpeg")
    assert not holds_canary(made)
    assert b"<script" not in made


def test_a_cleaned_pdf_has_its_pages_as_pictures_and_nothing_else() -> None:
    content = pdf(3)
    assert holds_canary(content)
    made, removed = cleaned(content, "application/pdf")
    assert not holds_canary(made)
    assert not re.search(rb"/(JavaScript|JS|OpenAction|AA|Info|Metadata|EmbeddedFiles|Names|Annots|ID)\b", made)
    document = pypdfium2.PdfDocument(made)
    assert len(document) == 3
    assert document.get_metadata_dict(skip_empty=True) == {}
    assert document[0].get_textpage().get_text_range().strip() == ""
    assert document[0].get_size() == pytest.approx(pypdfium2.PdfDocument(content)[0].get_size(), abs=0.02)
    ink = document[0].render().to_pil().convert("L")
    assert ink.getextrema()[0] < 100, "the words are still seen"
    assert {Removed.PROPERTIES, Removed.TEXT_LAYER} <= set(removed)


def test_a_cleaned_word_file_has_what_is_read_and_nothing_about_people() -> None:
    content = docx()
    assert content_type(content[:HEAD_LENGTH]) == WORD
    made, removed = cleaned(content, WORD)
    assert not holds_canary(made)
    with zipfile.ZipFile(BytesIO(made)) as package:
        assert package.testzip() is None
        text = package.read("word/document.xml").decode()
        names = set(package.namelist())
        types = package.read("[Content_Types].xml").decode()
        relationships = package.read("word/_rels/document.xml.rels").decode()
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == {
        "[Content_Types].xml",
        "_rels/.rels",
        "word/_rels/document.xml.rels",
        "word/document.xml",
        "word/media/image1.jpg",
    }
    for stays in ("What stays &amp; is read", "inserted words", "a link"):
        assert stays in text
    for goes in ("rsid", "paraId", "author", "w:ins", "w:del", "comment", "w:hyperlink"):
        assert goes not in text
    assert "macroEnabled" not in types
    # Whatever cites a relationship cites one that is there.
    assert set(re.findall(r'r:\w+="(\w+)"', text)) == set(re.findall(r'Id="(\w+)"', relationships)) == {"rIdPicture"}
    assert {
        Removed.CHANGES,
        Removed.COMMENTS,
        Removed.LINKS,
        Removed.MACROS,
        Removed.MARKS,
        Removed.PICTURES,
        Removed.PROPERTIES,
        Removed.DATA,
    } <= set(removed)


def test_a_cleaned_open_document_has_what_is_read_and_nothing_about_people() -> None:
    text = f"""<?xml version="1.0"?>
<office:document-content xmlns:office="{OFFICE}office:1.0" xmlns:text="{OFFICE}text:1.0"
 xmlns:draw="{OFFICE}drawing:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink">
<office:scripts>{CANARY}</office:scripts><office:body><office:text>
<text:tracked-changes><dc:creator>{CANARY}</dc:creator></text:tracked-changes>
<text:p>What is read<office:annotation><dc:creator>{CANARY}</dc:creator></office:annotation>
<text:a xlink:href="https://{CANARY}.example/">a link</text:a><draw:image xlink:href="Pictures/1.jpg"/></text:p>
</office:text></office:body></office:document-content>"""
    manifest = f"""<manifest:manifest xmlns:manifest="{OFFICE}manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>"""
    content = zipped(
        {
            "mimetype": ODT.encode(),
            "content.xml": text.encode(),
            "META-INF/manifest.xml": manifest.encode(),
            "meta.xml": CANARY.encode(),
            "Thumbnails/thumbnail.png": CANARY.encode(),
            "Pictures/1.jpg": photo(),
        }
    )
    made, removed = cleaned(content, ODT)
    assert not holds_canary(made)
    with zipfile.ZipFile(BytesIO(made)) as package:
        first = package.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert set(package.namelist()) == {"mimetype", "META-INF/manifest.xml", "content.xml", "Pictures/1.jpg"}
        shown = package.read("content.xml").decode()
        assert "meta.xml" not in package.read("META-INF/manifest.xml").decode()
    assert "What is read" in shown
    assert 'xlink:href="Pictures/1.jpg"' in shown
    assert {Removed.COMMENTS, Removed.CHANGES, Removed.LINKS, Removed.MACROS, Removed.THUMBNAIL} <= set(removed)


def test_a_bomb_ends_in_a_sentence() -> None:
    bomb = png_bomb()
    assert len(bomb) < 1_000_000
    for job in (Job.CLEAN, Job.DRAW):
        assert trouble_of(bomb, "image/png", job) == Trouble.PIXELS
    unpacks = docx(**{"word/header1.xml": bytes(MOST_UNPACKED + 1)})
    assert len(unpacks) < 2_000_000
    assert trouble_of(unpacks, WORD) == Trouble.LARGE


def test_a_document_that_defines_entities_is_not_read() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    assert trouble_of(docx(**{"word/document.xml": laughs}), WORD) == Trouble.UNREADABLE


def test_a_pdf_of_a_million_pages_is_refused_and_its_first_page_is_not() -> None:
    endless = pdf_of_many_pages(1_000_000)
    assert trouble_of(endless, "application/pdf") == Trouble.PAGES
    assert trouble_of(pdf(locked=True), "application/pdf") == Trouble.LOCKED


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (photo()[:2000], "image/jpeg"),
        (pdf()[:40], "application/pdf"),
        (docx()[:-200], WORD),
        (b"PK\x03\x04" + bytes(200), ODT),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 300, "image/png"),
        (b"", "application/pdf"),
    ],
)
def test_a_damaged_file_ends_in_a_sentence(content: bytes, media_type: str) -> None:
    assert trouble_of(content, media_type) == Trouble.UNREADABLE


def test_what_is_drawn_is_a_png_of_bounded_size() -> None:
    for content, media_type in ((photo((4000, 3000)), "image/jpeg"), (pdf(), "application/pdf")):
        with sandbox(Job.DRAW, [content], media_type=media_type, size=len(content)) as answer:
            picture = Image.open(BytesIO(b"".join(answer.content)))
        assert picture.format == "PNG"
        assert max(picture.size) <= 1600
    assert trouble_of(pdf(), "application/pdf", Job.DRAW, page=3) == Trouble.NO_SUCH_PAGE
    assert trouble_of(docx(), WORD, Job.DRAW) == Trouble.UNREADABLE


def test_there_are_words_for_everything_that_can_be_said() -> None:
    assert set(REMOVED) == set(Removed)
    assert set(TROUBLES) == set(Trouble)
