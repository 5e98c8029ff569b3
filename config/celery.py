"""Celery: the clock and the wake-ups. On Redis in production, on the file system when embedded."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("integrity")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "run errands that were left behind": {"task": "outbox.sweep", "schedule": 30.0},
    "integrate and sign the log": {"task": "config.integrate_log", "schedule": 10.0},
    "confirm finality": {"task": "config.confirm_finality", "schedule": 3600.0},
    "sweep uploads and inbox sittings": {"task": "config.sweep", "schedule": 3600.0},
}
