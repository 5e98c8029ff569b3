"""Checkpoints: C2SP tlog-checkpoint."""

from collections.abc import Iterable
from dataclasses import dataclass

from audit.note import (
    MalformedNote,
    Note,
    Signer,
    VerifierKey,
    decode_base64,
    decode_decimal,
    encode_base64,
    open_note,
)
from audit.tree import HASH_SIZE


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

    def signed(self, signer: Signer) -> Note:
        """The checkpoint as a note with the log's own signature, or signatures while its key is exchanged."""
        return Note(self.text(), signer.signatures(self.text()))
