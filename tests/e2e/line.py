"""A line between a browser and the server that breaks when it is told to: connections are cut, not only pretended."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

PIECE = 8192


class Line:
    """Listens on a port of its own and passes on what comes.

    `longest_upload` cuts each connection that sends more bytes than this; `loses_answers` cuts each that is answered.
    """

    def __init__(self, url: str) -> None:
        self.longest_upload: int | None = None
        self.loses_answers = False
        self._server = ("127.0.0.1", urlsplit(url).port or 80)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listening.accept()
                far = socket.create_connection(self._server)
                threading.Thread(target=self._upwards, args=(near, far), daemon=True).start()
                threading.Thread(target=self._downwards, args=(near, far), daemon=True).start()

    def _upwards(self, near: socket.socket, far: socket.socket) -> None:
        sent = 0
        with suppress(OSError):
            while piece := near.recv(PIECE):
                sent += len(piece)
                if self.longest_upload is not None and sent > self.longest_upload:
                    break
                far.sendall(piece)
        _cut(near, far)

    def _downwards(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while (piece := far.recv(PIECE)) and not self.loses_answers:
                near.sendall(piece)
        _cut(near, far)


def _cut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
