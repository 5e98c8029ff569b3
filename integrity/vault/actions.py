"""The verbs of keys: make, give, take away, open.

They run inside another room's action, which appends the log entry; what derives a key from a passphrase
runs before it, outside any transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from audit.log import actions as log
from audit.log.events import declare
from integrity.action import SYSTEM, acting
from integrity.vault.erasure import ErasureReason, destroy_key
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, Key, KeyKind, PersonLock
from integrity.vault.passphrase import SALT_LENGTH, Cost, derive, staff_cost
from integrity.vault.seal import CannotOpen, Place, PrivateKey
from integrity.vault.standing import declare_standing_holder, standing_holders
from integrity.vault.suites import suite_for_new_keys
from integrity.vault.wrap import unwrap, wrap

__all__ = [
    "ErasureReason",
    "NewLock",
    "NoGrant",
    "PersonKey",
    "WrongPassphrase",
    "declare_standing_holder",
    "destroy_key",
    "grant",
    "grant_generations",
    "holders_of",
    "keep_key",
    "make_key",
    "make_person_key",
    "move_owner",
    "relock",
    "retire_person_key",
    "revoke_grant",
    "rotate",
    "unlock",
]

KEY_ROTATED: Final = declare(
    "key.rotated",
    facts=("kind", "predecessor", "suite", "holders"),
    description="A key got a next generation: what is written from now on is closed to former holders.",
)


class WrongPassphrase(Exception):
    """The passphrase does not open this key, or there is no such key; which, is not said."""


def make_key(kind: KeyKind, *holders: Key) -> tuple[Key, PrivateKey]:
    """Make a key pair and grant it to each holder, and to the standing holders of its kind.

    It is of the suite for new keys. Without a holder, only the caller has the private half.
    """
    private = PrivateKey.generate(suite_for_new_keys().number)
    return _save_key(_new_key(kind, private), private, *holders), private


def keep_key(kind: KeyKind, private: PrivateKey, *holders: Key) -> Key:
    """Make the key of a seed that the caller has from elsewhere, such as a receipt, in the suite for new keys."""
    fitting = private.in_suite(suite_for_new_keys().number)
    return _save_key(_new_key(kind, fitting), fitting, *holders)


def grant(source: Keyring | PrivateKey, *, key: Key, to: Key) -> Grant:
    """Give `key` to the holder of `to`; whoever has it already keeps the grant they have.

    `source` is a keyring that reaches the key (else NoGrant), or the private key itself (else CannotOpen). Of a
    holder that has generations, the newest gets it: an older one may be known to somebody who left. Raises
    KeyDestroyed when either was.
    """
    private = key.accepts(source.private(key) if isinstance(source, Keyring) else source)
    key.newest()  # refuses a destroyed one
    holder = to.newest()
    existing = Grant.objects.filter(key=key, holder=holder).first()
    if existing is not None:
        return existing
    given = Grant(key=key, holder=holder)
    given.seal(sealed=private.seed)
    given.save(force_insert=True)
    return given


def grant_generations(source: Keyring | PrivateKey, *, key: Key, to: Key) -> None:
    """Give the newest generation of a key, and every earlier one that the keyring reaches, to the holder of `to`.

    Raises NoGrant when the keyring does not reach the newest one. A private key is of one generation.
    """
    newest = key.newest()
    grant(source, key=newest, to=to)
    if isinstance(source, Keyring):
        for each in source.held_of(newest):
            grant(source, key=each, to=to)


def revoke_grant(key: Key, holder: Key) -> None:
    """Take a grant away, with those of the key's other generations. Raises NoGrant when there is none.

    Who opened the key before may have copied it: what comes later needs a new generation (`rotate`).
    """
    removed, _by_model = Grant.objects.filter(key__lineage=key.lineage, holder__lineage=holder.lineage).delete()
    if not removed:
        raise NoGrant(f"{holder.pk} has no grant of {key.pk}.")


def holders_of(key: Key) -> list[Key]:
    """Who holds the newest generation of a key, each by their own newest one, except for standing holders."""
    newest = key.generations().newest()
    lineages = Grant.objects.filter(key__in=newest).values("holder__lineage")
    # A recovery key holds what it holds by being named now; one that was replaced must not be carried on.
    return list(Key.objects.newest().alive().filter(lineage__in=lineages).exclude(kind=KeyKind.RECOVERY).order_by("pk"))


def rotate(key: Key, *, holders: Iterable[Key]) -> Key:
    """Make the next generation of a key, held by these and by the standing holders; nobody's private key is needed.

    Runs inside an action. What is this key's own (a case's, a report's) points to the new one from now on, and
    what is sealed later is sealed to it. Raises KeyDestroyed.
    """
    current = key.generations().newest().select_for_update(of=("self",)).get()
    current.refuse_when_destroyed()
    private = PrivateKey.generate(suite_for_new_keys().number)
    made = _new_key(KeyKind(current.kind), private)
    made.predecessor, made.lineage = current, current.lineage
    # An entry of its own, in a level of its own: what the action sealed so far belongs to the action's entry.
    with log.transaction():
        _save_key(made, private, *holders)
        move_owner(current, made)
        running = acting()
        log.append(
            KEY_ROTATED,
            actor=running.pseudonym if running else SYSTEM,
            object=made.pseudonym,
            facts={
                "kind": made.kind,
                "predecessor": current.pseudonym,
                "suite": made.suite,
                "holders": Grant.objects.filter(key=made).count(),
            },
        )
    return made


def move_owner(current: Key, made: Key) -> None:
    """Let every row whose own key this was, one to one, point to its next generation."""
    for relation in Key._meta.related_objects:
        model, field = relation.related_model, relation.field
        if relation.one_to_one and isinstance(model, type) and model._meta.app_label != Key._meta.app_label:
            model._base_manager.filter(**{field.name: current}).update(**{field.name: made})


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
    private = PrivateKey.generate(suite_for_new_keys().number)
    key = _new_key(KeyKind.PERSON, private)
    return PersonKey(key=key, private=private, lock=_lock(key, private, passphrase))


@dataclass(frozen=True)
class NewLock:
    """A new lock for a key that exists already, not saved yet."""

    lock: PersonLock = field(repr=False)

    def save(self) -> None:
        """Put it in the place of the old one, inside an action; the old passphrase opens nothing then."""
        self.lock.save(force_update=True)
        log.committed(str(_lock_place(self.lock.key)), hashlib.sha256(bytes(self.lock.wrapped)).hexdigest())


def relock(keyring: Keyring, passphrase: str) -> NewLock:
    """Lock an opened person key with another passphrase; the key stays. Runs outside transactions; saves nothing."""
    return NewLock(lock=_lock(keyring.key, keyring.own, passphrase))


def retire_person_key(key: Key) -> None:
    """Take the last ways to a person's earlier key, and from it to others: its locks, and what was granted to it."""
    PersonLock.objects.filter(key__lineage=key.lineage).delete()
    Grant.objects.filter(holder__lineage=key.lineage).delete()


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
        seed = unwrap(bytes(lock.wrapped), secret=secret, place=_lock_place(key))
        return Keyring(key, PrivateKey(seed, key.suite))
    except CannotOpen as error:
        raise WrongPassphrase from error


def _new_key(kind: KeyKind, private: PrivateKey) -> Key:
    return Key(kind=kind, public=private.public.raw, suite=private.suite)


def _save_key(key: Key, private: PrivateKey, *holders: Key) -> Key:
    key.save(force_insert=True)
    # A public key that was swapped would open what is sealed later, so its digest is in the log as well.
    place = Place(Key._meta.db_table, "public", str(key.pk))
    log.committed(str(place), hashlib.sha256(bytes(key.public)).hexdigest())
    for holder in (*holders, *standing_holders(KeyKind(key.kind))):
        grant(private, key=key, to=holder)
    return key


def _lock_place(key: Key) -> Place:
    return Place(PersonLock._meta.db_table, "wrapped", str(key.pk))


def _lock(key: Key, private: PrivateKey, passphrase: str) -> PersonLock:
    salt, cost = secrets.token_bytes(SALT_LENGTH), staff_cost()
    return PersonLock(
        key=key,
        salt=salt,
        memory=cost.memory,
        iterations=cost.iterations,
        wrapped=wrap(private.seed, secret=derive(passphrase, salt=salt, cost=cost), place=_lock_place(key)),
    )
