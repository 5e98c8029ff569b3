"""What came of each verification of the whole log. Rows are only ever added."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.log.models import AppendOnlyModel


class Verdict(models.TextChoices):
    """What a verification found."""

    AGREES = "agrees", _("Everything agrees")
    WRONG = "wrong", _("Something is wrong")
    NOT_MADE = "not_made", _("It could not be made")


class Verification(AppendOnlyModel):
    """One verification: when, of how many entries, and what was found; `first_index` is the first entry in doubt."""

    began = models.DateTimeField()
    ended = models.DateTimeField()
    size = models.BigIntegerField()
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    first_index = models.BigIntegerField(null=True)
    findings = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    checkpoints = models.BigIntegerField(default=0)
    ciphertexts = models.BigIntegerField(default=0)
    differences = models.BigIntegerField(default=0)

    declared_public = {
        "findings": "sentences about entries, tiles, checkpoints and places of ciphertexts, by number and digest",
        "remarks": "sentences about what was not checked",
    }

    class Meta(AppendOnlyModel.Meta):
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gte=0), name="audit_log_verified_size"),
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="audit_log_verified_verdict"),
        ]

    @property
    def agrees(self) -> bool:
        """Whether everything that was compared agrees."""
        return self.verdict == Verdict.AGREES
