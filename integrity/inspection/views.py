"""The pages of one file at the desk: fetched, looked at, cleaned. Each room says whose file it is and who may.

What a stranger sent leaves as a download that no browser shows, or as a picture that the sandbox drew; nothing of
it becomes part of a page but text, escaped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from integrity.action import Incomplete, NotPermitted, WrongState
from integrity.inspection.cleaning import Prepared, copy_of, opened, prepare
from integrity.inspection.codes import Refused
from integrity.inspection.models import CleanedCopy
from integrity.inspection.presentation import FileAddresses, is_infected, shown
from integrity.inspection.previews import picture_of, preview
from integrity.people.access import DeskRequest
from integrity.vault.files import DOWNLOAD_POLICY, FileDamaged, StoredFile, download_response

T = TypeVar("T")
ANYWAY = "anyway"
PICTURE_HEADERS = {
    "Content-Security-Policy": DOWNLOAD_POLICY,
    "Content-Disposition": "inline",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Held:
    """A file with what the room's actions and pages need of it."""

    file: StoredFile
    subject: Any
    arguments: tuple[Any, ...]
    back: str
    belongs_to: str
    breadcrumb: list[tuple[str, str]] = field(default_factory=list)


class FileViews(ABC):
    """The views of the files of one kind. A room fills in `find` and what each act leaves in the log.

    Whoever may not have the file gets the answer for one that does not exist. `by_form` is set where fetching
    changes something, such as a chain of custody.
    """

    namespace: ClassVar[str]
    name: ClassVar[str]
    by_form: ClassVar[bool] = False

    @abstractmethod
    def find(self, request: DeskRequest, **where: Any) -> Held:
        """The file at an address. Raises Http404."""

    @abstractmethod
    def looked(self, request: DeskRequest, held: Held, *, page: int) -> None:
        """Leave the entry that somebody looked at the file."""

    @abstractmethod
    def handed_out(self, request: DeskRequest, held: Held, *, copy: CleanedCopy | None) -> HttpResponseBase:
        """The file, or its cleaned copy, as a download, with the entry that somebody fetched it."""

    @abstractmethod
    def cleaned(self, request: DeskRequest, held: Held, *, prepared: Prepared) -> None:
        """Keep the cleaned copy, and leave the entry."""

    def paths(self, prefix: str) -> list[URLPattern]:
        """The addresses below `prefix`, which is where the file itself is fetched."""
        fetching = require_POST if self.by_form else require_GET
        return [
            path(prefix, fetching(self.fetch), name=self.name),
            path(f"{prefix}look/", require_GET(self.look), name=f"{self.name}_look"),
            path(f"{prefix}look/<int:page>.png", require_GET(self.picture), name=f"{self.name}_picture"),
            path(f"{prefix}clean/", require_POST(self.clean), name=f"{self.name}_clean"),
            path(f"{prefix}cleaned/", fetching(self.fetch_copy), name=f"{self.name}_cleaned"),
        ]

    def addresses(self, *arguments: Any) -> FileAddresses:
        """Where the file is that these arguments of an address lead to."""
        return FileAddresses(
            fetch=self._address("", arguments),
            look=self._address("_look", arguments),
            clean=self._address("_clean", arguments),
            copy=self._address("_cleaned", arguments),
        )

    def fetch(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        """The file as a download. One with malware in it only after a page that says so."""
        asked, held = self._found(request, where)
        is_asked_first = ANYWAY not in (asked.POST if self.by_form else asked.GET)
        # Without the key there is nothing to look up, and the act below is refused.
        if is_asked_first and asked.keyring.holds(held.file.owner_key) and is_infected(held.file, asked.keyring):
            self._noted(self.looked, asked, held, page=0)
            return render(asked, "inspection/infected.html", self._context(asked, held))
        return self._handed_out(asked, held, None)

    def fetch_copy(self, request: HttpRequest, **where: Any) -> HttpResponseBase:
        """The cleaned copy as a download."""
        asked, held = self._found(request, where)
        copy = copy_of(held.file)
        if copy is None:
            raise Http404
        return self._handed_out(asked, held, copy)

    def look(self, request: HttpRequest, **where: Any) -> HttpResponse:
        """The file's own page: what it is, a page of it, and its cleaned copy."""
        asked, held = self._found(request, where)
        wanted = asked.GET.get("page", "")
        page = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 1
        self._noted(self.looked, asked, held, page=page)
        found = preview(held.file, asked.keyring, page=page)
        copy = copy_of(held.file)
        context = {
            **self._context(asked, held),
            "preview": found,
            "picture": self._address("_picture", (*held.arguments, found.page)) if found and found.pages else "",
            "earlier": found.page - 1 if found and found.page > 1 else 0,
            "later": found.page + 1 if found and found.page < found.pages else 0,
            "copy": opened(copy, asked.keyring) if copy else None,
        }
        return render(asked, "inspection/file.html", context)

    def picture(self, request: HttpRequest, page: int, **where: Any) -> HttpResponse:
        """One page of the file as PNG."""
        asked, held = self._found(request, where)
        self._noted(self.looked, asked, held, page=page)
        try:
            content = picture_of(held.file, asked.keyring, page=page)
        except Refused:
            raise Http404 from None
        return HttpResponse(content, content_type="image/png", headers=PICTURE_HEADERS)

    def clean(self, request: HttpRequest, **where: Any) -> HttpResponse:
        """Make a cleaned copy and keep it."""
        asked, held = self._found(request, where)
        look = self._address("_look", held.arguments)
        self._noted(self.looked, asked, held, page=0)
        try:
            if copy_of(held.file) is not None:
                raise WrongState(_("There is a cleaned copy of this file already."))
            prepared = prepare(held.file, asked.keyring)
            try:
                self._noted(self.cleaned, asked, held, prepared=prepared)
            finally:
                prepared.discard()
        except (Incomplete, WrongState) as refused:
            messages.error(asked, str(refused.sentence))
        else:
            messages.success(asked, _("A cleaned copy was made. The original stays as it was."))
        return redirect(look)

    def _found(self, request: HttpRequest, where: dict[str, Any]) -> tuple[DeskRequest, Held]:
        asked: DeskRequest = request  # type: ignore[assignment]  # the desk's middleware has made it one
        return asked, self.find(asked, **where)

    def _noted(self, act: Callable[..., T], request: DeskRequest, held: Held, **more: Any) -> T:
        try:
            return act(request, held, **more)
        except NotPermitted:
            raise Http404 from None

    def _context(self, request: DeskRequest, held: Held) -> dict[str, Any]:
        file = shown(held.file, request.keyring, self.addresses(*held.arguments))
        return {
            "held": held,
            "file": file,
            "by_form": self.by_form,
            "breadcrumb": [*held.breadcrumb, (file.name, "")],
        }

    def _handed_out(self, request: DeskRequest, held: Held, copy: CleanedCopy | None) -> HttpResponseBase:
        try:
            return self._noted(self.handed_out, request, held, copy=copy)
        except FileDamaged:
            messages.error(request, _("This file is damaged or missing in the store. Tell whoever runs this system."))
            return redirect(held.back)

    def _address(self, of: str, arguments: tuple[Any, ...]) -> str:
        return reverse(f"{self.namespace}:{self.name}{of}", args=arguments)


def download(request: DeskRequest, held: Held, copy: CleanedCopy | None) -> HttpResponseBase:
    """The file or its cleaned copy, or the part of it that is asked for. Raises FileDamaged."""
    stored = copy.copy if copy else held.file
    return download_response(stored, request.keyring, asked=request.headers.get("Range", ""))
