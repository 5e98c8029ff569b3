"""Celery entry points of the outbox."""

from celery import shared_task

from integrity.outbox import actions


@shared_task(name="outbox.run_errand")
def run_errand(errand_id: int) -> None:
    """Run one errand by its number."""
    actions.run(errand_id)


@shared_task(name="outbox.sweep")
def sweep() -> None:
    """Run what a lost wake-up left behind."""
    actions.sweep()
