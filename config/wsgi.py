"""The WSGI application. WSGI and not ASGI: Django's ASGI handler spools bodies to disk in clear."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
