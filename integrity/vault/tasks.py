"""What the vault does by itself, at times."""

from celery import shared_task

from integrity.vault import limits, uploads


@shared_task(name="vault.sweep_uploads")
def sweep_uploads() -> int:
    """Remove uploads that nobody came back for."""
    return uploads.sweep_uploads(limits.pending_age())
