"""Sanctions inside the matrix of the pack: what may be imposed, what is refused, and how one reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrity.action import Incomplete
from integrity.rules.entries import Authority, SanctionRange, amount_in_words
from integrity.rules.pack import OutOfRange, Pack, UnknownCode
from integrity.rules.terms import GradeBand, Gravity

NOTHING = "nothing"


class DoesNotFit(Incomplete):
    """The sanction does not fit the findings, the matrix or the mandate; `field` is where it was typed."""

    def __init__(self, sentence: str, *, field: str, object: str = "-") -> None:
        super().__init__(sentence, object=object)
        self.field = field


def fitting(
    pack: Pack,
    *,
    gravity: Gravity | None,
    code: str,
    amount: int | None,
    mandate: Authority,
    grade_band: GradeBand,
) -> dict[str, Any]:
    """The sanction as a decision keeps it: {"code", "amount"}, or {} when nothing was found (`gravity` None).

    Raises DoesNotFit with a sentence that says what is allowed, and by whom.
    """
    if gravity is None:
        if code:
            raise DoesNotFit(
                _("No sanction is possible, because no allegation was found substantiated."), field="sanction"
            )
        if amount is not None:
            raise DoesNotFit(_("Without a sanction there is no amount."), field="amount")
        return {}
    allowed = pack.allowed(gravity)
    if not code:
        raise DoesNotFit(
            _("Choose a sanction. For gravity “%(gravity)s” the rules allow: %(allowed)s.")
            % {"gravity": gravity.label, "allowed": ", ".join(str(each.sanction.title) for each in allowed)},
            field="sanction",
        )
    try:
        pack.check_sanction(gravity, code, amount)
    except UnknownCode as error:
        raise DoesNotFit(_("The rules know no such sanction."), field="sanction") from error
    except OutOfRange as error:
        in_matrix = any(each.sanction.code == code for each in allowed)
        raise DoesNotFit(str(error), field="amount" if in_matrix else "sanction") from error
    if not pack.may_impose(mandate.code, grade_band, code):
        raise DoesNotFit(
            _("As “%(mandate)s” you may not impose “%(sanction)s” on this grade; “%(authority)s” may.")
            % {
                "mandate": mandate.title,
                "sanction": pack.sanction(code).title,
                "authority": pack.authority_for(grade_band, code).title,
            },
            field="sanction",
        )
    return {"code": code, "amount": amount}


def in_words(pack: Pack, sanction: Mapping[str, Any]) -> str:
    """The sanction as people read it, such as “Fine: 5 days of pay”; empty when there is none."""
    if not sanction:
        return ""
    entry = pack.sanction(sanction["code"])
    if sanction.get("amount") is None:
        return str(entry.title)
    return _("%(sanction)s: %(amount)s") % {
        "sanction": entry.title,
        "amount": amount_in_words(sanction["amount"], entry.unit),
    }


def ranges(pack: Pack, gravities: Iterable[Gravity]) -> list[tuple[str, list[SanctionRange]]]:
    """The sanctions that any of the gravities allows, mildest first, each with its ranges by gravity."""
    found: dict[str, list[SanctionRange]] = {}
    for gravity in gravities:
        for cell in pack.allowed(gravity):
            found.setdefault(cell.sanction.code, []).append(cell)
    return sorted(found.items(), key=lambda pair: pair[1][0].sanction.rank)


def range_in_words(cells: list[SanctionRange], *, several: bool) -> str:
    """A sanction with its range; with each gravity named when the charges have `several`."""
    title = str(cells[0].sanction.title)
    if several:
        parts = [f"{cell.gravity.label}: {cell}" if str(cell) else str(cell.gravity.label) for cell in cells]
        return f"{title} ({'; '.join(parts)})"
    return f"{title} ({cells[0]})" if str(cells[0]) else title
