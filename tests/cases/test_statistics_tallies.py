"""What a closed case leaves: counts of one thing at a time, from which nobody can put a case together again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit import clock
from cases import closing
from cases.closing import Closing
from cases.statistics.models import Counted, Duration, Result, Tally
from cases.statistics.tallies import add, cells_of, count_case, duration_of, result_of
from integrity.rules.pack import load
from tests.cases.statistics_scene import cells, closed
from tests.walks.appeals import to_final
from tests.walks.discipline import to_notified
from tests.walks.publication import to_closed
from tests.walks.triage import open_case
from tests.world import World

IN_FEBRUARY = datetime(2026, 2, 16, 4, 0, tzinfo=UTC)
COLUMNS = ["period", "table", "row", "column", "count"]


def dump() -> list[tuple[Any, ...]]:
    """The table as it lies in the database, in the order in which it lies there."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{Tally._meta.db_table}"')
        assert [column[0] for column in cursor.description] == COLUMNS
        return cursor.fetchall()


def empty() -> None:
    """Forget every tally, and the room that the rows took: PostgreSQL fills holes before it goes on at the end."""
    word = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
    with connection.cursor() as cursor:
        cursor.execute(f'{word} "{Tally._meta.db_table}"')


@pytest.mark.django_db
def test_after_two_closings_the_table_holds_marginal_counts_and_nothing_of_either_case(world: World) -> None:
    with clock.at(IN_FEBRUARY):
        first = open_case(world, gender="f", grade_band="C", office="PORT", staff_number="S-1")
        second = open_case(world, gender="m", grade_band="B", office="HQ", staff_number="S-2", name="Efua Other")
        for case in (first, second):
            to_notified(world, case, "suspension", 60)
    with clock.at(IN_FEBRUARY + timedelta(days=100)):
        for case in (first, second):
            to_final(world, case)
            to_closed(world, case)
    assert sorted(row[1:] for row in dump()) == [
        ("appeal", "none", "", 2),
        ("category", "bribery", "", 2),
        ("closed", "", "", 2),
        ("duration", "half_year", "", 2),
        ("gender", "f", "heavier", 1),
        ("gender", "m", "heavier", 1),
        ("grade", "B", "heavier", 1),
        ("grade", "C", "heavier", 1),
        ("gravity", "serious", "heavier", 2),
        ("place", "South", "heavier", 1),
        ("place", "headquarters", "heavier", 1),
    ]
    everything = str(dump())
    assert not [word for case in (first, second) for word in (str(case.pk), case.reference) if word in everything]
    assert "suspension" not in everything


@pytest.mark.django_db
def test_whichever_attributes_belong_together_the_table_is_the_same_to_the_byte() -> None:
    """Three cases with one result: every way to share out grade, gender, place, category and order among them."""
    grades, genders, places, categories = (
        "ABC",
        "fmu",
        ("South", "North", "headquarters"),
        ("bribery", "fraud", "conduct"),
    )
    found = set()
    for order in permutations(range(3)):
        for other in permutations(range(3)):
            empty()
            for number in range(3):
                closed(
                    1,
                    period="2026",
                    result="heavier",
                    grade=grades[number],
                    gender=genders[order[number]],
                    place=places[other[number]],
                    category=categories[order[other[number]]],
                )
            found.add(tuple(row for row in dump() if row[1] != Counted.CLOSED))
    assert len(found) == 1


@pytest.mark.django_db
def test_the_last_case_does_not_lie_apart_from_the_others() -> None:
    empty()
    closed(4, period="2026")
    closed(1, period="2026", grade="A", gender="f", place="headquarters", gravity="gross", result="heavier")
    lying = [row[:4] for row in dump() if row[1] != Counted.CLOSED]
    assert lying == sorted(lying)


@pytest.mark.django_db
def test_no_table_is_finer_than_what_the_summary_shows() -> None:
    closed(3, period="2026", result="not_established")
    assert {row[1] for row in dump()} == set(Counted.values)
    for values in (
        {"table": "gravity", "row": "gross", "column": ""},
        {"table": "category", "row": "bribery", "column": "heavier"},
        {"table": "sanction", "row": "fine", "column": ""},
        {"table": "category", "row": "fraud", "column": "", "count": 0},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Tally.objects.create(**{"period": "2026", "count": 1, **values})


@pytest.mark.django_db
def test_every_table_has_each_case_once() -> None:
    closed(3, period="2026", result="not_established", grade="B")
    closed(2, period="2026", gender="f", appeal="vary")
    closed(4, period="2025", place="")
    for period, number in (("2026", 5), ("2025", 4)):
        for table in Counted.values:
            counts = Tally.objects.filter(period=period, table=table).values_list("count", flat=True)
            assert sum(counts) == number, (period, table)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("earlier", [0, 3], ids=["the first of a period", "more of a period"])
def test_cases_that_close_at_once_are_all_counted(earlier: int) -> None:
    closed(earlier, period="2026")
    together = Barrier(4)

    def close_two(grade: str) -> None:
        together.wait(timeout=20)
        try:
            for _each in range(2):
                with transaction.atomic():
                    add("2026", cells(grade=grade))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(close_two, "ABCD"))
    for table in Counted.values:
        assert sum(Tally.objects.filter(table=table).values_list("count", flat=True)) == earlier + 8, table
    assert Tally.objects.get(table="grade", row="A").count == 2


def test_a_case_is_counted_once_however_often_the_room_registers() -> None:
    closing.on_close(count_case)

    assert closing._sources.count(count_case) == 1


@pytest.mark.django_db
def test_sanctions_weigh_by_their_place_on_the_ladder(world: World) -> None:
    pack = load()
    found = closing.without_charge(open_case(world), world.actor("supervisor").keys)

    def result(**values: Any) -> Result:
        return result_of(Closing(**{**vars(found), **values}), pack)

    weights = {each.code: result(charged=True, substantiated=True, sanction=each.code) for each in pack.sanctions}
    assert weights["oral-warning"] == weights["fine"] == weights["increment-deferment"] == Result.LIGHTER
    assert weights["pay-cut"] == weights["dismissal"] == Result.HEAVIER
    assert result(charged=True, substantiated=True) == Result.NONE
    assert result(charged=True) == result() == Result.NOT_ESTABLISHED
    assert {table for table, _row, _column in cells_of(found)} == set(Counted.values) - {Counted.CLOSED}


@pytest.mark.parametrize(
    ("closed_on", "bucket"),
    [
        (date(2026, 4, 10), Duration.QUARTER),
        (date(2026, 4, 11), Duration.HALF_YEAR),
        (date(2026, 7, 11), Duration.YEAR),
        (date(2027, 1, 11), Duration.LONGER),
    ],
)
def test_a_duration_is_kept_only_as_a_bucket(closed_on: date, bucket: Duration) -> None:
    assert duration_of(date(2026, 1, 10), closed_on) == bucket
