"""Importing a batch of reports, all or none. The same report is imported once, whatever list it comes in.

Its files are sealed before the transaction begins, so that nobody waits for it as long as gigabytes take; they are
written as every upload is, and what no report keeps is removed.
"""

from __future__ import annotations

import errno
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from django.db import IntegrityError
from django.utils.translation import gettext as _

from intake.entry.archives import Damaged, Member
from intake.entry.models import EnteredReport, Handover
from intake.entry.reading import BatchPlan, plan
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

# What an import leaves free for everybody else, who would be refused on a full disk.
LEFT_FREE: Final = 256 * 1024 * 1024
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
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
    wrong, WrongState when another import was faster, Unreadable and FileGone.
    """
    planned = plan(content, source=source, beside=beside)
    with _sealed(planned if _is_right(planned, leaving_out=leaving_out) else BatchPlan()) as files:
        try:
            return _import(
                actor=actor,
                content=content,
                source=source,
                digest=digest,
                beside=beside,
                files=files,
                leaving_out=leaving_out,
            )
        except IntegrityError as error:
            if not EnteredReport.objects.filter(earlier__in=[each.digest for each in planned.reports]).exists():
                raise
            raise WrongState(_("Some of these reports were imported in the same moment. Look again.")) from error


@action(
    "reports.imported",
    by=(Role.INTAKE, Party.SYSTEM),
    limit="gives no access: only the recipients of each report's channel can open it",
    facts=("file", "source", "made", "there", "files", "left_out"),
    description="Reports of an earlier system were imported and sealed, with their files.",
    step_up=True,
)
def _import(
    *,
    actor: Actor,
    content: bytes,
    source: str,
    digest: str,
    beside: Sequence[Member],
    files: Sealed,
    leaving_out: bool,
) -> BatchPlan:
    planned = plan(content, source=source, beside=beside)
    if planned.faults:
        raise Incomplete(_("Some rows are wrong, so nothing was imported."))
    if not _is_right(planned, leaving_out=leaving_out):
        raise Incomplete(_("Some files are named by no row, so nothing was imported."))
    for each in planned.reports:
        report_id = uuid4()
        uploads = files.get(each.digest, ())
        if len(uploads) != len(each.enclosed):
            raise Incomplete(_("Something has changed meanwhile. Look again."))
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
            files=uploads,
            received_on=each.told.received_on,
            receipt_kept=True,
        )
        EnteredReport.objects.create(report=report, receipt=Handover.NONE, earlier=each.digest)
    record(
        object="reports",
        file=digest,
        source=source,
        made=len(planned.reports),
        there=planned.there,
        files=planned.files,
        left_out=len(planned.unnamed),
    )
    return planned


def _is_right(planned: BatchPlan, *, leaving_out: bool) -> bool:
    return not planned.faults and (leaving_out or not planned.unnamed)


@contextmanager
def _sealed(planned: BatchPlan) -> Iterator[Sealed]:
    """The files of each report as uploads that have arrived. Those that are not kept are removed at the end."""
    if planned.bytes and planned.bytes + LEFT_FREE > shutil.disk_usage(storage.pending_folder()).free:
        raise Incomplete(_no_room())
    arrived: dict[bytes, list[SealedUpload]] = {}
    patience = Patience(limits.scan_seconds())
    try:
        for each in planned.reports:
            kept = arrived.setdefault(each.digest, [])
            for member in each.enclosed:
                # A scanner that hangs costs its time once; one that answers has it anew for each file.
                patience = Patience(limits.scan_seconds()) if patience.left else patience
                kept.append(_seal(member, patience))
        yield arrived
    finally:
        for uploads in arrived.values():
            for upload in uploads:
                upload.discard()


def _seal(member: Member, patience: Patience) -> SealedUpload:
    pending = PendingFile(clean_name(member.path), scanning=Scanning(patience))
    try:
        for piece in member.read():
            pending.write(piece)
        return pending.finish()
    except Damaged as error:
        raise Incomplete(_("A file is damaged or cut short, so nothing was imported. Look again.")) from error
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise Incomplete(_no_room()) from error
    finally:
        pending.close()


def _no_room() -> str:
    return _("There is no room for these files at the moment. Nothing was imported. Ask the administrator.")


def _nobodys() -> ReporterSecret:
    """The secret of a report that no receipt opens: random, and forgotten with the report's making."""
    return ReporterSecret(lookup=secrets.token_bytes(SEED_LENGTH), private=PrivateKey(secrets.token_bytes(SEED_LENGTH)))
