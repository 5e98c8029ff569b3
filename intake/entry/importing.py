"""Importing a batch of reports. Nothing is imported while anything in it is wrong, and the same report only once.

It is done in parts, each in a transaction of its own whose files were sealed before, as every upload is: on SQLite
nobody else can write meanwhile, and a portal that waits for a thousand reports would be closed. What ends between two
parts leaves whole reports, and the same list again makes the rest.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from django.db import IntegrityError
from django.utils.translation import gettext as _

from intake.entry.archives import Damaged, Member
from intake.entry.models import EnteredReport, Handover
from intake.entry.reading import BatchPlan, Planned, plan
from intake.portal import actions as portal
from intake.portal.receipt import ReporterSecret
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault import limits, storage
from integrity.vault.naming import clean_name
from integrity.vault.scanning import Patience, Scanning
from integrity.vault.seal import SEED_LENGTH, PrivateKey
from integrity.vault.uploads import PendingFile

if TYPE_CHECKING:
    from integrity.vault.uploads import SealedUpload

REPORTS_AT_ONCE: Final = 20
FILES_AT_ONCE: Final = 50
Sealed = Mapping[bytes, Sequence["SealedUpload"]]


def import_reports(
    *,
    actor: Actor,
    content: bytes,
    source: str,
    digest: str,
    beside: Sequence[Member] = (),
    leaving_out: bool = False,
) -> BatchPlan:
    """Make a report, with its files, of each row that was not imported before; `digest` is the list's SHA-256.

    `beside` are the files that came with the list; those that no row names stay out only if `leaving_out`. Nobody
    gets a receipt: the reporting person's half of each report is thrown away. Raises Incomplete when anything is
    wrong, WrongState when another import was faster; either may come after some parts. Raises Unreadable, FileGone.
    """
    planned = plan(content, source=source, beside=beside, to_the_end=True)
    is_right = not planned.faults and (leaving_out or not planned.unnamed)
    room = storage.room() if is_right and planned.bytes else None
    if room is not None and planned.bytes > room:
        raise Incomplete(_no_room())
    patience = _Patience()
    # What is not right is refused by the action, with nothing sealed for it.
    for part in _parts(planned.reports if is_right else ()):
        with _sealed(part, patience) as files:
            try:
                _import(
                    actor=actor,
                    planned=planned,
                    part=part,
                    files=files,
                    source=source,
                    digest=digest,
                    leaving_out=leaving_out,
                )
            except IntegrityError as error:
                if not EnteredReport.objects.filter(earlier__in=[each.digest for each in part]).exists():
                    raise
                raise WrongState(_("Some of these reports were imported in the same moment. Look again.")) from error
    return planned


@action(
    "reports.imported",
    by=(Role.INTAKE, Party.SYSTEM),
    limit="gives no access: only the recipients of each report's channel can open it",
    facts=("file", "source", "made", "there", "files", "left_out"),
    description="A part of a list of an earlier system's reports was imported and sealed, with their files.",
    step_up=True,
)
def _import(
    *,
    actor: Actor,
    planned: BatchPlan,
    part: Sequence[Planned],
    files: Sealed,
    source: str,
    digest: str,
    leaving_out: bool,
) -> None:
    if planned.faults:
        raise Incomplete(_("Some rows are wrong, so nothing was imported."))
    if planned.unnamed and not leaving_out:
        raise Incomplete(_("Some files are named by no row, so nothing was imported."))
    for each in part:
        report_id = uuid4()
        report = portal.send_report(
            actor=Actor.reporter(report_id),
            report_id=report_id,
            secret=_nobodys(),
            channel=each.told.channel,
            path=each.told.path,
            origin=each.told.origin,
            language=each.told.language,
            answers=each.told.answers,
            questions=each.told.questions,
            identity=each.told.identity,
            files=files[each.digest],
            received_on=each.told.received_on,
            receipt_kept=True,
        )
        EnteredReport.objects.create(report=report, receipt=Handover.NONE, earlier=each.digest)
    record(
        object="reports",
        file=digest,
        source=source,
        made=len(part),
        there=planned.there,
        files=sum(len(uploads) for uploads in files.values()),
        left_out=len(planned.unnamed),
    )


def _parts(reports: Sequence[Planned]) -> Iterator[Sequence[Planned]]:
    """The reports in parts that take a moment each; one part without any, when there is nothing to make."""
    part: list[Planned] = []
    files = 0
    for each in reports:
        if len(part) == REPORTS_AT_ONCE or (part and files + len(each.enclosed) > FILES_AT_ONCE):
            yield part
            part, files = [], 0
        part.append(each)
        files += len(each.enclosed)
    yield part


class _Patience:
    """How long files wait for the scanner: one that hangs costs its time once, one that answers has it for each."""

    def __init__(self) -> None:
        self._latest = Patience(limits.scan_seconds())

    def for_the_next(self) -> Patience:
        """That of the next file."""
        if self._latest.left:
            self._latest = Patience(limits.scan_seconds())
        return self._latest


@contextmanager
def _sealed(part: Sequence[Planned], patience: _Patience) -> Iterator[Sealed]:
    """The files of each report as uploads that have arrived. Those that are not kept are removed at the end."""
    arrived: dict[bytes, list[SealedUpload]] = {}
    try:
        for each in part:
            kept = arrived.setdefault(each.digest, [])
            for member in each.enclosed:
                kept.append(_seal(member, patience.for_the_next()))
        yield arrived
    finally:
        for uploads in arrived.values():
            for upload in uploads:
                upload.discard()


def _seal(member: Member, patience: Patience) -> SealedUpload:
    pending = PendingFile(clean_name(member.path), scanning=Scanning(patience), sparing=True)
    try:
        for piece in member.read():
            pending.write(piece)
        return pending.finish()
    except Damaged as error:
        raise Incomplete(
            _("A file has changed since it was looked at. Look again: it says what is left to import.")
        ) from error
    except OSError as error:
        if error.errno not in storage.NO_ROOM:
            raise
        raise Incomplete(_no_room()) from error
    finally:
        pending.close()


def _no_room() -> str:
    return _("There is no room for these files at the moment. Look again later: it says what is left to import.")


def _nobodys() -> ReporterSecret:
    """The secret of a report that no receipt opens: random, and forgotten with the report's making."""
    return ReporterSecret(lookup=secrets.token_bytes(SEED_LENGTH), private=PrivateKey(secrets.token_bytes(SEED_LENGTH)))
