"""A file of 2 GB, sent by a form and fetched again over a socket, in flat memory. `BENCH_LARGE_MB` makes it smaller."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from intake.portal.models import Attachment
from integrity.vault.uploads import content_place
from tests.bench import raw
from tests.bench.browsing import Browser, Loopback, Unexpected
from tests.bench.measure import Comparison, Timed, compare, one
from tests.bench.reports import FORM
from tests.bench.scratch import Scene
from tests.bench.server import Server, granian
from tests.bench.sign_in import signed_in
from tests.bench.table import Figure, Result, duration, size
from tests.bench.uploads import PLAIN

SIZE = int(os.environ.get("BENCH_LARGE_MB", "2000")) * 1_000_000
PIECE = 1024 * 1024
BOUNDARY = "a-boundary-that-random-bytes-do-not-hold"
PART = 1_000_000
PAIRS = 3


def run(scene: Scene) -> Result:
    """Sent sealed and in clear, fetched whole and in part; the server's memory during each."""
    world = scene.found()
    limits = {"VAULT_FILE_LIMIT": str(2 * SIZE), "VAULT_REQUEST_LIMIT": str(2 * SIZE)}
    memory: dict[str, int] = {}
    with granian(**limits) as server, granian(settings=PLAIN, **limits) as clear:
        memory["at rest"] = server.memory()
        with _watched(server, memory, "while it arrives"):
            sent = compare(_sending(server), _sending(clear), pairs=PAIRS, warm=False)
        with _watched(server, memory, "while a report keeps it"):
            if send(server, FORM | {"page": _page(server)}) != 200:
                raise Unexpected("The report was not taken.")
        attachment = Attachment.objects.select_related("file", "report").latest("pk")
        key = bytes(attachment.file.open(world.actor("intake").keys, "file_key"))
        path = Path(settings.VAULT_FILES) / "kept" / str(attachment.file_id)
        browser = signed_in("intake", Loopback(server.port))
        address = f"/desk/reports/{attachment.report.reference}/files/{attachment.pk}/"

        def decrypt() -> None:
            raw.decrypt_file(path, key=key, context=content_place(attachment.file_id).bound)

        with _watched(server, memory, "while it is fetched"):
            fetched = compare(one(lambda: fetch(server, browser, address, SIZE)), one(decrypt), pairs=PAIRS, warm=False)
        with _watched(server, memory, "while a part is fetched"):
            part = _part(server, browser, address)
    return Result(
        title=f"A file of {size(SIZE)} over granian on loopback",
        figures=[
            Figure("sent", "the same server keeping it in clear", sent),
            Figure("fetched at the desk", "reading and decrypting it", fetched),
            Figure(f"{size(PART)} from its middle", "fetching all of it", part.against(fetched)),
        ],
        remarks=[
            f"Rates: {_rate(sent.seconds)} sent sealed, {_rate(sent.other_seconds)} in clear, "
            f"{_rate(fetched.seconds)} fetched; a part takes {duration(part.seconds)}.",
            "Memory of the server's process: "
            + ", ".join(f"{size(held)} {when}" for when, held in memory.items())
            + ".",
        ],
    )


class Part(Comparison):
    """A part's seconds, to be set against those of the whole."""

    def against(self, whole: Comparison) -> Comparison:
        """The part first, the whole as the other way."""
        return Comparison(ours=self.ours, other=whole.ours)


def _part(server: Server, browser: Browser, address: str) -> Part:
    middle = SIZE // 2
    asked = f"bytes={middle}-{middle + PART - 1}"
    timed = one(lambda: fetch(server, browser, address, PART, asked=asked))
    return Part(ours=tuple(timed() for _ in range(PAIRS)), other=())


def send(server: Server, fields: dict[str, str]) -> int:
    """The form with the file, piece by piece; the answer's status."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="film.bin"\r\n'
    head = ("".join(parts) + f"{file}Content-Type: application/octet-stream\r\n\r\n").encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(head) + SIZE + len(tail)),
    }
    connection.request("POST", "/report/", body=_pieces(head, tail), headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def fetch(server: Server, browser: Browser, address: str, expected: int, *, asked: str = "") -> None:
    """Read the whole answer and keep nothing of it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    connection.request("GET", address, headers={"Cookie": browser.cookies, **({"Range": asked} if asked else {})})
    answer = connection.getresponse()
    buffer, length = bytearray(PIECE), 0
    while count := answer.readinto(buffer):
        length += count
    connection.close()
    if (answer.status, length) != (206 if asked else 200, expected):
        raise Unexpected(f"Status {answer.status} with {length} bytes.")


def _sending(server: Server) -> Timed:
    """Nothing else is filled in, so that the answer is the form again: no report, no receipt, only the file."""

    def timed() -> float:
        began = time.perf_counter()
        status = send(server, {})
        elapsed = time.perf_counter() - began
        for path in (Path(settings.VAULT_FILES) / "pending").iterdir():
            path.unlink()
        if status != 422:
            raise Unexpected(f"Status {status}.")
        return elapsed

    return timed


def _page(server: Server) -> str:
    line = Loopback(server.port)
    body = line.send("GET", "/report/", {}, b"").body
    line.close()
    found = re.search(rb'name="page" value="([^"]+)"', body)
    if found is None:
        raise Unexpected("The form has no page secret.")
    return found[1].decode()


def _pieces(head: bytes, tail: bytes) -> Iterator[bytes]:
    piece = secrets.token_bytes(PIECE)
    yield head
    for _ in range(SIZE // PIECE):
        yield piece
    yield piece[: SIZE % PIECE]
    yield tail


@contextmanager
def _watched(server: Server, memory: dict[str, int], when: str) -> Iterator[None]:
    server.forget_peak()
    yield
    memory[when] = server.peak_memory()


def _rate(seconds: float) -> str:
    return f"{SIZE / seconds / 1e6:,.0f} MB/s"
