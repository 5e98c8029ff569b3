"""What came of a check: what was checked, what is wrong with it, and what could not be checked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from audit.policy import Policy

MAXIMUM_PROBLEMS = 20


class CannotCheck(Exception):
    """The check cannot even begin; the message says why."""


class TooManyProblems(Exception):
    """Enough was found to say that this export is worthless."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `index` is the first entry that it puts in doubt, None when it is no entry."""

    message: str
    index: int | None = None


@dataclass
class Report:
    """What was checked, and what is wrong with it. An empty list of problems means that all is well.

    `given` tells whether the policy came from outside the export. `cosigned` gives the time of each witness's
    signature on the latest checkpoint, `stamps` the moment of the timestamp of each size; `remarks` say what was
    not checked.
    """

    policy: Policy
    given: bool
    origin: str = ""
    size: int = 0
    root: bytes = b""
    earlier: int = 0
    earlier_witnessed: int = 0
    outside: int = 0
    cosigned: dict[str, int] = field(default_factory=dict)
    stamps: dict[int, datetime] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def first_index(self) -> int | None:
        """The first entry in doubt, if the problems put any in doubt."""
        return min((problem.index for problem in self.problems if problem.index is not None), default=None)

    def add(self, message: str, index: int | None = None) -> None:
        """Note a problem. Raises TooManyProblems."""
        self.problems.append(Problem(message, index))
        if len(self.problems) >= MAXIMUM_PROBLEMS:
            raise TooManyProblems

    def as_json(self) -> dict[str, Any]:
        """The report for a program; `docs/formats.md` describes it."""
        return {
            "verified": not self.problems,
            "origin": self.origin,
            "keys": [str(log.key) for log in self.policy.logs],
            "policy_given": self.given,
            "size": self.size,
            "root": self.root.hex(),
            "quorum": self.policy.quorum,
            "cosigned": {name: moment_of(time) for name, time in sorted(self.cosigned.items())},
            "earlier": self.earlier,
            "earlier_with_quorum": self.earlier_witnessed,
            "outside": self.outside,
            "timestamps": {str(size): moment.isoformat() for size, moment in sorted(self.stamps.items())},
            "remarks": self.remarks,
            "first_index": self.first_index,
            "problems": [{"message": problem.message, "index": problem.index} for problem in self.problems],
        }


def moment_of(time: int) -> str:
    """POSIX seconds as a moment in UTC; what no calendar holds stays a number."""
    try:
        return datetime.fromtimestamp(time, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(time)
