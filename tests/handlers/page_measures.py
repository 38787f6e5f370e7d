"""Measures a patient's page in a real browser: places to tap, text, contrast rules, width, weight. Kept in docs/pages-measured.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Frame, Page

TABLE = Path(__file__).resolve().parents[2] / "docs" / "pages-measured.md"
ALL_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Of all these rules those that look at colours."""
LANDMARKS = "region"
"""The client's title bar has the page's name, so not all content stands in a landmark of its own."""

_TAPS = """() => Math.min(...[...document.querySelectorAll("a, button, label.choice__label, summary, input.field")]
  .filter(e => e.offsetParent && !e.closest(".choice__field")).map(e => Math.round(e.getBoundingClientRect().height)))"""
_TEXT = """() => Math.min(...[...document.querySelectorAll("body *")]
  .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => Math.round(parseFloat(getComputedStyle(e).fontSize))))"""
_BEYOND = """() => [...document.querySelectorAll("main *")]
  .filter(e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
_LARGEST = """() => { const size = e => parseFloat(getComputedStyle(e).fontSize);
  const amount = document.querySelector(".amount");
  const larger = [...document.querySelectorAll("main *")]
    .filter(e => e.offsetParent && e !== amount && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => size(e) >= size(amount)).map(e => e.outerHTML.slice(0, 80));
  return amount ? larger : []; }"""
_BROKEN_DATES = r"""() => { const broken = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    for (const found of node.data.matchAll(/(?:\d+年)?\d+月\d+日|\d{4}-\d\d-\d\d|\d\d-\d\d \d\d:\d\d:\d\d|0\d{2,3}-\d{7,8}|就诊卡(?= \*)|\d+床/g)) {
      const range = document.createRange();
      range.setStart(node, found.index); range.setEnd(node, found.index + found[0].length);
      if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) broken.push(found[0]);
    }
  }
  return broken; }"""

_MISLAID = r"""() => { const mislaid = [], tops = node => new Set([...node.getClientRects()].map(r => Math.round(r.top)));
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (walk.nextNode()) {
    const node = walk.currentNode;
    for (const found of node.data.matchAll(/(?<=\S)[。，、；：！？）」』%]/g)) {
      range.setStart(node, found.index - 1); range.setEnd(node, found.index + 1);
      if (tops(range).size > 1) mislaid.push(`line begins with ${found[0]}: ${node.data.trim().slice(0, 40)}`);
    }
  }
  for (const tab of document.querySelectorAll(".tabs__tab")) {
    range.selectNodeContents(tab.lastChild);
    const box = range.getBoundingClientRect();
    if (tops(range).size > 1 || box.left < 0 || box.right > innerWidth) mislaid.push(`tab: ${tab.innerText}`);
  }
  for (const image of document.querySelectorAll("main img")) {
    const drawn = image.clientWidth / image.clientHeight, real = image.naturalWidth / image.naturalHeight;
    if (Math.abs(drawn / real - 1) > 0.02) mislaid.push(`image out of shape: ${image.alt}`);
  }
  for (const field of document.querySelectorAll("input[placeholder]"))
    if (field.offsetParent && field.placeholder && field.scrollWidth > field.clientWidth) mislaid.push(`cut: ${field.placeholder}`);
  const lines = element => { range.selectNodeContents(element); const widths = new Map();
    for (const box of range.getClientRects()) widths.set(Math.round(box.bottom), (widths.get(Math.round(box.bottom)) || 0) + box.width);
    return [...widths.entries()].sort(([one], [other]) => one - other).map(([, width]) => width); };
  const shown = selector => [...document.querySelectorAll(selector)].filter(e => e.offsetParent);
  for (const element of shown(".amount__label, .result__text, .empty__title, .empty__text, .weui-btn, .facts__row dd")) {
    const [last, ...above] = lines(element).reverse(), size = parseFloat(getComputedStyle(element).fontSize);
    if (above.length && last < 2.2 * size) mislaid.push(`a lone sign ends: ${element.innerText}`);
  }
  for (const button of shown(".weui-btn")) {
    const [word] = button.innerText.match(/^\S+(?= ¥)/) || [], text = button.firstChild;
    if (!word || text.nodeType !== Node.TEXT_NODE) continue;
    range.setStart(text, text.data.indexOf(word)); range.setEnd(text, text.data.indexOf(word) + word.length);
    if (tops(range).size > 1) mislaid.push(`word on two lines: ${button.innerText}`);
  }
  for (const state of shown(".line .state"))
    if (state.getBoundingClientRect().left < state.closest(".line").getBoundingClientRect().left - 1)
      mislaid.push(`over the edge: ${state.innerText}`);
  for (const name of shown(".panel__head .quiet"))
    if (name.innerText.length < 5 && lines(name).length > 1) mislaid.push(`name on two lines: ${name.innerText}`);
  for (const label of shown(".choice__label")) {
    range.selectNodeContents(label);
    if (label.clientHeight - range.getBoundingClientRect().height < 12) mislaid.push(`no room: ${label.innerText}`);
  }
  return mislaid; }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """``tap_px`` is the lowest place to tap, ``text_px`` the smallest text, ``weight_kb`` what an empty cache loads."""

    tap_px: int
    elder_tap_px: int
    text_px: int
    weight_kb: int


async def scale_text(page: Page, scale: float) -> None:
    """As a phone's own text setting does it: the root's own size is multiplied, whatever it was scaled to before."""
    await page.evaluate(
        """scale => { const sheet = new CSSStyleSheet();
        document.adoptedStyleSheets = [];
        sheet.replaceSync(`html { font-size: ${parseFloat(getComputedStyle(document.documentElement).fontSize) * scale}px !important }`);
        document.adoptedStyleSheets = [sheet]; }""",
        scale,
    )


async def lowest_tap_px(page: Page) -> int:
    return int(await page.evaluate(_TAPS))


async def smallest_text_px(page: Page) -> int:
    return int(await page.evaluate(_TEXT))


async def beyond_the_screen(page: Page) -> list[str]:
    return list(await page.evaluate(_BEYOND))


async def larger_than_the_amount(page: Page) -> list[str]:
    return list(await page.evaluate(_LARGEST))


async def lines_of_the_amount(page: Page) -> int:
    """How many lines the amount takes; 1 unless it was broken."""
    script = "() => { const e = document.querySelector('.amount'); const r = document.createRange(); r.selectNodeContents(e);"
    return int(
        await page.evaluate(script + " return new Set([...r.getClientRects()].map(b => Math.round(b.top))).size; }")
    )


async def broken_dates(page: Page | Frame) -> list[str]:
    """Days, times, phone numbers and the words for a card and a bed that stand on two lines."""
    return list(await page.evaluate(_BROKEN_DATES))


async def mislaid(page: Page) -> list[str]:
    """Marks that begin a line, a lone sign on the last line of a centred text or of a fact, tabs, short names and the word before an amount on two
    lines, tabs and states over the edge, choices without room above and below, images out of shape, placeholders that are cut.
    """
    return list(await page.evaluate(_MISLAID))


async def axe_findings(page: Page, rules: Mapping[str, object] = ALL_RULES) -> list[str]:
    """``rule: element`` for every violation of the WCAG 2.2 AA rules and best practices that axe knows. The window is as high as the page
    meanwhile: what lies behind the bar at its foot is no small tap, a person scrolls. ``rules``: all, or fewer.
    """
    options = {"runOnly": rules, "rules": {LANDMARKS: {"enabled": False}}}
    window = page.viewport_size
    if window is not None:
        high = int(await page.evaluate("document.documentElement.scrollHeight"))
        await page.set_viewport_size({"width": window["width"], "height": max(high, window["height"])})
    is_there = await page.evaluate("'axe' in window")  # from a look at the same page before: half a megabyte to read
    found = await (Axe("") if is_there else Axe()).run(page, options=options)
    if window is not None:
        await page.set_viewport_size(window)
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found.response["violations"] for node in rule["nodes"]]


def table(measured: Mapping[str, Measures]) -> str:
    """The Markdown rows, one a page."""
    rows = ["| page | lowest tap, px | in 长辈版, px | smallest text, px | weight, KB |", "|---|---|---|---|---|"]
    for name, one in measured.items():
        rows.append(f"| {name} | {one.tap_px} | {one.elder_tap_px} | {one.text_px} | {one.weight_kb} |")
    return "\n".join(rows)


def kept() -> dict[str, Measures]:
    """What the document says of each page."""
    found = {}
    for line in TABLE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and all(cell.isdigit() for cell in cells[1:]):
            tap, elder, text, weight = map(int, cells[1:])
            found[cells[0]] = Measures(tap_px=tap, elder_tap_px=elder, text_px=text, weight_kb=weight)
    return found
