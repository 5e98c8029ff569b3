"""What a case page shows of its publication: whether it was handed over, and where the entry stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.finality import finality
from cases.panels import CaseFile, panel
from cases.publication.models import Publication
from cases.states import PublicationState

TONES = {
    PublicationState.DRAFT: "neutral",
    PublicationState.EDITED: "active",
    PublicationState.PUBLISHED: "good",
    PublicationState.WITHHELD: "warning",
}


@panel("publication", title=_("Publication"), template="publication/panel.html", order=90)
def publication(file: CaseFile) -> Mapping[str, Any] | None:
    """Only once a decision is final."""
    if finality(file.case) is None:
        return None
    entry = Publication.objects.filter(case=file.case).first()
    return {"entry": entry, "tone": TONES[PublicationState(entry.state)] if entry is not None else ""}
