"""Pages of a PDF: counted, drawn, and put into a new PDF as pictures, so that nothing hidden comes along."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from integrity.inspection.codes import Refused, Removed, Trouble
from integrity.inspection.sandboxed.pictures import GREATEST_SIDE, JPEG_QUALITY, as_png

MOST_PAGES: Final = 300
DOTS_PER_INCH: Final = 150
POINTS_PER_INCH: Final = 72
MOST_PIXELS_OF_A_PAGE: Final = 9_000_000
GREATEST_POINTS: Final = 14_400


def count(content: bytes) -> int:
    """How many pages a PDF says it has."""
    return len(_opened(content))


def draw(content: bytes, *, page: int) -> bytes:
    """One page as PNG."""
    document = _opened(content)
    if not 1 <= page <= len(document):
        raise Refused(Trouble.NO_SUCH_PAGE)
    document.init_forms()
    found = document[page - 1]
    return as_png(_drawn(found, scale=GREATEST_SIDE / max(*found.get_size(), 1)))


def clean(content: bytes) -> tuple[bytes, set[Removed]]:
    """A PDF with a picture of each page and nothing else, and what the original had besides."""
    document = _opened(content)
    if len(document) > MOST_PAGES:
        raise Refused(Trouble.PAGES)
    removed = {Removed.TEXT_LAYER, Removed.EVERYTHING_ELSE}
    if any(document.get_metadata_dict().values()):
        removed.add(Removed.PROPERTIES)
    if document.count_attachments():
        removed.add(Removed.ATTACHMENTS)
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        removed.add(Removed.SCRIPTS)
    document.init_forms()
    return _of_pictures(document), removed


def _of_pictures(document: pypdfium2.PdfDocument) -> bytes:
    """Written by hand, because what writes PDFs also writes when, and by what."""
    objects: list[bytes] = [b"", b""]
    pages: list[int] = []
    for number in range(len(document)):
        page = document[number]
        width, height = (max(1.0, min(side, GREATEST_POINTS)) for side in page.get_size())
        picture = _drawn(page, scale=DOTS_PER_INCH / POINTS_PER_INCH)
        page.close()
        written = BytesIO()
        picture.save(written, "JPEG", quality=JPEG_QUALITY - 7)
        objects.append(
            _stream(
                b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 "
                b"/Filter /DCTDecode" % picture.size,
                written.getvalue(),
            )
        )
        objects.append(_stream(b"", b"q %.2f 0 0 %.2f 0 0 cm /P Do Q" % (width, height)))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R "
            b"/Resources << /XObject << /P %d 0 R >> >> >>" % (width, height, len(objects), len(objects) - 1)
        )
        pages.append(len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids)
    return _file(objects)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _file(objects: list[bytes]) -> bytes:
    """Objects in their order as a file: ISO 32000-1, 7.5."""
    parts, places, length = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"], [], 15
    for number, content in enumerate(objects, start=1):
        places.append(length)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        length += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, length))
    return b"".join(parts)


def _opened(content: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
        raise Refused(Trouble.LOCKED if locked else Trouble.UNREADABLE) from error
    if not len(document):
        raise Refused(Trouble.UNREADABLE)
    return document


def _drawn(page: pypdfium2.PdfPage, *, scale: float) -> Image.Image:
    width, height = page.get_size()
    area = max(width, 1) * max(height, 1)
    if min(width, height) <= 0 or max(width, height) > 40 * GREATEST_POINTS:
        raise Refused(Trouble.UNREADABLE)
    scale = min(scale, (MOST_PIXELS_OF_A_PAGE / area) ** 0.5)
    return page.render(scale=scale).to_pil().convert("RGB")
