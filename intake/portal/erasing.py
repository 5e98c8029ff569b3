"""What is erased with a report, besides what is sealed to its own key: the identity, which is sealed to another."""

from __future__ import annotations

from intake.portal.models import Report
from integrity.action import Actor
from integrity.vault.erasure import ErasureReason, erased_with
from integrity.vault.models import Key


@erased_with
def identity_of_report(actor: Actor, key: Key, reason: ErasureReason) -> None:
    """Remove the sealed identity of a report whose key is destroyed; that one was given stays known."""
    Report.objects.filter(key__lineage=key.lineage).update(identity=b"")
