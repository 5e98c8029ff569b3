"""Signed notes, verifier keys and cosignatures: C2SP signed-note and tlog-cosignature.

A note is text that ends in a newline, a blank line, and one line per signature. A key is known by its name
and a four-byte key id; signatures of unknown keys mean nothing, and a known key's bad signature condemns
the whole note.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
MAXIMUM_NOTE_BYTES = 1_000_000
MAXIMUM_SIGNATURES = 100
PRIVATE_PREFIX = "PRIVATE+KEY+"


class MalformedNote(ValueError):
    """These bytes are no signed note, or this string is no key."""


class BadSignature(ValueError):
    """A key that we know did not make the signature that bears its name."""


class NoTrustedSignature(ValueError):
    """None of the keys that we know signed this note."""


class Algorithm(IntEnum):
    """Signature types of C2SP signed-note."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


def decode_base64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling. Raises MalformedNote for any other."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedNote(f"not base64: {text[:80]!r}") from error
    if encode_base64(data) != text:
        raise MalformedNote(f"not the canonical base64: {text[:80]!r}")
    return data


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def decode_decimal(text: str) -> int:
    """A whole number without sign or leading zeroes, below 2**63. Raises MalformedNote for anything else."""
    if not DECIMAL.fullmatch(text) or int(text) >= 1 << 63:
        raise MalformedNote(f"not a plain whole number: {text[:80]!r}")
    return int(text)


def check_name(name: str) -> str:
    """The name of a key: not empty, no space, no plus, no control character. Raises MalformedNote."""
    if not name or "+" in name or any(letter.isspace() or letter < " " for letter in name):
        raise MalformedNote(f"not a key name: {name[:80]!r}")
    return name


@dataclass(frozen=True)
class Signature:
    """One signature line: the signer's name, the four-byte key id, and the bytes of the signature."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {encode_base64(self.key_id + self.value)}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """A signature line without its newline. Raises MalformedNote."""
        found = SIGNATURE_LINE.fullmatch(line)
        if not found:
            raise MalformedNote(f"not a signature line: {line[:80]!r}")
        data = decode_base64(found[2])
        if len(data) < 5:
            raise MalformedNote(f"a signature line without a signature: {line[:80]!r}")
        return cls(check_name(found[1]), data[:4], data[4:])


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name, written `name+keyid+base64(type and key)`."""

    name: str
    algorithm: Algorithm
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise MalformedNote(f"an Ed25519 key has 32 bytes, not {len(self.public)}")

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"

    @property
    def key_id(self) -> bytes:
        """SHA-256 of name, newline, type and key, cut to four bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a verifier key. Raises MalformedNote, also when the key id does not fit the key."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
            raise MalformedNote(f"not a verifier key: {text[:120]!r}")
        data = decode_base64(parts[2])
        if not data or data[0] not in list(Algorithm):
            raise MalformedNote(f"not a type of key that is understood here: {text[:120]!r}")
        key = cls(parts[0], Algorithm(data[0]), data[1:])
        if key.key_id.hex() != parts[1]:
            raise MalformedNote(f"the key id does not belong to this key: {text[:120]!r}")
        return key

    def made(self, signature: Signature) -> bool:
        """Whether the signature claims to be by this key."""
        return signature.name == self.name and signature.key_id == self.key_id

    def verify(self, text: str, signature: Signature) -> int | None:
        """Check one signature over the text. A cosignature gives its time in POSIX seconds, else None.

        Raises BadSignature.
        """
        value, message, time = signature.value, text.encode(), None
        if self.algorithm is Algorithm.COSIGNATURE:
            if len(value) != 72 or value[0] & 0x80:
                raise BadSignature(f"the cosignature of {self.name} is malformed")
            time, value = int.from_bytes(value[:8], "big"), value[8:]
            message = cosigned_message(text, time=time)
        if len(value) != 64:
            raise BadSignature(f"the signature of {self.name} has {len(value)} bytes, not 64")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except InvalidSignature as error:
            raise BadSignature(f"the signature of {self.name} does not belong to this text") from error
        return time


def cosigned_message(text: str, *, time: int) -> bytes:
    """What a cosigner signs: a header, the POSIX time, and the note's text (C2SP tlog-cosignature)."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


@dataclass(frozen=True)
class Note:
    """A note as it was read: nothing in it is to be trusted before `open_note` or `verified`."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}".encode()

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Split a note into text and signatures. Raises MalformedNote."""
        if len(data) > MAXIMUM_NOTE_BYTES:
            raise MalformedNote("the note is too long")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedNote("the note is not UTF-8") from error
        if any(letter < " " and letter != "\n" for letter in whole):
            raise MalformedNote("the note contains control characters")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise MalformedNote("the note has no signatures")
        return cls(text + "\n", parse_signatures(lines))

    def with_signatures(self, more: Iterable[Signature]) -> "Note":
        """The same note with further signatures behind its own; one that is there already is not repeated."""
        return Note(self.text, tuple(dict.fromkeys([*self.signatures, *more])))

    def verified(self, known: Iterable[VerifierKey]) -> list[tuple[VerifierKey, int | None]]:
        """The known keys that signed, each once, with the time where it is a cosignature.

        Raises BadSignature when any signature by a known key fails, NoTrustedSignature when there is none.
        """
        keys = {(key.name, key.key_id): key for key in known}
        found: dict[VerifierKey, int | None] = {}
        for signature in self.signatures:
            key = keys.get((signature.name, signature.key_id))
            if key:
                time = key.verify(self.text, signature)
                found.setdefault(key, time)
        if not found:
            names = ", ".join(sorted(key.name for key in keys.values())) or "nobody"
            raise NoTrustedSignature(f"the note is not signed by {names}")
        return list(found.items())


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Signature lines, each with its newline: the end of a note, or a witness's answer. Raises MalformedNote."""
    if not lines.endswith("\n"):
        raise MalformedNote("a signature line ends with a newline")
    if lines.count("\n") > MAXIMUM_SIGNATURES:
        raise MalformedNote("the note has too many signatures")
    return tuple(Signature.parse(line) for line in lines[:-1].split("\n"))


def open_note(data: bytes, *, known: Iterable[VerifierKey]) -> str:
    """The text of a note that at least one known key signed.

    Raises MalformedNote, BadSignature or NoTrustedSignature.
    """
    note = Note.parse(data)
    note.verified(known)
    return note.text


class Signer(Protocol):
    """Whatever signs the notes of a log: a key, several during a rotation, or a device that keeps it."""

    @property
    def name(self) -> str:
        """The name of the log."""

    @property
    def verifier(self) -> VerifierKey:
        """The public key that others check with."""

    def signatures(self, text: str) -> tuple[Signature, ...]:
        """One signature or more over a note's text."""


@dataclass(frozen=True)
class SignerKey:
    """A private key with its name and what it signs: notes, or cosignatures."""

    name: str
    algorithm: Algorithm
    private: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str, algorithm: Algorithm = Algorithm.ED25519) -> "SignerKey":
        """A new key. Raises MalformedNote when the name is not fit for a key."""
        return cls(check_name(name), algorithm, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes, algorithm: Algorithm = Algorithm.ED25519) -> "SignerKey":
        """The key of a 32-byte seed."""
        return cls(check_name(name), algorithm, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.algorithm, self.private.public_key().public_bytes_raw())

    def sign(self, text: str, *, time: int | None = None) -> Signature:
        """Sign a note's text; a cosigner's key needs the POSIX `time`, any other takes none."""
        if (time is None) is (self.algorithm is Algorithm.COSIGNATURE):
            raise ValueError("a cosignature carries a time, and nothing else does")
        if not text.endswith("\n"):
            raise ValueError("a note's text ends with a newline")
        if time is None:
            return Signature(self.name, self.verifier.key_id, self.private.sign(text.encode()))
        value = time.to_bytes(8, "big") + self.private.sign(cosigned_message(text, time=time))
        return Signature(self.name, self.verifier.key_id, value)

    def signatures(self, text: str) -> tuple[Signature, ...]:
        """The one signature of this key over a note's text."""
        return (self.sign(text),)

    def encode(self) -> str:
        """The secret as one line, in the form that Go's note package reads."""
        secret = bytes([self.algorithm]) + self.private.private_bytes_raw()
        return f"{PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{encode_base64(secret)}"

    @classmethod
    def parse(cls, line: str) -> "SignerKey":
        """Read what `encode` wrote. Raises MalformedNote, without repeating the secret."""
        parts = line.removeprefix(PRIVATE_PREFIX).split("+", 2)
        if not line.startswith(PRIVATE_PREFIX) or len(parts) != 3:
            raise MalformedNote("this is no private key of a log")
        try:
            data = base64.b64decode(parts[2], validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if len(data) != 33 or data[0] not in list(Algorithm):
            raise MalformedNote("this private key is damaged")
        key = cls.from_seed(parts[0], data[1:], Algorithm(data[0]))
        if key.verifier.key_id.hex() != parts[1]:
            raise MalformedNote("this private key is damaged: its key id does not belong to it")
        return key
