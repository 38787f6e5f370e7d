"""The places that are always at hand at the bottom of a page."""

from __future__ import annotations

from server.needs.texts import HOME_TITLE

TABS = (
    ("home", "/", HOME_TITLE),
    ("bills", "/bills", "待缴费"),
    ("payments", "/payments", "缴费记录"),
    ("cards", "/cards", "就诊卡"),
)


def tabs(base: str) -> list[dict[str, str]]:
    return [{"name": name, "url": f"{base}{path}", "text": text} for name, path, text in TABS]
