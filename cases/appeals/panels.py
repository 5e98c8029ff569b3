"""What the case page shows of an appeal; it is the one panel that a board sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.appeals.models import Appeal, AppealOutcome
from cases.discipline.sanctions import in_words
from cases.panels import CaseFile, panel
from integrity.vault.keyring import Keyring


@panel("appeal", title=_("Appeal"), template="appeals/panel.html", order=70, for_board=True)
def appeal_panel(file: CaseFile) -> Mapping[str, Any] | None:
    """Every appeal of the case that this person's keys open."""
    keyring = file.actor.keys
    rows = list(file.case.appeals.select_related("key", "decision", "case__pack").prefetch_related("opinions__member"))
    keyring.find([row.key for row in rows])
    shown = [_opened(row, keyring) for row in rows if keyring.holds(row.key)]
    waivers = [
        {"waiver": waiver, "statement": waiver.open(keyring, "statement")}
        for waiver in (file.case.waivers.all() if file.reads else [])
    ]
    return {"appeals": shown, "waivers": waivers} if shown or waivers else None


def _opened(appeal: Appeal, keyring: Keyring) -> dict[str, Any]:
    decided = getattr(appeal, "outcome", None)
    outcome = None
    if decided is not None:
        pack = appeal.case.pack.pack
        found = AppealOutcome(decided.open(keyring, "outcome"))
        sanction = decided.open(keyring, "sanction")
        dissent = [
            {**each, "outcome": AppealOutcome(each["outcome"]).label} for each in decided.open(keyring, "dissent")
        ]
        outcome = {
            "row": decided,
            "label": found.label,
            "sanction": in_words(pack, sanction) if sanction else "",
            "reasons": decided.open(keyring, "reasons"),
            "dissent": dissent,
        }
    return {
        "appeal": appeal,
        "statement": appeal.open(keyring, "statement"),
        "admissibility": appeal.open(keyring, "admissibility"),
        # Opinions stay closed on this page until the board has decided, so that nobody is led by another's.
        "opinions": [opinion.member.name for opinion in appeal.opinions.all()],
        "parts": appeal.record.count(),
        "outcome": outcome,
    }
