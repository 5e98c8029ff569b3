"""Celery entry points of the whole: the log, finality, sweeping."""

from celery import shared_task


@shared_task(name="config.integrate_log")
def integrate_log() -> None:
    """Integrate new entries into the tree and sign a checkpoint."""
    from audit.log.actions import integrate

    integrate()


@shared_task(name="config.confirm_finality")
def confirm_finality() -> None:
    """Move every case whose decision became final."""
    from cases.appeals.actions import confirm_finality as confirm

    confirm()


@shared_task(name="config.sweep")
def sweep() -> None:
    """Remove uploads that no report kept, and sittings that ended: at the inbox, at the desk, of custodians."""
    from intake.portal import sittings
    from integrity.people.sittings import sweep_sittings
    from integrity.recovery.actions import sweep_sittings as sweep_recovery
    from integrity.vault.tasks import sweep_uploads

    sweep_uploads()
    sittings.sweep()
    sweep_sittings()
    sweep_recovery()
