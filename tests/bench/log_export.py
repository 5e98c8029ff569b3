"""The whole log of 100,000 entries: into the tree, out to a folder, and checked there by the standalone program."""

from __future__ import annotations

import shutil
import time

from audit.examination import examine
from audit.log import actions as log
from audit.log.models import Entry
from tests.bench import raw
from tests.bench.log_append import put
from tests.bench.measure import compare, one
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result, duration

ENTRIES = 100_000
BATCH = 1_000
PAIRS = 5


def run(scene: Scene) -> Result:
    """Integration, export and check, each against hashing the same entries and nodes with hashlib alone."""
    began = time.perf_counter()
    while (missing := ENTRIES - log.head_size()) > 0:
        with log.transaction():
            for _ in range(min(BATCH, missing)):
                put()
    filling = time.perf_counter() - began
    entries = [bytes(leaf) for leaf in Entry.objects.order_by("index").values_list("leaf", flat=True).iterator()]
    root = raw.hash_tree(entries)
    hashing = one(lambda: raw.hash_tree(entries))
    integrating = one(log.integrate)()
    folder = scene.folder / "export"

    def check() -> None:
        report = examine(kept)
        if report.problems or report.size != len(entries) or report.root != root:
            raise RuntimeError(f"The export does not hold what was written: {report.problems[:1]}")

    exporting = compare(
        one(lambda: log.write_export(folder), afterwards=lambda: shutil.rmtree(folder)), hashing, pairs=PAIRS
    )
    kept = scene.folder / "kept"
    log.write_export(kept)
    checking = compare(one(check), hashing, pairs=PAIRS)
    shutil.rmtree(kept)
    against = f"hashing {len(entries):,} entries and their tree"
    return Result(
        title=f"The log of {len(entries):,} entries",
        figures=[
            Figure("export to a folder", against, exporting),
            Figure("check the folder (audit.verify)", against, checking),
        ],
        remarks=[
            f"Appending the entries, {BATCH:,} to a transaction, took {duration(filling)}; putting them into the tree "
            f"(hash again, store tiles, read back, sign), which happens once, took {duration(integrating)}."
        ],
    )
