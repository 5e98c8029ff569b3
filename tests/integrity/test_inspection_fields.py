"""What office files hide where nobody looks: codes of fields, lists of choices, comments under other names."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pytest

from integrity.inspection.codes import Removed
from integrity.vault.content import HEAD_LENGTH, content_type
from tests.integrity.inspection_scene import CANARY, R_NS, WORD_NS, cleaned, docx, holds_canary, photo, zipped

pytestmark = pytest.mark.once

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
ODP = "application/vnd.oasis.opendocument.presentation"
ODT = "application/vnd.oasis.opendocument.text"


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(words: str) -> str:
    return f"<w:r><w:instrText>{words}</w:instrText></w:r>"


def shown(words: str) -> str:
    return f"<w:r><w:t>{words}</w:t></w:r>"


def field(words: str, result: str) -> str:
    """A field as Word writes it: five runs."""
    return mark("begin") + code(words) + mark("separate") + shown(result) + mark("end")


def word(body: str) -> bytes:
    """A Word file with this body."""
    return docx(
        **{
            "word/document.xml": f"""<w:document xmlns:w="{WORD_NS}" xmlns:r="{R_NS}"
 xmlns:v="urn:schemas-microsoft-com:vml" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">
<w:body><w:p>{body}<w:r><a:blip r:embed="rIdPicture"/></w:r></w:p></w:body></w:document>""".encode()
        }
    )


def body_of(content: bytes) -> str:
    """The cleaned body; the canary is nowhere in the copy."""
    made, _removed = cleaned(content, content_type(content[:HEAD_LENGTH]))
    assert not holds_canary(made)
    with zipfile.ZipFile(BytesIO(made)) as package:
        return package.read("word/document.xml").decode()


def read(text: str) -> str:
    """What is read of it."""
    return "".join(re.findall(r"<w:t>([^<]*)</w:t>", text))


@pytest.mark.parametrize(
    "words",
    [
        f'HYPERLINK "https://{CANARY}.example/"',
        f'INCLUDEPICTURE "C:\\\\Users\\\\{CANARY}\\\\a.png"',
        f"DDEAUTO c:\\\\{CANARY} a",
        f"REF {CANARY}",
        f"PAGE {CANARY}",
        f"PAGE \\* {CANARY}",
    ],
)
def test_the_code_of_a_field_goes_and_what_it_shows_stays(words: str) -> None:
    text = body_of(word(shown("before ") + field(words, "SHOWN") + shown(" after")))
    assert read(text) == "before SHOWN after"
    assert "fldChar" not in text
    simple = body_of(word(f"<w:fldSimple w:instr='{words}'>{shown('SHOWN')}</w:fldSimple>"))
    assert read(simple) == "SHOWN"


def test_pages_go_on_being_counted() -> None:
    text = body_of(word(field(" PAGE ", "1") + field(" NUMPAGES  \\* MERGEFORMAT ", "7") + field("DATE", "today")))
    assert re.findall("<w:instrText>([^<]*)", text) == [" PAGE ", " NUMPAGES  \\* MERGEFORMAT "]
    assert re.findall('fldCharType="([a-z]*)"', text) == ["begin", "separate", "end"] * 2
    assert read(text) == "17today"


@pytest.mark.parametrize("words", ["AUTHOR", " FILENAME \\p ", "filename", "DocProperty Company", "SAVEDATE"])
def test_who_wrote_and_where_the_file_lay_is_not_shown_either(words: str) -> None:
    text = body_of(
        word(shown("by ") + field(words, CANARY) + f'<w:fldSimple w:instr="{words}">{shown(CANARY)}</w:fldSimple>')
    )
    assert read(text) == "by "


def test_what_a_field_inside_a_code_would_show_is_not_shown() -> None:
    inner = field("DOCVARIABLE secret", CANARY)
    text = body_of(
        word(mark("begin") + code("IF ") + inner + code(' = "1"') + mark("separate") + shown("SEEN") + mark("end"))
    )
    assert read(text) == "SEEN"


def test_a_field_that_never_ends_is_no_field() -> None:
    assert read(body_of(word(mark("begin") + code(f"PAGE {CANARY}") + mark("separate") + shown("SEEN")))) == "SEEN"
    assert read(body_of(word(mark("end") + mark("separate") + code(CANARY) + shown("SEEN")))) == "SEEN"


def test_names_that_nobody_sees_go_and_what_cites_a_picture_still_does() -> None:
    text = body_of(
        word(
            f"""<w:bookmarkStart w:name="{CANARY}" w:id="1"/><w:bookmarkEnd w:id="1"/>
<w:sdt><w:sdtPr><w:alias w:val="{CANARY}"/><w:tag w:val="{CANARY}"/><w:dropDownList><w:listItem w:value="{CANARY}"/>
</w:dropDownList></w:sdtPr><w:sdtContent>{shown("CHOSEN")}</w:sdtContent></w:sdt>
<w:pict><v:shapetype id="{CANARY}"/><v:shape id="{CANARY}1" type="#{CANARY}"><v:imagedata r:id="rIdPicture"/></v:shape>
</w:pict>"""
        )
    )
    assert read(text) == "CHOSEN"
    assert 'r:id="rIdPicture"' in text
    (kind,) = re.findall(r'<v:shapetype id="([^"]*)"', text)
    assert f'type="#{kind}"' in text


def odf(media_type: str, body: str) -> bytes:
    """An OpenDocument file with this body."""
    spaces = " ".join(
        f'xmlns:{short}="{OASIS}:{long}:1.0"'
        for short, long in (("office", "office"), ("text", "text"), ("draw", "drawing"), ("table", "table"))
    )
    manifest = f'<m:manifest xmlns:m="{OASIS}:manifest:1.0"/>'
    return zipped(
        {
            "mimetype": media_type.encode(),
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": f"""<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:officeooo="http://openoffice.org/2009/office"><office:body>{body}</office:body></office:document-content>""".encode(),
            "Pictures/1.jpg": photo(),
        }
    )


def odf_body(content: bytes, media_type: str) -> tuple[str, tuple[Removed, ...]]:
    made, removed = cleaned(content, media_type)
    assert not holds_canary(made)
    with zipfile.ZipFile(BytesIO(made)) as package:
        return package.read("content.xml").decode(), removed


def test_a_comment_on_a_slide_is_a_comment_under_whatever_name_it_is_written() -> None:
    comment = f"<officeooo:annotation><text:p>{CANARY}</text:p></officeooo:annotation>"
    text, removed = odf_body(
        odf(ODP, f'<draw:page draw:name="{CANARY}">{comment}<text:p>SEEN</text:p></draw:page>'), ODP
    )
    assert "SEEN" in text
    assert Removed.COMMENTS in removed


def test_controls_objects_and_pictures_written_into_the_text_go() -> None:
    text, removed = odf_body(
        odf(
            ODT,
            f"""<office:forms>{CANARY}</office:forms><text:p><draw:control draw:control="{CANARY}"/>
<draw:plugin>{CANARY}</draw:plugin>
<draw:frame draw:name="{CANARY}"><draw:image xlink:href="Pictures/1.jpg"/></draw:frame>
<draw:frame><draw:image><office:binary-data>{CANARY}</office:binary-data></draw:image></draw:frame>
<draw:frame><draw:object xlink:href="https://{CANARY}.example/"/></draw:frame>
<text:script>{CANARY}</text:script><text:file-name>{CANARY}</text:file-name>
<text:conditional-text text:condition="{CANARY}">SEEN</text:conditional-text></text:p>""",
        ),
        ODT,
    )
    assert "SEEN" in text
    assert 'xlink:href="Pictures/1.jpg"' in text
    assert "draw:object" not in text
    assert {Removed.OBJECTS, Removed.MACROS, Removed.PICTURES} <= set(removed)


def test_a_table_of_a_text_loses_its_name_and_keeps_its_styles() -> None:
    text, _removed = odf_body(
        odf(
            ODT, f'<table:table table:name="{CANARY}" table:style-name="{CANARY}.A"><text:p>SEEN</text:p></table:table>'
        ),
        ODT,
    )
    (name,) = re.findall(r'table:name="([^"]*)"', text)
    assert f'table:style-name="{name}.A"' in text
