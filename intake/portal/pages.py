"""What every page of the portal has in common.

No page sets a cookie, so there is nothing that another site could make a browser send along: a forged form has
no page secret, no sitting and no receipt, and can do only what anybody may do. That is why these pages are
exempt from CSRF tokens, which would need a cookie.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from intake.portal import alike, crowding
from intake.portal.stamps import stamped
from integrity.ui import errors
from integrity.ui.choosing import same_page_in
from integrity.vault.passphrase import TooBusy

if TYPE_CHECKING:
    from intake.portal.drafts import Begun
    from intake.portal.receipt import PageSecret

View = Callable[..., HttpResponseBase]
RETRY_SECONDS = 60
# In the address to which the page that waits is sent for another language, with the seconds.
WAITS = "waits"
# On a page that asks nothing: something is kept.
_KEPT = ".kept"


def portal_page(view: View) -> View:
    """A page of the portal: needs no cookie, and asks for patience when too much is sent or tried."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if request.method == "POST" and (wait := _seconds(request.GET.get(WAITS, ""))):
            # The page that waits, in another language: nothing is sent, and nothing counted.
            return crowding.waiting_page(request, wait=wait)
        try:
            with (
                crowding.in_turn(request, sends=request.method == "POST") as source,
                alike.place(request, source),
                alike.in_time(request),
            ):
                try:
                    return alike.settled(request, view(request, *arguments, **named))
                finally:
                    crowding.weigh(request)
        except crowding.Crowded as crowded:
            return crowding.waiting_page(request, wait=crowded.wait)
        except TooBusy:
            if request.method == "POST":
                return crowding.waiting_page(request, wait=RETRY_SECONDS)
            return errors.too_many(request, retry_after=RETRY_SECONDS)

    return csrf_exempt(guarded)


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


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


def writing_page(page: PageSecret, begun: Begun | None, names: Iterable[str], *, address: str) -> dict[str, Any]:
    """What a page of a report that is being written needs: its secret, what it asks, and the way to other languages.

    `names` are the questions that it asks; each goes with a sign of what stood under it, once anything is kept.
    """
    asked = [f"{name}.{begun.writing.mark(page, name)}" if begun else name for name in names]
    return {
        "page_secret": stamped(page).text,
        "asked": asked if asked or begun is None else [_KEPT],
        "days": settings.DRAFT_DAYS,
        "ends_on": begun.ends_on if begun else None,
        "replaced": begun.writing.replaced if begun else {},
        "other_languages": same_page_in(reverse(address)),
    }
