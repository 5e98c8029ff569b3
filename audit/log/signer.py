"""What signs the log: a key in a file that nobody but its owner may read, or a program that reaches a device.

While one key replaces another, both sign: every checkpoint of that time can be checked with either.
"""

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.utils.translation import gettext as _

from audit.log.errors import CannotSign
from audit.note import (
    Algorithm,
    BadSignature,
    MalformedNote,
    Signature,
    Signer,
    SignerKey,
    VerifierKey,
    decode_base64,
)

COMMAND_SECONDS = 30
MAXIMUM_OUTPUT = 4096
# What a program needs to run at all, and none of the secrets that this process was started with.
PASSED_ON = ("PATH", "HOME", "LANG")


@dataclass(frozen=True)
class CommandSigner:
    """Signs through a program: the text on its standard input, base64 of the 64 bytes of Ed25519 on its output."""

    command: tuple[str, ...]
    verifier: VerifierKey

    @property
    def name(self) -> str:
        """The name of the log."""
        return self.verifier.name

    def signatures(self, text: str) -> tuple[Signature, ...]:
        """The program's signature, which was checked. Raises CannotSign."""
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own setting
                self.command,
                input=text.encode(),
                capture_output=True,
                timeout=COMMAND_SECONDS,
                env=environment,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._failed(str(error)) from error
        if done.returncode:
            raise self._failed(done.stderr[:400].decode("utf-8", "replace").strip() or f"exit code {done.returncode}")
        try:
            value = decode_base64(done.stdout[:MAXIMUM_OUTPUT].decode("ascii").strip())
            signature = Signature(self.name, self.verifier.key_id, value)
            self.verifier.verify(text, signature)
        except (UnicodeDecodeError, MalformedNote, BadSignature) as error:
            raise self._failed(str(error)) from error
        return (signature,)

    def _failed(self, reason: str) -> CannotSign:
        return CannotSign(
            _(
                "The program that signs, %(program)s, gave no signature of the key %(key)s: %(reason)s. Nothing "
                "was signed."
            )
            % {"program": self.command[0], "key": self.verifier, "reason": reason}
        )


@dataclass(frozen=True)
class LogSigner:
    """The key of the log, and the one that will follow it while both sign."""

    current: Signer
    following: Signer | None = None

    @property
    def name(self) -> str:
        """The name of the log."""
        return self.current.name

    @property
    def verifier(self) -> VerifierKey:
        """The public key of today."""
        return self.current.verifier

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """Every public key that signs today."""
        return (self.verifier, self.following.verifier) if self.following else (self.verifier,)

    def signatures(self, text: str) -> tuple[Signature, ...]:
        """A signature of each. Raises CannotSign."""
        more = self.following.signatures(text) if self.following else ()
        return (*self.current.signatures(text), *more)


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


def load_signer() -> LogSigner:
    """What signs the log now, by the settings. Raises CannotSign, with a sentence, when it must not be used."""
    current = _of_command(settings.LOG_SIGNER_COMMAND, settings.LOG_SIGNER_VKEY) or read_key(
        Path(settings.LOG_KEY_FILE)
    )
    following: Signer | None = _of_command(settings.LOG_NEXT_SIGNER_COMMAND, settings.LOG_NEXT_SIGNER_VKEY)
    if following is None and next_key_file().exists():
        following = read_key(next_key_file())
    for signer in (current, following):
        if signer and signer.name != settings.LOG_ORIGIN:
            raise CannotSign(
                _("The signing key belongs to the log %(name)s, but LOG_ORIGIN is %(origin)s.")
                % {"name": signer.name, "origin": settings.LOG_ORIGIN}
            )
    if following and following.verifier == current.verifier:
        raise CannotSign(_("The key that is to follow is the one that signs already. Remove one of the two."))
    return LogSigner(current, following)


def next_key_file() -> Path:
    """Where the key is that will follow the present one, while both sign: beside it."""
    return Path(f"{settings.LOG_KEY_FILE}.next")


def read_key(path: Path) -> SignerKey:
    """The key in a file. Raises CannotSign, with a sentence, when it is missing, damaged or readable by others."""
    try:
        permissions = path.stat().st_mode & 0o777
        line = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise CannotSign(
            _("The log's signing key %(path)s is missing. Put it back, or make one for a new log.") % {"path": path}
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSign(
            _("The log's signing key %(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error}
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
    if signer.algorithm is not Algorithm.ED25519:
        raise CannotSign(_("The key %(path)s is a witness's, not a log's.") % {"path": path})
    return signer


def device_key(pem: bytes, origin: str) -> VerifierKey:
    """The verifier key of an Ed25519 public key in PEM, as a device gives it out. Raises CannotSign."""
    try:
        public = load_pem_public_key(pem)
    except ValueError as error:
        raise CannotSign(_("This is no public key in PEM: %(reason)s.") % {"reason": error}) from error
    if not isinstance(public, Ed25519PublicKey):
        raise CannotSign(_("The log is signed with Ed25519, and this is a key of another kind."))
    return VerifierKey(origin, Algorithm.ED25519, public.public_bytes_raw())


def _of_command(command: str, vkey: str) -> CommandSigner | None:
    if not command:
        return None
    try:
        words = tuple(shlex.split(command))
        key = VerifierKey.parse(vkey)
    except ValueError as error:
        raise CannotSign(
            _("A program is to sign, but its command or its public key makes no sense: %(reason)s.") % {"reason": error}
        ) from error
    if not words or key.algorithm is not Algorithm.ED25519:
        raise CannotSign(_("A program is to sign, and needs the verifier key of a log."))
    return CommandSigner(words, key)
