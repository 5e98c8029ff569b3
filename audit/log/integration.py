"""The background job that turns committed entries into a signed tree.

Under a lock: re-hash what is new, grow the tree, store full tiles, compare with the high-water mark outside
the database, read back and compare again, and only then sign.
"""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db import transaction as database
from django.utils.translation import gettext as _

from audit import checkpoint as signed
from audit import clock
from audit.log.errors import CannotSign
from audit.log.high_water import read_mark, write_mark
from audit.log.models import Checkpoint, Entry, Head, Tile
from audit.log.numbering import number
from audit.log.signer import load_signer
from audit.log.stored import reader, right_edge
from audit.note import Signer
from audit.tiles import WIDTH, FullTile, GrowingTiles, MalformedTile
from audit.tree import leaf_hash, peak_nodes, root_at

BATCH = 65_536
LOCK_NUMBER = 0x61756469746C6F67


def integrate() -> Checkpoint:
    """Integrate every committed entry and sign; gives the latest checkpoint, also when nothing was new.

    Raises CannotSign, with a sentence, when the entries contradict each other, a checkpoint or the mark.
    """
    signer = load_signer()
    number()
    while True:
        with database.atomic():
            lock()
            latest = integrate_once(signer)
            size = Head.objects.values_list("size", flat=True).first() or 0
        if latest.size >= size:
            return latest


def lock() -> None:
    """Let one integrator in at a time, without holding up those who append on PostgreSQL."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])
        else:
            cursor.execute("UPDATE audit_log_head SET size = size WHERE id = 1")


def slot(moment: datetime) -> datetime:
    """The beginning of the stretch of LOG_CADENCE seconds that a moment lies in; nothing finer is kept."""
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % settings.LOG_CADENCE, UTC)


def integrate_once(signer: Signer, *, up_to: int | None = None) -> Checkpoint:
    """Integrate and sign up to BATCH entries, and none from `up_to` on, under `lock` and inside a transaction.

    They must have their indexes by an earlier commit: the mark is written before this transaction's own.
    """
    head = Head.objects.values_list("size", flat=True).first() or 0
    latest = Checkpoint.objects.order_by("-size").first()
    size = latest.size if latest else 0
    mark_path = Path(settings.LOG_HIGH_WATER_FILE)
    mark = read_mark(mark_path, key=signer.verifier)
    if size > head or (mark and mark.size > head):
        raise CannotSign(
            _(
                "The log has %(head)s entries, but a checkpoint of %(size)s was signed before. The database "
                "was rolled back or its end was deleted. Nothing was signed; recovery needs a new epoch "
                "(integrity audit new-epoch)."
            )
            % {"head": head, "size": max(size, mark.size if mark else 0)}
        )
    if latest and not mark:
        raise CannotSign(
            _(
                "The high-water mark %(path)s is missing although checkpoints were signed. Put the file back "
                "or, if it is lost, write there the last checkpoint that was published outside this system."
            )
            % {"path": mark_path}
        )
    edge = right_edge(size)
    if latest and not edge.root() == bytes(latest.root) == latest.statement.root:
        raise CannotSign(
            _("The first %(size)s entries are not what their checkpoint says. Nothing was signed.") % {"size": size}
        )
    if mark and mark.size <= size:
        _compare(mark, _stored_root(mark.size, size))
    end = head if up_to is None else min(head, up_to)
    if latest and size >= end:
        return latest
    target = min(end, max(size + BATCH, mark.size if mark else 0))
    full = _grow(edge, target, mark)
    _store(full)
    root = edge.root()
    _read_back(full, target, root)
    note = signed.Checkpoint(signer.name, target, root).signed(signer)
    note.verified([signer.verifier])
    write_mark(mark_path, note.encode())
    checkpoint = Checkpoint(size=target, root=root, note=note.encode().decode(), time=slot(clock.now()))
    checkpoint.save()
    return checkpoint


def _compare(mark: signed.Checkpoint, root: bytes) -> None:
    if root != mark.root:
        raise CannotSign(
            _(
                "The first %(size)s entries are not those that the high-water mark was signed for. The log was "
                "rewritten. Nothing was signed; recovery needs a new epoch "
                "(integrity audit new-epoch)."
            )
            % {"size": mark.size}
        )


def _stored_root(size: int, of: int) -> bytes:
    """The root of the first `size` entries, read through the stored tiles of a tree of `of` entries."""
    nodes = peak_nodes(size)
    try:
        return root_at(size, reader(of, nodes))
    except MalformedTile as error:
        raise CannotSign(_("Rows of the log are missing. Nothing was signed.")) from error


def _grow(edge: GrowingTiles, target: int, mark: signed.Checkpoint | None) -> list[FullTile]:
    """Re-hash the entries up to `target`, and those of the unfinished tile before, into the tree."""
    full: list[FullTile] = []
    size = edge.size
    expected = size - size % WIDTH
    rows = Entry.objects.filter(index__gte=expected, index__lt=target).order_by("index")
    for index, leaf, kept in rows.values_list("index", "leaf", "leaf_hash").iterator(chunk_size=2000):
        if index != expected:
            break
        value = leaf_hash(bytes(leaf))
        if value != bytes(kept):
            raise CannotSign(
                _("Entry %(index)s was changed after it was written. Nothing was signed.") % {"index": index}
            )
        if index >= size:
            full += edge.append(value)
            if mark and edge.size == mark.size:
                _compare(mark, edge.root())
        expected += 1
    if expected != target:
        raise CannotSign(_("Entry %(index)s is missing. Nothing was signed.") % {"index": expected})
    return full


def _store(full: list[FullTile]) -> None:
    Tile.objects.bulk_create(
        [Tile(level=tile.name.level, number=tile.name.number, hashes=tile.hashes, root=tile.root) for tile in full],
        batch_size=100,
    )


def _read_back(full: list[FullTile], target: int, root: bytes) -> None:
    """Compare what the database now holds with what was computed, before anything is signed."""
    for tile in full:
        row = Tile.objects.get(level=tile.name.level, number=tile.name.number)
        if bytes(row.hashes) != tile.hashes or bytes(row.root) != tile.root:
            raise CannotSign(
                _("%(tile)s was not stored as it was computed. Nothing was signed.") % {"tile": tile.name.path}
            )
    if _stored_root(target, target) != root:
        raise CannotSign(_("The stored tree is not the computed one. Nothing was signed."))
