"""Celery: the clock and the wake-ups. On Redis in production, on the file system when embedded."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("integrity")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "run errands that were left behind": {"task": "outbox.sweep", "schedule": 30.0},
    "integrate and sign the log": {"task": "config.integrate_log", "schedule": 10.0},
    # Asked often and done when it is due: a clock that is started anew each day would never reach a day.
    "verify the log when it is due": {"task": "config.verify_log", "schedule": 900.0},
    # A minute is how exact its hour is; it sends once a day.
    "send the daily mail": {"task": "config.send_digest", "schedule": 60.0},
    "confirm finality": {"task": "config.confirm_finality", "schedule": 3600.0},
    "sweep uploads and inbox sittings": {"task": "config.sweep", "schedule": 3600.0},
}


@worker_init.connect
@beat_init.connect
def refuse_unless_guarded(**_signal: object) -> None:
    """Do not run with a log that the database does not defend. Celery swallows exceptions here, but not an exit."""
    from django.core.exceptions import ImproperlyConfigured

    from config import starting

    try:
        starting.refuse_unless_guarded()
    except ImproperlyConfigured as refused:
        raise SystemExit(f"Not started: {refused}") from refused
