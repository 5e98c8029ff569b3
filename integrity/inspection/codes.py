"""The words that both sides of the sandbox know: jobs, what was removed, why not. Without Django."""

from __future__ import annotations

from enum import Enum


class Job(Enum):
    """What the sandbox is asked for."""

    COUNT = "count"
    DRAW = "draw"
    CLEAN = "clean"


class Removed(Enum):
    """What was in a file and is not in its cleaned copy."""

    EVERYTHING_ELSE = "everything_else"
    PLACE = "place"
    CAMERA = "camera"
    THUMBNAIL = "thumbnail"
    DESCRIPTIONS = "descriptions"
    PROFILE = "profile"
    PROPERTIES = "properties"
    TEXT_LAYER = "text_layer"
    SCRIPTS = "scripts"
    ATTACHMENTS = "attachments"
    AUTHORS = "authors"
    COMMENTS = "comments"
    CHANGES = "changes"
    MARKS = "marks"
    MACROS = "macros"
    OBJECTS = "objects"
    LINKS = "links"
    FORMULAS = "formulas"
    DATA = "data"
    PICTURES = "pictures"
    DRAWINGS = "drawings"


class Trouble(Enum):
    """Why the sandbox gave nothing."""

    TYPE = "type"
    LARGE = "large"
    PIXELS = "pixels"
    PAGES = "pages"
    NO_SUCH_PAGE = "no_such_page"
    LOCKED = "locked"
    UNREADABLE = "unreadable"
    SLOW = "slow"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"


class Refused(Exception):
    """The job cannot be done, and why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
