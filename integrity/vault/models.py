"""What is true about keys: which exist, who holds which, and what is sealed to them.

Rows of Key, Grant and PersonLock are made, changed and removed by `actions.py` only, those of StoredFile
by `files.py` only.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit import clock
from audit.log import actions as log
from integrity.action import WrongState
from integrity.vault.fields import SealedField
from integrity.vault.seal import CannotOpen, Place, PrivateKey, PublicKey, Sealed, open_sealed, seal
from integrity.vault.suites import FIRST

if TYPE_CHECKING:
    from integrity.vault.keyring import Keyring

# The longest name, type and verdict that a file can have fit: nothing of them can be read from the length.
DESCRIPTION_LENGTH: Final = 1024


class KeyKind(models.TextChoices):
    """What a key pair stands for."""

    PERSON = "person", _("person")
    REPORTER = "reporter", _("reporting person")
    REPORT = "report", _("report")
    CASE = "case", _("case")
    APPEAL = "appeal", _("appeal record")
    IDENTITY = "identity", _("reporting person's identity")
    REQUEST = "request", _("request for an identity")
    PUBLICATION = "publication", _("publication")
    PROTECTION = "protection", _("protection of reporting persons")
    DETRIMENT = "detriment", _("report of detriment")
    AUDIT = "audit", _("private parts of the log")
    RECOVERY = "recovery", _("recovery")


class KeyDestroyed(WrongState):
    """The key was destroyed on purpose: what was sealed to it is erased, for everybody and for ever."""

    @classmethod
    def about(cls, key: Key) -> Self:
        """The refusal for one key, with the sentence that a person reads."""
        day = formats.date_format(key.destroyed_on) if key.destroyed_on else ""
        sentence = gettext("This was erased for good on %(day)s: the key that opened it was destroyed.") % {"day": day}
        return cls(sentence, object=key.pseudonym)


class LineageField(models.UUIDField):
    """The identifier of a key's first generation; a key made without a predecessor is the first itself."""

    def pre_save(self, model_instance: models.Model, add: bool) -> uuid.UUID:
        """Fill it in, also for `bulk_create`."""
        if getattr(model_instance, self.attname) is None:
            setattr(model_instance, self.attname, model_instance.pk)
        given: uuid.UUID = getattr(model_instance, self.attname)
        return given


class KeyQuerySet(models.QuerySet["Key"]):
    """Questions about keys."""

    def newest(self) -> KeyQuerySet:
        """The generations that are sealed to now."""
        return self.filter(successor__isnull=True)

    def alive(self) -> KeyQuerySet:
        """Those that were not destroyed."""
        return self.filter(destroyed_on__isnull=True)


class Key(models.Model):
    """The public half of a key pair. The private half exists only in grants, and under passphrases.

    A key has generations: when somebody's access ends, a successor is made which they never hold, and what is
    written from then on is sealed to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=KeyKind.choices)
    suite = models.PositiveSmallIntegerField(default=FIRST)
    public = models.BinaryField()
    created = models.DateField(default=clock.today)
    predecessor = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="successor")
    lineage = LineageField(editable=False, db_index=True)
    destroyed_on = models.DateField(null=True)

    objects = KeyQuerySet.as_manager()
    declared_public: ClassVar[dict[str, str]] = {"public": "the public half: what anybody may seal to"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KeyKind.values), name="key_kind_is_known"),
            models.CheckConstraint(condition=~Q(predecessor=F("id")), name="no_key_follows_itself"),
            models.CheckConstraint(
                condition=Q(predecessor__isnull=True, lineage=F("id"))
                | Q(predecessor__isnull=False) & ~Q(lineage=F("id")),
                name="a_lineage_begins_with_its_first_key",
            ),
        ]
        indexes = [models.Index(fields=["kind"], name="key_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def pseudonym(self) -> str:
        """How the audit log names this key."""
        return f"key/{self.pk}"

    @property
    def public_key(self) -> PublicKey:
        """What to seal to."""
        return PublicKey(bytes(self.public), self.suite)

    def accepts(self, private: PrivateKey) -> PrivateKey:
        """The private half of this key, from its seed. Raises CannotOpen for the seed of another."""
        mine = private.in_suite(self.suite)
        if mine.public.raw != bytes(self.public):
            raise CannotOpen(f"This private key is not the one of {self.pk}.")
        return mine

    def generations(self) -> KeyQuerySet:
        """This key, its predecessors and its successors."""
        return Key.objects.filter(lineage=self.lineage)

    def newest(self) -> Key:
        """The generation that is sealed to now, in one query. Raises KeyDestroyed."""
        if self._state.adding:
            return self
        found = self.generations().newest().get()
        found.refuse_when_destroyed()
        return found

    def refuse_when_destroyed(self) -> None:
        """Raise KeyDestroyed when it was."""
        if self.destroyed_on is not None:
            raise KeyDestroyed.about(self)


class SealedModel(models.Model):
    """A model with sealed fields. Its key is made in Python, so that the place is known before the insert.

    Each subclass defines `sealing_key`, and any other property that a SealedField names as its `key`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    # False for what is sealed to exactly the key it names, and not to that key's newest generation.
    seals_to_newest: ClassVar[bool] = True
    # Sealed fields that may be emptied, or whose rows may go, in the ordinary course.
    fleeting: ClassVar[frozenset[str]] = frozenset()

    @property
    def sealing_key(self) -> Key:
        """The key that this row's content is sealed to."""
        raise NotImplementedError(f"{type(self).__name__} does not say which key it is sealed to.")

    def seal(self, **values: Any) -> None:
        """Set sealed fields from JSON values (bytes for a binary field); the caller saves the row.

        Each seal goes to the newest generation of the key, has a version one higher than what it replaces, and
        its digest goes into the log entry of the action that runs. Raises KeyDestroyed.
        """
        newest: dict[str, Key] = {}
        for name, value in values.items():
            field = self._sealed_field(name)
            if field.key not in newest:
                key: Key = getattr(self, field.key)
                newest[field.key] = key.newest() if self.seals_to_newest else key
            self.seal_to(newest[field.key], name, value)

    def seal_to(self, key: Key, name: str, value: Any) -> None:
        """Set one sealed field, sealed to exactly this key, which is one of the lineage that the field names."""
        field = self._sealed_field(name)
        held = bytes(getattr(self, name))
        version = Sealed.from_bytes(held).version + 1 if held else 1
        place = self.place_of(name, version=version)
        plaintext = value if field.binary else _encode(value, step=field.padding)
        stored = Sealed(key.pk, version, seal(plaintext, to=key.public_key, place=place)).to_bytes()
        setattr(self, name, stored)
        log.committed(str(place), hashlib.sha256(stored).hexdigest())

    def open(self, keyring: Keyring, name: str) -> Any:
        """The value of a sealed field; "" (b"" for a binary field) when it was never set.

        Opened with the key that the value itself names. Raises NoGrant when the keyring does not reach it (Erased
        when the key was destroyed), CannotOpen when the value was changed or moved.
        """
        field = self._sealed_field(name)
        held = bytes(getattr(self, name))
        if not held:
            return b"" if field.binary else ""
        sealed = Sealed.from_bytes(held)
        plaintext = keyring.open(sealed.value, key=sealed.key, place=self.place_of(name, version=sealed.version))
        return plaintext if field.binary else json.loads(plaintext)

    def digest_of(self, name: str) -> str:
        """The SHA-256, in hexadecimal, that a sealed field had before it was moved to other suites, if it was.

        What was written down about the first ciphertext (a chain of custody) stays comparable by it.
        """
        held = bytes(getattr(self, name))
        digest = hashlib.sha256(held).hexdigest()
        if not held or Sealed.from_bytes(held).version == 1:
            return digest
        return Resealing.objects.filter(after=digest).values_list("before", flat=True).first() or digest

    def place_of(self, name: str, *, version: int) -> Place:
        """Where a version of a field of this row lives."""
        return Place(self._meta.db_table, name, str(self.pk), version)

    def _sealed_field(self, name: str) -> SealedField:
        field = self._meta.get_field(name)
        if not isinstance(field, SealedField):
            raise TypeError(f"{type(self).__name__}.{name} is not a sealed field.")
        return field


class Grant(SealedModel):
    """One private key, sealed to another key: whoever opens `holder` opens `key`."""

    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="grants")
    holder = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="held")
    sealed = SealedField(binary=True)

    seals_to_newest = False
    fleeting = frozenset({"sealed"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "holder"], name="one_grant_for_each_holder"),
            models.CheckConstraint(condition=~Q(key=F("holder")), name="no_key_is_granted_to_itself"),
            models.CheckConstraint(condition=~Q(sealed=b""), name="a_grant_gives_something"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} to {self.holder_id}"

    @property
    def sealing_key(self) -> Key:
        """A grant is sealed to whom it is given."""
        return self.holder

    def open_with(self, holder: PrivateKey) -> PrivateKey:
        """The private key that this grant gives. Raises CannotOpen when it is not the one of `key`."""
        sealed = Sealed.from_bytes(bytes(self.sealed))
        place = self.place_of("sealed", version=sealed.version)
        private = PrivateKey(open_sealed(sealed.value, key=holder, place=place), self.key.suite)
        if private.public.raw != bytes(self.key.public):
            raise CannotOpen(f"The grant {self.pk} gives another key than it says.")
        return private


class Resealing(models.Model):
    """A value was moved to another suite: the digests of its ciphertext before and after, for what cites the first."""

    before = models.CharField(max_length=64)
    after = models.CharField(max_length=64, unique=True)

    declared_public: ClassVar[dict[str, str]] = {
        "before": "digest of a ciphertext, also in the log",
        "after": "digest of a ciphertext, also in the log",
    }

    def __str__(self) -> str:
        return f"{self.before} became {self.after}"


class PersonLock(models.Model):
    """A person's private key under their passphrase: Argon2id, then AES-256-GCM. Nobody else can open it."""

    key = models.OneToOneField(Key, on_delete=models.CASCADE, primary_key=True, related_name="lock")
    salt = models.BinaryField()
    memory = models.PositiveIntegerField()
    iterations = models.PositiveIntegerField()
    wrapped = models.BinaryField()

    declared_public: ClassVar[dict[str, str]] = {
        "salt": "random",
        "wrapped": "the person's private key, encrypted under their passphrase",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(memory__gte=8, iterations__gte=1), name="a_lock_costs_something"),
        ]

    def __str__(self) -> str:
        return f"lock of {self.key_id}"


class StoredFile(SealedModel):
    """A file that was kept: ciphertext in settings.VAULT_FILES, its key and description here, sealed.

    `details` is {name, type, size, sha256, scan}, of the plaintext; the digest and size of the ciphertext are in
    clear, for custody and for the check that the file is whole.
    """

    owner_key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="files")
    file_key = SealedField(binary=True)
    details = SealedField(padding=DESCRIPTION_LENGTH)
    ciphertext_sha256 = models.CharField(max_length=64)
    ciphertext_size = models.PositiveBigIntegerField()
    created = models.DateField(default=clock.today)

    declared_public: ClassVar[dict[str, str]] = {"ciphertext_sha256": "digest of the ciphertext, also in the log"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Exact(Length("ciphertext_sha256"), 64), name="a_file_has_its_digest"),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"

    @property
    def sealing_key(self) -> Key:
        """A file is sealed to the key of what it was sent with."""
        return self.owner_key


def _encode(value: Any, *, step: int) -> bytes:
    """JSON, padded with the spaces that JSON allows after a value."""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return plain.ljust(-(-len(plain) // step) * step)
