"""The product's settings with the page of `vault_pages`, for a server in a process of its own."""

import os
from typing import Any

from config.settings import *  # noqa: F403 - the settings of a real server, but for what follows

ROOT_URLCONF = "tests.integrity.vault_pages"
ALLOWED_HOSTS = ["127.0.0.1"]


class Unmigrated(dict[str, Any]):
    """Tables straight from the models: migrations have tests of their own, and here a second counts."""

    def __contains__(self, label: object) -> bool:
        return True

    def __missing__(self, label: str) -> None:
        return None

    def get(self, label: str, default: Any = None) -> None:
        """No app has migrations."""


MIGRATION_MODULES = Unmigrated()
# A server that does what none may do, to see that the watch notices it.
if os.environ.get("WATCH_PLAIN_UPLOADS"):
    FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
