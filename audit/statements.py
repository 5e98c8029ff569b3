"""The signed statements of an exported log: its checkpoints with their cosignatures and timestamps."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from audit.checkpoint import Checkpoint
from audit.note import (
    MAXIMUM_NOTE_BYTES,
    BadSignature,
    MalformedNote,
    Note,
    NoTrustedSignature,
    VerifierKey,
    decode_decimal,
)
from audit.policy import MAXIMUM_POLICY_BYTES, MalformedPolicy, Opened, Policy, QuorumMissing
from audit.report import CannotCheck, Report

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MAXIMUM_STAMP = 65_536
NO_MORE = 1 << 63


class Folder:
    """Reads files of an export, none of them further than it can be of use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str, limit: int) -> bytes:
        """The file's bytes, at most one more than `limit`. Raises OSError."""
        whole = self.path / name
        if not stat.S_ISREG(whole.stat().st_mode):
            raise OSError("is not a file")
        with whole.open("rb") as file:
            return file.read(limit + 1)

    def names(self, name: str) -> list[str]:
        """What is in a folder inside; nothing when it is not there. Raises OSError."""
        folder = self.path / name
        return os.listdir(folder) if folder.exists() else []


class Statements:
    """Opens the latest checkpoint, and compares the earlier ones in the order of their sizes."""

    def __init__(
        self,
        folder: Folder,
        trusted: Policy | None,
        outside: Iterable[tuple[str, bytes]],
        authority: bytes | None,
    ) -> None:
        self.folder = folder
        self.report = _report(folder, trusted)
        # The two largest sizes whose checkpoints agree with the entries.
        self._agreed = (0, 0)
        self._opened: dict[str, Opened] = {}
        # Largest first, so that the next one is taken from the end.
        self._waiting: list[tuple[int, str]] = []
        self._latest: Checkpoint | None = None
        for name, data in outside:
            try:
                self._opened[f"{name} (from elsewhere)"] = self.report.policy.read(data)
            except (MalformedNote, BadSignature, NoTrustedSignature) as error:
                raise CannotCheck(f"{name}: {error}") from error
        self._stamps: set[int] = set()
        self._authority = self._read_authority(authority)

    def open_latest(self) -> Checkpoint | None:
        """The latest checkpoint, or None when nothing can be compared with it; what is wrong is told."""
        opened = self._open("checkpoint")
        if opened is None:
            return None
        signed = opened.checkpoint
        self._latest = signed
        self.report.origin, self.report.size, self.report.root = signed.origin, signed.size, signed.root
        if opened.keys:
            self.report.cosigned = dict(opened.cosigned)
            try:
                self.report.policy.require(opened)
            except QuorumMissing as error:
                self.report.add(f"checkpoint: {error}")
        self._list_earlier(signed.size)
        self._list_stamps()
        return signed

    def next_size(self) -> int:
        """The size of the next checkpoint to compare, or a number beyond any size."""
        return self._waiting[-1][0] if self._waiting else NO_MORE

    def pass_over(self) -> None:
        """Leave out the next checkpoint, because the entries before it are not known."""
        self._waiting.pop()

    def compare_next(self, root: bytes) -> None:
        """Compare the next checkpoint with the root of as many entries."""
        size, name = self._waiting.pop()
        outside = name in self._opened
        opened = self._opened.get(name) or self._open(name)
        if outside:
            self.report.outside += 1
        else:
            self.report.earlier += 1
        if opened is None:
            return
        if not outside and opened.keys and self.report.policy.fulfilled_by(opened.cosigned):
            self.report.earlier_witnessed += 1
        kept = opened.checkpoint
        if kept.size != size:
            self.report.add(f"{name}: is a checkpoint of {kept.size} entries")
        elif kept.root != root:
            first = self._agreed_before(size)
            self.report.add(
                f"{name}: the first {size} entries are not those that were signed; something "
                f"from entry {first} to entry {size - 1} was changed",
                first,
            )
        elif size > self._agreed[1]:
            self._agreed = (self._agreed[1], size)
        if not outside:
            self._check_stamp(size, kept)

    def finish(self, root: bytes) -> None:
        """Compare the checkpoints of the whole log with the root that its entries lead to."""
        while self._waiting:
            self.compare_next(root)
        if self._latest is not None:
            if root != self._latest.root:
                first = self._agreed_before(self._latest.size)
                self.report.add(
                    f"checkpoint: the entries lead to the root {root.hex()}, but {self._latest.root.hex()} was signed; "
                    f"something from entry {first} on was changed",
                    first,
                )
            self._check_stamp(self._latest.size, self._latest)
        for size in sorted(self._stamps):
            self.report.add(f"timestamps/{size}.tsr: there is no checkpoint of {size} entries")

    def _agreed_before(self, size: int) -> int:
        """The largest size below this one whose checkpoint agrees with the entries."""
        return self._agreed[1] if self._agreed[1] < size else self._agreed[0]

    def _open(self, path: str) -> Opened | None:
        """A signed checkpoint, or its bare statement when the signature is bad (which is told), or None."""
        try:
            data = self.folder.read(path, MAXIMUM_NOTE_BYTES)
        except OSError as error:
            self.report.add(f"{path}: {reason(error)}")
            return None
        try:
            return self.report.policy.read(data)
        except (MalformedNote, BadSignature, NoTrustedSignature) as error:
            self.report.add(f"{path}: {error}")
        try:
            note = Note.parse(data)
            return Opened(Checkpoint.parse(note.text), note, (), {})
        except MalformedNote:
            return None

    def _list_earlier(self, size: int) -> None:
        found = [(opened.checkpoint.size, name) for name, opened in self._opened.items()]
        for name in self._names("checkpoints"):
            try:
                found.append((decode_decimal(name), f"checkpoints/{name}"))
            except MalformedNote:
                self.report.add(f"checkpoints/{name!r}: the name is not a size")
        for kept, name in sorted(found):
            if kept > size:
                self.report.add(
                    f"{name}: {kept} entries were signed, but the checkpoint has only {size}: "
                    "the end of the log is missing",
                    size,
                )
        self._waiting = sorted([each for each in found if each[0] <= size], reverse=True)

    def _list_stamps(self) -> None:
        for name in self._names("timestamps"):
            if name == "ca.pem":
                continue
            try:
                if not name.endswith(".tsr"):
                    raise MalformedNote(name)
                self._stamps.add(decode_decimal(name.removesuffix(".tsr")))
            except MalformedNote:
                self.report.add(f"timestamps/{name!r}: the name is not a size and .tsr")
        if self._stamps and self._authority is None:
            self.report.remarks.append(
                f"{len(self._stamps)} timestamps were not checked: that needs the authority's certificate "
                "(--timestamp-ca) and the package rfc3161-client"
            )
            self._stamps.clear()

    def _names(self, folder: str) -> list[str]:
        try:
            return self.folder.names(folder)
        except OSError as error:
            self.report.add(f"{folder}: {reason(error)}")
            return []

    def _read_authority(self, given: bytes | None) -> "list[Certificate] | None":
        pem = given
        if pem is None:
            try:
                pem = self.folder.read("timestamps/ca.pem", MAXIMUM_POLICY_BYTES)
            except OSError:
                return None
        try:
            from audit.timestamps import NoTimestamp, read_authority
        except ImportError as error:
            if given is not None:
                raise CannotCheck(f"timestamps cannot be checked here: {error}") from error
            return None
        try:
            trusted = read_authority(pem)
        except NoTimestamp as error:
            if given is not None:
                raise CannotCheck(f"the certificates for timestamps: {error}") from error
            self.report.add(f"timestamps/ca.pem: {error}")
            return None
        if given is None:
            self.report.remarks.append(
                "the certificate of the timestamping authority was taken from the export itself: compare it with the "
                "authority's own"
            )
        return trusted

    def _check_stamp(self, size: int, checkpoint: Checkpoint) -> None:
        if size not in self._stamps or self._authority is None:
            return
        from audit.timestamps import NoTimestamp, verify

        self._stamps.remove(size)
        path = f"timestamps/{size}.tsr"
        try:
            data = self.folder.read(path, MAXIMUM_STAMP)
            self.report.stamps[size] = verify(data, checkpoint.text().encode(), authority=self._authority)
        except (OSError, NoTimestamp) as error:
            self.report.add(f"{path}: {reason(error)}")


def _report(folder: Folder, trusted: Policy | None) -> Report:
    """A report by the policy that was given, or else by the export's own policy, or its key."""
    problems: list[str] = []
    key = None
    try:
        key = VerifierKey.parse(folder.read("log.vkey", 4096).decode().removesuffix("\n"))
    except (OSError, UnicodeDecodeError, MalformedNote) as error:
        problems.append(f"log.vkey: {reason(error)}")
    policy = trusted
    if policy is None:
        try:
            policy = Policy.parse(folder.read("policy", MAXIMUM_POLICY_BYTES))
        except FileNotFoundError:
            pass
        except (OSError, MalformedPolicy) as error:
            problems.append(f"policy: {reason(error)}")
    if policy is None:
        if key is None:
            raise CannotCheck(f"{problems[0]}; give the log's key with --vkey, or a policy with --policy")
        policy = Policy.of(key)
    report = Report(policy, trusted is not None)
    for message in problems:
        report.add(message)
    if key and key not in [log.key for log in policy.logs]:
        report.add("log.vkey: holds another key than the one given")
    return report


def reason(error: Exception) -> str:
    """Why a file is of no use, as the end of a sentence that begins with its name."""
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, UnicodeDecodeError):
        return "is not text"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    return str(error)
