"""The verbs of keys: make, give, take away, open.

They run inside another room's action, which appends the log entry; what derives a key from a passphrase
runs before it, outside any transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from audit.log import actions as log
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, Key, KeyKind, PersonLock
from integrity.vault.passphrase import SALT_LENGTH, Cost, derive, staff_cost
from integrity.vault.seal import CannotOpen, Place, PrivateKey
from integrity.vault.wrap import unwrap, wrap

__all__ = [
    "NoGrant",
    "PersonKey",
    "WrongPassphrase",
    "grant",
    "make_key",
    "make_person_key",
    "revoke_grant",
    "unlock",
]


class WrongPassphrase(Exception):
    """The passphrase does not open this key, or there is no such key; which, is not said."""


def make_key(kind: KeyKind, *holders: Key) -> tuple[Key, PrivateKey]:
    """Make a key pair and grant it to each holder. Without a holder, only the caller has the private half."""
    private = PrivateKey.generate()
    return _save_key(Key(kind=kind, public=private.public.raw), private, *holders), private


def keep_key(kind: KeyKind, private: PrivateKey, *holders: Key) -> Key:
    """Make the key of a private half that the caller has from elsewhere, such as a receipt."""
    return _save_key(Key(kind=kind, public=private.public.raw), private, *holders)


def grant(source: Keyring | PrivateKey, *, key: Key, to: Key) -> Grant:
    """Give `key` to the holder of `to`; whoever has it already keeps the grant they have.

    `source` is a keyring that reaches the key (else NoGrant), or the private key itself (else CannotOpen).
    """
    private = source.private(key) if isinstance(source, Keyring) else source
    if private.public.raw != bytes(key.public):
        raise CannotOpen(f"This private key is not the one of {key.pk}.")
    existing = Grant.objects.filter(key=key, holder=to).first()
    if existing is not None:
        return existing
    given = Grant(key=key, holder=to)
    given.seal(sealed=private.seed)
    given.save(force_insert=True)
    return given


def revoke_grant(key: Key, holder: Key) -> None:
    """Take a grant away. Raises NoGrant when there is none.

    Who opened the key before may have copied it: what comes later needs a new key.
    """
    removed, _by_model = Grant.objects.filter(key=key, holder=holder).delete()
    if not removed:
        raise NoGrant(f"{holder.pk} has no grant of {key.pk}.")


@dataclass(frozen=True)
class PersonKey:
    """A person's new key pair, locked with their passphrase and not saved yet."""

    key: Key
    private: PrivateKey = field(repr=False)
    lock: PersonLock = field(repr=False)

    @property
    def keyring(self) -> Keyring:
        """The keyring of whoever just chose the passphrase."""
        return Keyring(self.key, self.private)

    def save(self) -> Key:
        """Save the key and its lock, inside the transaction of the action that makes the person."""
        _save_key(self.key, self.private)
        self.lock.save(force_insert=True)
        log.committed(str(_lock_place(self.key)), hashlib.sha256(bytes(self.lock.wrapped)).hexdigest())
        return self.key


def make_person_key(passphrase: str) -> PersonKey:
    """Make a person's key pair, locked with their passphrase. Runs outside transactions; saves nothing."""
    private = PrivateKey.generate()
    key = Key(kind=KeyKind.PERSON, public=private.public.raw)
    salt, cost = secrets.token_bytes(SALT_LENGTH), staff_cost()
    secret = derive(passphrase, salt=salt, cost=cost)
    lock = PersonLock(
        key=key,
        salt=salt,
        memory=cost.memory,
        iterations=cost.iterations,
        wrapped=wrap(private.seed, secret=secret, place=_lock_place(key)),
    )
    return PersonKey(key=key, private=private, lock=lock)


def unlock(key: Key | None, passphrase: str) -> Keyring:
    """Open a person's key with their passphrase. Raises WrongPassphrase. Runs outside transactions.

    For nobody's key (None), or one without a lock, it takes the time that a wrong passphrase takes.
    """
    lock = PersonLock.objects.filter(key=key).first() if key is not None else None
    if key is None or lock is None:
        derive(passphrase, salt=secrets.token_bytes(SALT_LENGTH), cost=staff_cost())
        raise WrongPassphrase
    cost = Cost(memory=lock.memory, iterations=lock.iterations)
    secret = derive(passphrase, salt=bytes(lock.salt), cost=cost)
    try:
        return Keyring(key, PrivateKey(unwrap(bytes(lock.wrapped), secret=secret, place=_lock_place(key))))
    except CannotOpen as error:
        raise WrongPassphrase from error


def _save_key(key: Key, private: PrivateKey, *holders: Key) -> Key:
    key.save(force_insert=True)
    # A public key that was swapped would open what is sealed later, so its digest is in the log as well.
    place = Place(Key._meta.db_table, "public", str(key.pk))
    log.committed(str(place), hashlib.sha256(bytes(key.public)).hexdigest())
    for holder in holders:
        grant(private, key=key, to=holder)
    return key


def _lock_place(key: Key) -> Place:
    return Place(PersonLock._meta.db_table, "wrapped", str(key.pk))
