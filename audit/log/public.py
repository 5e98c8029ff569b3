"""What anybody may fetch: the checkpoint and the tiles of hashes (C2SP tlog-tiles). Entries are for the auditor."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from audit.log.cosigning import published
from audit.log.models import Checkpoint
from audit.log.stored import tile_within
from audit.tiles import MalformedTile, TileName

# A tile of so many hashes never changes; a checkpoint is followed by the next.
FOR_EVER: Final = "public, max-age=31536000, immutable"
A_MOMENT: Final = "public, max-age=10"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The latest signed checkpoint, with the cosignatures of its witnesses."""
    latest = Checkpoint.objects.order_by("-size").first()
    if latest is None:
        raise Http404("nothing was signed yet")
    return _file(published(latest), "text/plain; charset=utf-8", A_MOMENT)


@require_safe
def tile(request: HttpRequest, level: str, number: str) -> HttpResponse:
    """A tile of the tree under the latest checkpoint, never of entries that no checkpoint covers."""
    size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    try:
        data = tile_within(TileName.parse(int(level), number), size)
    except MalformedTile as error:
        raise Http404(str(error)) from error
    return _file(data, "application/octet-stream", FOR_EVER)


def _file(data: bytes, content_type: str, kept: str) -> HttpResponse:
    return HttpResponse(data, content_type=content_type, headers={"Cache-Control": kept})
