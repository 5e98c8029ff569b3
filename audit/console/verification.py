"""An auditor has the whole log verified now. It runs in the background: a floor above has the means, and says so."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from audit.console.access import reader
from audit.log import actions as log
from audit.log import verifying

Post = Callable[[], object]
_posts: list[Post] = []


def declare(post: Post) -> Post:
    """Register what has the log verified soon, called inside the transaction that notes the wish."""
    _posts[:] = [post]
    return post


@never_cache
@require_POST
def verify_now(request: HttpRequest) -> HttpResponse:
    """Note that this auditor asks for it, and have it done. Asked again before it is there, it changes nothing."""
    actor = reader(request)
    with log.transaction():
        if not verifying.is_awaited():
            verifying.ask(actor=actor)
            for post in _posts:
                post()
    return redirect("audit_console:health")
