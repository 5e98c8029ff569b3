"""Posting errands inside a transaction, and running them afterwards, at least once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from kombu.exceptions import OperationalError

from audit import clock
from integrity.outbox.models import Errand

log = logging.getLogger(__name__)
Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}
GREATEST_ATTEMPTS = 8
DAYS_KEPT = 30


def errand(name: str) -> Callable[[Handler], Handler]:
    """Register the function that runs errands of a name. It must be harmless when it runs twice."""

    def decorate(function: Handler) -> Handler:
        _handlers[name] = function
        return function

    return decorate


def post(name: str, **identifiers: str) -> Errand:
    """Write an errand in the running transaction and wake a worker after the commit.

    Raises KeyError for a name that nobody runs. A broker that is away delays the errand until the sweep.
    """
    _handlers[name]
    posted = Errand.objects.create(name=name, arguments=identifiers, posted_at=clock.now())
    transaction.on_commit(lambda: _wake(posted.pk))
    return posted


def _wake(errand_id: int) -> None:
    from integrity.outbox.tasks import run_errand

    try:
        run_errand.delay(errand_id)
    except (OperationalError, OSError):
        log.warning("The task broker cannot be reached; the sweep will run errand %s.", errand_id)


def run(errand_id: int) -> bool:
    """Run one errand unless it is done. True when it is done now; a failure is kept and tried again later."""
    with transaction.atomic():
        held = Errand.objects.select_for_update().filter(pk=errand_id, done_at__isnull=True).first()
        if held is None or held.attempts >= GREATEST_ATTEMPTS:
            return False
        held.attempts += 1
        held.save(update_fields=["attempts"])
    try:
        _handlers[held.name](**held.arguments)
    except Exception as error:  # noqa: BLE001 - kept with its kind; the message might hold content
        held.failure = type(error).__name__
        held.save(update_fields=["failure"])
        log.error("Errand %s (%s) failed: %s", held.pk, held.name, held.failure)
        return False
    held.done_at = clock.now()
    held.failure = ""
    held.save(update_fields=["done_at", "failure"])
    return True


def sweep() -> int:
    """Run what is still open after half a minute, and forget what was done a month ago. Returns how many ran."""
    now = clock.now()
    Errand.objects.filter(done_at__lt=now - timedelta(days=DAYS_KEPT)).delete()
    waiting = Errand.objects.filter(
        done_at__isnull=True, attempts__lt=GREATEST_ATTEMPTS, posted_at__lt=now - timedelta(seconds=30)
    )
    return sum(run(errand_id) for errand_id in waiting.values_list("pk", flat=True)[:200])
