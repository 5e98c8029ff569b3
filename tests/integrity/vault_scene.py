"""What the vault's tests share: an action that records, people with keys of their own, files that arrive."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from audit.log import actions as log
from audit.log.events import declare
from integrity.vault.actions import make_key
from integrity.vault.files import keep
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key, KeyKind, StoredFile
from integrity.vault.uploads import CHUNK, PendingFile, SealedUpload

CHANGED = declare("test.vault_changed", description="A test changed something in the vault.")


@contextmanager
def recorded() -> Iterator[None]:
    """What an action does around the vault's verbs: one transaction, one entry."""
    with log.transaction():
        yield
        log.append(CHANGED, actor="system", object="test", facts={})


def person() -> Keyring:
    """Somebody with a key pair of their own."""
    with recorded():
        key, private = make_key(KeyKind.PERSON)
    return Keyring(key, private)


def key_for(kind: KeyKind, *holders: Keyring | Key) -> Key:
    """A new key, granted to these."""
    with recorded():
        key, _private = make_key(kind, *(holder.key if isinstance(holder, Keyring) else holder for holder in holders))
    return key


def chunks(content: bytes, size: int = CHUNK) -> Iterable[bytes]:
    """The content as it arrives from a connection."""
    return (content[start : start + size] for start in range(0, len(content), size))


def arrived(content: bytes, name: str = "scan.pdf") -> SealedUpload:
    """A file that has just arrived."""
    pending = PendingFile(name)
    for chunk in chunks(content):
        pending.write(chunk)
    return pending.finish()


def kept(content: bytes, owner_key: Key, name: str = "scan.pdf") -> StoredFile:
    """A file that was kept."""
    with recorded():
        return keep(arrived(content, name), owner_key=owner_key)


def canary() -> bytes:
    """A text that is nowhere else."""
    return b"canary-" + secrets.token_hex(16).encode()
