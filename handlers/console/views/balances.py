"""Whom no message about an old outpatient balance has reached: masked lines, reasons to choose from, and the way on."""

from __future__ import annotations

from urllib.parse import urlencode

from handlers.base.display import dated, yuan
from handlers.console.views.words import UNREACHED
from server.old_balances.model import Unreached, UnreachedPage, WhyNot
from server.old_balances.texts import WHY_NOT
from server.patients.model import mask_card, mask_name

UNREACHED_URL = "/console/money/balances"
UNKNOWN = "—"


def unreached_page(page: UnreachedPage, why: WhyNot | None) -> dict[str, object]:
    asked = {} if why is None else {"why": str(why)}
    more = f"{UNREACHED_URL}?{urlencode({**asked, 'after': page.next})}" if page.next else ""
    return {
        "title": UNREACHED,
        "url": UNREACHED_URL,
        "lines": [_line(one) for one in page.found],
        "told": _told(page),
        "reasons": [{"key": str(one), "text": words, "here": one is why} for one, words in WHY_NOT.items()],
        "is_search": why is not None,
        "is_first": page.first == 1,
        "more": more,
    }


def _line(one: Unreached) -> dict[str, str]:
    line = one.balance
    return {
        "name": mask_name(line.patient_name),
        "card": mask_card(line.card_no),
        "amount": yuan(line.balance_fen),
        "why": WHY_NOT[one.why],
        "since": dated(one.since) if one.since else UNKNOWN,
    }


def _told(page: UnreachedPage) -> str:
    if page.last < page.first:
        return "医院的名单里没有更多的卡。" if page.first > 1 else "医院的名单里没有余额。"
    looked = f"医院名单第{page.first}到{page.last}张卡，共{page.total}张"
    return f"{looked}：这里{len(page.found)}张，合计{yuan(page.sum_fen)}。"
