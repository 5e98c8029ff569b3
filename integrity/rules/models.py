"""The rule packs an institution has adopted; a case is pinned to one."""

from __future__ import annotations

from functools import lru_cache

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrity.rules.effective import EffectiveDocument, EffectiveQuerySet
from integrity.rules.pack import Pack, parse


class RulePackQuerySet(EffectiveQuerySet["RulePack"]):
    """`in_force(on)` is the pack that holds on a day."""


class RulePack(EffectiveDocument):
    """One adopted version of the institution's rules, with where they come from."""

    name = models.CharField(max_length=60)
    source = models.TextField()
    source_date = models.DateField()

    declared_public = {
        "name": "rules are published",
        "source": "where published rules come from",
    }

    objects = RulePackQuerySet.as_manager()

    class Meta(EffectiveDocument.Meta):
        verbose_name = _("rule pack")
        verbose_name_plural = _("rule packs")
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="pack_version_adopted_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def pack(self) -> Pack:
        """The rules themselves. Raises AlteredDocument when the stored text is not the adopted one."""
        return _parsed(self.source_bytes)


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> Pack:
    return parse(content)
