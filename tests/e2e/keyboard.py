"""Somebody without a mouse: what has the focus is looked at after every press of Tab."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image, ImageChops
from playwright.sync_api import FilePayload, FloatRect, Locator, Page

# CSS pixels: WCAG 2.5.8, which leaves out links within a sentence.
SMALLEST: Final = 24
# WCAG 1.4.11, for what shows where the focus is.
CONTRAST: Final = 3
# How far around a thing its focus may show; and by how much of 255 a point must change to be seen to.
AROUND: Final = 8
CHANGE: Final = 64

STOP = r"""
() => {
  const element = document.activeElement;
  if (!element || element === document.body || !document.hasFocus()) return null;
  const style = getComputedStyle(element), all = element.getBoundingClientRect(), box = element.getClientRects()[0];
  const labels = [...element.labels ?? []], parent = element.parentElement;
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const there = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), (top + bottom) / 2);
  const parts = colour => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = colour => parts(colour).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0.05);
  let behind = parent;
  const ground = each => getComputedStyle(each).backgroundColor;
  while (behind.parentElement && parts(ground(behind))[3] === 0) behind = behind.parentElement;
  const [dark, bright] = [style.outlineColor, ground(behind)].map(light).sort((one, other) => one - other);
  const label = labels.map(each => each.getBoundingClientRect())
    .find(each => each.height > all.height && each.width > all.width);
  const words = (element.innerText ?? '').trim(), isNew = !window.stops.has(element), last = window.lastStop;
  window.stops.add(element);
  window.lastStop = element;
  return {
    name: `${element.tagName.toLowerCase()} “${(words || labels[0]?.innerText || element.name || '').slice(0, 40)}”`,
    kind: [element.tagName, element.type ?? '', ...element.classList].join(' '),
    box: { x: all.x, y: all.y, width: all.width, height: all.height },
    window: { width: innerWidth, height: innerHeight },
    isNew,
    isShown: top < bottom && !!there && (element.contains(there) || labels.some(each => each.contains(there))
      || style.display === 'inline' && there.contains(element)),
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    contrast: bright / dark,
    target: label ?? all,
    isInText: style.display === 'inline' && parent.innerText.trim().length > words.length,
    follows: !last || last === window.reachable.at(-1) && element === window.reachable[0]
      || !!(last.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING),
  };
}
"""
# Of a group of radio buttons one, of what is folded away nothing. From the last the browser may go on to the first.
REACHABLE = """
() => {
  const groups = new Set(), fields = 'input:not([type=hidden]), select, textarea';
  const all = document.querySelectorAll(`a[href], button, ${fields}, summary, [tabindex="0"]`);
  window.reachable = [...all].filter(element =>
    element.checkVisibility({ visibilityProperty: true }) && !element.disabled && element.tabIndex >= 0
    && (element.type !== 'radio' || !groups.has(element.name) && groups.add(element.name)));
  return window.reachable.length;
}
"""
IS_FOCUSED = "element => element === document.activeElement"
BEGIN_READING = "() => { window.stops = new Set(); delete window.lastStop; }"
BEGIN_ANEW = "() => { delete window.lastStop; }"
WITHOUT_FOCUS = "() => { window.stop = document.activeElement; window.stop.blur(); }"
WITH_FOCUS = "() => window.stop.focus()"


@dataclass
class Keyboard:
    """A page that is used by keys alone. What is wrong with a stop of the focus is kept in `problems`."""

    page: Page
    problems: list[str] = field(default_factory=list)
    _kinds: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Whoever only listens once a key is pressed may come too late.
        self.page.on("filechooser", lambda _chooser: None)

    def read(self) -> None:
        """Tab once through the whole page, from wherever the focus is: to everything that can be used, in its order."""
        self.page.evaluate(BEGIN_READING)
        expected = self.page.evaluate(REACHABLE)
        names: list[str] = []
        for _press in range(expected + 2):
            stop = self._press("Tab")
            if stop is None:
                # Past the last thing on the page, where the browser's own begin.
                self.page.evaluate(BEGIN_ANEW)
            elif not stop["isNew"]:
                break
            else:
                names.append(stop["name"])
        if len(names) != expected:
            self._wrong(f"Tab comes to {len(names)} things of {expected}: {', '.join(names)}")

    def to(self, target: Locator, *, key: str = "Tab") -> None:
        """Press Tab, or Shift+Tab, until this has the focus; no further than once around the page."""
        self.page.evaluate(BEGIN_READING)
        for _press in range(self.page.evaluate(REACHABLE) + 2):
            if target.evaluate(IS_FOCUSED):
                return
            if self._press(key) is None:
                self.page.evaluate(BEGIN_ANEW)
        raise AssertionError(f"{key} never leads to {target} on “{self.page.title()}”.")

    def press(self, target: Locator, *, key: str = "Enter") -> None:
        """Go there and press a key that leads to another page."""
        self.to(target)
        self.leave_by(key)

    def leave_by(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Go there and type, instead of what stood there."""
        self.to(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def choose(self, group: Locator, label: str) -> None:
        """Go to a group of radio buttons and move with the arrows to the one of this label."""
        self.to(group.locator("input:checked").or_(group.locator("input").first).last)
        self.page.keyboard.press("Space")
        wanted = group.get_by_label(label, exact=True)
        for _press in range(group.locator("input").count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
            self._look("ArrowDown")
        raise AssertionError(f"The arrows do not lead to {label}.")

    def choose_files(self, target: Locator, *files: FilePayload) -> None:
        """Go there, open the browser's window for files, and choose."""
        self.to(target)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(list(files))

    def unfold(self, summary: Locator) -> None:
        """Go there and open it."""
        self.to(summary)
        self.page.keyboard.press("Enter")
        assert summary.evaluate("element => element.parentElement.open"), summary

    def has_focus(self, target: Locator) -> bool:
        """Whether this has the focus."""
        return bool(target.evaluate(IS_FOCUSED))

    def _press(self, key: str) -> dict[str, Any] | None:
        self.page.keyboard.press(key)
        return self._look(key)

    def _look(self, key: str) -> dict[str, Any] | None:
        """What has the focus after a key, or None; and what is wrong with that."""
        stop: dict[str, Any] | None = self.page.evaluate(STOP)
        if stop is None:
            return None
        name, target = stop["name"], stop["target"]
        if not stop["isShown"]:
            self._wrong(f"{name} has the focus and is not to be seen")
        if stop["outline"] < 2 or stop["contrast"] < CONTRAST:
            self._wrong(f"the focus of {name} hardly shows: {stop['outline']} px, contrast {stop['contrast']:.1f}")
        if key == "Tab" and not stop["follows"]:
            self._wrong(f"{name} comes after what follows it on the page")
        if not stop["isInText"] and min(target["width"], target["height"]) < SMALLEST:
            self._wrong(f"{name} is {target['width']:.0f} × {target['height']:.0f} px large")
        if stop["kind"] not in self._kinds:
            self._kinds.add(stop["kind"])
            self._compare(stop)
        return stop

    def _compare(self, stop: dict[str, Any]) -> None:
        """Whatever the style sheet says, the focus must change what is seen: at least the half of a line around it.

        Looked at once for each kind of thing.
        """
        box, window = stop["box"], stop["window"]
        left, top = max(box["x"] - AROUND, 0), max(box["y"] - AROUND, 0)
        clip: FloatRect = {
            "x": left,
            "y": top,
            "width": min(box["x"] + box["width"] + AROUND, window["width"]) - left,
            "height": min(box["y"] + box["height"] + AROUND, window["height"]) - top,
        }
        focused = self.page.screenshot(clip=clip)
        self.page.evaluate(WITHOUT_FOCUS)
        without = self.page.screenshot(clip=clip)
        self.page.evaluate(WITH_FOCUS)
        if _changed(focused, without) < clip["width"] + clip["height"] - 4 * AROUND:
            self._wrong(f"{stop['name']} looks the same with the focus and without")

    def _wrong(self, sentence: str) -> None:
        problem = f"{self.page.title()}: {sentence}"
        if problem not in self.problems:
            self.problems.append(problem)


def _changed(one: bytes, other: bytes) -> int:
    """How many points of two pictures of the same size differ."""
    pictures = [Image.open(io.BytesIO(each)).convert("L") for each in (one, other)]
    return sum(ImageChops.difference(*pictures).histogram()[CHANGE:])
