"""An entry in words, in the language of the page: for the public, for previews, and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cases.publication.generalisation import AppealOutcomeShown, Entry, PlaceLevel
from cases.publication.periods import in_words
from integrity.rules.entries import Category, Offence, amount_in_words
from integrity.rules.pack import Pack
from integrity.rules.terms import GradeBand, Gravity


@dataclass(frozen=True)
class Worded:
    """What people read of an entry. Texts of the rule pack stay texts, so that a page can mark their language."""

    offence: Offence
    category: Category
    gravity: str
    sanction: str
    appeal: str
    period: str
    place: str
    grade: str


def worded(entry: Entry, pack: Pack) -> Worded:
    """The entry in words. Raises UnknownCode for codes that the pack does not have."""
    return Worded(
        offence=pack.offence(entry.offence),
        category=pack.category(entry.category),
        gravity=str(Gravity(entry.gravity).label),
        sanction=_sanction(entry, pack),
        appeal=str(AppealOutcomeShown(entry.appeal).label),
        period=in_words(entry.period),
        place=_place(entry),
        grade=_grade(entry),
    )


def as_data(entry: Entry, pack: Pack) -> dict[str, Any]:
    """The entry for machines: codes, with titles in the language of the request."""
    offence = pack.offence(entry.offence)
    category = pack.category(entry.category)
    return {
        "offence": {"code": offence.code, "title": str(offence.title), "clause": offence.clause},
        "category": {"code": category.code, "title": str(category.title)},
        "gravity": entry.gravity,
        "period": entry.period,
        "place": {"level": entry.place_level, "value": entry.place},
        "grade_bands": list(entry.grades),
        "sanction": {
            "code": entry.sanction,
            "title": str(pack.sanction(entry.sanction).title) if entry.sanction else "",
            "unit": pack.sanction(entry.sanction).unit.value if entry.sanction else "none",
            "amount_from": entry.amount_from,
            "amount_to": entry.amount_to,
        },
        "appeal": entry.appeal,
    }


def _sanction(entry: Entry, pack: Pack) -> str:
    if not entry.sanction:
        return _("No sanction")
    sanction = pack.sanction(entry.sanction)
    if entry.amount_from is None or entry.amount_to is None:
        return str(sanction.title)
    words = amount_in_words(entry.amount_to, sanction.unit)
    if entry.amount_from != entry.amount_to:
        words = _("%(minimum)d to %(maximum)s") % {"minimum": entry.amount_from, "maximum": words}
    return _("%(sanction)s: %(amount)s") % {"sanction": sanction.title, "amount": words}


def _place(entry: Entry) -> str:
    if entry.place_level == PlaceLevel.REGION:
        return _("Region %(region)s") % {"region": entry.place}
    if entry.place_level == PlaceLevel.KIND:
        return _("Headquarters") if entry.place == "headquarters" else _("In the field")
    return _("Withheld")


def _grade(entry: Entry) -> str:
    bands = [str(GradeBand(band).label) for band in entry.grades]
    if not bands:
        return _("Withheld")
    return bands[0] if len(bands) == 1 else _("%(first)s or %(second)s") % {"first": bands[0], "second": bands[1]}
