"""Documents as flat OpenDocument text, for an office program to make real files of.

`CANARY` is in every place that a cleaned copy must lose; words that must stay are in capitals, one beside each place.
"""

from __future__ import annotations

import base64
from typing import Final

from tests.integrity.inspection_scene import CANARY, photo

_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES: Final = " ".join(
    [
        *(
            f'xmlns:{short}="{_OASIS}:{long}:1.0"'
            for short, long in {
                "office": "office",
                "text": "text",
                "table": "table",
                "draw": "drawing",
                "style": "style",
                "form": "form",
                "script": "script",
                "meta": "meta",
                "number": "datastyle",
                "chart": "chart",
                "presentation": "presentation",
                "config": "config",
                "anim": "animation",
                "svg": "svg-compatible",
                "fo": "xsl-fo-compatible",
                "smil": "smil-compatible",
            }.items()
        ),
        'xmlns:dc="http://purl.org/dc/elements/1.1/"',
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
        'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"',
        'xmlns:ooo="http://openoffice.org/2004/office"',
        'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"',
    ]
)
_META: Final = f"""<office:meta><meta:initial-creator>{CANARY}</meta:initial-creator><dc:creator>{CANARY}</dc:creator>
<dc:title>{CANARY}</dc:title><dc:subject>{CANARY}</dc:subject><dc:description>{CANARY}</dc:description>
<meta:keyword>{CANARY}</meta:keyword><meta:printed-by>{CANARY}</meta:printed-by>
<meta:creation-date>2026-01-02T03:04:05</meta:creation-date><dc:date>2026-01-02T03:04:05</dc:date>
<meta:user-defined meta:name="{CANARY}">{CANARY}</meta:user-defined></office:meta>"""
_MACROS: Final = f"""<office:scripts><office:script script:language="ooo:Basic"><ooo:libraries>
<ooo:library-embedded ooo:name="Standard"><ooo:module ooo:name="{CANARY}"><ooo:source-code>Sub Main
MsgBox "{CANARY}"
End Sub</ooo:source-code></ooo:module></ooo:library-embedded></ooo:libraries></office:script></office:scripts>"""
_COMMENT: Final = f"""<office:annotation><dc:creator>{CANARY}</dc:creator><dc:date>2026-01-02T03:04:05</dc:date>
<meta:creator-initials>{CANARY}</meta:creator-initials><text:p>{CANARY}</text:p></office:annotation>"""
_CHANGED_BY: Final = f"""<office:change-info><dc:creator>{CANARY}</dc:creator>
<dc:date>2026-01-02T03:04:05</dc:date></office:change-info>"""
_AT_THE_PAGE: Final = """<style:page-layout style:name="page"><style:page-layout-properties fo:page-width="21cm"
 fo:page-height="29.7cm" fo:margin="2cm" style:print-orientation="portrait"/>
<style:header-style><style:header-footer-properties fo:min-height="1cm"/></style:header-style>
<style:footer-style><style:header-footer-properties fo:min-height="1cm"/></style:footer-style>
</style:page-layout>"""


def _picture(place: str) -> str:
    content = base64.b64encode(photo()).decode()
    return f"""<draw:frame draw:name="{CANARY}" {place} svg:width="6cm" svg:height="4cm">
<draw:image><office:binary-data>{content}</office:binary-data></draw:image>
<svg:title>{CANARY}</svg:title><svg:desc>{CANARY}</svg:desc></draw:frame>"""


def _chart(place: str) -> str:
    cells = "".join(
        f"""<table:table-row><table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>
</table:table-row>"""
        for name, value in (("JANUARY", 3), ("FEBRUARY", 7))
    )
    return f"""<draw:frame draw:name="{CANARY}" {place} svg:width="8cm" svg:height="6cm"><draw:object>
<office:document office:mimetype="application/vnd.oasis.opendocument.chart" office:version="1.3" {_SPACES}>
<office:body><office:chart><chart:chart chart:class="chart:bar" svg:width="8cm" svg:height="6cm">
<chart:title><text:p>TITLE OF THE CHART</text:p></chart:title>
<chart:plot-area table:cell-range-address="local-table.$A$1:.$B$3" chart:data-source-has-labels="both">
<chart:axis chart:dimension="x" chart:name="primary-x">
<chart:categories table:cell-range-address="local-table.$A$2:.$A$3"/></chart:axis>
<chart:axis chart:dimension="y" chart:name="primary-y"/>
<chart:series chart:values-cell-range-address="local-table.$B$2:.$B$3" chart:class="chart:bar"
 chart:label-cell-address="local-table.$B$1"><chart:data-point chart:repeated="2"/></chart:series></chart:plot-area>
<table:table table:name="local-table"><table:table-header-columns><table:table-column/></table:table-header-columns>
<table:table-columns><table:table-column/></table:table-columns><table:table-header-rows><table:table-row>
<table:table-cell><text:p/></table:table-cell><table:table-cell office:value-type="string"><text:p>LORRIES</text:p>
</table:table-cell></table:table-row></table:table-header-rows><table:table-rows>{cells}</table:table-rows>
</table:table></chart:chart></office:chart></office:body></office:document></draw:object></draw:frame>"""


def _document(kind: str, *, styles: str, automatic: str, masters: str, body: str, more: str = "") -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document office:mimetype="{mimetype}" office:version="1.3" {_SPACES}>{_META}{more}{_MACROS}
<office:styles>{styles}</office:styles><office:automatic-styles>{_AT_THE_PAGE}{automatic}</office:automatic-styles>
<office:master-styles>{masters}</office:master-styles><office:body>{body}</office:body></office:document>""".encode()


def letter() -> bytes:
    """A letter with everything that a letter can have."""
    masters = f"""<style:master-page style:name="Standard" style:page-layout-name="page">
<style:header><text:p>HEAD OF THE PAGE</text:p></style:header>
<style:footer><text:p>FOOT OF THE PAGE <text:page-number>1</text:page-number>
<text:author-name text:fixed="false">{CANARY}</text:author-name>
<text:file-name text:fixed="false">{CANARY}</text:file-name></text:p></style:footer></style:master-page>"""
    automatic = """<style:style style:name="bold" style:family="text"><style:text-properties fo:font-weight="bold"/>
</style:style><style:style style:name="anchored" style:family="graphic"><style:graphic-properties
 style:wrap="none" style:vertical-pos="top" style:vertical-rel="paragraph" style:horizontal-pos="left"/></style:style>
<text:list-style style:name="numbers"><text:list-level-style-number text:level="1" style:num-format="1"
 style:num-suffix="."/></text:list-style>"""
    body = f"""<office:text><office:forms><form:form form:name="{CANARY}"><form:text form:name="{CANARY}"
 form:id="control1" form:control-implementation="ooo:com.sun.star.form.component.TextField"
 form:current-value="{CANARY}"/></form:form></office:forms>
<text:tracked-changes text:track-changes="true">
<text:changed-region text:id="c1"><text:insertion>{_CHANGED_BY}</text:insertion></text:changed-region>
<text:changed-region text:id="c2"><text:deletion>{_CHANGED_BY}<text:p>{CANARY}</text:p></text:deletion>
</text:changed-region></text:tracked-changes>
<text:user-field-decls><text:user-field-decl text:name="kept" office:value-type="string"
 office:string-value="A FIELD OF THE WRITER"/></text:user-field-decls>
<text:h text:outline-level="1">WHAT WAS SEEN</text:h>
<text:p>PLAIN <text:span text:style-name="bold">BOLD</text:span> words, <text:change-start text:change-id="c1"/>INSERTED
WORDS<text:change-end text:change-id="c1"/> and <text:change text:change-id="c2"/>then.
{_COMMENT}<text:a xlink:type="simple" xlink:href="https://{CANARY}.example/">WORDS OF A LINK</text:a></text:p>
<text:p>A note<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>
<text:p>WORDS OF A FOOTNOTE</text:p></text:note-body></text:note> and its end<text:note text:note-class="endnote">
<text:note-citation>i</text:note-citation><text:note-body><text:p>WORDS OF AN ENDNOTE</text:p></text:note-body>
</text:note>. <text:user-field-get text:name="kept">A FIELD OF THE WRITER</text:user-field-get>
<text:script script:language="JavaScript">{CANARY}</text:script></text:p>
<text:list text:style-name="numbers"><text:list-item><text:p>FIRST OF A LIST</text:p></text:list-item>
<text:list-item><text:p>SECOND OF A LIST</text:p></text:list-item></text:list>
<table:table table:name="{CANARY}"><table:table-column table:number-columns-repeated="2"/>
<table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>HEAD OF A TABLE</text:p></table:table-cell>
<table:covered-table-cell/></table:table-row><table:table-row><table:table-cell><text:p>LEFT CELL</text:p>
</table:table-cell><table:table-cell><text:p>RIGHT CELL</text:p></table:table-cell></table:table-row></table:table>
<text:p>{_picture('draw:style-name="anchored" text:anchor-type="as-char"')}</text:p>
<text:p>{_chart('text:anchor-type="as-char"')}</text:p>
<text:p><draw:frame draw:name="{CANARY}" text:anchor-type="as-char" svg:width="6cm" svg:height="2cm"><draw:text-box>
<text:p>WORDS IN A BOX</text:p></draw:text-box></draw:frame>
<draw:custom-shape draw:name="{CANARY}" text:anchor-type="as-char" svg:width="4cm" svg:height="2cm">
<text:p>WORDS IN A SHAPE</text:p><draw:enhanced-geometry draw:type="rectangle" svg:viewBox="0 0 21600 21600"
 draw:enhanced-path="M 0 0 L 21600 0 21600 21600 0 21600 0 0 Z N"/></draw:custom-shape></text:p>
<text:section text:name="{CANARY}"><text:section-source xlink:type="simple" xlink:href="file:///{CANARY}/other.odt"/>
<text:p>WORDS OF A SECTION</text:p></text:section>
<text:p><draw:control draw:name="{CANARY}" draw:control="control1" text:anchor-type="as-char" svg:width="3cm"
 svg:height="1cm"/><text:bookmark text:name="{CANARY}"/>LAST WORDS</text:p></office:text>"""
    more = f"""<office:settings><config:config-item-set config:name="ooo:configuration-settings">
<config:config-item config:name="PrinterName" config:type="string">{CANARY}</config:config-item>
</config:config-item-set></office:settings>"""
    return _document("text", styles="", automatic=automatic, masters=masters, body=body, more=more)


def table() -> bytes:
    """A table with everything that a table can have."""
    masters = """<style:master-page style:name="Default" style:page-layout-name="page"><style:header>
<text:p>HEAD OF THE SHEET</text:p></style:header><style:footer><text:p>FOOT OF THE SHEET</text:p></style:footer>
</style:master-page>"""
    automatic = """<style:style style:name="seen" style:family="table" style:master-page-name="Default">
<style:table-properties table:display="true"/></style:style>
<style:style style:name="hidden" style:family="table" style:master-page-name="Default"><style:table-properties
 table:display="false"/></style:style><number:number-style style:name="n2"><number:number number:decimal-places="2"
 number:min-decimal-places="2" number:min-integer-digits="1"/></number:number-style>
<style:style style:name="two" style:family="table-cell" style:data-style-name="n2"/>
<style:style style:name="wide" style:family="table-column"><style:table-column-properties
 style:column-width="5cm"/></style:style>"""
    body = f"""<office:spreadsheet><table:tracked-changes table:track-changes="true"><table:cell-content-change
 table:id="ct1"><table:cell-address table:column="0" table:row="0" table:table="0"/>{_CHANGED_BY}<table:previous>
<table:change-track-table-cell office:value-type="string"><text:p>{CANARY}</text:p></table:change-track-table-cell>
</table:previous></table:cell-content-change></table:tracked-changes>
<table:content-validations><table:content-validation table:name="val1"
 table:condition="of:cell-content-is-in-list(&quot;{CANARY}&quot;)"
 table:base-cell-address="Seen.A1"><table:help-message table:title="{CANARY}" table:display="true"><text:p>{CANARY}
</text:p></table:help-message></table:content-validation></table:content-validations>
<table:table table:name="Seen" table:style-name="seen"><table:shapes>
{_picture('table:end-cell-address="Seen.C30" svg:x="1cm" svg:y="6cm"')}
{_chart('table:end-cell-address="Seen.C50" svg:x="1cm" svg:y="12cm"')}</table:shapes>
<table:table-column table:style-name="wide" table:number-columns-repeated="3"/>
<table:table-row><table:table-cell office:value-type="string">{_COMMENT}<text:p>FIRST CELL</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p><text:a xlink:href="https://{CANARY}.example/"
 xlink:type="simple">WORDS OF A LINK</text:a></text:p></table:table-cell>
<table:table-cell table:content-validation-name="val1" office:value-type="string"><text:p>CHOSEN</text:p>
</table:table-cell></table:table-row>
<table:table-row><table:table-cell table:style-name="two" office:value-type="float" office:value="1250.5">
<text:p>1250.50</text:p></table:table-cell><table:table-cell table:style-name="two" office:value-type="float"
 office:value="2"><text:p>2.00</text:p></table:table-cell>
<table:table-cell table:style-name="two" table:formula="of:=[.A2]*[.B2]+LEN(&quot;{CANARY}&quot;)*0"
 office:value-type="float" office:value="2501"><text:p>2501.00</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell table:formula="of:=&quot;WORDS OF A &quot;&amp;&quot;FORMULA&quot;"
 office:value-type="string" office:string-value="WORDS OF A FORMULA"><text:p>WORDS OF A FORMULA</text:p>
</table:table-cell><table:table-cell office:value-type="date" office:date-value="2026-03-04"><text:p>2026-03-04</text:p>
</table:table-cell><table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>TRUE</text:p>
</table:table-cell></table:table-row>
<table:table-row table:visibility="collapse"><table:table-cell office:value-type="string"><text:p>HIDDEN ROW</text:p>
</table:table-cell></table:table-row></table:table>
<table:table table:name="Second" table:style-name="seen"><table:table-column/><table:table-row>
<table:table-cell office:value-type="string" table:number-columns-spanned="2"><text:p>SECOND SHEET</text:p>
</table:table-cell><table:covered-table-cell/></table:table-row></table:table>
<table:table table:name="Third" table:style-name="hidden"><table:table-column/><table:table-row>
<table:table-cell office:value-type="string"><text:p>HIDDEN SHEET</text:p></table:table-cell></table:table-row>
</table:table><table:named-expressions><table:named-range table:name="{CANARY}"
 table:base-cell-address="$Seen.$A$1" table:cell-range-address="$Seen.$A$1:.$B$2"/></table:named-expressions>
<table:database-ranges><table:database-range table:name="{CANARY}db" table:target-range-address="Seen.A1:Seen.C3"
 table:display-filter-buttons="true"/></table:database-ranges></office:spreadsheet>"""
    return _document("spreadsheet", styles="", automatic=automatic, masters=masters, body=body)


def slides() -> bytes:
    """Slides with everything that slides can have."""
    layout = """<style:presentation-page-layout style:name="AL1"/>"""
    masters = """<style:handout-master style:page-layout-name="page"/>
<style:master-page style:name="Default" style:page-layout-name="page" draw:style-name="slide"><draw:frame
 svg:x="1cm" svg:y="20cm" svg:width="8cm" svg:height="1cm"><draw:text-box><text:p>FOOT OF THE SLIDES</text:p>
</draw:text-box></draw:frame></style:master-page>"""
    automatic = """<style:style style:name="slide" style:family="drawing-page"><style:drawing-page-properties
 presentation:background-visible="true" presentation:background-objects-visible="true"/></style:style>
<style:style style:name="unseen" style:family="drawing-page"><style:drawing-page-properties
 presentation:visibility="hidden"/></style:style>"""

    def box(words: str, y: int, of: str = "") -> str:
        return f"""<draw:frame draw:name="{CANARY}" {of} svg:x="2cm" svg:y="{y}cm" svg:width="12cm" svg:height="1.5cm">
<draw:text-box><text:p>{words}</text:p></draw:text-box></draw:frame>"""

    link = f'<text:a xlink:href="https://{CANARY}.example/" xlink:type="simple">WORDS OF A LINK</text:a>'
    body = f"""<office:presentation>
<draw:page draw:name="{CANARY}" draw:style-name="slide" draw:master-page-name="Default">
{_COMMENT}{box("TITLE OF A SLIDE", 1)}{box(link, 3)}
{_picture('svg:x="2cm" svg:y="5cm"')}{_chart('svg:x="9cm" svg:y="5cm"')}
<draw:frame draw:name="{CANARY}" svg:x="2cm" svg:y="12cm" svg:width="12cm" svg:height="3cm"><table:table>
<table:table-column/><table:table-column/><table:table-row><table:table-cell><text:p>LEFT CELL</text:p>
</table:table-cell><table:table-cell><text:p>RIGHT CELL</text:p></table:table-cell></table:table-row></table:table>
</draw:frame><draw:custom-shape draw:name="{CANARY}" svg:x="2cm" svg:y="16cm" svg:width="5cm" svg:height="2cm">
<office:event-listeners><presentation:event-listener script:event-name="dom:click" presentation:action="show"
 xlink:href="https://{CANARY}.example/" xlink:type="simple"/></office:event-listeners>
<text:p>WORDS IN A SHAPE</text:p><draw:enhanced-geometry draw:type="rectangle" svg:viewBox="0 0 21600 21600"
 draw:enhanced-path="M 0 0 L 21600 0 21600 21600 0 21600 0 0 Z N"/></draw:custom-shape>
<presentation:notes draw:style-name="slide"><draw:page-thumbnail svg:x="2cm" svg:y="2cm" svg:width="8cm"
 svg:height="6cm" draw:page-number="1" presentation:class="page"/><draw:frame presentation:class="notes"
 svg:x="2cm" svg:y="12cm" svg:width="12cm" svg:height="6cm"><draw:text-box><text:p>NOTE OF THE SPEAKER</text:p>
</draw:text-box></draw:frame></presentation:notes></draw:page>
<draw:page draw:name="{CANARY}2" draw:style-name="unseen" draw:master-page-name="Default">
{box("HIDDEN SLIDE", 1)}</draw:page>
<draw:page draw:name="{CANARY}3" draw:style-name="slide" draw:master-page-name="Default">
{box("LAST SLIDE", 1)}</draw:page>
<presentation:settings><presentation:show presentation:name="{CANARY}"
 presentation:pages="{CANARY},{CANARY}3"/></presentation:settings></office:presentation>"""
    return _document("presentation", styles=layout, automatic=automatic, masters=masters, body=body)
