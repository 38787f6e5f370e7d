"""The places that are always at hand at the bottom of a page."""

from __future__ import annotations

TABS = (
    ("registration", "/registration", "挂号"),
    ("bills", "/bills", "待缴费"),
    ("payments", "/payments", "缴费记录"),
    ("cards", "/cards", "就诊卡"),
)


def tabs(base: str, *, has_registration: bool) -> list[dict[str, str]]:
    """Those of a hospital: one that takes no registrations has no such tab."""
    return [
        {"name": name, "url": f"{base}{path}", "text": text}
        for name, path, text in TABS
        if has_registration or name != "registration"
    ]
