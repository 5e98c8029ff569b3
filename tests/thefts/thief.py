"""The thief: opens what can be opened with the secrets in hand, by the published formats and without the program.

No permission, no membership and no page is asked; only the arithmetic of the keys counts. `docs/formats.md` is what
the thief reads.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from integrity.vault.seal import Place, PrivateKey, Sealed, open_sealed
from tests.thefts.loot import KEY_LENGTH, Cell, Loot, is_text

GRANTS = "vault_grant/sealed/"


@dataclass
class Opened:
    """What secrets opened: private keys by their identifier, values by `table/column/row`, files by identifier.

    `inner` is what was locked twice: sealed values that hold a ciphertext, whose secret is another sealed value.
    """

    keys: dict[UUID, PrivateKey] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    inner: dict[str, bytes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.keys or self.values or self.files)

    @property
    def content(self) -> dict[str, bytes]:
        """The values that are not themselves keys on the way to others."""
        return {where: value for where, value in self.values.items() if not where.startswith(GRANTS)}


class Thief:
    """Somebody with loot. Whatever is found is tried on everything."""

    def __init__(self, loot: Loot) -> None:
        self.loot = loot
        self.sealed: dict[str, Sealed] = loot.sealed()

    @cached_property
    def _pairs(self) -> dict[bytes, tuple[UUID, int]]:
        rows = self.loot.tables["vault_key"]
        return {bytes(row["public"]): (UUID(str(row["id"])), int(row["suite"])) for row in rows}

    def everything_opened_by(self, *seeds: bytes) -> Opened:
        """All that these private keys open, and the keys that they open, and so on, in as many steps as there are."""
        opened = Opened()
        for seed in seeds:
            self._take(seed, opened)
        fresh = True
        while fresh:
            fresh = False
            for where, value in self.sealed.items():
                if value.key not in opened.keys or where in opened.values:
                    continue
                opened.values[where] = open_sealed(
                    value.value, key=opened.keys[value.key], place=Place(*where.split("/"), version=value.version)
                )
                if where.startswith(GRANTS):
                    fresh |= self._take(opened.values[where], opened)
        self._open_files(opened)
        self._open_what_is_locked_twice(opened)
        return opened

    def everything_opened_by_guessing(self) -> Opened:
        """All that opens with what lies in the loot itself: every string of a key's length, as every kind of key."""
        seeds: set[bytes] = set()
        candidates = self.loot.secrets()
        for candidate in candidates:
            seeds |= {candidate} if self._fits(candidate) else set()
            seeds |= set(self.unwrapped_by(candidate))
        opened = self.everything_opened_by(*seeds)
        for name, content in self.loot.files.items():
            for candidate in candidates:
                if _commits(content, candidate, name):
                    opened.files[name] = _decrypted(content, candidate, name)
        return opened

    def unwrapped_by(self, secret: bytes) -> Iterator[bytes]:
        """What lies wrapped anywhere and opens with 32 bytes, taken as a key or as what pages and cookies hold."""
        for cell, people in self._wrapped:
            for key, places in _ways(secret, cell, people):
                cipher = AESGCM(key)
                for blob in (cell.value, cell.value[1:]):
                    for place in places:
                        with suppress(InvalidTag):
                            yield cipher.decrypt(blob[:12], blob[12:], place)

    def try_passphrase(self, passphrase: str, username: str) -> bytes | None:
        """The private key of an account, when the passphrase is right. One Argon2id for each guess."""
        person = next(row for row in self.loot.tables["people_user"] if row["username"] == username)
        for lock in self.loot.tables["vault_personlock"]:
            if lock["key_id"] == person["key_id"]:
                secret = Argon2id(
                    salt=bytes(lock["salt"]),
                    length=32,
                    iterations=lock["iterations"],
                    lanes=1,
                    memory_cost=lock["memory"],
                ).derive(passphrase.encode())
                return next(self.unwrapped_by(secret), None)
        return None

    @cached_property
    def _wrapped(self) -> list[tuple[Cell, list[bytes]]]:
        """Every short binary value that no key is named in: whatever is locked by a secret must be among them."""
        people = [UUID(str(row["id"])).bytes for row in self.loot.tables["people_user"]]
        binary = [cell for cell in self.loot.cells() if isinstance(cell.value, bytes) and not is_text(cell.value)]
        short = [cell for cell in binary if 44 <= len(cell.value) <= 512 and cell.where not in self.sealed]
        return [(cell, people if cell.table == "people_sitting" else []) for cell in short]

    def _fits(self, seed: bytes) -> bool:
        return any(PrivateKey(seed, suite).public.raw in self._pairs for suite in self._suites)

    @cached_property
    def _suites(self) -> list[int]:
        return sorted({suite for _key, suite in self._pairs.values()})

    def _take(self, seed: bytes, opened: Opened) -> bool:
        """Add the keys that a seed makes; whether there was one that was not there yet."""
        before = len(opened.keys)
        for suite in self._suites:
            private = PrivateKey(seed, suite)
            if private.public.raw in self._pairs:
                opened.keys[self._pairs[private.public.raw][0]] = private
        return len(opened.keys) > before

    def _open_what_is_locked_twice(self, opened: Opened) -> None:
        """In each row, every opened value of a secret's length on every other one."""
        for where, secret in opened.content.items():
            table, _column, row = where.split("/")
            if len(secret) == KEY_LENGTH:
                cipher = AESGCM(secret)
                for other, blob in opened.content.items():
                    if other.split("/")[::2] == [table, row] and other != where:
                        for name in ("wrapped", other.split("/")[1]):
                            with suppress(InvalidTag):
                                place = f"{table}/{name}/{row}/1".encode()
                                opened.inner[other] = cipher.decrypt(blob[1:13], blob[13:], place)

    def _open_files(self, opened: Opened) -> None:
        for name, content in self.loot.files.items():
            key = opened.values.get(f"vault_storedfile/file_key/{name}")
            if key is not None:
                opened.files[name] = _decrypted(content, key, name)


def _ways(secret: bytes, cell: Cell, people: Iterable[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
    """A secret as the key of a wrapped value, with the places that it may be bound to."""
    place = f"{cell.where}/1".encode()
    yield secret, [place, b""]
    if cell.table == "people_sitting":
        salt = UUID(cell.row).bytes
        yield HKDF(hashes.SHA256(), 32, salt=salt, info=b"integrity sitting v1").derive(secret), list(people)
    if cell.table == "portal_inboxsitting":
        both = HKDF(hashes.SHA256(), 64, salt=None, info=b"integrity inbox sitting v1").derive(secret)
        yield both[32:], [place]


def _context(name: str) -> bytes:
    return f"vault_storedfile/content/{name}/1".encode()


def _commits(content: bytes, key: bytes, name: str) -> bool:
    """Whether a key is that of a file, by the commitment in the file's head."""
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + content[:24] + _context(name)
    return hmac.compare_digest(HKDFExpand(hashes.SHA512(), 76, info).derive(key)[44:], content[24:56])


def _decrypted(content: bytes, key: bytes, name: str) -> bytes:
    decryptor = Cobblestone256Decryptor(key, context=_context(name))
    return decryptor.update(content) + decryptor.finalize()
