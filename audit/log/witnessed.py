"""What others said about the log's checkpoints, and what an earlier epoch held. Rows are only ever added."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.log.models import AppendOnlyModel


class Cosignature(AppendOnlyModel):
    """A witness's signature line on the checkpoint of this size, with the time in it."""

    size = models.BigIntegerField()
    witness = models.CharField(max_length=200)
    line = models.TextField()
    time = models.DateTimeField()

    declared_public = {
        "witness": "name of the witness's key",
        "line": "signature, made to be published",
    }

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("cosignature")
        verbose_name_plural = _("cosignatures")
        constraints = [
            models.UniqueConstraint(fields=["size", "witness"], name="audit_log_cosigned_once"),
            models.CheckConstraint(condition=models.Q(size__gte=0), name="audit_log_cosigned_size"),
        ]
        indexes = [models.Index(fields=["witness", "-size"], name="audit_log_cosigned_last")]


class Timestamp(AppendOnlyModel):
    """An authority's RFC 3161 answer about the checkpoint of this size, with the time in it."""

    size = models.BigIntegerField(primary_key=True)
    response = models.BinaryField()
    time = models.DateTimeField()

    declared_public = {"response": "signed time of a checkpoint, made to be published"}

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("timestamp")
        verbose_name_plural = _("timestamps")
        constraints = [models.CheckConstraint(condition=models.Q(size__gte=0), name="audit_log_stamped_size")]


class PastEntry(AppendOnlyModel):
    """An entry of an earlier epoch of the log, as the database held it when the next one began."""

    origin = models.CharField(max_length=200)
    index = models.BigIntegerField()
    leaf = models.BinaryField()

    declared_public = {
        "origin": "name of a log",
        "leaf": "codes, days, pseudonyms and digests: what an auditor reads",
    }

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("entry of an earlier epoch")
        verbose_name_plural = _("entries of earlier epochs")
        constraints = [models.UniqueConstraint(fields=["origin", "index"], name="audit_log_past_once")]
