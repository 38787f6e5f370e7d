"""The little Markdown that the manual is written in, to HTML: headings, paragraphs, lists, tables, **bold**, `code`, links within the page.

Everything else is shown as it is written. All text is escaped before any mark is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

_HEADING = re.compile(r"(#{1,3}) (.+)")
_BULLET = re.compile(r"[-*] (.+)")
_NUMBER = re.compile(r"\d{1,3}\. (.+)")
_ROW = re.compile(r"\|(.+)\|")
_RULE = re.compile(r"\|[\s:|-]+\|")


def to_html(text: str) -> str:
    return "\n".join(_blocks(text.splitlines()))


def anchor(heading: str) -> str:
    """The address of a heading within the page: its letters, digits and Chinese characters, blanks as hyphens."""
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


def _blocks(lines: list[str]) -> Iterator[str]:
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        heading = _HEADING.fullmatch(line)
        if not line:
            place += 1
        elif heading:
            level = len(heading[1])
            yield f'<h{level} id="{escape(anchor(heading[2]))}">{_inline(heading[2])}</h{level}>'
            place += 1
        else:
            pattern, make = next(((p, m) for p, m in _KINDS if p.fullmatch(line)), (None, _paragraph))
            end = place
            while end < len(lines) and _belongs(lines[end].strip(), pattern):
                end += 1
            yield make([one.strip() for one in lines[place:end]])
            place = end


def _belongs(line: str, pattern: re.Pattern[str] | None) -> bool:
    if pattern is not None:
        return pattern.fullmatch(line) is not None
    return bool(line) and not _HEADING.fullmatch(line) and not any(p.fullmatch(line) for p, _ in _KINDS)


def _paragraph(lines: list[str]) -> str:
    return f"<p>{_inline(''.join(lines))}</p>"


def _list(tag: str, pattern: re.Pattern[str]) -> Callable[[list[str]], str]:
    def make(lines: list[str]) -> str:
        items = (found[1] for line in lines if (found := pattern.fullmatch(line)))
        return f"<{tag}>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + f"</{tag}>"

    return make


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if not _RULE.fullmatch(line)]
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<table class="list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _inline(text: str) -> str:
    safe = escape(text)
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)
    return re.sub(r"\[([^\]]+)\]\((#[^)\s]*)\)", r'<a href="\2">\1</a>', safe)


_KINDS: tuple[tuple[re.Pattern[str], Callable[[list[str]], str]], ...] = (
    (_BULLET, _list("ul", _BULLET)),
    (_NUMBER, _list("ol", _NUMBER)),
    (_ROW, _table),
)
