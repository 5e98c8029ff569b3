"""Checkpoints go out on a fixed cadence, and each is larger than the last by a multiple of one number.

A checkpoint is public, and a witness sees each: were it signed when something happened, or of the size that happened
to be, it would tell when reports arrive.
"""

from django.conf import settings
from django.db import connection
from django.db import transaction as database
from django.utils.translation import gettext as _

from audit import clock
from audit.log import enforcement
from audit.log.errors import CannotSign
from audit.log.events import PADDING
from audit.log.integration import integrate_once, lock, slot
from audit.log.leaf import make_leaf
from audit.log.models import Checkpoint, Head
from audit.log.numbering import hold_numbering, number, write
from audit.log.signer import load_signer


def publish(*, at_once: bool = False) -> Checkpoint | None:
    """Pad the log and sign it, once in each stretch of LOG_CADENCE seconds; `at_once`, also before the next begins.

    Gives the checkpoint, or None when the stretch has one. Call it as often as you like: what waits gets its index
    meanwhile. Raises CannotSign.
    """
    for sentence in enforcement.differences(connection):
        raise CannotSign(_("The database does not defend the log: %(why)s Nothing was signed.") % {"why": sentence})
    signer = load_signer()
    number()
    with database.atomic():
        lock()
        latest = Checkpoint.objects.order_by("-size").first()
        if latest and latest.time == slot(clock.now()) and not at_once:
            return None
        hold_numbering()
        number()
        size = Head.objects.values_list("size", flat=True).first() or 0
        missing = _missing(size, latest.size if latest else 0)
        _pad(missing)
    # Behind a commit, because the mark outlives a crash: the padding that it was signed for must do so as well.
    with database.atomic():
        lock()
        signed = integrate_once(signer, up_to=size + missing)
        while signed.size < size + missing:
            signed = integrate_once(signer, up_to=size + missing)
    return signed


def _missing(size: int, before: int) -> int:
    """How many entries fill the log up to the next multiple of LOG_PADDING beyond its last checkpoint."""
    if not settings.LOG_PADDING:
        return 0
    missing = -size % settings.LOG_PADDING
    return missing if size + missing > before else missing + settings.LOG_PADDING


def _pad(missing: int) -> None:
    moment = clock.now()
    write(
        [
            make_leaf(PADDING, moment=moment, actor="system", object="log", facts={}, sealed={})
            for _number in range(missing)
        ]
    )
    # No more than these: others that committed meanwhile would make the size an odd one. They come with the next.
    number(most=missing)
