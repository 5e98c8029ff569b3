"""The settings as they are in force now: what would be wrong to announce a portal with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import prepare
from config.setup import stores
from config.setup.conversation import Conversation, Wrong
from config.setup.state import Finding, Step, done, still_open, warning

PLACEHOLDERS = frozenset({"Customs Integrity Office", "Integrity Office"})
EXAMPLE = (".example", ".example.com", "localhost")


def check() -> Iterator[Finding]:
    """Name, addresses, folders, Redis."""
    yield from _names()
    yield from _addresses()
    yield from _stores()


def _names() -> Iterator[Finding]:
    if settings.DEVELOPMENT:
        yield still_open(_("DEBUG is set, which is for no production system."))
    if settings.INSTITUTION_NAME in PLACEHOLDERS:
        yield still_open(_("INSTITUTION_NAME is not the institution's own name yet."))
    else:
        yield done(
            _("%(name)s, in %(zone)s, in %(languages)s.")
            % {
                "name": settings.INSTITUTION_NAME,
                "zone": settings.TIME_ZONE,
                "languages": ", ".join(code for code, _name in settings.LANGUAGES),
            }
        )
    for code in sorted(settings.DRAFT_LANGUAGES):
        yield warning(
            _("No speaker has reviewed the translation “%(code)s” yet; its pages say so (docs/translating.md).")
            % {"code": code}
        )


def _addresses() -> Iterator[Finding]:
    parts = urlsplit(settings.PUBLIC_URL)
    host = parts.hostname or ""
    if host not in settings.ALLOWED_HOSTS:
        yield still_open(_("PUBLIC_URL names %(host)s, which is not in ALLOWED_HOSTS.") % {"host": host or "?"})
    if host == "example" or host.endswith(EXAMPLE):
        yield still_open(_("PUBLIC_URL is still an example: %(url)s") % {"url": settings.PUBLIC_URL})
    elif parts.scheme != "https" and not host.endswith(".onion"):
        yield still_open(_("PUBLIC_URL is not an https address: what people send could be read on its way."))
    elif not settings.HTTPS and not host.endswith(".onion"):
        yield still_open(_("HTTPS is off, so cookies of the desk could travel unprotected."))
    else:
        yield done(_("The portal is at %(url)s.") % {"url": settings.PUBLIC_URL})


def _stores() -> Iterator[Finding]:
    for folder in dict.fromkeys((Path(settings.DATA_DIR), Path(settings.VAULT_FILES))):
        fault = stores.fault_of_folder(folder)
        if fault:
            yield still_open(fault)
    if not settings.REDIS_URL:
        yield warning(_("There is no Redis: background tasks wait in files, which suits one small machine."))
        return
    try:
        stores.answering_redis(settings.REDIS_URL)
    except Wrong as wrong:
        yield still_open(str(wrong))


def perform(talk: Conversation) -> None:
    """Make the folders below that of data; what was asked, was asked before Django could start."""
    prepare.folders()


STEP = Step("settings", gettext_lazy("Settings"), check, perform)
