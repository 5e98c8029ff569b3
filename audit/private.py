"""Private parts of entries: what an entry commits to without saying it, and `python -m audit.private ENTRY PART`.

An entry whose `private` is a commitment says that something more was written down with it, which is sealed elsewhere
and can be erased. Whoever is shown the private part with its salt can check, with this module alone, that it is what
was written. What was erased stays hidden: the salt is random, and goes with it.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audit.tiles import MAXIMUM_ENTRY

TAG: Final = b"integrity private part v1\0"
SALT_BYTES: Final = 32
FIELD: Final = "private"
MAXIMUM_PART: Final = 16_384
MAXIMUM_DISCLOSED: Final = 2 * MAXIMUM_PART


class MalformedPart(ValueError):
    """This is no private part with its salt."""


class WrongPart(Exception):
    """The entry does not commit to this private part."""


def canonical(part: Mapping[str, str]) -> bytes:
    """The private part in the canonical form of RFC 8785, which for names in ASCII and texts is this.

    Raises MalformedPart for anything but texts of valid Unicode under such names, and for more than 16,384 bytes.
    """
    if not part or not all(isinstance(value, str) and name and name.isascii() for name, value in part.items()):
        raise MalformedPart("a private part is made of texts under names in ASCII")
    try:
        data = json.dumps(dict(part), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise MalformedPart("a private part is valid Unicode") from error
    if len(data) > MAXIMUM_PART:
        raise MalformedPart(f"a private part has at most {MAXIMUM_PART} bytes")
    return data


def commitment(part: Mapping[str, str], *, salt: bytes) -> str:
    """`SHA-256(tag ‖ salt ‖ canonical JSON)` in hexadecimal, as the entry has it. Raises MalformedPart."""
    if len(salt) != SALT_BYTES:
        raise MalformedPart(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(TAG + salt + canonical(part)).hexdigest()


def committed_in(entry: bytes) -> str | None:
    """The commitment that an entry carries, or None."""
    try:
        content = json.loads(entry)
    except ValueError:
        return None
    found = content.get(FIELD) if isinstance(content, dict) else None
    return found if isinstance(found, str) else None


@dataclass(frozen=True)
class PrivatePart:
    """A private part with the salt under which it was committed to. Whoever has both can show what was written."""

    part: Mapping[str, str]
    salt: bytes

    @property
    def commitment(self) -> str:
        """What its entry says of it."""
        return commitment(self.part, salt=self.salt)

    def encode(self) -> bytes:
        """The file for whoever checks: one line of JSON, and what is sealed."""
        return b'{"private":' + canonical(self.part) + b',"salt":"' + self.salt.hex().encode() + b'"}\n'

    @classmethod
    def parse(cls, data: bytes) -> "PrivatePart":
        """Read such a file. Raises MalformedPart."""
        try:
            content: Any = json.loads(data)
        except ValueError as error:
            raise MalformedPart("this is no JSON") from error
        if not isinstance(content, dict) or set(content) != {"private", "salt"}:
            raise MalformedPart('it does not consist of "private" and "salt"')
        part, salt = content["private"], content["salt"]
        if not isinstance(part, dict) or not isinstance(salt, str):
            raise MalformedPart('"private" is an object, and "salt" a text')
        canonical(part)
        try:
            raw = bytes.fromhex(salt)
        except ValueError as error:
            raise MalformedPart("the salt is not hexadecimal") from error
        if len(raw) != SALT_BYTES:
            raise MalformedPart(f"a salt has {SALT_BYTES} bytes")
        return cls(part, raw)

    def check(self, entry: bytes) -> None:
        """Compare with the bytes of an entry. Raises WrongPart unless the entry commits to exactly this."""
        committed = committed_in(entry)
        if committed is None:
            raise WrongPart("this entry has no private part")
        if committed != self.commitment:
            raise WrongPart(f"the entry commits to {committed}, and this is {self.commitment}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one private part as a command; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m audit.private",
        description="Check that a private part that was disclosed is the one its entry commits to.",
        epilog="That the entry is in the log is checked by audit.proof, audit.evidence or audit.verify. "
        "Exit codes: 0 it is; 1 it is not; 2 the check could not be made.",
    )
    parser.add_argument("entry", type=Path, help="the entry, byte for byte")
    parser.add_argument("part", type=Path, help="the private part with its salt, as JSON")
    options = parser.parse_args(arguments)
    try:
        entry, part = _read(options.entry, MAXIMUM_ENTRY), PrivatePart.parse(_read(options.part, MAXIMUM_DISCLOSED))
    except (OSError, MalformedPart) as error:
        print(f"Cannot check: {error}", file=sys.stderr)
        return 2
    try:
        part.check(entry)
    except WrongPart as error:
        print(f"WRONG: {error}")
        return 1
    print(f"RIGHT: the entry commits to this private part ({part.commitment})")
    return 0


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit + 1)


if __name__ == "__main__":
    sys.exit(main())
