"""The auditor's list of entries in a long log: every combination of the filters that it offers, page by page."""

from __future__ import annotations

import os
import random
import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

from django.db import connection, transaction

from audit.console.listing import PAGE, page_of
from audit.log import actions as log
from audit.log.models import Entry
from audit.tree import leaf_hash
from tests.bench.measure import Comparison
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result, duration

ENTRIES = int(os.environ.get("BENCH_LOG_ENTRIES", "100000"))
BATCH = 5_000
BEGAN = datetime(2021, 1, 1, tzinfo=UTC)
YEARS = 5
KINDS = [f"bench.kind_{number}" for number in range(120)]
PEOPLE = [f"person/{uuid.UUID(int=number)}" for number in range(300)]
CASES = [f"case/{uuid.UUID(int=number)}" for number in range(100_000)]
COLUMNS = "leaf, leaf_hash, type, actor, object, time"


def run(scene: Scene) -> Result:
    """The middle one and the slowest of all pages, each against reading as many rows by their indexes."""
    began = time.perf_counter()
    _fill(ENTRIES - log.head_size())
    filling = time.perf_counter() - began
    size = log.head_size()
    pages = [_seconds(filters, cursor) for filters in _filters(size) for cursor in ({}, {"before": size // 2})]
    bare = [_bare(size) for _time in range(21)]
    middle, slowest = statistics.median(pages), max(pages)
    against = f"{PAGE + 1} rows by their indexes"
    return Result(
        title=f"The auditor's list, {size:,} entries, {len(pages)} pages by all combinations of filters",
        figures=[
            Figure("the page in the middle", against, Comparison((middle,) * len(bare), tuple(bare))),
            Figure("the slowest page", against, Comparison((slowest,) * len(bare), tuple(bare))),
        ],
        remarks=[
            f"{sum(page > 0.1 for page in pages)} of {len(pages)} pages took longer than 0.1 s. Kinds, people and "
            "matters are those that many, few and no entries have, and the spans long, short, early and late.",
            f"Writing and numbering the entries took {duration(filling)}.",
        ],
    )


def _filters(size: int) -> Iterator[dict[str, Any]]:
    kinds = ["", "log.padding", KINDS[3], "bench.rare", "bench.never"]
    actors = ["", "system", PEOPLE[7], "person/nobody"]
    objects = ["", "log", CASES[7], "case/none"]
    last = BEGAN.date() + timedelta(days=365 * YEARS)
    spans: list[dict[str, Any]] = [
        {},
        {"since": date(2021, 6, 1)},
        {"until": date(2021, 6, 1)},
        {"since": date(2022, 1, 1), "until": date(2022, 12, 31)},
        {"since": date(2023, 3, 3), "until": date(2023, 3, 3)},
        {"since": last - timedelta(days=30), "until": last},
    ]
    for kind, actor, about, span in product(kinds, actors, objects, spans):
        yield {"type": kind, "actor": actor, "object": about, **span}


def _seconds(filters: dict[str, Any], cursor: dict[str, int]) -> float:
    """The quicker of two: whether the disk was read is not the question."""
    taken = []
    for _time in range(2):
        began = time.perf_counter()
        page_of(filters, **cursor)
        taken.append(time.perf_counter() - began)
    return min(taken)


def _bare(size: int) -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        first = random.randrange(size - PAGE)
        cursor.execute(
            'SELECT * FROM audit_log_entry WHERE "index" BETWEEN %s AND %s ORDER BY "index"', [first, first + PAGE]
        )
        cursor.fetchall()
    return time.perf_counter() - began


def _fill(count: int) -> None:
    """Entries of which a third is padding, with many of some kinds, people and matters and few of others."""
    chance = random.Random(1)
    step = timedelta(days=365 * YEARS) / max(count, 1)
    rows: list[list[Any]] = []
    for number in range(count):
        at = (BEGAN + number * step).replace(second=0, microsecond=0)
        rows.append([*_entry(number, chance), connection.ops.adapt_datetimefield_value(at)])
        if len(rows) == BATCH or number == count - 1:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO audit_log_waiting ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)", rows)
            rows.clear()
            log.number()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Entry._meta.db_table}")


def _entry(number: int, chance: random.Random) -> list[Any]:
    leaf = b'{"number":%d,"salt":"%s"}' % (number, b"0" * 250)
    if number % 3 == 0:
        return [leaf, leaf_hash(leaf), "log.padding", "system", "log"]
    kind = "bench.rare" if number % 50_000 == 1 else KINDS[int(chance.random() ** 3 * len(KINDS))]
    about = "log" if number % 17 == 0 else CASES[int(chance.random() ** 2 * len(CASES))]
    return [leaf, leaf_hash(leaf), kind, PEOPLE[int(chance.random() ** 2 * len(PEOPLE))], about]
