"""A file of 100 MB through the upload handler, which encrypts it as it arrives."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.test.utils import override_settings

from config.wsgi import application
from tests.bench import raw
from tests.bench.browsing import Browser, InProcess, Line, Loopback, multipart
from tests.bench.measure import compare, one
from tests.bench.scratch import Scene
from tests.bench.server import granian
from tests.bench.table import Figure, Result

SIZE = 100_000_000
PLAIN = "tests.bench.plain_settings"
PLAIN_HANDLER = "tests.bench.plain_uploads.PlainUploadHandler"
PAIRS = 7


def run(scene: Scene) -> Result:
    """Sealed against plain on the same server, and against the cipher alone."""
    content = secrets.token_bytes(SIZE)
    # Nothing else is filled in, so that the answer is the form again: no report, no receipt, only the file.
    kind, body = multipart({}, {"files": content})

    def sending(line: Line) -> Callable[[], None]:
        def send() -> None:
            Browser(line).post_body("/report/", kind, body).expect(422)

        return send

    send = sending(InProcess(application))

    def send_plain() -> None:
        with override_settings(FILE_UPLOAD_HANDLERS=[PLAIN_HANDLER]):
            send()

    sealed = one(send, afterwards=_tidy)
    target = scene.folder / "raw"
    necessary = compare(
        sealed, one(lambda: raw.encrypt_to_file(content, target), afterwards=target.unlink), pairs=PAIRS
    )
    cipher = compare(sealed, one(lambda: raw.encrypt(content)), pairs=PAIRS)
    plain = compare(sealed, one(send_plain, afterwards=_tidy), pairs=PAIRS)
    with granian() as server, granian(settings=PLAIN) as clear:
        lines = Loopback(server.port), Loopback(clear.port)
        send_sealed, send_in_clear = (one(sending(line), afterwards=_tidy) for line in lines)
        served = compare(send_sealed, send_in_clear, pairs=PAIRS)
        for line in lines:
            line.close()
    return Result(
        title="A file of 100 MB, received, encrypted and flushed to disk",
        figures=[
            Figure("in process", "the same server keeping it in clear", plain),
            Figure("granian on loopback", "the same server keeping it in clear", served),
            Figure("in process", "cipher, two SHA-256, file, flush", necessary),
            Figure("in process", "the cipher alone, in memory", cipher),
        ],
        remarks=[
            f"Rates: {_rate(plain.seconds)} sealed and {_rate(plain.other_seconds)} in clear in process, "
            f"{_rate(served.seconds)} and {_rate(served.other_seconds)} over loopback, "
            f"{_rate(cipher.other_seconds)} the cipher alone."
        ],
    )


def _rate(seconds: float) -> str:
    return f"{SIZE / seconds / 1e6:,.0f} MB/s"


def _tidy() -> None:
    for path in (Path(settings.VAULT_FILES) / "pending").iterdir():
        path.unlink()
