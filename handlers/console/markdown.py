"""The Markdown that the manual is written in, to HTML: headings, paragraphs, lists, tables, emphasis, code and links. HTML in it is text."""

from __future__ import annotations

import re

KNOWN = ["heading", "list", "table", "emphasis", "backticks", "link"]


def to_html(text: str) -> str:
    """Every heading gets its `anchor` as id, every cell of a table its column's name, which a phone shows beside it.
    A line break within a paragraph is nothing: between Chinese characters stands no blank."""
    from markdown_it import MarkdownIt  # one page needs it: no process waits for it at its start

    markdown = MarkdownIt("zero", {"html": False}).enable(KNOWN)
    tokens = markdown.parse(text)
    headings: list[str] = []
    column = 0
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following is not None:
            token.attrSet("id", anchor(following.content))
        elif token.type == "table_open":
            token.attrSet("class", "list list--lines")
            headings = []
        elif token.type == "th_open" and following is not None:
            token.attrSet("scope", "col")
            headings.append(following.content.replace("*", ""))
        elif token.type == "tr_open":
            column = 0
        elif token.type == "td_open":
            token.attrSet(*(("data-label", headings[column]) if column else ("class", "cell--name")))
            column += 1
        elif token.type == "inline":
            token.children = [part for part in token.children or [] if part.type != "softbreak"]
    rendered: str = markdown.renderer.render(tokens, markdown.options, {})
    return rendered


def anchor(heading: str) -> str:
    """The address of a heading within the page: its letters, digits and Chinese characters, blanks as hyphens."""
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())
