"""The rows that hold private parts: written with their entry, never changed, deleted only behind an erasure's entry."""

from collections.abc import Sequence
from typing import Final

from django.db import connection, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from audit.log.errors import AlreadyErased
from audit.log.events import PRIVATE_ERASED
from audit.log.leaf import Leaf
from audit.log.models import AppendOnlyModel, Entry
from audit.tree import HASH_SIZE

ROWS_PER_STATEMENT: Final = 500


class Ground(models.TextChoices):
    """Why a private part was erased. Only the program itself gives the first."""

    RETENTION = "retention", _("The time for which it is kept has ended")
    REQUEST = "request", _("The person concerned asked for it, rightly")
    ORDER = "order", _("A court or an authority ordered it")
    UNLAWFUL = "unlawful", _("It should never have been kept")


class Private(AppendOnlyModel):
    """The ciphertext of a private part and its salt, by the commitment that its entry carries.

    The commitment is salted, so it names one entry before and after that has its index. `time` is the entry's.
    """

    commitment = models.CharField(max_length=64, primary_key=True)
    leaf_hash = models.BinaryField(max_length=HASH_SIZE)
    sealed = models.BinaryField()
    time = models.DateTimeField()

    declared_public = {
        "commitment": "hash under a random salt, also in the entry",
        "leaf_hash": "hash of the entry",
        "sealed": "private part of an entry with its salt, sealed to the auditors' key",
    }

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("private part")
        verbose_name_plural = _("private parts")
        indexes = [models.Index(fields=["time"], name="audit_log_private_time")]
        constraints = [
            models.CheckConstraint(condition=Exact(Length("commitment"), 64), name="audit_log_private_commitment"),
            models.CheckConstraint(condition=Exact(Length("leaf_hash"), HASH_SIZE), name="audit_log_private_hash"),
            models.CheckConstraint(condition=~models.Q(sealed=b""), name="audit_log_private_is_something"),
        ]

    @property
    def pseudonym(self) -> str:
        """How the entry of an erasure names this."""
        return pseudonym_of(self.commitment)


def pseudonym_of(commitment: str) -> str:
    """How the entry of an erasure names the private part with this commitment."""
    return f"private/{commitment}"


def erasure_of(commitment: str) -> Entry | None:
    """The entry that says that this private part was erased, when it was and has its index."""
    found = Entry.objects.filter(object=pseudonym_of(commitment), type=PRIVATE_ERASED.name)
    return found.order_by("index").first()


def keep(leaves: Sequence[Leaf]) -> None:
    """Insert the private parts of entries, in the transaction that has just written these."""
    rows = [
        Private(commitment=leaf.private.commitment, leaf_hash=leaf.hash, sealed=leaf.private.sealed, time=leaf.time)
        for leaf in leaves
        if leaf.private is not None
    ]
    if rows:
        Private.objects.bulk_create(rows, batch_size=ROWS_PER_STATEMENT)


def remove(commitments: Sequence[str]) -> None:
    """Delete private parts, behind the entries that say so: the database refuses any other deletion.

    Raises AlreadyErased when one is not there, so that nothing is erased twice.
    """
    for first in range(0, len(commitments), ROWS_PER_STATEMENT):
        some = commitments[first : first + ROWS_PER_STATEMENT]
        places = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            # The model refuses, as it does for everything in this room.
            cursor.execute(f"DELETE FROM audit_log_private WHERE commitment IN ({places})", list(some))  # noqa: S608
            if cursor.rowcount != len(some):
                raise AlreadyErased("this private part was erased before")
