"""The page of the console's search: the form, and what was found in the columns that were chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from handlers.base.display import yuan
from handlers.console.views.columns import chosen, headings, payment_rows
from handlers.console.views.search_form import search_form
from handlers.console.views.words import FOUND_BY
from server.payments.finder import FoundPayments
from server.payments.model import Payment
from server.payments.rules.search import PaymentSearch

ROWS_MAX = 200
EVERYTHING = PaymentSearch()
NOTHING_NUMBERED = "没有找到。可以用任何单号、手机号、就诊卡号或它们的后4位以上查，不能按姓名查。"
NOTHING_FITS = "没有找到符合条件的支付。请改条件后再查。"
NOTHING_THAT_DAY = "这一天没有支付。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """``found`` and ``ticket`` are of a search; ``day`` and ``more`` (the address of older ones) of a day's list."""

    payments: tuple[Payment, ...]
    search: PaymentSearch = EVERYTHING
    found: FoundPayments | None = None
    ticket: str = ""
    day: date | None = None
    more: str = ""
    problem: str = ""


def search_page(shown: Shown, channels: dict[str, str]) -> dict[str, object]:
    columns = chosen(shown.search.columns)
    return {
        "rows": payment_rows(shown.payments[:ROWS_MAX], columns),
        "headings": headings(columns),
        "summary": _summary(shown.found) if shown.found is not None else "",
        "nothing": _nothing(shown),
        "form": search_form(shown.search, channels),
        "found": shown.ticket,
        "more": shown.more,
        "problem": shown.problem,
    }


def _nothing(shown: Shown) -> str:
    """What an empty list says."""
    if shown.search.words:
        return NOTHING_NUMBERED
    return NOTHING_THAT_DAY if shown.day is not None else NOTHING_FITS


def _summary(found: FoundPayments) -> str:
    """How many, how much of it was paid, and what is not shown."""
    count = len(found.payments)
    parts = [f"共 {count} 笔，已付合计 {yuan(found.sum_fen)}"]
    if found.by is not None:
        parts.append(FOUND_BY[found.by])
    if count > ROWS_MAX:
        parts.append(f"只显示前 {ROWS_MAX} 笔，导出包含全部")
    if found.is_cut:
        parts.append("支付太多，没有查完，请缩小日期范围或加条件")
    return "，".join(parts) + "。"
