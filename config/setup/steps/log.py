"""The audit log: its key, its first signature, the mark outside the database, and the receipt pepper's fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.log import actions as log
from audit.log.errors import CannotSign
from audit.log.models import Checkpoint
from audit.log.signer import create_log_key, load_signer
from audit.note import MalformedNote
from config.setup.actions import PEPPER_NOTED, note_pepper, pepper_fingerprint
from config.setup.confirmations import latest_facts
from config.setup.conversation import Conversation, Wrong
from config.setup.state import Finding, Step, done, still_open, warning
from integrity.action import Actor

STRETCHES = 3


def check() -> Iterator[Finding]:
    """Key, signature, mark, pepper."""
    try:
        signer = load_signer()
    except CannotSign as refused:
        yield still_open(str(refused))
    except OSError as error:
        yield still_open(_("The log's signing key cannot be read: %(reason)s.") % {"reason": error.strerror})
    else:
        yield done(_("The log's verifier key, to be published: %(key)s") % {"key": signer.verifier})
    yield from _signed()
    yield from _mark()
    yield from _pepper()
    if not settings.LOG_WITNESSES:
        yield warning(
            _("No witness watches the log: whoever holds its key could show different logs to different people.")
        )


def _signed() -> Iterator[Finding]:
    health = log.health()
    if health.lost:
        yield still_open(_("%(count)d signed entries of the log are gone.") % {"count": health.lost})
    elif health.checkpoint is None or health.checkpoint_age is None:
        yield still_open(_("The log was not signed yet."), command="integrity audit integrate")
    elif health.waiting and health.checkpoint_age > timedelta(seconds=STRETCHES * settings.LOG_CADENCE):
        yield still_open(_("The log is not being signed: the worker stands still, or the signer refuses."))
    elif not health.mark_exists:
        yield still_open(_("The high-water mark of the log is missing, and nothing is signed without it."))
    else:
        yield done(
            ngettext("The signed log has %(count)d entry.", "The signed log has %(count)d entries.", health.integrated)
            % {"count": health.integrated}
        )


def _mark() -> Iterator[Finding]:
    mark, database = Path(settings.LOG_HIGH_WATER_FILE), connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and Path(str(database)).resolve().parent == mark.resolve().parent:
        yield warning(
            _("The high-water mark is beside the database: whoever rolls one back has both. Set LOG_HIGH_WATER_FILE.")
        )


def _pepper() -> Iterator[Finding]:
    noted = latest_facts(PEPPER_NOTED)
    if noted is None:
        yield still_open(_("The fingerprint of the receipt pepper is not noted yet."), command="integrity setup")
    elif noted["fingerprint"] != pepper_fingerprint():
        yield still_open(
            _("RECEIPT_PEPPER is another one than was noted: no earlier receipt opens. Put the old one back.")
        )
    else:
        yield done(_("The receipt pepper is the one that was noted."))


def perform(talk: Conversation) -> None:
    """Make the key, note the pepper, sign. Raises Wrong when a key is missing that signed before."""
    path = Path(settings.LOG_KEY_FILE)
    if not settings.LOG_SIGNER_COMMAND and not path.exists():
        if Checkpoint.objects.exists():
            raise Wrong(f"This log was signed before, and its key {path} is missing. Put it back.")
        try:
            create_log_key(path, settings.LOG_ORIGIN)
        except (OSError, MalformedNote) as error:
            raise Wrong(f"The log's key cannot be made: {error}") from error
        talk.say(f"  The log's key was made: {path}. Keep a copy in a safe.")
    if latest_facts(PEPPER_NOTED) is None:
        note_pepper(actor=Actor.system())
    try:
        log.publish(at_once=not Checkpoint.objects.exists())
    except (CannotSign, OSError) as refused:
        raise Wrong(str(refused)) from refused


STEP = Step("log", gettext_lazy("Audit log"), check, perform)
