"""What anybody may fetch, and that a client which knows nothing of this project can verify the log with it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from audit.log import actions as log
from audit.log.models import Entry
from audit.tiles import MalformedTile, TileName
from tests.audit.tampering import change

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db]
SIZE = 600


@pytest.fixture(autouse=True)
def filled(log_key, note_down) -> None:
    """600 entries under a checkpoint and five more that no checkpoint covers."""
    note_down(SIZE)
    log.integrate()
    note_down(5)


class Reader:
    """A client of tlog-tiles on hashlib alone: RFC 9162, section 2.1.1, over fetched tiles."""

    def __init__(self, browser: Client) -> None:
        self.browser = browser

    def tile(self, level: int, number: int, width: int) -> list[bytes]:
        path = f"/log/tile/{level}/{number:03d}" + ("" if width == 256 else f".p/{width}")
        data = self.browser.get(path).content
        assert len(data) == width * 32, path
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def leaves(self, size: int) -> list[bytes]:
        return [
            value for number in range(-(-size // 256)) for value in self.tile(0, number, min(256, size - number * 256))
        ]


def root_of(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\1" + root_of(hashes[:split]) + root_of(hashes[split:])).digest()


def path_of(index: int, hashes: list[bytes]) -> list[bytes]:
    if len(hashes) == 1:
        return []
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    if index < split:
        return [*path_of(index, hashes[:split]), root_of(hashes[split:])]
    return [*path_of(index - split, hashes[split:]), root_of(hashes[:split])]


def test_an_independent_client_verifies_the_checkpoint_and_where_an_entry_is(client, log_key):
    text, signature = client.get("/log/checkpoint").content.decode().split("\n\n")
    origin, size, root = text.split("\n")
    name, signed = signature.removeprefix("— ").split()
    public = base64.b64decode(str(log_key).split("+", 2)[2])[1:]
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signed)[4:], f"{text}\n".encode())
    assert (origin, name, int(size)) == ("log.example/tests", "log.example/tests", SIZE)
    reader = Reader(client)
    leaves = reader.leaves(SIZE)
    assert base64.b64encode(root_of(leaves)).decode() == root
    assert reader.tile(1, 0, 2) == [root_of(leaves[:256]), root_of(leaves[256:512])]
    for index in (0, 300, 599):
        leaf = bytes(Entry.objects.get(index=index).leaf)
        assert leaves[index] == sha256(b"\0" + leaf).digest()
        assert path_of(index, leaves)


@pytest.mark.parametrize(
    ("path", "length"),
    [("0/000", 8192), ("0/001", 8192), ("0/002.p/88", 2816), ("1/000.p/2", 64), ("0/000.p/7", 224), ("0/002.p/1", 32)],
)
def test_tiles_are_files_that_may_be_kept_for_ever(client, path, length):
    answer = client.get(f"/log/tile/{path}")
    assert (answer.status_code, len(answer.content)) == (200, length)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not answer.cookies
    assert client.head(f"/log/tile/{path}").status_code == 200
    assert client.post(f"/log/tile/{path}").status_code == 405


def test_the_checkpoint_is_kept_for_a_moment_and_not_padded(client):
    answer = client.get("/log/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=10"
    assert answer.content.endswith(b"=\n")
    assert not answer.cookies
    assert client.post("/log/checkpoint").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002.p/89",
        "tile/0/002",
        "tile/0/003",
        "tile/0/003.p/1",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/x000/000",
        "tile/0/0",
        "tile/0/000/",
        "tile/00/000",
        "tile/1/000",
        "tile/1/000.p/3",
        "tile/2/000.p/1",
        "tile/8/000",
        "tile/64/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/entries/000",
        "tile/entries/002.p/88",
        "checkpoint/",
        "",
    ],
)
def test_what_the_signed_log_does_not_have_is_not_there(client, path):
    assert client.get(f"/log/{path}").status_code == 404


def test_rows_that_are_gone_make_no_short_tile(client):
    change("DELETE FROM audit_log_tile WHERE number = 1")
    change('DELETE FROM audit_log_entry WHERE "index" = 520')
    for path in ("0/001", "0/002.p/88", "1/000.p/2"):
        assert client.get(f"/log/tile/{path}").status_code == 404


def test_reading_what_is_public_leaves_no_entry(client):
    before = log.head_size()
    client.get("/log/checkpoint")
    client.get("/log/tile/0/000")
    assert log.head_size() == before


@pytest.mark.parametrize("site", ["portal", "desk", "all"])
def test_every_part_of_the_site_serves_it(site, tmp_path):
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from django.urls import resolve; "
            "print(resolve('/log/checkpoint').view_name, resolve('/log/tile/0/x001/067.p/3').kwargs)",
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DEBUG": "1",
            "SITE": site,
            "DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout == "log:checkpoint {'level': '0', 'number': 'x001/067.p/3'}\n", shown.stderr


@pytest.mark.parametrize("number", [0, 7, 999, 1000, 1_234_067, 10**17])
@pytest.mark.parametrize("width", [1, 88, 255, 256])
def test_a_tile_s_name_is_read_as_it_is_written(number, width):
    name = TileName(3, number, width)
    assert TileName.parse(3, name.path.removeprefix("tile/3/")) == name


@pytest.mark.parametrize("number", ["", "0", "0000", "x000/001", "1.p/", "001.p/256", "001.p/0", "001.p/01", "x1/001"])
def test_any_other_name_is_refused(number):
    with pytest.raises(MalformedTile):
        TileName.parse(0, number)
