"""The readable part of the evidence: what is proved, and how anybody can check it. Plain text here."""

from dataclasses import dataclass
from textwrap import fill


@dataclass(frozen=True)
class Line:
    """One entry as a reader sees it; `before` is the moment of the first timestamp over it, if there is one."""

    index: int
    time: str
    type: str
    description: str
    actor: str
    before: str


@dataclass(frozen=True)
class Sheet:
    """Everything that the explanation speaks of."""

    matter: str
    origin: str
    key: str
    size: int
    root: str
    witnesses: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        """The heading."""
        return f"Evidence from the audit log: {self.matter}"

    def proved(self) -> list[str]:
        """What is proved, and what is not."""
        said = [
            f"The institution keeps a log in which every act leaves an entry. The log is called {self.origin}. At the "
            f"time of writing it had {self.size} entries; this folder holds the {len(self.lines)} of them that are "
            f"about {self.matter}.",
            "Proved of each entry: it is in that log, at the place that its number says, with exactly the content of "
            "its file. Had any entry of the log been changed, removed, added in between or moved since the checkpoint "
            "was signed, the proof would not hold.",
        ]
        if self.witnesses:
            said.append(
                "Others saw it too: each witness below keeps a memory of its own, apart from the log, and signed the "
                "same state of the log at the moment given, after checking that nothing it had seen before was changed."
            )
        else:
            said.append("No witness has signed this state of the log; the log's own key alone has.")
        if any(line.before for line in self.lines):
            said.append(
                "Where a moment stands in the column “Existed before”, a timestamping authority (RFC 3161) has signed "
                "a state of the log that contains the entry, at that moment."
            )
        said.append(
            "Not proved: that an entry tells the truth, or that nothing happened of which there is no entry. The time "
            "in an entry is what the institution's clock said, to the minute, or only the day."
        )
        return said

    def checking(self) -> list[tuple[str, str]]:
        """How to check it: a heading or sentence, and what to type, if anything."""
        return [
            (
                "Take the log's key, and those of the witnesses, from a source other than this folder: whoever forges "
                "the folder also forges the file “policy” in it. Put them into a file of your own, here my-policy, in "
                "the form of c2sp.org/tlog-policy. The key of the log that this folder claims to be of:",
                self.key,
            ),
            (
                "With the institution's program, which needs Python 3.11 and the package “cryptography” (and "
                "“rfc3161-client” for timestamps), and none of the institution's systems:",
                "python -m audit.evidence . --policy my-policy",
            ),
            (
                "With any other program for C2SP tlog-proof files: each file entries/NUMBER.tlog-proof proves the file "
                "entries/NUMBER.json beside it.",
                "",
            ),
            (
                "By hand: the hash of an entry is SHA-256 of a byte 00 and the entry.",
                "(printf '\\0'; cat entries/NUMBER.json) | openssl dgst -sha256",
            ),
            (
                "The hash of a node is SHA-256 of a byte 01 and its two children. The lines of the proof file are the "
                "hashes beside the way from the entry up to the root (RFC 9162, 2.1.3.2); what comes out must be the "
                "third line of the checkpoint at the end of that file, whose signatures are Ed25519 "
                "(c2sp.org/signed-note, c2sp.org/tlog-cosignature). The root here, in hexadecimal:",
                self.root,
            ),
            (
                "A timestamp covers the first three lines of its checkpoint: cut them out of the file "
                "entries/NUMBER.stamped.tlog-proof, after its empty line, into a file text.",
                "openssl ts -verify -data text -in timestamps/SIZE.tsr -CAfile timestamps/ca.pem",
            ),
        ]

    def as_text(self) -> str:
        """The same without the table, as plain text."""
        parts = [self.title, "WHAT IS PROVED", *self.proved(), "HOW TO CHECK IT"]
        for said, typed in self.checking():
            parts += [said, f"    {typed}"] if typed else [said]
        if self.witnesses:
            parts.append("WITNESSES\n" + "\n".join(f"    {each}" for each in self.witnesses))
        return "\n\n".join(part if part.startswith(" ") or "\n" in part else fill(part, 100) for part in parts) + "\n"
