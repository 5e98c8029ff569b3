"""Bounds on the files of one request, beside the limits of all: set by whoever serves it, before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from django.http import HttpRequest

    from integrity.vault.uploads import UploadRefusal

_BOUNDS: Final = "_bounds_of_files"


class Bound(Protocol):
    """Counts bytes of files while they arrive; `refusal` is said of the file that it does not let in."""

    @property
    def refusal(self) -> UploadRefusal:
        """Why a file was not taken."""
        ...

    def admits(self, length: int) -> bool:
        """Count so many bytes more. False when they are too many; they are read past then, not written."""
        ...


class AtMost:
    """So many bytes, all files of the request together."""

    def __init__(self, most: int, *, refusal: UploadRefusal) -> None:
        self.refusal = refusal
        self._left = most

    def admits(self, length: int) -> bool:
        """Whether they are within what is left."""
        if length > self._left:
            return False
        self._left -= length
        return True


def add(request: HttpRequest, bound: Bound) -> None:
    """Let a bound hold for the files of a request. For one that was read already it changes nothing."""
    setattr(request, _BOUNDS, [*of(request), bound])


def of(request: HttpRequest | None) -> Sequence[Bound]:
    """The bounds that were set for a request."""
    return getattr(request, _BOUNDS, ())
