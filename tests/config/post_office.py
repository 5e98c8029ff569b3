"""A mail server on loopback: it speaks SMTP, takes everything, and keeps it for a test to read."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class PostOffice:
    """Where it listens, and each letter: sender, recipients, and the bytes of the message."""

    port: int
    letters: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuses: bool = False


class _Conversation(socketserver.StreamRequestHandler):
    office: PostOffice

    def handle(self) -> None:
        self._say("220 ready")
        sender, recipients = "", []
        while line := self.rfile.readline():
            words = line.decode().strip()
            match words.upper().split(":")[0].split()[0] if words else "":
                case "EHLO" | "HELO":
                    self._say("250 here")
                case "MAIL":
                    sender, recipients = words.partition(":")[2], []
                    self._say("550 no" if self.office.refuses else "250 yes")
                case "RCPT":
                    recipients.append(words.partition(":")[2].strip("<>"))
                    self._say("250 yes")
                case "DATA":
                    self._say("354 go on")
                    self.office.letters.append((sender, recipients, self._letter()))
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 goodbye")
                    return
                case _:
                    self._say("250 well")

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Open it until the block ends."""
    office = PostOffice(port=0)
    handler = type("Conversation", (_Conversation,), {"office": office})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield office
        finally:
            server.shutdown()
            thread.join()
