"""What a file is, told from its first bytes and never from its name; and whether the name says something else.

The answer is for people who decide what to do with a file. Nothing is shown or run because of it: what is sent to
a browser has a type of our own choosing.
"""

from __future__ import annotations

import re
from typing import Final

HEAD_LENGTH: Final = 32 * 1024
UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"
HTML: Final = "text/html"
SVG: Final = "image/svg+xml"
XML: Final = "application/xml"
ZIP: Final = "application/zip"
OLD_OFFICE: Final = "application/x-ole-storage"

OOXML: Final = "application/vnd.openxmlformats-officedocument."
WORD: Final = f"{OOXML}wordprocessingml.document"
SHEET: Final = f"{OOXML}spreadsheetml.sheet"
SLIDES: Final = f"{OOXML}presentationml.presentation"
_ODF: Final = "application/vnd.oasis.opendocument."
ODF_TEXT: Final = f"{_ODF}text"
ODF_SHEET: Final = f"{_ODF}spreadsheet"
ODF_SLIDES: Final = f"{_ODF}presentation"
ODF_DRAWING: Final = f"{_ODF}graphics"

# What a machine runs when it is opened.
PROGRAMS: Final = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-elf",
        "application/x-mach-binary",
        "application/java-vm",
        "application/x-dex",
        "application/x-ms-shortcut",
        "application/x-shellscript",
        "application/vnd.ms-cab-compressed",
        "application/vnd.debian.binary-package",
        "application/x-rpm",
    }
)
# What can hold scripts, which a browser or an office program would run.
ACTIVE: Final = frozenset({HTML, SVG, XML, OLD_OFFICE, "text/rtf", "application/vnd.ms-htmlhelp"})
_PE: Final = "application/vnd.microsoft.portable-executable"

_AT_START: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"MThd", "audio/midi"),
    (b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
    (b"{\\rtf", "text/rtf"),
    (b"%!PS", "application/postscript"),
    (b"ITSF", "application/vnd.ms-htmlhelp"),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
    (b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
    (b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"dex\n", "application/x-dex"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"!<arch>\ndebian", "application/vnd.debian.binary-package"),
    (b"\xed\xab\xee\xdb", "application/x-rpm"),
    (b"#!", "application/x-shellscript"),
    (b"-----BEGIN PGP ", "application/pgp-encrypted"),
    (b"age-encryption.org/", "application/x-age-encryption"),
)
_IN_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = (
    ((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    ((b"avif", b"avis"), "image/avif"),
    ((b"M4A ", b"M4B "), "audio/mp4"),
    ((b"qt  ",), "video/quicktime"),
)
_IN_OOXML: Final = ((b"word/", WORD), (b"xl/", SHEET), (b"ppt/", SLIDES))
_OOXML_FIRST: Final = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/")
_ODF_TYPES: Final = (ODF_TEXT, ODF_SHEET, ODF_SLIDES, ODF_DRAWING)
_ZIP_NAME_AT: Final = 30
_TAR_AT, _TAR = 257, b"ustar"
_TAG: Final = re.compile(rb"<(?:!doctype\s{1,9})?([a-z0-9:_-]{1,60})", re.IGNORECASE)
_ASIDE: Final = ((b"<?", b"?>"), (b"<!--", b"-->"))
_HTML_TAGS: Final = frozenset(
    b"html head body script iframe title style table div p a img h1 meta link form object embed base br font".split()
)
_LINES_OF_MAIL: Final = re.compile(rb"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){3}")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NEVER_IN_TEXT: Final = frozenset(range(32)) - frozenset(b"\t\n\r\x0c\x1b")

# What a name's ending promises. An ending that is not here promises nothing.
_PROMISES: Final[dict[str, frozenset[str]]] = {
    ending: frozenset(types)
    for endings, types in (
        ("pdf", ("application/pdf",)),
        ("png", ("image/png",)),
        ("jpg jpeg jpe jfif", ("image/jpeg",)),
        ("gif", ("image/gif",)),
        ("webp", ("image/webp",)),
        ("tif tiff", ("image/tiff",)),
        ("heic heif", ("image/heic",)),
        ("docx docm dotx", (WORD, ZIP)),
        ("xlsx xlsm", (SHEET, ZIP)),
        ("pptx pptm ppsx", (SLIDES, ZIP)),
        ("odt", (ODF_TEXT,)),
        ("ods", (ODF_SHEET,)),
        ("odp", (ODF_SLIDES,)),
        ("odg", (ODF_DRAWING,)),
        ("doc xls ppt msg", (OLD_OFFICE, "text/rtf", HTML, XML)),
        ("rtf", ("text/rtf",)),
        ("mp3", ("audio/mpeg",)),
        ("m4a", ("audio/mp4", "video/mp4")),
        ("ogg opus oga", ("audio/ogg",)),
        ("wav", ("audio/wav",)),
        ("mp4 m4v mov 3gp", ("video/mp4", "video/quicktime")),
        ("avi", ("video/x-msvideo",)),
        ("mkv webm", ("video/x-matroska",)),
        ("zip", (ZIP,)),
        ("7z", ("application/x-7z-compressed",)),
        ("rar", ("application/vnd.rar",)),
        ("gz tgz", ("application/gzip",)),
        ("txt csv log md tsv", (TEXT, "message/rfc822")),
        ("json", (TEXT,)),
        ("eml", ("message/rfc822", TEXT)),
        ("htm html xhtml", (HTML, XML, TEXT)),
        ("svg", (SVG,)),
        ("xml", (XML, HTML, SVG)),
    )
    for ending in endings.split()
}


def content_type(head: bytes) -> str:
    """The media type that the first bytes (`HEAD_LENGTH` are enough) show, or application/octet-stream."""
    for magic, media_type in _AT_START:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"MZ"):
        return _PE if not _is_text(head) else TEXT
    if head.startswith(b"RIFF"):
        return _IN_RIFF.get(head[8:12], UNKNOWN)
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return next((media_type for brands, media_type in _BRANDS if head[8:12] in brands), "video/mp4")
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(head)
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return "application/x-tar"
    return _in_text(head)


def named_otherwise(name: str, media_type: str) -> str:
    """The ending of the name, such as "pdf", when it promises another type than the content has; "" otherwise."""
    _stem, dot, ending = name.rpartition(".")
    promised = _PROMISES.get(ending.lower()) if dot else None
    return ending.lower() if promised is not None and media_type not in promised else ""


def decoded(text: bytes) -> str:
    """Text in the encoding that it shows: UTF-16 by its mark, UTF-8, else Windows-1252."""
    for mark, encoding in _BOMS:
        if text.startswith(mark):
            return text.decode(encoding, "replace")
    # A character may be cut in two at the end.
    for end in range(len(text), max(len(text) - 4, -1), -1):
        try:
            return text[:end].decode("utf-8")
        except UnicodeDecodeError:
            continue
    return text.decode("cp1252", "replace")


def _in_zip(head: bytes) -> str:
    first = head[_ZIP_NAME_AT:]
    if first.startswith(b"mimetype"):
        found = first[len(b"mimetype") :]
        return next((each for each in _ODF_TYPES if found.startswith(each.encode())), ZIP)
    if first.startswith(_OOXML_FIRST):
        for part, media_type in _IN_OOXML:
            if part in head:
                return media_type
    return ZIP


def _in_text(head: bytes) -> str:
    if not _is_text(head):
        return UNKNOWN
    start = decoded(head).lstrip("\ufeff").encode("utf-8", "replace")
    tag = _first_tag(start)
    if tag == b"svg" or tag.endswith(b":svg"):
        return SVG
    if tag in _HTML_TAGS:
        return HTML
    if tag and start.lstrip().startswith(b"<?xml"):
        return XML
    if _LINES_OF_MAIL.match(start.replace(b"\r\n", b"\n")) and re.search(
        rb"(?im)^(from|received|mime-version):", start
    ):
        return "message/rfc822"
    return TEXT


def _first_tag(text: bytes) -> bytes:
    """The first element of markup, or what its document type names; b"" when it is none."""
    position = len(text) - len(text.lstrip())
    while True:
        ended = next((end for begin, end in _ASIDE if text.startswith(begin, position)), b"")
        if not ended:
            found = _TAG.match(text, position)
            return found[1].lower() if found else b""
        end = text.find(ended, position)
        if end < 0:
            return b""
        position = end + len(ended)
        while position < len(text) and text[position] in b" \t\r\n":
            position += 1


def _is_text(head: bytes) -> bool:
    if not head:
        return False
    if any(head.startswith(mark) for mark, encoding in _BOMS if encoding == "utf-16"):
        return True
    return not _NEVER_IN_TEXT & set(head)
