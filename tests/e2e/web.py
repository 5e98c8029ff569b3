"""A browser without a screen: cookies, forms as they stand on the page, and what a person would put into them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

BOUNDARY = "----a-boundary-that-no-value-holds"
VOID = frozenset({"submit", "button", "image", "reset"})


@dataclass
class Control:
    """Something that can be filled in; `choices` are the values of a group of radio buttons, boxes or options."""

    name: str
    kind: str
    value: str = ""
    choices: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """A file to send."""

    name: str
    content: bytes


@dataclass
class Form:
    """A form of a page."""

    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back, redirects followed."""

    status: int
    url: str
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode("utf-8", "replace")

    @property
    def path(self) -> str:
        """Where one ended up."""
        return "/" + self.url.split("/", 3)[3]

    def forms(self) -> list[Form]:
        """The forms of the page, in order."""
        reader = _Reader(self.url)
        reader.feed(self.text)
        return reader.forms

    def form(self, ending: str = "") -> Form:
        """The last posted form whose action ends so; sign-out is never meant."""
        found = [
            form
            for form in self.forms()
            if form.method == "post" and form.action.endswith(ending) and "sign-out" not in form.action
        ]
        assert found, f"{self.url} has no form to {ending or 'anywhere'}:\n{self.words()}"
        return found[-1]

    def words(self) -> str:
        """The page as text, for the message of a failed test."""
        main = re.sub(r"(?s)^.*<main", "<main", self.text)
        return re.sub(r"\s*\n\s*", "\n", re.sub(r"(?s)<[^>]+>", " ", main))[:3000]


Fill = Callable[[Control], "str | list[str] | File"]


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, origin: str, *, browser: str) -> None:
        self.origin = origin
        self.cookies = CookieJar()
        self._headers = {"User-Agent": browser}
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))

    def get(self, address: str, **headers: str) -> Answer:
        """Open an address."""
        return self.send(Request(urljoin(self.origin, address), headers={**self._headers, **headers}))  # noqa: S310

    def post(self, address: str, body: bytes, kind: str, **headers: str) -> Answer:
        """Post bytes."""
        named = {**self._headers, "Content-Type": kind, **headers}
        return self.send(Request(urljoin(self.origin, address), data=body, headers=named, method="POST"))  # noqa: S310

    def send(self, request: Request) -> Answer:
        """Send a request and take whatever comes back."""
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Answer(answer.status, answer.url, answer.read())
        except HTTPError as error:
            return Answer(error.code, error.url or request.full_url, error.read())

    def submit(self, form: Form, fill: Fill, given: Mapping[str, object] | None = None) -> Answer:
        """Send a form: `given` says what goes into some controls, `fill` what goes into the rest."""
        values: list[tuple[str, str | File]] = []
        left = dict(given or {})
        for control in form.controls.values():
            value = left.pop(control.name) if control.name in left else fill(control)
            several = value if isinstance(value, list) else [value]
            values += [(control.name, each) for each in several if each != "" or control.kind == "text"]
        assert not left, f"{form.action} does not ask for {sorted(left)}, only for {sorted(form.controls)}"
        return self.post(form.action, multipart(values), f"multipart/form-data; boundary={BOUNDARY}")

    def cookie(self, name: str) -> str:
        """The value of a cookie, or ""."""
        return next((cookie.value or "" for cookie in self.cookies if cookie.name == name), "")


def second_factor(visitor: Visitor, asked: Answer, fill: Fill) -> Answer:
    """Give the code that the demonstration shows on the page, once it is taken."""
    shown = re.search(r'data-demonstration-code="(\d+)"[^>]*>(\d{6})<', asked.text)
    assert shown is not None, asked.words()
    time.sleep(int(shown[1]))
    return visitor.submit(asked.form(), fill, {"second_factor": shown[2], "passkey": ""})


def multipart(values: list[tuple[str, str | File]]) -> bytes:
    """Names and values as multipart/form-data."""
    body = bytearray()
    for name, value in values:
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if isinstance(value, File):
            body += f'; filename="{value.name}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
            body += value.content
        else:
            body += b"\r\n\r\n" + str(value).encode()
        body += b"\r\n"
    return bytes(body + f"--{BOUNDARY}--\r\n".encode())


class _Reader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._area: Control | None = None
        self._select: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(urljoin(self.url, values.get("action", "")), values.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and tag in {"input", "textarea", "select"} and values.get("name"):
            self._control(tag, values)
        elif tag == "option" and self._select is not None:
            self._select.choices.append(values.get("value", ""))
            if "selected" in values:
                self._select.chosen.append(values.get("value", ""))

    def _control(self, tag: str, values: dict[str, str]) -> None:
        assert self._form is not None
        kind = values.get("type", "text") if tag == "input" else tag
        if kind in VOID:
            return
        control = self._form.controls.setdefault(
            values["name"], Control(values["name"], "text" if kind == "textarea" else kind, values.get("value", ""))
        )
        if kind in {"radio", "checkbox"}:
            control.choices.append(values.get("value", "on"))
            if "checked" in values:
                control.chosen.append(values.get("value", "on"))
        elif kind == "hidden":
            control.chosen.append(values.get("value", ""))
        self._area = control if tag == "textarea" else None
        self._select = control if tag == "select" else None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None
