"""What the portal does by itself, at times."""

from celery import shared_task

from intake.portal import sittings


@shared_task(name="portal.sweep_sittings")
def sweep_sittings() -> int:
    """Remove the open inboxes that nobody came back to."""
    return sittings.sweep()
