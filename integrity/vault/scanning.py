"""A file is shown to a scanner for malware while its bytes pass: clamd's INSTREAM, on a socket.

Whatever the scanner does, the report is taken: it may be away, slow, cut off or talk nonsense, and then the verdict
says that the file was not scanned and why. All files of one request share one allowance of waiting, so that a
scanner that hangs costs the person who sends them that time once.

    zINSTREAM\\0 ‖ (length (4 bytes, big-endian) ‖ bytes)* ‖ 0000   →   "stream: OK\\0", "stream: <name> FOUND\\0"

See clamd(8). clamd keeps what it reads in its own temporary folder while it looks: docs/operating.md.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrity.vault import limits

_UNIX: Final = "unix:"
_TCP: Final = "tcp:"
_GREATEST_ANSWER: Final = 4096
_GREATEST_NAME: Final = 100
_PIECE: Final = 64 * 1024
_FOUND: Final = re.compile(r"stream: (.+) FOUND")
# Named like malware (with `AlertExceedsMax`): clamd did not look, or not at everything.
_LIMIT: Final = "Heuristics.Limits.Exceeded."
_LIMIT_OF_TIME: Final = "MaxScanTime"
_UNFIT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._:/()+-]")
_TOO_LARGE: Final = "size limit exceeded"


class Verdict(models.TextChoices):
    """What the scanner said of a file."""

    CLEAN = "clean", _("nothing found")
    INFECTED = "infected", _("malware found")
    NOT_SCANNED = "not_scanned", _("not scanned")


class Unscanned(models.TextChoices):
    """Why a file was not scanned."""

    OFF = "off", _("No scanner is set up.")
    AWAY = "away", _("The scanner could not be reached.")
    SLOW = "slow", _("The scanner took too long.")
    LARGE = "large", _("The file is larger than the scanner takes.")
    BROKE_OFF = "broke_off", _("The scanner broke off, or its answer was not understood.")


@dataclass(frozen=True)
class Scan:
    """A verdict; `name` is what was found, `reason` why nothing was looked for."""

    verdict: Verdict
    name: str = ""
    reason: str = ""

    @classmethod
    def missing(cls, reason: Unscanned) -> Scan:
        """The verdict on a file that was not scanned."""
        return cls(Verdict.NOT_SCANNED, reason=reason.value)

    @classmethod
    def of(cls, kept: Any) -> Scan | None:
        """The verdict that a file's details hold, or None for a file that arrived before there were any."""
        try:
            return cls(Verdict(kept["verdict"]), str(kept["name"]), str(kept["reason"]))
        except (KeyError, TypeError, ValueError):
            return None

    def as_details(self) -> dict[str, str]:
        """What is sealed with the file."""
        return {"verdict": self.verdict.value, "name": self.name, "reason": self.reason}


class Patience:
    """How many seconds one request may still wait for the scanner."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def spend(self, since: float) -> None:
        """Take off what went by since that moment of `time.monotonic()`."""
        self.left = max(0.0, self.left - (time.monotonic() - since))


class Scanning:
    """One file on its way to the scanner. Nothing here raises."""

    def __init__(self, patience: Patience | None = None, *, address: str | None = None) -> None:
        self._patience = patience or Patience(limits.scan_seconds())
        self._socket: socket.socket | None = None
        self._scan: Scan | None = None
        where = limits.scanner() if address is None else address
        if not where:
            self._scan = Scan.missing(Unscanned.OFF)
            return
        began = time.monotonic()
        try:
            self._socket = self._connected(where)
            self._send(b"zINSTREAM\0")
        except TimeoutError:
            self._end(Scan.missing(Unscanned.SLOW))
        except (OSError, ValueError):
            self._end(Scan.missing(Unscanned.AWAY))
        finally:
            self._patience.spend(began)

    def see(self, piece: bytes) -> None:
        """Pass on the next bytes of the file; after a verdict there is nothing to pass on."""
        if self._socket is None:
            return
        began = time.monotonic()
        try:
            for start in range(0, len(piece), _PIECE):
                part = piece[start : start + _PIECE]
                self._send(len(part).to_bytes(4, "big") + part)
        except TimeoutError:
            self._end(Scan.missing(Unscanned.SLOW))
        except OSError:
            # It says why it closed the connection, when there is something to say.
            self._end(self._answer(Unscanned.BROKE_OFF))
        finally:
            self._patience.spend(began)

    def end(self) -> Scan:
        """The file is complete: what the scanner says of it."""
        if self._socket is not None:
            began = time.monotonic()
            try:
                self._send(bytes(4))
            except TimeoutError:
                self._end(Scan.missing(Unscanned.SLOW))
            except OSError:
                self._end(self._answer(Unscanned.BROKE_OFF))
            else:
                self._end(self._answer(Unscanned.BROKE_OFF))
            finally:
                self._patience.spend(began)
        return self._scan or Scan.missing(Unscanned.BROKE_OFF)

    def leave(self) -> None:
        """The file is given up."""
        self._end(Scan.missing(Unscanned.BROKE_OFF))

    def _connected(self, where: str) -> socket.socket:
        if where.startswith(_UNIX):
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                link.settimeout(self._wait())
                link.connect(where.removeprefix(_UNIX))
            except BaseException:
                link.close()
                raise
            return link
        host, _colon, port = where.removeprefix(_TCP).rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=self._wait())

    def _send(self, content: bytes) -> None:
        assert self._socket is not None  # noqa: S101 - only called while connected
        self._socket.settimeout(self._wait())
        self._socket.sendall(content)

    def _answer(self, otherwise: Unscanned) -> Scan:
        """What the scanner says, read within the patience that is left."""
        assert self._socket is not None  # noqa: S101 - only called while connected
        said, until = b"", time.monotonic() + self._patience.left
        try:
            while b"\0" not in said and len(said) < _GREATEST_ANSWER:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self._socket.settimeout(left)
                piece = self._socket.recv(_GREATEST_ANSWER)
                if not piece:
                    break
                said += piece
        except TimeoutError:
            return Scan.missing(Unscanned.SLOW)
        except OSError:
            pass
        return understood(said.partition(b"\0")[0]) or Scan.missing(otherwise)

    def _wait(self) -> float:
        if self._patience.left <= 0:
            raise TimeoutError
        return self._patience.left

    def _end(self, scan: Scan) -> None:
        self._scan = self._scan or scan
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def understood(said: bytes) -> Scan | None:
    """The verdict that clamd's answer gives, or None when it is no answer of clamd's."""
    text = said.decode("ascii", "replace").strip()
    if text == "stream: OK":
        return Scan(Verdict.CLEAN)
    if found := _FOUND.fullmatch(text):
        if found[1].startswith(_LIMIT):
            return Scan.missing(Unscanned.SLOW if _LIMIT_OF_TIME in found[1] else Unscanned.LARGE)
        return Scan(Verdict.INFECTED, name=_UNFIT_IN_A_NAME.sub("_", found[1])[:_GREATEST_NAME])
    if _TOO_LARGE in text:
        return Scan.missing(Unscanned.LARGE)
    return None
