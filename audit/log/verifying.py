"""Verifies the whole log as the database holds it: by the program that checks exports, and every stored ciphertext.

What came of it is kept, and is an entry. Quorums are left to the look at the witnesses: the latest checkpoint may be
so young that they are still being asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from audit import clock
from audit.examination import CannotCheck, examine
from audit.log import actions as log
from audit.log import ciphertexts, events, past
from audit.log.cosigning import certificates, policy
from audit.log.database_folder import DatabaseFolder
from audit.log.errors import LogError
from audit.log.models import Checkpoint, Entry
from audit.log.verified import Verdict, Verification
from audit.policy import Policy
from audit.report import Report
from audit.timestamps import NoTimestamp

VERIFIED: Final = events.declare(
    "log.verified",
    facts=("verdict", "size", "first", "findings", "checkpoints", "ciphertexts", "differences"),
    description="The whole log and every stored ciphertext were verified, and this came of it.",
)
ASKED: Final = events.declare("log.verification_asked", description="An auditor asked that the log be verified now.")
KEPT_FINDINGS: Final = 20

Progress = Callable[[int, int], None]


@dataclass
class _Found:
    """What a verification has found so far; `made` is False when the log itself could not be compared at all."""

    size: int = 0
    first_index: int | None = None
    made: bool = True
    wrong: bool = False
    findings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    checkpoints: int = 0

    @property
    def verdict(self) -> Verdict:
        if self.wrong:
            return Verdict.WRONG
        return Verdict.AGREES if self.made else Verdict.NOT_MADE


def verify(*, actor: str, progress: Progress | None = None) -> Verification:
    """Verify everything, keep what came of it, and leave an entry. It raises nothing for what it finds.

    Memory stays flat; `progress` is called with the number of entries verified and to verify.
    """
    began = clock.now()
    found = _Found()
    _verify_log(found, progress)
    for sentence in past.differences():
        found.wrong = True
        found.findings.append(sentence)
    compared = ciphertexts.compare()
    # What is wrong with the log itself was told already, with more words.
    elsewhere = [each for each in compared.differences if each.place != "log"]
    found.wrong = found.wrong or bool(compared.differences)
    found.findings += [f"{each.place}: {each.message}" for each in elsewhere]
    with log.transaction():
        kept: Verification = Verification.objects.create(
            began=began,
            ended=clock.now(),
            size=found.size,
            verdict=found.verdict,
            first_index=found.first_index,
            findings=found.findings[:KEPT_FINDINGS],
            remarks=found.remarks,
            checkpoints=found.checkpoints,
            ciphertexts=compared.agree,
            differences=len(elsewhere),
        )
        log.append(
            VERIFIED,
            actor=actor,
            object="log",
            facts={
                "verdict": kept.verdict,
                "size": kept.size,
                "first": kept.first_index,
                "findings": len(found.findings),
                "checkpoints": kept.checkpoints,
                "ciphertexts": kept.ciphertexts,
                "differences": kept.differences,
            },
        )
    return kept


def verify_when_due() -> Verification | None:
    """Verify unless that was begun within LOG_VERIFY_HOURS; for a clock that asks more often."""
    last = latest()
    if last and clock.now() - last.began < timedelta(hours=settings.LOG_VERIFY_HOURS):
        return None
    return verify(actor="system")


def ask(*, actor: str) -> None:
    """Note, in the open transaction, that somebody wants the log verified now."""
    log.append(ASKED, actor=actor, object="log", facts={})


def latest() -> Verification | None:
    """The last verification."""
    found: Verification | None = Verification.objects.order_by("-pk").first()
    return found


def is_awaited() -> bool:
    """Whether somebody asked for a verification that is not there yet."""
    asked, done = (
        Entry.objects.filter(type=kind.name).order_by("-index").values_list("index", flat=True).first()
        for kind in (ASKED, VERIFIED)
    )
    return asked is not None and (done is None or done < asked)


def is_late() -> bool:
    """Whether the last verification is twice as old as it may be, or there is none of a log that is that old."""
    limit = clock.now() - 2 * timedelta(hours=settings.LOG_VERIFY_HOURS)
    last = latest()
    if last is not None:
        return last.began < limit
    first = Checkpoint.objects.order_by("size").values_list("time", flat=True).first()
    return first is not None and first < limit


def _verify_log(found: _Found, progress: Progress | None) -> None:
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        found.made = False
        found.findings.append(_("Nothing was signed yet."))
        return
    found.size = last.size
    try:
        report = _examine(last, progress)
    except (CannotCheck, LogError, OSError) as error:
        found.made = False
        found.findings.append(str(error))
        return
    found.first_index, found.checkpoints = report.first_index, report.earlier + 1
    found.wrong = bool(report.problems)
    found.findings += [problem.message for problem in report.problems]
    found.remarks += report.remarks


def _examine(last: Checkpoint, progress: Progress | None) -> Report:
    trusted = policy()
    mark = Path(settings.LOG_HIGH_WATER_FILE)
    return examine(
        DatabaseFolder(last),
        policy=Policy(trusted.logs, trusted.witnesses),
        outside=[(str(mark), mark.read_bytes())] if mark.exists() else [],
        authority=_authority(),
        progress=progress,
    )


def _authority() -> bytes | None:
    try:
        return certificates() if settings.LOG_TIMESTAMP_CA else None
    except NoTimestamp:
        return None
