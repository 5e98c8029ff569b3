"""Cleaned copies in an office program: it makes the files, and opens the copies as it opens any other."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat
from pypdfium2 import raw

from integrity.vault.content import HEAD_LENGTH, content_type
from tests.integrity import office_documents
from tests.integrity.inspection_scene import CANARY, cleaned, holds_canary
from tests.integrity.real_office import RealOffice, of_kind

pytestmark = pytest.mark.once

MADE_FROM: Final = {
    "fodt": ("letter", office_documents.letter, ("docx", "odt")),
    "fods": ("table", office_documents.table, ("xlsx", "ods")),
    "fodp": ("slides", office_documents.slides, ("pptx", "odp")),
}
NAMES: Final = [f"{ending}.{ending}" for _name, _make, endings in MADE_FROM.values() for ending in endings]
# A line of a letter moves up where deleted words were shown before; of these nothing moves.
UNMOVED: Final = [name for name in NAMES if name not in {"docx.docx", "odt.odt"}]


@dataclass(frozen=True)
class Documents:
    """The files that the program made and their cleaned copies, and each as pages and as what the program reads."""

    made: Mapping[str, bytes]
    copies: Mapping[str, bytes]
    pages_made: Mapping[str, bytes]
    pages_of_copies: Mapping[str, bytes]
    read_made: Mapping[str, bytes]
    read_of_copies: Mapping[str, bytes]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Made once, because the program takes seconds to start."""
    office = RealOffice(tmp_path_factory.mktemp("office"))
    made: dict[str, bytes] = {}
    for source, (name, make, endings) in MADE_FROM.items():
        for ending in endings:
            made[f"{ending}.{ending}"] = office.converted({f"{name}.{source}": make()}, ending)[name]
    copies = {name: cleaned(content, content_type(content[:HEAD_LENGTH]))[0] for name, content in made.items()}
    both = {**made, **{f"copy-{name}": content for name, content in copies.items()}}
    pages = office.converted(both, "pdf")
    read: dict[str, bytes] = {}
    for source, (_name, _make, endings) in MADE_FROM.items():
        read |= office.converted(of_kind(both, endings), source)
    stems = {name: name.rpartition(".")[0] for name in made}
    return Documents(
        made,
        copies,
        {name: pages[stem] for name, stem in stems.items()},
        {name: pages[f"copy-{stem}"] for name, stem in stems.items()},
        {name: read[stem] for name, stem in stems.items()},
        {name: read[f"copy-{stem}"] for name, stem in stems.items()},
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_hidden_is_left_in_a_copy_or_in_what_the_program_reads_of_it(documents: Documents, name: str) -> None:
    assert holds_canary(documents.made[name])
    assert holds_canary(documents.read_made[name])
    assert not holds_canary(documents.copies[name])
    assert not holds_canary(documents.read_of_copies[name])
    told = documents.read_of_copies[name].decode()
    for hidden in (
        "meta:initial-creator>",
        "<dc:creator>",
        "office:annotation ",
        "text:changed-region",
        'xlink:href="http',
    ):
        assert hidden not in told


@pytest.mark.parametrize("name", NAMES)
def test_every_word_that_is_read_stays(documents: Documents, name: str) -> None:
    before, after = words(documents.pages_made[name]), words(documents.pages_of_copies[name])
    assert before == after
    assert {"FOOT", "CHART", "SHAPE" if name[-1] != "s" else "FORMULA"} & set(after)
    assert after.total() >= 10


@pytest.mark.parametrize("name", NAMES)
def test_what_is_hidden_to_the_eye_but_written_stays(documents: Documents, name: str) -> None:
    """Sheets, slides and notes: somebody must look through a copy before it is passed on."""
    told = documents.read_of_copies[name].decode()
    if "table" in documents_kind(name):
        assert "HIDDEN SHEET" in told
        assert "HIDDEN ROW" in told
    elif "slides" in documents_kind(name):
        assert "HIDDEN SLIDE" in told
        assert "NOTE OF THE SPEAKER" in told
    else:
        assert "WORDS OF A FOOTNOTE" in told
        assert "WORDS OF AN ENDNOTE" in told


@pytest.mark.parametrize("name", NAMES)
def test_pictures_and_charts_are_still_drawn(documents: Documents, name: str) -> None:
    before, after = drawn(documents.pages_made[name]), drawn(documents.pages_of_copies[name])
    assert after[raw.FPDF_PAGEOBJ_IMAGE] == before[raw.FPDF_PAGEOBJ_IMAGE] >= 1
    assert after[raw.FPDF_PAGEOBJ_PATH] >= 5


@pytest.mark.parametrize("name", UNMOVED)
def test_the_pages_look_as_before(documents: Documents, name: str) -> None:
    before, after = seen(documents.pages_made[name]), seen(documents.pages_of_copies[name])
    assert [each.size for each in before] == [each.size for each in after]
    for one, other in zip(before, after, strict=True):
        # Of 255; the picture alone, were it missing, would be five.
        assert ImageStat.Stat(ImageChops.difference(one, other)).mean[0] < 1


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_is_whole(documents: Documents, name: str) -> None:
    """Every part is declared, and whatever leads somewhere leads to a part that is there."""
    with zipfile.ZipFile(BytesIO(documents.copies[name])) as package:
        parts = {each: package.read(each) for each in package.namelist()}
    for part, content in parts.items():
        if part.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)  # noqa: S314 - written by ourselves
    if "[Content_Types].xml" in parts:
        assert declared_in_types(parts["[Content_Types].xml"]) == {
            each for each in parts if not each.endswith(".rels") and each != "[Content_Types].xml"
        }
        for part, content in parts.items():
            cited = set(re.findall(rb'\br:(?:id|embed|link|pict|dm|lo|qs|cs)="([^"]*)"', content))
            owned = relationships(parts, part)
            assert cited <= set(owned), part
            assert set(owned.values()) <= set(parts), part
    else:
        listed = {
            match
            for match in re.findall(r'full-path="([^"]*)"', parts["META-INF/manifest.xml"].decode())
            if not match.endswith("/")
        }
        assert listed == set(parts) - {"mimetype", "META-INF/manifest.xml"}


def test_a_pdf_of_the_program_becomes_pictures_of_its_pages(documents: Documents) -> None:
    content = documents.pages_made["odt.odt"]
    original = pypdfium2.PdfDocument(content)
    assert original.get_metadata_dict()["Author"] == CANARY
    made, _removed = cleaned(content, "application/pdf")
    copy = pypdfium2.PdfDocument(made)
    assert copy.get_metadata_dict(skip_empty=True) == {}
    assert words(made).total() == 0 < words(content).total()
    for one, other in zip(seen(content), seen(made), strict=True):
        assert ImageStat.Stat(ImageChops.difference(one, other)).mean[0] < 4


def documents_kind(name: str) -> str:
    """Which document a file was made from."""
    return next(kind for kind, _make, endings in MADE_FROM.values() if name.rpartition(".")[2] in endings)


def words(pages: bytes) -> Counter[str]:
    """The words in capitals, as often as they are read."""
    document = pypdfium2.PdfDocument(pages)
    return Counter(word for page in document for word in re.findall("[A-Z]{2,}", page.get_textpage().get_text_range()))


def drawn(pages: bytes) -> Counter[int]:
    """How many things of each kind there are on the pages."""
    document = pypdfium2.PdfDocument(pages)
    return Counter(thing.type for page in document for thing in page.get_objects())


def seen(pages: bytes) -> list[Image.Image]:
    """The pages as grey pictures."""
    return [page.render(scale=0.5).to_pil().convert("L") for page in pypdfium2.PdfDocument(pages)]


def declared_in_types(content: bytes) -> set[str]:
    """The parts that the list of content types names."""
    root = ElementTree.fromstring(content)  # noqa: S314 - written by ourselves
    return {each.attrib["PartName"].lstrip("/") for each in root if each.tag.endswith("Override")}


def relationships(parts: Mapping[str, bytes], part: str) -> dict[bytes, str]:
    """Where each relationship of a part leads."""
    folder, _slash, name = part.rpartition("/")
    content = parts.get(posixpath.join(folder, "_rels", f"{name}.rels"))
    if content is None:
        return {}
    root = ElementTree.fromstring(content)  # noqa: S314 - written by ourselves
    return {
        each.attrib["Id"].encode(): posixpath.normpath(
            posixpath.join("" if each.attrib["Target"].startswith("/") else folder, unquote(each.attrib["Target"]))
        ).lstrip("/")
        for each in root
    }
