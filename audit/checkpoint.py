"""Checkpoints and proof files: C2SP tlog-checkpoint and tlog-proof."""

from collections.abc import Iterable
from dataclasses import dataclass

from audit.note import (
    MalformedNote,
    Note,
    SignerKey,
    VerifierKey,
    decode_base64,
    decode_decimal,
    encode_base64,
    open_note,
)
from audit.tree import HASH_SIZE, leaf_hash, verify_inclusion

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
MAXIMUM_PROOF_HASHES = 63


@dataclass(frozen=True)
class Checkpoint:
    """What the log says of itself at one size: origin, number of entries, root hash of 32 bytes."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note's text."""
        lines = [self.origin, str(self.size), encode_base64(self.root), *self.extensions]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's text. Raises MalformedNote."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise MalformedNote("a checkpoint has three lines or more, none of them empty")
        root = decode_base64(lines[2])
        if len(root) != HASH_SIZE:
            raise MalformedNote(f"a root hash has {HASH_SIZE} bytes, not {len(root)}")
        return cls(lines[0], decode_decimal(lines[1]), root, tuple(lines[3:]))

    @classmethod
    def open(cls, data: bytes, *, key: VerifierKey, known: Iterable[VerifierKey] = ()) -> "Checkpoint":
        """Read a signed checkpoint of the log whose key is `key`; `known` are the cosigners to check as well.

        Raises MalformedNote, BadSignature, NoTrustedSignature, also when the origin is another log's.
        """
        checkpoint = cls.parse(open_note(data, known=[key]))
        if checkpoint.origin != key.name:
            raise MalformedNote(f"the checkpoint is of {checkpoint.origin!r}, not of {key.name!r}")
        Note.parse(data).verified([key, *known])
        return checkpoint

    def signed(self, signer: SignerKey) -> Note:
        """The checkpoint as a note with the log's own signature."""
        return Note(self.text(), (signer.sign(self.text()),))


@dataclass(frozen=True)
class ProofFile:
    """A proof of inclusion that needs nothing else: index, hashes, and the signed checkpoint verbatim."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """The file's bytes; its name ends in `.tlog-proof`."""
        lines = [PROOF_HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines += [f"index {self.index}", *map(encode_base64, self.hashes)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> "ProofFile":
        """Read a proof file. Raises MalformedNote."""
        head, blank, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise MalformedNote("the proof contains strange characters") from error
        if not blank or lines.pop(0) != PROOF_HEADER:
            raise MalformedNote(f"a proof file begins with {PROOF_HEADER}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0).removeprefix("extra "))
        if not lines or not lines[0].startswith("index "):
            raise MalformedNote("the proof has no index")
        index = decode_decimal(lines.pop(0).removeprefix("index "))
        hashes = tuple(map(decode_base64, lines))
        if len(hashes) > MAXIMUM_PROOF_HASHES or any(len(value) != HASH_SIZE for value in hashes):
            raise MalformedNote("the proof's hashes are not what a proof consists of")
        return cls(index, hashes, checkpoint, extra)

    def verify(self, entry: bytes, *, key: VerifierKey) -> Checkpoint:
        """Check that the entry is in the log whose key is `key`; gives the checkpoint that says so.

        Raises MalformedNote, BadSignature, NoTrustedSignature or InvalidProof.
        """
        checkpoint = Checkpoint.open(self.checkpoint, key=key)
        verify_inclusion(
            self.hashes,
            index=self.index,
            size=checkpoint.size,
            leaf=leaf_hash(entry),
            root=checkpoint.root,
        )
        return checkpoint
