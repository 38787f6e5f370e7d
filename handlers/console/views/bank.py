"""The pages of 银行到账: payouts and files, and a file as it was read."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.base.display import day_and_time, yuan
from handlers.console.views.actors import by_whom
from handlers.console.views.figures import sheet_view
from handlers.console.views.sheet_cells import words_of
from server.reconciliation.bank import BankPreview
from server.reconciliation.bank_model import BankBook
from server.reconciliation.rules.settlements import settlements

FILES_SHOWN, LINES_SHOWN = 20, 10


def bank_page(book: BankBook, channels: Mapping[str, str]) -> dict[str, object]:
    """The newest payouts first, as the register's files have them the other way round."""
    sheet = sheet_view(settlements(book, channels, newest_first=True), words_of(channels))
    files = [
        {
            "account": each.account, "days": f"{each.first:%m-%d} 至 {each.last:%m-%d}", "rows": f"{each.rows}笔", "came": yuan(each.came_fen),
            "who": f"{by_whom(each.by)} {day_and_time(each.at)}",
        }
        for each in reversed(book.files)
    ]  # fmt: skip
    return {"sheet": sheet, "files": files[:FILES_SHOWN], "count": len(files)}


def preview_page(seen: BankPreview) -> dict[str, object]:
    facts = [
        {"label": "银行账户", "value": seen.account},
        {"label": "日期", "value": f"{seen.first:%Y-%m-%d} 至 {seen.last:%Y-%m-%d}"},
        {"label": "收入", "value": f"{len(seen.rows)}笔 {yuan(seen.came_fen)}"},
        {"label": "能对上提现", "value": f"{seen.settles}笔"},
    ]
    lines = [
        {"at": day_and_time(row.at), "amount": yuan(row.amount_fen), "number": row.number, "words": row.note}
        for row in seen.rows[:LINES_SHOWN]
    ]
    return {
        "facts": facts, "lines": lines, "more": max(0, len(seen.rows) - LINES_SHOWN), "file": seen.sha256, "account": seen.account,
    }  # fmt: skip
