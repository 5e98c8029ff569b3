"""Figures of a period from the tallies of closed cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from audit import clock
from cases.statistics.models import HEADQUARTERS, NO_ROW, AppealEnd, Counted, Duration, Result, Tally
from cases.statistics.shapes import Distribution, Labelled, Rate, Table, distribution, rate, rate_in_list, table
from cases.statistics.suppression import suppress_figure, suppress_list
from integrity.people.roles import Gender
from integrity.rules.models import RulePack
from integrity.rules.terms import GradeBand, Gravity

OVERTURNED = (AppealEnd.VARY, AppealEnd.QUASH, AppealEnd.REMIT)


class Closed:
    """The closed cases of one period, by their tallies. One query here, one for the titles of categories."""

    def __init__(self, period: str) -> None:
        self.tables: dict[str, Counter[tuple[str, str]]] = {table: Counter() for table in Counted.values}
        rows = Tally.objects.filter(period=period).values_list("table", "row", "column", "count")
        for table_name, row, column, count in rows:
            self.tables[table_name][row, column] = count
        # Every table with results has the same totals by result: each case is in each of them once.
        self.results: Counter[str] = Counter()
        for (_row, column), count in self.tables[Counted.GRAVITY].items():
            self.results[column] += count

    @property
    def number(self) -> int:
        """How many closed."""
        return self.tables[Counted.CLOSED][NO_ROW, ""]

    def rates(self) -> list[Rate]:
        """How often something was established, and decisions were overturned."""
        appeals = self._by_row(Counted.APPEAL)
        return [
            self._established(),
            rate_in_list(
                _("Decisions overturned on appeal"),
                [appeals[each.value] for each in AppealEnd],
                these={place for place, each in enumerate(AppealEnd) if each in OVERTURNED},
                others={place for place, each in enumerate(AppealEnd) if each is AppealEnd.UPHOLD},
            ),
        ]

    def distributions(self) -> list[Distribution]:
        """Closed cases by one thing at a time."""
        categories = self._by_row(Counted.CATEGORY)
        return [
            distribution(_("How closed cases ended"), Result.choices, self.results),
            distribution(Counted.CATEGORY.label, _categories(categories), categories),
            distribution(Counted.DURATION.label, Duration.choices, self._by_row(Counted.DURATION)),
            distribution(Counted.APPEAL.label, AppealEnd.choices, self._by_row(Counted.APPEAL)),
        ]

    def by_result(self) -> list[Table]:
        """How cases ended, by gravity, grade, gender and place."""
        places = {row for row, _column in self.tables[Counted.PLACE]}
        rows: dict[Counted, tuple[str, Labelled]] = {
            Counted.GRAVITY: (_("Closed cases by gravity"), Gravity.choices),
            Counted.GRADE: (_("Closed cases by grade"), GradeBand.choices),
            Counted.GENDER: (_("Closed cases by gender"), Gender.choices),
            Counted.PLACE: (_("Closed cases by place"), _places(places)),
        }
        return [
            table(each.label, totals, values, Result.choices, self.tables[each])
            for each, (totals, values) in rows.items()
        ]

    def _by_row(self, name: Counted) -> Counter[str]:
        return Counter({row: count for (row, _column), count in self.tables[name].items()})

    def _established(self) -> Rate:
        unfounded = self.results[Result.NOT_ESTABLISHED]
        found = rate(_("Cases in which something was established"), self.results.total() - unfounded, unfounded)
        shown = suppress_list([self.results[each] for each in Result])
        if shown[list(Result).index(Result.NOT_ESTABLISHED)] is None:
            return Rate(label=found.label, percent=None, is_empty=False)
        return found


def closed_by_period() -> dict[str, int | None]:
    """How many cases closed in each period, as far as that may be shown."""
    rows = Tally.objects.filter(table=Counted.CLOSED).values_list("period", "count")
    return {period: suppress_figure(count) for period, count in rows}


def _categories(counted: Iterable[str]) -> list[tuple[str, str]]:
    pack = RulePack.objects.filter(effective_from__lte=clock.today()).order_by("effective_from").last()
    titles = {each.code: str(each.title) for each in pack.pack.categories} if pack is not None else {}
    return [(code, titles.get(code, code)) for code in sorted({*titles, *counted})]


def _places(counted: Iterable[str]) -> list[tuple[str, str]]:
    codes = sorted(counted, key=lambda place: (place != HEADQUARTERS, place == NO_ROW, place))
    return [(code, _("Headquarters") if code == HEADQUARTERS else code or _("Not known")) for code in codes]
