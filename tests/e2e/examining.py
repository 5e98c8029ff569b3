"""What every page must be: accessible by axe's judgement, usable at 320 px, silent, and from one origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.utils.translation import gettext, override
from playwright.sync_api import ConsoleMessage, Page, Request

from tests.e2e.enlarging import lost_when_enlarged

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}
RUN_AXE = """
tags => axe.run(document, {
  runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], preload: false, iframes: false,
}).then(found => found.violations.map(
  each => `${each.id}: ${each.help} at ` + each.nodes.slice(0, 3).map(node => node.target.join(' ')).join(' | ')
))
"""
# The one script of the product, on the pages that offer passkeys; "" is its data.
FACTS = r"""
error => ({
  language: document.documentElement.lang,
  direction: document.documentElement.dir,
  headings: document.querySelectorAll('h1').length,
  scripts: [...document.querySelectorAll('script')].filter(
    script => !/(second-factor|confirm)\//.test(location.pathname) || !/factors\/passkey\.|^$/.test(script.src)
  ).length,
  styles: document.querySelectorAll('style, [style]').length,
  handlers: [...document.querySelectorAll('*')].filter(
    element => [...element.attributes].some(attribute => attribute.name.startsWith('on'))).length,
  title: document.title,
  // For whoever only hears the page: an error is in its title, and each field says what is wrong with it.
  untold: document.querySelectorAll('main .error-summary').length && !document.title.startsWith(`${error} `),
  missing: [...document.querySelectorAll('[aria-describedby], [aria-labelledby]')].flatMap(
    element => `${element.getAttribute('aria-describedby') ?? ''} ${element.getAttribute('aria-labelledby') ?? ''}`
      .split(' ').filter(id => id && !document.getElementById(id))).length,
  unmarked: [...document.querySelectorAll('main .field--error .errorlist[id]')].filter(list => {
    const told = list.closest('.field--error').querySelector(`[aria-describedby~="${list.id}"]`);
    return !told || !told.matches('[aria-invalid=true]') && !told.querySelector('[aria-invalid=true]');
  }).length,
})
"""
CONTENT = """
() => {
  const copy = document.documentElement.cloneNode(true);
  for (const part of copy.querySelectorAll('.person, .desk-nav, [name=csrfmiddlewaretoken]')) part.remove();
  return copy.outerHTML;
}
"""
WIDEST = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return '';
  const out = [...document.querySelectorAll('body *')].filter(element => {
    const box = element.getBoundingClientRect();
    return box.right > width + 1 || box.left < -1;
  });
  return `${document.documentElement.scrollWidth} px wide: ` + out.slice(0, 3).map(
    element => element.tagName.toLowerCase() + (element.className ? '.' + element.className : '')).join(', ');
}
"""


@dataclass
class Examiner:
    """Looks at the pages that one browser tab shows, and keeps what is wrong with each.

    `judged` may be shared: axe need not judge again what differs only in whose name stands in the corner. With
    `enlarges`, nothing may be lost at 400 % either, nor with larger text.
    """

    page: Page
    origin: str
    language: str = "en"
    enlarges: bool = False
    problems: list[str] = field(default_factory=list)
    examined: int = 0
    judged: set[str] = field(default_factory=set)
    _noise: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._note_request)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self._noise.append(f"script error: {error}"))
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]

    def go(self, address: str, *, status: int = 200) -> None:
        """Open an address below the origin and examine the page."""
        answer = self.page.goto(f"{self.origin}{address}")
        if answer is None or answer.status != status:
            self.problems.append(f"{address}: answered {answer and answer.status}, not {status}")
        self.look(address)

    def look(self, name: str) -> None:
        """Examine the page that is shown; `name` is how problems call it."""
        self.examined += 1
        self.page.wait_for_load_state()
        found = [*self._noise, *self._facts(self.page.evaluate(FACTS, self._error())), *self._narrow()]
        content = self.page.evaluate(CONTENT)
        if content not in self.judged:
            self.judged.add(content)
            self.page.evaluate(AXE)
            found += self.page.evaluate(RUN_AXE, TAGS)
        self._noise.clear()
        self.problems += [f"{name}: {each}" for each in found]

    def verdict(self) -> str:
        """Everything that is wrong, a line for each; empty when all is well."""
        return "\n".join(self.problems)

    def _error(self) -> str:
        """How the title of a page with an error begins in its language."""
        with override(self.language):
            return gettext("Error:")

    def _facts(self, facts: dict[str, Any]) -> list[str]:
        expected = {
            "language": self.language,
            "direction": "rtl" if self.language == "ar" else "ltr",
            "headings": 1,
            "scripts": 0,
            "styles": 0,
            "handlers": 0,
            "untold": 0,
            "missing": 0,
            "unmarked": 0,
        }
        wrong = [f"{name} is {facts[name]!r}, not {want!r}" for name, want in expected.items() if facts[name] != want]
        return wrong if facts["title"].strip(" ·") else [*wrong, "no title"]

    def _narrow(self) -> list[str]:
        if self.enlarges:
            wrong = lost_when_enlarged(self.page)
        else:
            self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
            widest = self.page.evaluate(WIDEST)
            wrong = [f"scrolls sideways at 320 px, {widest}"] if widest else []
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        return wrong

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != self.origin and parts.scheme != "data":
            self._noise.append(f"asks another origin: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        # Chromium calls a page that was answered with an error status an error of its own.
        its_own_status = "Failed to load resource" in message.text and message.location.get("url") == self.page.url
        if message.type in {"error", "warning"} and not its_own_status:
            self._noise.append(f"console: {message.text}")
