"""A fake scanner: it speaks clamd's protocol on loopback and looks for a test string. It finds no malware."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

MALWARE: Final = b"this-stands-for-malware"
Manner = Callable[["FakeClamd", socket.socket], None]


class FakeClamd:
    """Answers each connection in one manner; `seen` is what it was sent, file by file."""

    def __init__(self, manner: Manner) -> None:
        self.seen: list[bytes] = []
        self._manner = manner
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp:127.0.0.1:{self._listening.getsockname()[1]}"
        self.over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                link, _peer = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(link,), daemon=True).start()

    def _one(self, link: socket.socket) -> None:
        with link:
            try:
                self._manner(self, link)
            except OSError:
                return

    def close(self) -> None:
        """Stop listening, and let go of whoever waits."""
        self.over.set()
        # Closing alone does not wake the thread that waits in accept().
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def received(link: socket.socket) -> bytes:
    """One file as INSTREAM sends it."""
    assert exactly(link, 10) == b"zINSTREAM\0"
    content = b""
    while length := int.from_bytes(exactly(link, 4), "big"):
        content += exactly(link, length)
    return content


def exactly(link: socket.socket, length: int) -> bytes:
    """So many bytes."""
    found = b""
    while len(found) < length:
        piece = link.recv(length - len(found))
        if not piece:
            raise ConnectionResetError
        found += piece
    return found


def looks(fake: FakeClamd, link: socket.socket) -> None:
    """As it should be."""
    fake.seen.append(received(link))
    link.sendall(b"stream: Test.Malware-1 FOUND\0" if MALWARE in fake.seen[-1] else b"stream: OK\0")


def hangs(fake: FakeClamd, link: socket.socket) -> None:
    """Reads everything and never answers."""
    fake.seen.append(received(link))
    fake.over.wait(60)


def never_reads(fake: FakeClamd, link: socket.socket) -> None:
    """Takes the connection and nothing more."""
    fake.over.wait(60)


def dies(fake: FakeClamd, link: socket.socket) -> None:
    """Goes away in the middle of a file."""
    exactly(link, 20)


def too_large(fake: FakeClamd, link: socket.socket) -> None:
    """Takes little, says so and goes away."""
    exactly(link, 20)
    link.sendall(b"INSTREAM size limit exceeded. ERROR\0")


def slow(fake: FakeClamd, link: socket.socket) -> None:
    """Answers late, letter by letter."""
    fake.seen.append(received(link))
    for letter in b"stream: OK\0":
        time.sleep(0.02)
        link.sendall(bytes([letter]))


def lies(answer: bytes) -> Manner:
    """Says this whatever it was sent."""

    def manner(fake: FakeClamd, link: socket.socket) -> None:
        fake.seen.append(received(link))
        link.sendall(answer)

    return manner


@contextmanager
def fake_clamd(manner: Manner = looks) -> Iterator[FakeClamd]:
    """A fake scanner that listens while the block runs."""
    fake = FakeClamd(manner)
    try:
        yield fake
    finally:
        fake.close()
