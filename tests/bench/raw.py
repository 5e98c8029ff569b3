"""The primitives themselves, called as their library offers them: the floor that nothing can be quicker than."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.db import connection, transaction

from integrity.vault.passphrase import Cost

HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SALT = bytes(32)
CHUNK = 256 * 1024
TEXT = bytes(512)
INFO = b"bench/field/00000000-0000-0000-0000-000000000000/1"


def argon2id(cost: Cost, *, length: int = 32) -> None:
    """One derivation, one lane."""
    Argon2id(salt=SALT, length=length, iterations=cost.iterations, lanes=1, memory_cost=cost.memory).derive(b"0" * 24)


def sealing(number: int) -> Callable[[], None]:
    """Makes `number` HPKE seals of 512 bytes to one public key."""
    public = _private_key().public_key()

    def seal() -> None:
        for _ in range(number):
            HPKE.encrypt(TEXT, public, info=INFO)

    return seal


def opening(number: int) -> Callable[[], None]:
    """Opens `number` HPKE seals of 512 bytes."""
    private = _private_key()
    sealed = HPKE.encrypt(TEXT, private.public_key(), info=INFO)

    def unseal() -> None:
        for _ in range(number):
            HPKE.decrypt(sealed, private, info=INFO)

    return unseal


def make_bare_table() -> None:
    """A table of the log entry's columns with no index, constraint or sequence, for bare inserts."""
    kind = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS bench_bare (at bigint, leaf {kind}, leaf_hash {kind}, type text, actor text, "
            "object text, time text)"
        )


def insert_row(values: Sequence[object] = (TEXT, SALT, "bench", "bench", "bench", "2026-01-01T00:00Z")) -> None:
    """One durable transaction of one row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare VALUES (0, %s, %s, %s, %s, %s, %s)", values)


def encrypt(content: bytes) -> None:
    """The cipher alone: encrypt in pieces into one buffer and keep nothing."""
    encryptor = Cobblestone256Encryptor(secrets.token_bytes(32), context=INFO)
    buffer = bytearray(CHUNK + CHUNK // 1024 + 16456)
    whole = memoryview(content)
    for start in range(0, len(content), CHUNK):
        encryptor.update_into(whole[start : start + CHUNK], buffer)
    encryptor.finalize()


def encrypt_to_file(content: bytes, path: Path) -> None:
    """What every kept file needs: cipher, SHA-256 of plaintext and ciphertext, a file, and its flush to disk."""
    encryptor = Cobblestone256Encryptor(secrets.token_bytes(32), context=INFO)
    buffer = bytearray(CHUNK + CHUNK // 1024 + 16456)
    plain, sealed = hashlib.sha256(), hashlib.sha256()
    whole = memoryview(content)
    with path.open("xb", buffering=0) as file:
        for start in range(0, len(content), CHUNK):
            piece = whole[start : start + CHUNK]
            plain.update(piece)
            length = encryptor.update_into(piece, buffer)
            sealed.update(memoryview(buffer)[:length])
            file.write(memoryview(buffer)[:length])
        last = encryptor.finalize()
        sealed.update(last)
        file.write(last)
        os.fsync(file.fileno())


def decrypt_file(path: Path, *, key: bytes, context: bytes) -> None:
    """Read a file and decrypt it in pieces; nothing is kept."""
    decryptor = Cobblestone256Decryptor(key, context=context)
    buffer = bytearray(CHUNK + CHUNK // 1024 + 16456)
    with path.open("rb") as file:
        while sealed := file.read(CHUNK):
            decryptor.update_into(sealed, buffer)
    decryptor.finalize()


def hash_tree(entries: Sequence[bytes]) -> bytes:
    """The root over entries with hashlib alone: one hash for each leaf and each node (RFC 9162, section 2.1.1)."""
    row = [hashlib.sha256(b"\0" + entry).digest() for entry in entries]
    while len(row) > 1:
        above = [hashlib.sha256(b"\1" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)]
        # An odd one out goes up as it is, which is what splitting at the largest power of two comes to.
        row = above + row[len(above) * 2 :]
    return row[0]


def _private_key() -> MLKEM768X25519PrivateKey:
    return MLKEM768X25519PrivateKey(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())
