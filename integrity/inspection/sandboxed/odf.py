"""OpenDocument files: content and styles, pictures from their pixels, and nothing about who wrote it (ISO 26300)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from integrity.inspection.codes import Refused, Removed, Trouble
from integrity.inspection.sandboxed.markup import Name, Rules, element, elements, rewritten
from integrity.inspection.sandboxed.packages import PICTURE_ENDINGS, Pictures, ending_of, packed, parts_of

MANIFEST: Final = "META-INF/manifest.xml"
MIMETYPE: Final = "mimetype"
_DOCUMENTS: Final = frozenset({"content.xml", "styles.xml"})
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
_FAMILIES: Final = tuple(
    (f":{each}:", each)
    for each in (
        "office",
        "text",
        "table",
        "draw",
        "presentation",
        "script",
        "form",
        "meta",
        "svg-compatible",
        "manifest",
        "database",
    )
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


RULES: Final = Rules(
    family=family,
    without={
        **_names("office", "annotation annotation-end", Removed.COMMENTS),
        **_names("office", "scripts event-listeners", Removed.MACROS),
        **_names("office", "meta settings", Removed.PROPERTIES),
        **_names("office", "dde-source", Removed.LINKS),
        **_names("text", "tracked-changes change change-start change-end", Removed.CHANGES),
        **_names("table", "tracked-changes", Removed.CHANGES),
        **_names("text", "dde-connection-decls", Removed.LINKS),
        **_names("table", "dde-links table-source cell-range-source database-ranges", Removed.LINKS),
        **_names("table", "data-pilot-tables scenario", Removed.DATA),
        **_names("script", "event-listener", Removed.MACROS),
        **_names("presentation", "event-listener", Removed.MACROS),
        **_names("draw", "plugin applet floating-frame object-ole", Removed.OBJECTS),
        **_names("svg-compatible", "title desc", Removed.DESCRIPTIONS),
        **_names("dc", "creator date", Removed.AUTHORS),
        **_names("meta", "creator-initials date-string initial-creator", Removed.AUTHORS),
    },
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
    written = [
        (name, source if ending_of(name) in PICTURE_ENDINGS else _rewritten(source, name, kept, removed))
        for name, source in kept.items()
    ]
    made = [
        (MIMETYPE, media_type.encode("ascii", "replace")),
        (MANIFEST, _manifest(parts[MANIFEST], kept, media_type)),
        *written,
    ]
    return packed(made, stored=MIMETYPE), removed


def _rewritten(content: bytes, part: str, kept: Mapping[str, bytes], removed: set[Removed]) -> bytes:
    folder = posixpath.dirname(part)

    def leads_inside(target: str) -> bool:
        place = posixpath.normpath(posixpath.join(folder, unquote(target)))
        return target.startswith("#") or place in kept or f"{place}/content.xml" in kept

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
        # Programs put the name of the picture's file here.
        if attribute == ("draw", "name") and of[1] in {"frame", "image", "fill-image"}:
            return None if of[1] != "fill-image" else value
        if attribute[1] in {"author", "chg-author"}:
            removed.add(Removed.AUTHORS)
            return None
        return value

    return rewritten(content, RULES, keep, removed)


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
