"""The top floor: settings, addresses, tasks, the demonstration. It wires everything and knows everything."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
