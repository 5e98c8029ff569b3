"""The witness on HTTP: one address to post to, small requests, and patience with nobody."""

import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from audit.witness.deciding import MAXIMUM_REQUEST_BYTES, Answer, Witness

CONNECTIONS = 64
SECONDS_OF_SILENCE = 10
SECONDS_OF_CONNECTION = 60


class WitnessServer(ThreadingHTTPServer):
    """Serves `POST <prefix>/add-checkpoint`; a connection ends after a minute, or ten seconds of silence."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], witness: Witness, *, prefix: str = "", quiet: bool = False) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.witness = witness
        self.path = f"{prefix}/add-checkpoint"
        self.quiet = quiet
        self._open: dict[Any, float] = {}
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, unless there are too many."""
        with self._guard:
            full = len(self._open) >= CONNECTIONS
            if not full:
                self._open[request] = time.monotonic()
        if full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End the connections that last too long; called twice a second."""
        limit = time.monotonic() - SECONDS_OF_CONNECTION
        with self._guard:
            old = [request for request, since in self._open.items() if since < limit]
        for request in old:
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's concern; anything else is told without the address."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.tell(f"a request failed: {error!r}")

    def tell(self, line: str) -> None:
        """A line for the operator, with the moment and without the client's address."""
        if not self.quiet:
            sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
            sys.stderr.flush()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "witness"
    sys_version = ""
    timeout = SECONDS_OF_SILENCE
    server: WitnessServer

    def do_POST(self) -> None:
        """Answer a request to cosign."""
        length = self._length()
        if length is None:
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        if self.path != self.server.path:
            self._refuse(HTTPStatus.NOT_FOUND, "nothing is here", keep=True)
            return
        try:
            answer = self.server.witness.add_checkpoint(body)
        except OSError as error:
            self.server.tell(f"NOTHING WAS COSIGNED, because the state could not be written: {error}")
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "the witness could not remember this; nothing was cosigned")
            return
        self.server.tell(f"{answer.status.value} {answer.told}")
        self._send(answer)

    def _length(self) -> int | None:
        """How long the body is, or None when it was refused."""
        text = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (text.isascii() and text.isdecimal()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "the request does not say how long it is")
            return None
        if len(text) > 9 or int(text) > MAXIMUM_REQUEST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {MAXIMUM_REQUEST_BYTES} bytes")
            return None
        return int(text)

    def _refuse(self, status: HTTPStatus, why: str, *, keep: bool = False) -> None:
        if not keep:
            self.close_connection = True
        self._send(Answer(status, f"{why}\n", why))

    def _send(self, answer: Answer) -> None:
        data = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(data)))
        if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "POST")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses by itself, in the same plain form; there is nothing but POST."""
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:
            here = self.path == self.server.path
            status, message = (HTTPStatus.METHOD_NOT_ALLOWED if here else HTTPStatus.NOT_FOUND), "nothing to read here"
        self._refuse(status, message or status.phrase)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what is worth telling is told without addresses."""
