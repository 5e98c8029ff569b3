"""Celery entry points of the whole: the log, finality, sweeping."""

from celery import shared_task


@shared_task(name="config.integrate_log")
def integrate_log() -> None:
    """Give new entries their index and, when the cadence says so, sign a padded checkpoint and have it cosigned."""
    from audit.log.cosigning import publish_witnessed

    publish_witnessed()


@shared_task(name="config.verify_log")
def verify_log() -> None:
    """Verify the whole log and every stored ciphertext, once in LOG_VERIFY_HOURS."""
    from audit.log.verifying import verify_when_due

    verify_when_due()


@shared_task(name="config.confirm_finality")
def confirm_finality() -> None:
    """Move every case whose decision became final."""
    from cases.appeals.actions import confirm_finality as confirm

    confirm()


@shared_task(name="config.send_digest")
def send_digest() -> None:
    """Send the daily mail to whoever has not had it, once its hour has come."""
    from integrity.digest.sending import send_when_due

    send_when_due()


@shared_task(name="config.sweep")
def sweep() -> None:
    """Remove uploads that no report kept, drafts of reports, and sittings that ended anywhere.

    Released identities whose time is over are destroyed, and reporting persons told who had to wait for it.
    What leads from a receipt that was given up to its report is removed. Ways to the identity provider from which
    nobody came back go with them, used-up pages, and private parts of old entries.
    """
    from cases.identities.sweeping import sweep as sweep_identities
    from intake.entry.drafts import sweep as sweep_entry_drafts
    from intake.followup.leaving import sweep as sweep_receipts
    from intake.portal import drafts, sittings, spent
    from integrity.federation.attempts import sweep as sweep_attempts
    from integrity.people.private_parts import erase_due
    from integrity.people.sittings import sweep_sittings
    from integrity.recovery.actions import sweep_sittings as sweep_recovery
    from integrity.vault.tasks import sweep_uploads

    sweep_uploads()
    sittings.sweep()
    drafts.sweep()
    spent.sweep()
    sweep_entry_drafts()
    sweep_sittings()
    sweep_attempts()
    sweep_recovery()
    sweep_identities()
    sweep_receipts()
    erase_due()
