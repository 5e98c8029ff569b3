"""A list of headcounts: how many staff each office has in each grade band, for the disclosure test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from audit import clock
from integrity.action import Actor, Incomplete, action, record
from integrity.people.importing import Fault, Layout, Row, Table
from integrity.people.models import Headcount, Office
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.rules.terms import GradeBand

LAYOUT: Final = Layout(needed=("office", "grade_band", "staff", "as_of"))
MOST_STAFF: Final = 1_000_000


@dataclass
class HeadcountPlan:
    """What importing the list would do."""

    counts: list[Headcount] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def plan(table: Table) -> HeadcountPlan:
    """Check every row; one query, nothing is changed."""
    offices = {office.code.casefold(): office for office in Office.objects.all()}
    planned = HeadcountPlan(faults=list(table.faults))
    seen: dict[tuple[int, str, date], int] = {}
    for row in table.rows:
        faults: list[Fault] = []
        office = offices.get(row.cells["office"].casefold())
        if office is None:
            faults.append(row.fault("office", _("There is no office with this code.")))
        grade = row.cells["grade_band"].upper()
        if grade not in GradeBand.values:
            faults.append(
                row.fault("grade_band", _("A grade band is one of %(bands)s.") % {"bands": ", ".join(GradeBand.values)})
            )
        staff = _number(row, faults)
        as_of = _day(row, faults)
        if office is not None and as_of is not None and not faults:
            place = (office.pk, grade, as_of)
            if place in seen:
                faults.append(row.fault("office", _("It is on line %(line)d already.") % {"line": seen[place]}))
            else:
                seen[place] = row.line
                planned.counts.append(Headcount(office=office, grade_band=grade, staff=staff, as_of=as_of))
        planned.faults += faults
    planned.faults.sort(key=lambda fault: fault.line)
    return planned


@action(
    "people.headcounts_imported",
    by=(Role.ADMINISTRATOR, Role.PROGRAMME, Party.SYSTEM),
    facts=("file", "rows"),
    description="A list of headcounts was imported.",
)
def import_headcounts(*, actor: Actor, table: Table, digest: str) -> HeadcountPlan:
    """Set the headcounts of a list, all or none; `digest` is the file's SHA-256, for the log.

    Raises Incomplete when any row is wrong.
    """
    planned = plan(table)
    if planned.faults:
        raise Incomplete(_("Some rows are wrong, so nothing was imported."))
    Headcount.objects.bulk_create(
        planned.counts,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["office", "grade_band", "as_of"],
        update_fields=["staff"],
    )
    record(object="headcounts", file=digest, rows=len(planned.counts))
    return planned


def _number(row: Row, faults: list[Fault]) -> int:
    value = row.cells["staff"]
    if value.isascii() and value.isdigit() and len(value) < 9 and int(value) <= MOST_STAFF:
        return int(value)
    faults.append(row.fault("staff", _("This is not a number of people.")))
    return 0


def _day(row: Row, faults: list[Fault]) -> date | None:
    try:
        day = date.fromisoformat(row.cells["as_of"])
    except ValueError:
        faults.append(row.fault("as_of", _("A day is written year-month-day, such as 2026-03-31.")))
        return None
    if day > clock.today():
        faults.append(row.fault("as_of", _("This day has not come yet.")))
        return None
    return day
