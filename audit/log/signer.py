"""The log's signing key: one line in a file that nobody but its owner may read."""

import os
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from audit.log.errors import CannotSign
from audit.note import MalformedNote, SignerKey, VerifierKey


def create_log_key(path: Path, origin: str) -> VerifierKey:
    """Make the key of a new log and write it to `path`, readable by its owner only.

    Raises FileExistsError rather than replace a key, MalformedNote when `origin` is not fit for a name.
    """
    signer = SignerKey.generate(origin)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(signer.encode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return signer.verifier


def load_signer() -> SignerKey:
    """The key in LOG_KEY_FILE. Raises CannotSign, with a sentence, when it must not be used."""
    path = Path(settings.LOG_KEY_FILE)
    try:
        permissions = path.stat().st_mode & 0o777
        line = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise CannotSign(
            _("The log's signing key %(path)s is missing. Put it back, or make one for a new log.") % {"path": path}
        ) from error
    if permissions & 0o077:
        raise CannotSign(
            _("The log's signing key %(path)s can be read by others. Set its permissions to 0600.") % {"path": path}
        )
    try:
        signer = SignerKey.parse(line)
    except MalformedNote as error:
        raise CannotSign(
            _("The log's signing key %(path)s is damaged: %(reason)s.") % {"path": path, "reason": error}
        ) from error
    if signer.name != settings.LOG_ORIGIN:
        raise CannotSign(
            _("The signing key belongs to the log %(name)s, but LOG_ORIGIN is %(origin)s.")
            % {"name": signer.name, "origin": settings.LOG_ORIGIN}
        )
    return signer
