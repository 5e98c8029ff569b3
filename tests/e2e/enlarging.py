"""What must hold of a page when everything, or its text alone, is made much larger: WCAG 1.4.4, 1.4.10 and 1.4.12."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, ViewportSize


@dataclass(frozen=True)
class Enlarged:
    """A way to make a page larger: the window that is left of it, and what the reader's own style sheet says."""

    name: str
    window: ViewportSize
    style: str = ""


WAYS = (
    Enlarged("at 400 %", {"width": 320, "height": 256}),
    Enlarged("with text of 200 %", {"width": 1280, "height": 1024}, "html { font-size: 200% !important; }"),
    Enlarged(
        "with text of 200 % on a telephone", {"width": 360, "height": 640}, "html { font-size: 200% !important; }"
    ),
    Enlarged(
        "with text spaced out",
        {"width": 320, "height": 256},
        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
        "p { margin-block-end: 2em !important; }",
    ),
)

# A style sheet made by script is none of the page's, so its policy lets it pass.
STYLED = """
style => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = style ? [sheet] : [];
}
"""
# What is read is compared by the boxes of its lines. What is there for the ear alone is left out, and what scrolls in a
# frame of its own, as a table of data may.
LOST = """
() => {
  const wrong = [], width = document.documentElement.clientWidth, lines = [], apart = new Map();
  const called = element => element.tagName.toLowerCase() + (element.id ? '#' + element.id :
    [...element.classList].map(name => '.' + name).join(''));
  const said = text => `“${text.trim().slice(0, 30)}”`;
  const isApart = element => {
    if (!element || element === document.body) return false;
    if (!apart.has(element)) {
      const style = getComputedStyle(element);
      apart.set(element, style.clipPath !== 'none' || ['auto', 'scroll'].includes(style.overflowX)
        || element.matches('.skip-link, svg, select, textarea') || isApart(element.parentElement));
    }
    return apart.get(element);
  };
  // A list that unfolds over the page is meant to lie on it.
  const layer = element => !element ? null
    : getComputedStyle(element).zIndex === 'auto' ? layer(element.parentElement) : element;
  if (document.documentElement.scrollWidth > width) {
    const out = [...document.querySelectorAll('body *')].find(element => {
      const box = element.getBoundingClientRect();
      return (box.right > width + 1 || box.left < -1) && !isApart(element);
    });
    wrong.push(`scrolls sideways for ${out ? called(out) : 'something'}`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || isApart(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter(box => box.width > 1 && box.height > 1);
    const over = layer(element);
    lines.push(...boxes.map(box => ({ box, element, over, text: node.data })));
    if (boxes.some(box => box.left < -1 || box.right > width + 1))
      wrong.push(`${said(node.data)} stands outside, in ${called(element)}`);
    for (let holder = element; holder !== document.body; holder = holder.parentElement) {
      const style = getComputedStyle(holder), { left, right, bottom } = holder.getBoundingClientRect();
      if (['inline', 'contents'].includes(style.display) || parseFloat(style.borderInlineEndWidth) === 0) continue;
      if (boxes.some(box => box.right > right + 1 || box.left < left - 1 || box.bottom > bottom + 3))
        wrong.push(`${said(node.data)} runs out of ${called(holder)}`);
      break;
    }
  }
  for (const element of document.querySelectorAll('body *')) {
    const { position } = getComputedStyle(element);
    if (['fixed', 'sticky'].includes(position) && element.getBoundingClientRect().height > innerHeight / 4)
      wrong.push(`${called(element)} stays in the way`);
    if (element.matches('button, .button, select') && element.checkVisibility() && !element.matches('.visually-hidden')
        && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 2))
      wrong.push(`${called(element)} is too small for its words`);
  }
  lines.sort((one, other) => one.box.top - other.box.top);
  lines.forEach(({ box, element, over, text }, at) => {
    for (let next = at + 1; next < lines.length && lines[next].box.top < box.bottom; next += 1) {
      const other = lines[next];
      const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const down = Math.min(box.bottom, other.box.bottom) - other.box.top;
      const half = Math.min(box.height, other.box.height) / 2;
      if (element !== other.element && over === other.over && across > 2 && down > half)
        wrong.push(`${said(text)} and ${said(other.text)} overlap`);
    }
  });
  return [...new Set(wrong)].slice(0, 4);
}
"""


def lost_when_enlarged(page: Page) -> list[str]:
    """Everything that a page loses in one of the ways; its window is then the size that the last of them left."""
    wrong = []
    for way in WAYS:
        page.set_viewport_size(way.window)
        page.evaluate(STYLED, way.style)
        wrong += [f"{way.name}: {each}" for each in page.evaluate(LOST)]
    page.evaluate(STYLED, "")
    return wrong
