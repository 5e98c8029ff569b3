"""The readable part of the evidence as PDF; imported when one is written, because the library is large."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Preformatted, SimpleDocTemplate, Spacer, Table, TableStyle

from audit.log.evidence_sheet import Sheet

GREY = colors.HexColor("#5c6670")
PALE = colors.HexColor("#eef1f4")


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write the explanation as a PDF."""
    document = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=sheet.title,
        author=sheet.origin,
    )

    def footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(GREY)
        canvas.drawString(20 * mm, 12 * mm, sheet.title[:110])
        canvas.drawRightString(190 * mm, 12 * mm, str(document.page))

    document.build(list(_story(sheet)), onFirstPage=footer, onLaterPages=footer)


def _story(sheet: Sheet) -> Iterable[Flowable]:
    styles = getSampleStyleSheet()
    text = ParagraphStyle("text", parent=styles["BodyText"], fontSize=10, leading=14, spaceAfter=6)
    head = ParagraphStyle("head", parent=styles["Heading2"], spaceBefore=12)
    code = ParagraphStyle("code", parent=styles["Code"], fontSize=8, leading=11, backColor=PALE, borderPadding=4)
    small = ParagraphStyle("small", parent=text, fontSize=7.5, leading=9.5, spaceAfter=0)
    yield Paragraph(escape(sheet.title), styles["Title"])
    yield Paragraph("What is proved", head)
    for said in sheet.proved():
        yield Paragraph(escape(said), text)
    for each in sheet.witnesses:
        yield Paragraph(escape(f"Witness {each}"), text)
    yield Paragraph("The entries", head)
    yield _table(sheet, small)
    yield Paragraph("How to check it", head)
    for said, typed in sheet.checking():
        yield Paragraph(escape(said), text)
        if typed:
            yield Spacer(1, 4)
            yield Preformatted(typed, code, maxLineLength=95)
            yield Spacer(1, 8)


def _table(sheet: Sheet, style: ParagraphStyle) -> Table:
    heading = ("No.", "Time (UTC)", "What happened", "Who", "Existed before")
    rows: list[list[Paragraph]] = [[Paragraph(f"<b>{escape(word)}</b>", style) for word in heading]]
    for line in sheet.lines:
        what = f"{line.description} ({line.type})" if line.description else line.type
        cells = (str(line.index), line.time, what, line.actor, line.before)
        rows.append([Paragraph(escape(cell), style) for cell in cells])
    table = Table(rows, colWidths=[15 * mm, 28 * mm, 62 * mm, 40 * mm, 25 * mm], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), PALE),
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, GREY),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table
