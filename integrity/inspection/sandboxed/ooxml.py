"""Word, Excel and PowerPoint files: only the parts and elements that make what is seen (ECMA-376).

Parts are kept by a list of content types: what is not on it goes, with the relationships that lead to it. Office
comments, tracked changes, macros, embedded files, links, formulas and everything about people is on no list. Names
that were given to things nobody sees are exchanged.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from integrity.inspection.codes import Refused, Removed, Trouble
from integrity.inspection.sandboxed.fields import Fields
from integrity.inspection.sandboxed.markup import Name, NewNames, Rules, element, elements, rewritten
from integrity.inspection.sandboxed.packages import PICTURE_ENDINGS, Pictures, ending_of, packed, parts_of

CONTENT_TYPES: Final = "[Content_Types].xml"
_OPEN: Final = "application/vnd.openxmlformats-officedocument."
_WORD, _SHEET, _SLIDES = (f"{_OPEN}{each}ml." for each in ("wordprocessing", "spreadsheet", "presentation"))
_MAINS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            f"{_WORD}document.main+xml",
            f"{_WORD}template.main+xml",
            "application/vnd.ms-word.document.macroEnabled.main+xml",
            "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
        ),
        f"{_WORD}document.main+xml",
    ),
    **dict.fromkeys(
        (
            f"{_SHEET}sheet.main+xml",
            f"{_SHEET}template.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            "application/vnd.ms-excel.template.macroEnabled.main+xml",
        ),
        f"{_SHEET}sheet.main+xml",
    ),
    **dict.fromkeys(
        (
            f"{_SLIDES}presentation.main+xml",
            f"{_SLIDES}slideshow.main+xml",
            f"{_SLIDES}template.main+xml",
            "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
            "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
        ),
        f"{_SLIDES}presentation.main+xml",
    ),
}
_PARTS: Final = frozenset(
    {
        *(
            f"{_WORD}{each}+xml"
            for each in ["styles", "settings", "fontTable", "numbering", "footnotes", "endnotes", "header", "footer"]
        ),
        *(f"{_SHEET}{each}+xml" for each in ["worksheet", "chartsheet", "sharedStrings", "styles", "table"]),
        *(
            f"{_SLIDES}{each}+xml"
            for each in [
                "slide",
                "slideLayout",
                "slideMaster",
                "notesMaster",
                "notesSlide",
                "handoutMaster",
                "presProps",
                "tableStyles",
            ]
        ),
        *(
            f"{_OPEN}{each}+xml"
            for each in ["theme", "themeOverride", "drawing", "drawingml.chart", "drawingml.chartshapes"]
        ),
        *(f"{_OPEN}drawingml.diagram{each}+xml" for each in ("Data", "Layout", "Style", "Colors")),
        "application/vnd.ms-office.drawingml.diagramDrawing+xml",
        "application/vnd.ms-office.chartstyle+xml",
        "application/vnd.ms-office.chartcolorstyle+xml",
    }
)
_RELATIONSHIPS: Final = "application/vnd.openxmlformats-package.relationships+xml"
_WHAT_WENT: Final = (
    ("vba", Removed.MACROS),
    ("activex", Removed.MACROS),
    ("comment", Removed.COMMENTS),
    ("person", Removed.COMMENTS),
    ("people", Removed.COMMENTS),
    ("docprops/", Removed.PROPERTIES),
    ("customxml/", Removed.DATA),
    ("pivot", Removed.DATA),
    ("externallink", Removed.LINKS),
    ("embedding", Removed.OBJECTS),
    ("fonts/", Removed.OBJECTS),
    ("media/", Removed.DRAWINGS),
)

_FAMILIES: Final = (
    ("package/2006/relationships", "rel"),
    ("content-types", "types"),
    ("spreadsheetml/20", "xr"),
    ("officedocument/2006/relationships", "r"),
    ("ooxml/officedocument/relationships", "r"),
    ("office/word/20", "w14"),
    ("wordprocessingml", "w"),
    ("spreadsheetml", "x"),
    ("presentationml", "p"),
    ("drawingml", "a"),
    ("office/drawing/", "a"),
    ("office/powerpoint/", "p"),
    ("schemas-microsoft-com:vml", "v"),
    ("schemas-microsoft-com:office:", "o"),
)


def family(namespace: str) -> str:
    """A short name for a namespace and its variants (transitional, strict, and the years of its extensions)."""
    known = namespace.lower()
    if known.endswith(("spreadsheetml/2006/main", "spreadsheetml/main")):
        return "x"
    return next((short for part, short in _FAMILIES if part in known), "?")


def _names(prefix: str, words: str, code: Removed) -> dict[Name, Removed]:
    return {(prefix, word): code for word in words.split()}


RULES: Final = Rules(
    family=family,
    without={
        **_names(
            "w", "del moveFrom moveFromRangeStart moveFromRangeEnd moveToRangeStart moveToRangeEnd", Removed.CHANGES
        ),
        **_names(
            "w", "rPrChange pPrChange sectPrChange tblPrChange tblGridChange trPrChange tcPrChange", Removed.CHANGES
        ),
        **_names("w", "numberingChange tblPrExChange cellIns cellDel cellMerge trackRevisions", Removed.CHANGES),
        **_names(
            "w",
            "customXmlInsRangeStart customXmlInsRangeEnd customXmlDelRangeStart customXmlDelRangeEnd",
            Removed.CHANGES,
        ),
        **_names("w", "commentRangeStart commentRangeEnd commentReference annotationRef", Removed.COMMENTS),
        **_names("w", "rsids proofErr nsid tmpl", Removed.MARKS),
        **_names("w", "permStart permEnd writeProtection documentProtection", Removed.AUTHORS),
        **_names("w", "docVars mailMerge dataBinding smartTagPr customXmlPr", Removed.DATA),
        **_names("w", "ffData alias tag listItem bookmarkStart bookmarkEnd", Removed.DATA),
        **_names("w", "attachedTemplate altChunk subDoc saveThroughXslt", Removed.LINKS),
        **_names("w", "binData control embedRegular embedBold embedItalic embedBoldItalic", Removed.OBJECTS),
        **_names("w14", "docId persistentDocumentId person", Removed.MARKS),
        **_names("x", "f calculatedColumnFormula totalsRowFormula definedNames", Removed.FORMULAS),
        **_names("x", "externalReferences customSheetViews customWorkbookViews hyperlinks", Removed.LINKS),
        **_names("x", "fileSharing fileVersion scenarios protectedRanges", Removed.AUTHORS),
        **_names("x", "sheetProtection workbookProtection", Removed.AUTHORS),
        **_names("x", "dataValidations", Removed.DATA),
        **_names("x", "pivotCaches customProperties webPublishItems smartTags extLst", Removed.DATA),
        **_names("x", "legacyDrawing legacyDrawingHF", Removed.COMMENTS),
        **_names("x", "oleObjects controls", Removed.OBJECTS),
        **_names("xr", "absPath revisionPtr", Removed.PROPERTIES),
        **_names("p", "custDataLst tags extLst smartTags modifyVerifier custShowLst", Removed.DATA),
        **_names("p", "controls embeddedFontLst oleObj sndAc snd", Removed.OBJECTS),
        **_names("a", "extLst", Removed.DATA),
        **_names("a", "hlinkClick hlinkHover hlinkMouseOver externalData pivotSource", Removed.LINKS),
        **_names("a", "videoFile audioFile wavAudioFile audioCd quickTimeFile", Removed.OBJECTS),
        **_names("o", "OLEObject", Removed.OBJECTS),
    },
    unwrapped={
        **_names("w", "ins moveTo", Removed.CHANGES),
        **_names("w", "smartTag customXml", Removed.DATA),
        **_names("w", "hyperlink", Removed.LINKS),
    },
)
_ABOUT_PEOPLE: Final = frozenset(["author", "date", "initials", "userId", "userName", "lastModifiedBy", "refreshedBy"])
_OF_A_PICTURE: Final = frozenset({"cNvPr", "docPr"})
_MARKS: Final = frozenset({"paraId", "textId", "uid", "durableId", "docID", "anchorId", "editId"})
# They may be named after whoever made the template.
_OF_A_THEME: Final = frozenset({"theme", "clrScheme", "fontScheme", "fmtScheme"})


def clean(content: bytes) -> tuple[bytes, set[Removed]]:
    """The document with what is seen, and what was removed."""
    parts = parts_of(content)
    removed = {Removed.PROPERTIES, Removed.MARKS}
    types = _types(parts)
    kept = _kept(parts, types, removed)
    # Where a relationship leads is decided before what cites it is written.
    relationships: dict[str, bytes] = {}
    gone: dict[str, frozenset[str]] = {}
    for name, source in parts.items():
        if types.get(name) == _RELATIONSHIPS:
            owner = _owner_of(name)
            if not owner or owner in kept:
                relationships[name], gone[owner] = _without_lost_ends(source, owner, kept, removed)
    names = NewNames()
    written = {
        name: source
        if ending_of(name) in PICTURE_ENDINGS
        else _rewritten(source, gone.get(name, frozenset()), names, removed, has_fields="word" in types[name])
        for name, source in kept.items()
    }
    declared = _declared(kept, types)
    return packed([(CONTENT_TYPES, declared), *relationships.items(), *written.items()]), removed


def _types(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The content type of each part."""
    if CONTENT_TYPES not in parts:
        raise Refused(Trouble.UNREADABLE)
    by_ending, by_name = {}, {}
    for name, given in elements(parts[CONTENT_TYPES]):
        if name == "Default":
            by_ending[given.get("Extension", "").lower()] = given.get("ContentType", "")
        elif name == "Override":
            by_name[given.get("PartName", "").lstrip("/").lower()] = given.get("ContentType", "")
    return {name: by_name.get(name.lower(), by_ending.get(ending_of(name), "")) for name in parts}


def _kept(parts: Mapping[str, bytes], types: Mapping[str, str], removed: set[Removed]) -> dict[str, bytes]:
    kept: dict[str, bytes] = {}
    pictures = Pictures(removed)
    for name, content in parts.items():
        if name == CONTENT_TYPES or types[name] == _RELATIONSHIPS:
            continue
        if types[name] in _PARTS or types[name] in _MAINS:
            kept[name] = content
            continue
        if ending_of(name) in PICTURE_ENDINGS and types[name].startswith("image/") and "docprops/" not in name.lower():
            cleaned = pictures.cleaned(content)
            if cleaned is not None:
                kept[name] = cleaned
            continue
        removed.add(next((code for part, code in _WHAT_WENT if part in name.lower()), Removed.EVERYTHING_ELSE))
    if not any(types[name] in _MAINS for name in kept):
        raise Refused(Trouble.UNREADABLE)
    return kept


def _without_lost_ends(
    content: bytes, owner: str, kept: Mapping[str, bytes], removed: set[Removed]
) -> tuple[bytes, frozenset[str]]:
    """The relationships of a part that lead to something kept, and the names of those that do not."""
    lines, gone = [], set()
    for name, given in elements(content):
        if name != "Relationship":
            continue
        target = unquote(given.get("Target", ""))
        place = target.lstrip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(owner), target)
        if given.get("TargetMode") == "External" or posixpath.normpath(place) not in kept:
            if given.get("TargetMode") == "External":
                removed.add(Removed.LINKS)
            gone.add(given.get("Id", ""))
            continue
        lines.append(element("Relationship", {key: given.get(key, "") for key in ("Id", "Type", "Target")}))
    made = "".join(lines)
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Relationships xmlns="{space}">{made}</Relationships>'.encode(),
        frozenset(gone),
    )


def _rewritten(
    content: bytes, gone: frozenset[str], names: NewNames, removed: set[Removed], *, has_fields: bool
) -> bytes:
    def keep(of: Name, attribute: Name, value: str) -> str | None:
        space, name = attribute
        if space == "r" and value in gone:
            return None
        if space in {"w", "w14", "xr"} and (name.startswith("rsid") or name in _MARKS):
            removed.add(Removed.MARKS)
            return None
        if name in _ABOUT_PEOPLE and space in {"", "w", "w14"} and of != ("w", "date"):
            removed.add(Removed.AUTHORS)
            return None
        # Programs put the path of the picture's file here.
        if of[1] in _OF_A_PICTURE and name in {"name", "descr", "title"}:
            return "-" if name == "name" else None
        if of[0] in {"v", "o"} and space != "r":
            return _of_a_drawing(name, value, names)
        return _renamed(of, name, value, names)

    def words(of: Name, text: str) -> str:
        # A chart that was linked to a file names it; what it shows is beside it.
        return "" if of == ("a", "f") and "[" in text else text

    goes = Fields(content).goes if has_fields else None
    return rewritten(content, RULES, keep, removed, goes=goes, words=words)


def _of_a_drawing(name: str, value: str, names: NewNames) -> str | None:
    """An attribute in VML: what leads out goes, and names of shapes that others cite are exchanged."""
    if name in {"title", "alt", "href", "src", "spid", "ole"}:
        return None
    if name in {"id", "ID"}:
        return names.of(value)
    return f"#{names.of(value[1:])}" if name == "type" and value.startswith("#") else value


def _renamed(of: Name, name: str, value: str, names: NewNames) -> str | None:
    if of == ("x", "table") and name in {"name", "displayName"}:
        return names.of(value)
    if (of == ("p", "cSld") and name == "name") or (of[0] == "x" and name == "codeName"):
        return None
    return "-" if of[0] == "a" and of[1] in _OF_A_THEME and name == "name" else value


def _declared(kept: Mapping[str, bytes], types: Mapping[str, str]) -> bytes:
    lines = [element("Default", {"Extension": "rels", "ContentType": _RELATIONSHIPS})]
    lines += [
        element("Override", {"PartName": f"/{name}", "ContentType": _MAINS.get(types[name], types[name])})
        for name in kept
    ]
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Types xmlns="{space}">{"".join(lines)}</Types>'.encode()


def _owner_of(relationships: str) -> str:
    folder, _slash, name = relationships.rpartition("/")
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels")) if name != ".rels" else ""
