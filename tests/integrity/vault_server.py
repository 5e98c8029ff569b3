"""The page of `vault_pages` behind the product's own middleware, for granian; it notes each file opened to write.

`WATCH_LOG` gets a line for every such path, from Python's own audit hook, which no code here can go around.
"""

import os
import sys
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, mode, flags = arguments
        writes = any(sign in mode for sign in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITES)
        if writes:
            os.write(_log, os.fsencode(os.path.abspath(path) if isinstance(path, str | bytes) else str(path)) + b"\n")


sys.addaudithook(_note)

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from tests.integrity import vault_pages, vault_process  # noqa: E402

vault_pages.OWNER["keyring"], _report = vault_process.owner()
