"""Whose signatures make a checkpoint believable: C2SP tlog-policy.

A policy lists logs and witnesses by their keys, and the quorum: which witnesses must have cosigned. Names have a
meaning in the file alone and are opaque bytes; here they are text in which foreign bytes are kept as surrogates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit.checkpoint import Checkpoint
from audit.note import Algorithm, MalformedNote, Note, NoTrustedSignature, VerifierKey, decode_decimal

NONE = "none"
MAXIMUM_POLICY_BYTES = 1_000_000
ALLOWED = frozenset([0x09, 0x0A, *range(0x20, 0x7F), *range(0x80, 0x100)])


class MalformedPolicy(ValueError):
    """These bytes are no policy; the message names the line."""


class QuorumMissing(ValueError):
    """The log signed, but too few witnesses that the policy asks for cosigned."""


@dataclass(frozen=True)
class Log:
    """A log: its key, whose name is the log's origin, and where it is."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Witness:
    """A witness: its name in the policy, its key, and its submission prefix."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """A group counts as having witnessed when at least `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """A checkpoint whose signatures were checked: which keys of the log signed, and when each witness did."""

    checkpoint: Checkpoint
    note: Note
    keys: tuple[VerifierKey, ...]
    cosigned: Mapping[str, int]


@dataclass(frozen=True)
class Policy:
    """The logs and witnesses that somebody trusts, and the quorum that they ask for."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    @classmethod
    def of(cls, *keys: VerifierKey) -> "Policy":
        """One log with these keys, and no witnesses."""
        return cls(tuple(Log(key) for key in keys))

    @classmethod
    def parse(cls, data: bytes) -> "Policy":
        """Read a policy file. Raises MalformedPolicy."""
        return _Parser().parse(data)

    def encode(self) -> bytes:
        """The policy as a file."""
        lines = [f"log {log.key} {log.url}".rstrip() for log in self.logs]
        lines += [f"witness {each.name} {each.key} {each.url}".rstrip() for each in self.witnesses]
        lines += [f"group {each.name} {each.threshold} {' '.join(each.members)}" for each in self.groups]
        lines.append(f"quorum {self.quorum}")
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")

    def fulfilled_by(self, names: Iterable[str]) -> bool:
        """Whether the cosignatures of these witnesses make up the quorum."""
        fulfilled = {NONE, *names}
        for group in self.groups:
            if len(fulfilled.intersection(group.members)) >= group.threshold:
                fulfilled.add(group.name)
        return self.quorum in fulfilled

    def read(self, data: bytes) -> Opened:
        """Open a checkpoint that one of the logs signed, whatever the quorum.

        Raises MalformedNote, BadSignature when a key of the policy did not make a signature that bears its name,
        NoTrustedSignature when no log of the policy signed, or signed for another origin.
        """
        note = Note.parse(data)
        checkpoint = Checkpoint.parse(note.text)
        keys = [log.key for log in self.logs if log.key.name == checkpoint.origin]
        if not keys:
            names = ", ".join(sorted({log.key.name for log in self.logs})) or "no log at all"
            raise NoTrustedSignature(f"the checkpoint is of {checkpoint.origin!r}, not of {names}")
        found = dict(note.verified([*keys, *(witness.key for witness in self.witnesses)]))
        signed = tuple(key for key in keys if key in found)
        if not signed:
            raise NoTrustedSignature(f"the note is not signed by {checkpoint.origin}")
        cosigned = {each.name: found[each.key] or 0 for each in self.witnesses if each.key in found}
        return Opened(checkpoint, note, signed, cosigned)

    def open(self, data: bytes) -> Opened:
        """Open a checkpoint that one of the logs signed and the quorum cosigned.

        Raises QuorumMissing, and what `read` raises.
        """
        opened = self.read(data)
        self.require(opened)
        return opened

    def require(self, opened: Opened) -> None:
        """Raise QuorumMissing unless the quorum cosigned."""
        if not self.fulfilled_by(opened.cosigned):
            by = ", ".join(sorted(opened.cosigned)) or "nobody"
            raise QuorumMissing(f"the quorum {self.quorum!r} is not reached: cosigned by {by}")


class _Parser:
    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.members: set[str] = set()
        self.quorum: str | None = None

    def parse(self, data: bytes) -> Policy:
        if len(data) > MAXIMUM_POLICY_BYTES:
            raise MalformedPolicy("the policy is too long")
        if not ALLOWED.issuperset(data):
            raise MalformedPolicy("the policy contains control characters")
        if not data.endswith(b"\n"):
            raise MalformedPolicy("the policy does not end with a newline")
        for number, line in enumerate(data[:-1].split(b"\n"), start=1):
            # Only space and tab divide words: bytes.split() would also split at others.
            words = [word.decode("utf-8", "surrogateescape") for word in line.replace(b"\t", b" ").split(b" ") if word]
            if not words or words[0].startswith("#"):
                continue
            try:
                self._take(words)
            except (MalformedNote, MalformedPolicy) as error:
                raise MalformedPolicy(f"line {number}: {error}") from error
        if self.quorum is None:
            raise MalformedPolicy("the policy has no quorum line")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _take(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._log(VerifierKey.parse(key), *url)
            case ["witness", name, key, *url] if len(url) <= 1:
                self._witness(name, VerifierKey.parse(key), *url)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                if self.quorum is not None:
                    raise MalformedPolicy("a policy has one quorum line, not two")
                if name != NONE:
                    self._known(name)
                self.quorum = name
            case _:
                raise MalformedPolicy(f"not a line of a policy: {' '.join(words)[:80]!r}")

    def _log(self, key: VerifierKey, url: str = "") -> None:
        if key.algorithm is not Algorithm.ED25519:
            raise MalformedPolicy("the key of a log makes signatures, not cosignatures")
        if any(log.key.public == key.public for log in self.logs):
            raise MalformedPolicy("the same log twice")
        self.logs.append(Log(key, url))

    def _witness(self, name: str, key: VerifierKey, url: str = "") -> None:
        if key.algorithm is not Algorithm.COSIGNATURE:
            raise MalformedPolicy("the key of a witness makes cosignatures, not signatures")
        if any(witness.key.public == key.public for witness in self.witnesses):
            raise MalformedPolicy("the same witness twice")
        self._new(name)
        self.witnesses.append(Witness(name, key, url))

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        self._new(name)
        for member in members:
            self._known(member)
            if member in self.members:
                raise MalformedPolicy(f"{member!r} is a member twice")
            self.members.add(member)
        least = {"any": 1, "all": len(members)}.get(threshold)
        if least is None:
            least = decode_decimal(threshold)
        if not 1 <= least <= len(members):
            raise MalformedPolicy(f"a group of {len(members)} cannot ask for {least}")
        self.groups.append(Group(name, least, tuple(members)))

    def _names(self) -> set[str]:
        return {each.name for each in self.witnesses} | {each.name for each in self.groups}

    def _new(self, name: str) -> None:
        if name == NONE or name in self._names():
            raise MalformedPolicy(f"the name {name!r} is taken")

    def _known(self, name: str) -> None:
        if name not in self._names():
            raise MalformedPolicy(f"{name!r} is not the name of a witness or group in a line above")
