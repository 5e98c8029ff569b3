"""What the log holds. Rows are added by `audit.log.actions` and never changed or deleted."""

from typing import Any, NoReturn

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from audit.checkpoint import Checkpoint as SignedCheckpoint
from audit.log.errors import AppendOnly
from audit.tiles import MAXIMUM_ENTRY, WIDTH
from audit.tree import HASH_SIZE


def _has_length(field: str, length: int) -> Exact:
    return Exact(Length(field), length)


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A queryset that reads, and refuses every way to change or delete rows."""

    def _refuse(self, *arguments: object, **named: object) -> NoReturn:
        raise AppendOnly(f"{self.model._meta.verbose_name_plural}: rows are only ever added.")

    update = delete = bulk_update = update_or_create = _refuse
    _update = _raw_delete = _refuse
    aupdate = adelete = abulk_update = aupdate_or_create = _refuse

    def bulk_create(self, objs: Any, *arguments: Any, **named: Any) -> Any:
        """Add rows; a conflict is never resolved by changing the row that is there."""
        if named.get("update_conflicts") or len(arguments) > 2:
            self._refuse()
        return super().bulk_create(objs, *arguments, **named)


class AppendOnlyModel(models.Model):
    """A row that is written once."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *arguments: Any, **named: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(f"{self._meta.verbose_name}: a row is never changed.")
        super().save(force_insert=True, using=named.get("using"))

    def delete(self, *arguments: Any, **named: Any) -> NoReturn:
        raise AppendOnly(f"{self._meta.verbose_name}: a row is never deleted.")


class Head(models.Model):
    """The one row that counts: `size` is the index that the next entry takes. It only ever grows."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("head of the log")
        verbose_name_plural = _("heads of the log")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="audit_log_one_head"),
            models.CheckConstraint(condition=models.Q(size__gte=0), name="audit_log_head_size"),
        ]


class Entry(AppendOnlyModel):
    """One entry: the canonical JSON that was hashed, its leaf hash, and columns of it to search by."""

    index = models.BigIntegerField(primary_key=True)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=HASH_SIZE)
    type = models.CharField(max_length=100)
    actor = models.CharField(max_length=200)
    object = models.CharField(max_length=200)
    time = models.DateTimeField()
    arrival = models.BigIntegerField(null=True)

    declared_public = {
        "leaf": "codes, days, pseudonyms and digests: what an auditor reads",
        "leaf_hash": "hash of the entry",
        "type": "name of a declared event",
        "actor": "pseudonym",
        "object": "pseudonym",
    }

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["index"]
        indexes = [
            models.Index(fields=["type", "-index"], name="audit_log_entry_type"),
            models.Index(fields=["actor", "-index"], name="audit_log_entry_actor"),
            models.Index(fields=["object", "-index"], name="audit_log_entry_object"),
            models.Index(fields=["actor", "type", "-index"], name="audit_log_entry_actor_type"),
            models.Index(fields=["object", "type", "-index"], name="audit_log_entry_object_type"),
            models.Index(fields=["object", "actor", "type", "-index"], name="audit_log_entry_all"),
            models.Index(fields=["object", "actor", "-index"], name="audit_log_entry_both"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(index__gte=0), name="audit_log_entry_index"),
            models.CheckConstraint(condition=_has_length("leaf_hash", HASH_SIZE), name="audit_log_entry_hash"),
            models.CheckConstraint(
                condition=models.Q(GreaterThan(Length("leaf"), 0))
                & models.Q(LessThanOrEqual(Length("leaf"), MAXIMUM_ENTRY)),
                name="audit_log_entry_leaf",
            ),
        ]


class Block(AppendOnlyModel):
    """BLOCK entries in a row, and the earliest and the latest of their times: where a span of time may lie.

    Instead of an index over time, which every entry would pay for. `audit.log.numbering` adds each when it is full.
    """

    number = models.BigIntegerField(primary_key=True)
    earliest = models.DateTimeField()
    latest = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("block of entries")
        verbose_name_plural = _("blocks of entries")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=0), name="audit_log_block_number"),
            models.CheckConstraint(condition=models.Q(latest__gte=models.F("earliest")), name="audit_log_block_span"),
        ]


class Waiting(AppendOnlyModel):
    """An entry that was committed and has no index yet (see `audit.log.numbering`).

    `id` orders those that wait. A row goes when its entry stands in the log, with this `id` as its `arrival`.
    """

    id = models.BigAutoField(primary_key=True)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=HASH_SIZE)
    type = models.CharField(max_length=100)
    actor = models.CharField(max_length=200)
    object = models.CharField(max_length=200)
    time = models.DateTimeField()

    declared_public = Entry.declared_public

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("entry without an index")
        verbose_name_plural = _("entries without an index")
        constraints = [
            models.CheckConstraint(condition=_has_length("leaf_hash", HASH_SIZE), name="audit_log_waiting_hash"),
            models.CheckConstraint(
                condition=models.Q(GreaterThan(Length("leaf"), 0))
                & models.Q(LessThanOrEqual(Length("leaf"), MAXIMUM_ENTRY)),
                name="audit_log_waiting_leaf",
            ),
        ]


class Tile(AppendOnlyModel):
    """A full tile: 256 hashes of one level of the tree, and the root over them."""

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField(max_length=HASH_SIZE)

    declared_public = {
        "hashes": "hashes of entries",
        "root": "hash over hashes",
    }

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("tile")
        verbose_name_plural = _("tiles")
        constraints = [
            models.UniqueConstraint(fields=["level", "number"], name="audit_log_tile_once"),
            models.CheckConstraint(condition=models.Q(number__gte=0), name="audit_log_tile_number"),
            models.CheckConstraint(condition=_has_length("hashes", WIDTH * HASH_SIZE), name="audit_log_tile_full"),
            models.CheckConstraint(condition=_has_length("root", HASH_SIZE), name="audit_log_tile_root"),
        ]


class Checkpoint(AppendOnlyModel):
    """A signed statement of the log's size and root; `note` is what was signed, with its signatures."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=HASH_SIZE)
    note = models.TextField()
    time = models.DateTimeField()

    declared_public = {
        "root": "hash over the log",
        "note": "signed size and root, made to be published",
    }

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["size"]
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gte=0), name="audit_log_checkpoint_size"),
            models.CheckConstraint(condition=_has_length("root", HASH_SIZE), name="audit_log_checkpoint_root"),
        ]

    @property
    def statement(self) -> SignedCheckpoint:
        """Origin, size and root as columns and settings say, without the signature."""
        return SignedCheckpoint.parse(self.note.split("\n\n", 1)[0] + "\n")


# Further models of this room, which build on those above.
import audit.log.private  # noqa: E402
import audit.log.verified  # noqa: E402
import audit.log.witnessed  # noqa: E402,F401
