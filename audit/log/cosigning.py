"""Cosignatures and timestamps of checkpoints: asked for outside, kept here, and put on what is published.

A witness that is down keeps nothing from going on. One that remembers what the log has lost stops the signing.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from audit import clock
from audit.log.cadence import publish
from audit.log.errors import CannotSign, LogError
from audit.log.integration import slot
from audit.log.models import Checkpoint
from audit.log.rotation import former_keys
from audit.log.signer import load_signer
from audit.log.stored import reader
from audit.log.witnessed import Cosignature, Timestamp
from audit.note import Algorithm, MalformedNote, Note, VerifierKey, parse_signatures
from audit.policy import Group, Log, Policy, Witness
from audit.tiles import MalformedTile
from audit.timestamps import NoTimestamp, read_authority, request, verify
from audit.tree import consistency_nodes, fold_peaks
from audit.witnesses import Outcome, gather

QUORUM = "quorum"

logger = logging.getLogger(__name__)


class Misconfigured(LogError):
    """The settings about witnesses make no sense."""


@dataclass(frozen=True)
class Watched:
    """How one witness is doing: the size and the time of its latest cosignature, None when there is none."""

    witness: Witness
    size: int | None
    time: datetime | None


def witnesses() -> list[Witness]:
    """The witnesses of LOG_WITNESSES, each by the name of its key. Raises Misconfigured."""
    found: list[Witness] = []
    for text in settings.LOG_WITNESSES:
        words = text.split()
        try:
            key = VerifierKey.parse(words[0])
        except (IndexError, MalformedNote) as error:
            raise Misconfigured(_("LOG_WITNESSES: %(reason)s") % {"reason": error}) from error
        if len(words) != 2 or key.algorithm is not Algorithm.COSIGNATURE:
            raise Misconfigured(_("LOG_WITNESSES: each is the key of a witness, a space, and its address."))
        if any(key.public == each.key.public or key.name == each.key.name for each in found):
            raise Misconfigured(_("LOG_WITNESSES: %(name)s is there twice.") % {"name": key.name})
        found.append(Witness(key.name, key, words[1]))
    if len(found) < settings.LOG_QUORUM:
        raise Misconfigured(_("LOG_QUORUM asks for more witnesses than LOG_WITNESSES has."))
    return found


def policy(today: Iterable[VerifierKey] = ()) -> Policy:
    """The policy that ships with what is exported: every key that ever signed, the witnesses, and the quorum.

    `today` are the keys that sign now, where the signer's are not to be had.
    """
    keys = dict.fromkeys([*(tuple(today) or load_signer().verifiers), *former_keys()])
    asked = tuple(witnesses())
    logs = tuple(Log(key) for key in keys)
    if not settings.LOG_QUORUM or not asked:
        return Policy(logs, asked)
    group = Group(QUORUM, settings.LOG_QUORUM, tuple(each.name for each in asked))
    return Policy(logs, asked, (group,), QUORUM)


def published(checkpoint: Checkpoint) -> bytes:
    """The checkpoint with the cosignatures that were kept for it."""
    note = Note.parse(checkpoint.note.encode())
    for line in Cosignature.objects.filter(size=checkpoint.size).order_by("witness").values_list("line", flat=True):
        note = note.with_signatures(parse_signatures(line))
    return note.encode()


def cosign(checkpoint: Checkpoint) -> list[Outcome]:
    """Ask every witness to cosign the checkpoint, and keep what they gave. Raises Misconfigured or CannotSign."""
    asked = witnesses()
    if not asked:
        return []
    last = Cosignature.objects.values("witness").annotate(last=Max("size")).values_list("witness", "last")
    try:
        _lines, outcomes = gather(checkpoint.note.encode(), prove=_consistency, witnesses=asked, known_sizes=dict(last))
    except MalformedTile as error:
        raise CannotSign(_("Rows of the log are missing. Nothing was signed.")) from error
    kept = [
        Cosignature(
            size=checkpoint.size,
            witness=outcome.witness.name,
            line=str(outcome.signature),
            time=datetime.fromtimestamp(outcome.time or 0, UTC),
        )
        for outcome in outcomes
        if outcome.signature
    ]
    Cosignature.objects.bulk_create(kept, ignore_conflicts=True)
    return outcomes


def publish_witnessed(*, at_once: bool = False) -> Checkpoint | None:
    """Publish as `cadence.publish` does, but ask the witnesses before and after, and the timestamping authority.

    Call it as often as you like: nobody outside is asked before a checkpoint is due. Raises CannotSign or
    Misconfigured.
    """
    latest = Checkpoint.objects.order_by("-size").first()
    due = at_once or latest is None or latest.time != slot(clock.now())
    if due:
        refuse_if_contradicted()
    signed = publish(at_once=at_once)
    if signed is None:
        return None
    for outcome in cosign(signed):
        if outcome.refusal:
            logger.warning("The witness %s did not cosign: %s", outcome.witness.name, outcome.refusal)
    try:
        stamp(signed)
    except NoTimestamp as error:
        logger.warning("The checkpoint was not timestamped: %s", error)
    return signed


def refuse_if_contradicted() -> None:
    """Ask the witnesses about the latest checkpoint before anything new is signed.

    Raises CannotSign when one of them has cosigned more entries than the log has, or others. Then the database was
    rolled back, perhaps together with everything else on this machine.
    """
    asked: Checkpoint | None = None
    outcomes: list[Outcome] = []
    # Another process may have published meanwhile: then what a witness knows better is in the database as well.
    while (latest := Checkpoint.objects.order_by("-size").first()) and (asked is None or latest.size > asked.size):
        asked, outcomes = latest, cosign(latest)
        if not any(outcome.contradicts for outcome in outcomes):
            return
    for outcome in outcomes:
        if outcome.contradicts:
            raise CannotSign(
                _(
                    "The witness %(name)s %(reason)s. The log was rolled back or rewritten. Nothing was signed; "
                    "recovery needs a new epoch (integrity audit new-epoch)."
                )
                % {"name": outcome.witness.name, "reason": outcome.refusal}
            )


def stamp(checkpoint: Checkpoint) -> Timestamp | None:
    """Have the checkpoint timestamped, unless one was within LOG_TIMESTAMP_HOURS. Raises NoTimestamp."""
    if not settings.LOG_TIMESTAMP_URL:
        return None
    latest = Timestamp.objects.order_by("-size").first()
    since = clock.now() - timedelta(hours=settings.LOG_TIMESTAMP_HOURS)
    if latest and (latest.time > since or latest.size >= checkpoint.size):
        return None
    text = Note.parse(checkpoint.note.encode()).text.encode()
    authority = read_authority(certificates())
    response = request(text, url=settings.LOG_TIMESTAMP_URL, authority=authority)
    return Timestamp.objects.create(
        size=checkpoint.size, response=response, time=verify(response, text, authority=authority)
    )


def _consistency(old: int, new: int) -> list[bytes]:
    """The consistency proof between two sizes, from what is stored. Raises MalformedTile when rows are missing."""
    path = consistency_nodes(old, new)
    read = reader(new, [node for nodes in path for node in nodes])
    return [fold_peaks([read(node) for node in nodes]) for nodes in path]


def certificates() -> bytes:
    """The certificates of the timestamping authority, PEM. Raises NoTimestamp."""
    try:
        return Path(settings.LOG_TIMESTAMP_CA).read_bytes()
    except OSError as error:
        raise NoTimestamp(f"LOG_TIMESTAMP_CA cannot be read: {error.strerror}") from error


def watched() -> list[Watched]:
    """The witnesses, and how old what they cosigned last is. Raises Misconfigured."""
    found = []
    for each in witnesses():
        last = Cosignature.objects.filter(witness=each.name).order_by("-size").first()
        found.append(Watched(each, last.size if last else None, last.time if last else None))
    return found
