"""What the tests of files share: hostile and ordinary files, and a desk that was sent them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Final

from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.pdfgen import canvas

from integrity.inspection.codes import Job, Removed
from integrity.inspection.sandbox import sandbox

CANARY: Final = "CanaryOfHiddenDetails"
WORD_NS: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R_NS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPEN: Final = "application/vnd.openxmlformats-officedocument."
_REL: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def photo(size: tuple[int, int] = (320, 200), kind: str = "JPEG", **more: object) -> bytes:
    """A picture with everything hidden that a picture can carry; the canary is in each."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B], exif[0x0132] = CANARY, CANARY, "2026:01:02 03:04:05"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (13.0, 44.0, 10.0), "E", (100.0, 31.0, 20.0)
    place[29] = CANARY
    written = BytesIO()
    options: dict[str, object] = {"exif": exif}
    if kind == "JPEG":
        options |= {"comment": CANARY.encode(), "xmp": f"<x>{CANARY}</x>".encode(), "icc_profile": _profile()}
    picture = Image.effect_noise(size, 60).convert("RGB")
    picture.save(written, kind, **{**options, **more})
    return written.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_bomb(side: int = 50_000) -> bytes:
    """A small file that says that it is a picture of `side` by `side` pixels, and packs them well."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(side // 8 + 1)) for _row in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(pages: int = 2, *, locked: bool = False) -> bytes:
    """A PDF with an author, a script that runs when it is opened, and words."""
    written = BytesIO()
    made = canvas.Canvas(written, encrypt=pdfencrypt.StandardEncryption(CANARY) if locked else None)
    made.setAuthor(CANARY)
    made.setTitle(CANARY)
    made._doc.Catalog.OpenAction = f"<< /S /JavaScript /JS (app.alert('{CANARY}')) >>"
    for number in range(pages):
        made.drawString(72, 700, f"Page {number + 1} of what was seen at the gate")
        made.showPage()
    made.save()
    return written.getvalue()


def pdf_of_many_pages(count: int) -> bytes:
    """A PDF that says it has that many pages: one page, again and again in a tree."""
    objects, level, total = [b"<< /Type /Page /MediaBox [0 0 9 9] >>"], 1, 1
    while total < count:
        kids = b" ".join(b"%d 0 R" % (level + 2) for _each in range(100))
        total *= 100
        objects.append(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (total, kids))
        level += 1
    objects.insert(0, b"<< /Type /Catalog /Pages %d 0 R >>" % (len(objects) + 1))
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            len(body),
        )
    )


def docx(**more: bytes) -> bytes:
    """A Word file with everything about people and machines that such a file carries; the canary is in each."""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="{WORD_NS}" xmlns:r="{R_NS}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><!-- {CANARY} --><w:body>
<w:p w:rsidR="{CANARY}" w14:paraId="{CANARY}"><w:pPr><w:rPr><w:ins w:author="{CANARY}" w:id="1"/></w:rPr></w:pPr>
<w:commentRangeStart w:id="0"/><w:r><w:t>What stays &amp; is read</w:t></w:r><w:commentRangeEnd w:id="0"/>
<w:r><w:commentReference w:id="0"/></w:r>
<w:ins w:author="{CANARY}" w:date="2026-01-01"><w:r><w:t>inserted words</w:t></w:r></w:ins>
<w:del w:author="{CANARY}"><w:r><w:delText>{CANARY}</w:delText></w:r></w:del>
<w:hyperlink r:id="rIdLink"><w:r><w:t>a link</w:t></w:r></w:hyperlink>
<w:r><a:blip r:embed="rIdPicture"/></w:r></w:p></w:body></w:document>"""
    relationships = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rIdLink" Type="{_REL}hyperlink" Target="https://{CANARY}.example/" TargetMode="External"/>
<Relationship Id="rIdTemplate" Type="{_REL}attachedTemplate" Target="file:///C:/{CANARY}.dotm" TargetMode="External"/>
<Relationship Id="rIdComments" Type="{_REL}comments" Target="comments.xml"/>
<Relationship Id="rIdPicture" Type="{_REL}image" Target="media/image1.jpg"/></Relationships>"""
    types = f"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpg" ContentType="image/jpeg"/>
<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>
<Override PartName="/word/comments.xml" ContentType="{_OPEN}wordprocessingml.comments+xml"/>
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>"""
    parts = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{_REL}officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="x" Target="docProps/core.xml"/></Relationships>""".encode(),
        "word/document.xml": text.encode(),
        "word/_rels/document.xml.rels": relationships.encode(),
        "word/comments.xml": f'<w:comments xmlns:w="{WORD_NS}" w:author="{CANARY}"/>'.encode(),
        "word/media/image1.jpg": photo(),
        "word/vbaProject.bin": CANARY.encode(),
        "docProps/core.xml": f"<c>{CANARY}</c>".encode(),
        f"customXml/{CANARY}.xml": CANARY.encode(),
        **more,
    }
    return zipped(parts)


def zipped(parts: dict[str, bytes]) -> bytes:
    """Parts as a zip."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return written.getvalue()


def cleaned(content: bytes, media_type: str) -> tuple[bytes, tuple[Removed, ...]]:
    """What the sandbox makes of a file, and what it says it removed."""
    with sandbox(Job.CLEAN, [content], media_type=media_type, size=len(content)) as answer:
        return b"".join(answer.content), answer.removed


def holds_canary(content: bytes) -> bool:
    """Whether the canary is anywhere in it: in clear, in UTF-16, in any stream, in any part."""
    wanted = (CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.encode("utf-16-be"))
    found = [content]
    position = content.find(b"stream")
    while position >= 0:
        packed = content[position + 6 :].lstrip(b"\r\n")
        with suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(packed))
        position = content.find(b"stream", position + 6)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as package:
            for name in package.namelist():
                found += [name.encode(), package.read(name)]
    return any(each in piece for piece in found for each in wanted)


def _profile() -> bytes:
    from PIL import ImageCms

    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made.replace(b"sRGB", b"Canr", 1) + CANARY.encode()
