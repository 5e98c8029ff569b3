"""What every page of the portal has in common.

No page sets a cookie, so there is nothing that another site could make a browser send along: a forged form has
no page secret, no sitting and no receipt, and can do only what anybody may do. That is why these pages are
exempt from CSRF tokens, which would need a cookie.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from integrity.ui import errors
from integrity.vault.passphrase import TooBusy

View = Callable[..., HttpResponseBase]
RETRY_SECONDS = 60


def portal_page(view: View) -> View:
    """A page of the portal: needs no cookie, and asks for patience when too many receipts are being tried."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *arguments, **named)
        except TooBusy:
            return errors.too_many(request, retry_after=RETRY_SECONDS)

    return csrf_exempt(guarded)


def sent_by_form(back_to: str) -> Callable[[View], View]:
    """A page that only a form leads to: who comes by its bare address, or changes the language, starts over."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if request.method != "POST":
                return HttpResponseRedirect(reverse(back_to))
            return view(request, *arguments, **named)

        return portal_page(guarded)

    return decorate
