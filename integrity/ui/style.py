"""The public pages' style sheets as one file, so that a page needs few requests on a poor line.

The address carries the content's digest, so a browser may keep it as long as it likes, and a new version is another
address. "Leave this site" asks the browser to forget it.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

SCREEN: Final = ("ui/tokens.css", "ui/base.css", "ui/forms.css", "ui/components.css", "ui/portal.css")
PRINT: Final = "ui/print.css"
A_YEAR: Final = 31_536_000


def style(request: HttpRequest) -> HttpResponse:
    """The style sheet; compressed, since nothing secret is in it."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(_packed() if packed else _content(), content_type="text/css; charset=utf-8")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


@cache
def _content() -> bytes:
    """Every sheet, one after the other; the one for paper last, as it was when it had a file of its own."""
    sheets = [_read(name) for name in (*SCREEN, *settings.PORTAL_STYLES)]
    return "\n".join([*sheets, _for_paper(_read(PRINT))]).encode()


@cache
def _packed() -> bytes:
    # Without the time of day, which gzip would write into it.
    return gzip.compress(_content(), 9, mtime=0)


@cache
def digest() -> str:
    """Sixteen hexadecimal digits that change when the style sheet does."""
    return hashlib.sha256(_content()).hexdigest()[:16]


def _for_paper(sheet: str) -> str:
    """`@page` may not stand inside `@media`; everything else may."""
    head, page, rest = sheet.partition("@page")
    rule, _brace, rest = rest.partition("}")
    return f"{page}{rule}}}\n@media print {{\n{head}{rest}\n}}" if page else f"@media print {{\n{sheet}\n}}"


def _read(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise ImproperlyConfigured(f"The style sheet {name} is missing.")
    return Path(found).read_text(encoding="utf-8")
