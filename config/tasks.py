"""Celery entry points of the whole: the log, finality, sweeping."""

from celery import shared_task


@shared_task(name="config.integrate_log")
def integrate_log() -> None:
    """Give new entries their index and, when the cadence says so, sign a padded checkpoint and have it cosigned."""
    from audit.log.cosigning import publish_witnessed

    publish_witnessed()


@shared_task(name="config.confirm_finality")
def confirm_finality() -> None:
    """Move every case whose decision became final."""
    from cases.appeals.actions import confirm_finality as confirm

    confirm()


@shared_task(name="config.sweep")
def sweep() -> None:
    """Remove uploads that no report kept, and sittings that ended: at the inbox, at the desk, of custodians.

    Released identities whose time is over are destroyed, and reporting persons told who had to wait for it.
    Ways to the identity provider from which nobody came back go with them.
    """
    from cases.identities.sweeping import sweep as sweep_identities
    from intake.portal import sittings
    from integrity.federation.attempts import sweep as sweep_attempts
    from integrity.people.sittings import sweep_sittings
    from integrity.recovery.actions import sweep_sittings as sweep_recovery
    from integrity.vault.tasks import sweep_uploads

    sweep_uploads()
    sittings.sweep()
    sweep_sittings()
    sweep_attempts()
    sweep_recovery()
    sweep_identities()
