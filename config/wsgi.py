"""The WSGI application. WSGI and not ASGI: Django's ASGI handler spools bodies to disk in clear."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# After the applications are there, and before the first request.
from config.starting import refuse_unless_guarded  # noqa: E402

refuse_unless_guarded()
