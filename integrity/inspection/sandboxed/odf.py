"""OpenDocument files: content and styles, pictures from their pixels, and nothing about who wrote it (ISO 26300)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from integrity.inspection.codes import Refused, Removed, Trouble
from integrity.inspection.sandboxed.markup import Name, NewNames, Rules, element, elements, rewritten
from integrity.inspection.sandboxed.packages import PICTURE_ENDINGS, Pictures, ending_of, packed, parts_of

MANIFEST: Final = "META-INF/manifest.xml"
MIMETYPE: Final = "mimetype"
_DOCUMENTS: Final = frozenset({"content.xml", "styles.xml"})
_SPREADSHEET: Final = "spreadsheet"
# The table in a chart, which it cites by this name.
_OF_A_CHART: Final = "local-table"
_WHAT_WENT: Final = (
    ("basic/", Removed.MACROS),
    ("scripts/", Removed.MACROS),
    ("dialogs/", Removed.MACROS),
    ("thumbnails/", Removed.THUMBNAIL),
    ("signatures", Removed.AUTHORS),
    ("pictures/", Removed.DRAWINGS),
    ("objectreplacements/", Removed.DRAWINGS),
    ("object", Removed.OBJECTS),
    ("meta.xml", Removed.PROPERTIES),
    ("settings.xml", Removed.PROPERTIES),
)
_FAMILIES: Final = (
    (":drawing:", "draw"),
    ("xhtml", "xhtml"),
    *(
        (f":{each}:", each)
        for each in (
            "office",
            "text",
            "table",
            "presentation",
            "script",
            "form",
            "meta",
            "svg-compatible",
            "manifest",
            "database",
            "style",
        )
    ),
)


def family(namespace: str) -> str:
    """A short name for a namespace."""
    if "1999/xlink" in namespace:
        return "xlink"
    if "purl.org/dc" in namespace:
        return "dc"
    if "openoffice.org" in namespace or "documentfoundation" in namespace:
        return "ext"
    return next((short for part, short in _FAMILIES if part in namespace), "?")


def _names(prefix: str, words: str, code: Removed) -> dict[Name, Removed]:
    return {(prefix, word): code for word in words.split()}


# What a field shows stays as text; what it was told to show (a query, a file, a condition) goes.
_FIELDS: Final = """database-display database-name conditional-text hidden-text hidden-paragraph dde-connection
 user-field-get user-field-input variable-set variable-get variable-input placeholder expression text-input bookmark-ref
 reference-ref sequence sequence-ref title subject keywords description date time drop-down bibliography-mark measure"""
# What they show is who wrote, where the file lay, and when it was saved.
_OF_THE_FILE: Final = """template-name file-name user-defined author-name author-initials creator initial-creator
 printed-by editing-cycles editing-duration modification-date modification-time creation-date creation-time print-date
 print-time sender-firstname sender-lastname sender-initials sender-title sender-position sender-email
 sender-phone-private sender-fax sender-company sender-phone-work sender-street sender-city sender-postal-code
 sender-country sender-state-or-province"""
_DECLARED: Final = "dde-connection-decls user-field-decls variable-decls sequence-decls label"
_INDEX_MARKS: Final = " ".join(
    f"{kind}-mark{end}" for kind in ("toc", "alphabetical-index", "user-index") for end in ("", "-start", "-end")
)
RULES: Final = Rules(
    family=family,
    without={
        **_names("office", "annotation annotation-end", Removed.COMMENTS),
        **_names("ext", "annotation annotation-end", Removed.COMMENTS),
        **_names("office", "scripts event-listeners", Removed.MACROS),
        **_names("office", "meta settings", Removed.PROPERTIES),
        **_names("office", "dde-source", Removed.LINKS),
        **_names("office", "forms", Removed.OBJECTS),
        **_names("office", "binary-data", Removed.DRAWINGS),
        **_names("text", "tracked-changes change change-start change-end", Removed.CHANGES),
        **_names("table", "tracked-changes", Removed.CHANGES),
        **_names("text", _OF_THE_FILE, Removed.AUTHORS),
        **_names("text", _DECLARED, Removed.DATA),
        **_names("text", _INDEX_MARKS, Removed.DATA),
        **_names("text", "bookmark bookmark-start bookmark-end", Removed.DATA),
        **_names("text", "reference-mark reference-mark-start reference-mark-end", Removed.DATA),
        **_names("text", "section-source alphabetical-index-auto-mark-file", Removed.LINKS),
        **_names("text", "script", Removed.MACROS),
        **_names("table", "dde-links table-source cell-range-source database-ranges", Removed.LINKS),
        **_names("table", "data-pilot-tables scenario consolidation", Removed.DATA),
        **_names("table", "content-validations named-expressions label-ranges detective", Removed.DATA),
        **_names("table", "title desc", Removed.DESCRIPTIONS),
        **_names("script", "event-listener", Removed.MACROS),
        **_names("presentation", "event-listener", Removed.MACROS),
        **_names("presentation", "settings", Removed.PROPERTIES),
        **_names("presentation", "sound", Removed.OBJECTS),
        **_names("draw", "plugin applet floating-frame object-ole control", Removed.OBJECTS),
        **_names("svg-compatible", "title desc", Removed.DESCRIPTIONS),
        **_names("svg-compatible", "font-face-src", Removed.OBJECTS),
        **_names("dc", "creator date", Removed.AUTHORS),
        **_names("meta", "creator-initials date-string initial-creator", Removed.AUTHORS),
    },
    unwrapped={
        **_names("text", _FIELDS, Removed.DATA),
        **_names("text", "a", Removed.LINKS),
        **_names("draw", "a", Removed.LINKS),
        **_names("text", "execute-macro", Removed.MACROS),
        **_names("text", "meta meta-field content-control", Removed.DATA),
        **_names("ext", "content-control", Removed.DATA),
    },
)
# Styles are cited by these names; nothing else is by a name in `draw`.
_CITED: Final = frozenset(
    {"gradient", "hatch", "fill-image", "marker", "stroke-dash", "opacity", "layer", "glue-point", "param"}
)
_NAMED: Final = frozenset(
    {
        "section",
        "table-of-content",
        "illustration-index",
        "table-index",
        "object-index",
        "user-index",
        "alphabetical-index",
        "bibliography",
        "index-title",
    }
)


def clean(content: bytes) -> tuple[bytes, set[Removed]]:
    """The document with what is seen, and what was removed."""
    parts = parts_of(content)
    if not {MIMETYPE, MANIFEST, "content.xml"} <= set(parts):
        raise Refused(Trouble.UNREADABLE)
    if b"encryption-data" in parts[MANIFEST]:
        raise Refused(Trouble.LOCKED)
    removed = {Removed.PROPERTIES, Removed.MARKS}
    pictures = Pictures(removed)
    kept: dict[str, bytes] = {}
    for name, source in parts.items():
        if name.rsplit("/", 1)[-1] in _DOCUMENTS:
            kept[name] = source
        elif name.startswith("Pictures/") and ending_of(name) in PICTURE_ENDINGS:
            cleaned = pictures.cleaned(source)
            if cleaned is not None:
                kept[name] = cleaned
        elif name not in {MIMETYPE, MANIFEST}:
            removed.add(next((code for part, code in _WHAT_WENT if part in name.lower()), Removed.EVERYTHING_ELSE))
    media_type = parts[MIMETYPE].decode("ascii", "replace").strip()
    # The names of a spreadsheet's tables are read on their tabs.
    tables = frozenset() if _SPREADSHEET in media_type else _tables_in(parts["content.xml"])
    names = NewNames()
    written = [
        (name, source if ending_of(name) in PICTURE_ENDINGS else _rewritten(source, name, kept, tables, names, removed))
        for name, source in kept.items()
    ]
    made = [
        (MIMETYPE, media_type.encode("ascii", "replace")),
        (MANIFEST, _manifest(parts[MANIFEST], kept, media_type)),
        *written,
    ]
    return packed(made, stored=MIMETYPE), removed


def _tables_in(content: bytes) -> frozenset[str]:
    named = {given.get("table:name", "") for name, given in elements(content) if name == "table"}
    return frozenset(named - {"", _OF_A_CHART})


def _rewritten(
    content: bytes, part: str, kept: Mapping[str, bytes], tables: frozenset[str], names: NewNames, removed: set[Removed]
) -> bytes:
    folder = posixpath.dirname(part)

    def leads_inside(target: str) -> bool:
        place = posixpath.normpath(posixpath.join(folder, unquote(target)))
        return place in kept or f"{place}/content.xml" in kept

    def goes(of: Name, attributes: Mapping[Name, str]) -> tuple[bool, Removed] | None:
        # A picture or an object that is not there any more would be drawn as a sign that it is missing.
        if of in {("draw", "image"), ("draw", "object"), ("draw", "fill-image"), ("style", "background-image")}:
            target = attributes.get(("xlink", "href"))
            if target is not None and not leads_inside(target):
                return False, Removed.OBJECTS if of[1] == "object" else Removed.DRAWINGS
        return None

    def keep(of: Name, attribute: Name, value: str) -> str | None:
        if attribute == ("xlink", "href"):
            if leads_inside(value):
                return value
            removed.add(Removed.LINKS)
            return "#"
        if attribute == ("table", "formula"):
            removed.add(Removed.FORMULAS)
            return None
        if attribute[1] in {"rsid", "paragraph-rsid"}:
            removed.add(Removed.MARKS)
            return None
        if attribute[1] in {"author", "chg-author"}:
            removed.add(Removed.AUTHORS)
            return None
        if attribute[0] == "xhtml" or attribute[1] in {"content-validation-name", "protection-key"}:
            removed.add(Removed.DATA)
            return None
        return _renamed(of, attribute, value, tables, names)

    return rewritten(content, RULES, keep, removed, goes=goes)


def _renamed(of: Name, attribute: Name, value: str, tables: frozenset[str], names: NewNames) -> str | None:
    """A value, with names that nobody sees exchanged: programs put the name of a picture's file there."""
    if attribute == ("draw", "name"):
        return value if of[1] in _CITED else names.of(value)
    if attribute == ("draw", "chain-next-name") or (attribute == ("text", "name") and of[1] in _NAMED):
        return names.of(value)
    if attribute == ("draw", "notify-on-update-of-ranges") and tables:
        return None
    if tables and attribute[1] in {"name", "style-name", "default-cell-style-name"}:
        # A table's styles are named after it.
        table, dot, rest = value.rpartition(".")
        if value in tables:
            return names.of(value)
        return f"{names.of(table)}{dot}{rest}" if table in tables else value
    return value


def _manifest(content: bytes, kept: Mapping[str, bytes], media_type: str) -> bytes:
    lines = [element("manifest:file-entry", {"manifest:full-path": "/", "manifest:media-type": media_type})]
    for name, given in elements(content):
        path = given.get("manifest:full-path", "")
        inside = path in kept or (path.endswith("/") and f"{path}content.xml" in kept)
        if name == "file-entry" and path != "/" and inside:
            lines.append(
                element(
                    "manifest:file-entry",
                    {"manifest:full-path": path, "manifest:media-type": given.get("manifest:media-type", "")},
                )
            )
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entries = f'<manifest:manifest xmlns:manifest="{space}">{"".join(lines)}</manifest:manifest>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{entries}'.encode()
