"""A browser as far as these pages need one: cookies, forms, and files; in this process or over a socket."""

from __future__ import annotations

import http.client
import io
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, Protocol

Application = Callable[..., Any]
Headers = list[tuple[str, str]]


class Unexpected(RuntimeError):
    """A page answered otherwise than the benchmark needs, so its time would say nothing."""


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    def hidden(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rb'name="' + name.encode() + rb'" value="([^"]+)"', self.body)
        if found is None:
            raise Unexpected(f"The page has no field {name}.")
        return found[1].decode()

    def expect(self, status: int) -> Page:
        """This page, if it has that status. Raises Unexpected."""
        if self.status != status:
            raise Unexpected(f"The page has status {self.status}, not {status}.")
        return self


class Line(Protocol):
    """How requests reach the product."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Page:
        """One request and its whole answer."""


class InProcess:
    """Calls the WSGI application as a server does, without a socket."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Page:
        """One request and its whole answer."""
        address, _mark, query = path.partition("?")
        environment: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": address,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environment[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        begun: list[tuple[str, Headers]] = []
        answer = self._application(environment, lambda status, headers, *_error: begun.append((status, headers)))
        try:
            content = b"".join(answer)
        finally:
            answer.close()
        status, found = begun[0]
        return Page(int(status.split(" ", 1)[0]), found, content)


class Loopback:
    """One kept-alive connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Page:
        """One request and its whole answer."""
        self._connection.request(method, path, body=body or None, headers=dict(headers))
        response = self._connection.getresponse()
        return Page(response.status, response.getheaders(), response.read())

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Browser:
    """Keeps cookies and sends forms, over a line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._cookies: dict[str, str] = {}

    def take_cookies(self, cookies: Mapping[str, str]) -> None:
        """Go on where another browser stands."""
        self._cookies |= cookies

    @property
    def cookies(self) -> str:
        """The header Cookie."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._send("GET", path, {}, b"")

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send a form."""
        return self.post_body(path, *multipart(fields))

    def post_body(self, path: str, content_type: str, body: bytes) -> Page:
        """Send a form that is encoded already."""
        return self._send("POST", path, {"Content-Type": content_type}, body)

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Page:
        if self._cookies:
            headers["Cookie"] = self.cookies
        page = self._line.send(method, path, headers, body)
        for name, value in page.headers:
            if name.lower() == "set-cookie":
                self._cookies |= {cookie: morsel.value for cookie, morsel in SimpleCookie(value).items()}
        return page


def multipart(fields: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> tuple[str, bytes]:
    """Content type and body of a form (RFC 7578)."""
    boundary = secrets.token_hex(16)
    parts: list[bytes] = []
    for name, text in fields.items():
        parts += [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()]
    for name, content in (files or {}).items():
        disposition = f'form-data; name="{name}"; filename="{name}.bin"'
        kind = "application/octet-stream"
        parts += [f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n".encode()]
        parts += [content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)
