"""All sheets of some days' books, in the order in which finance reads them. Pure."""

from __future__ import annotations

from dataclasses import replace

from server.core.days import day_text
from server.reconciliation.register_model import Books, Sheet
from server.reconciliation.rules.figures import SHARES_BY, by_hour, by_share, by_way, durations, trend
from server.reconciliation.rules.registers import GROUPS, e_receipts, receipts, refunds, sums_by


def sheets_of(books: Books) -> tuple[Sheet, ...]:
    """Figures first, then sums, then the registers themselves. Each says what it lacks."""
    entries = books.entries
    sheets = (
        by_way(entries),
        trend(entries, books.first, books.last),
        by_hour(entries),
        *(by_share(name, entries) for name in SHARES_BY),
        *(sums_by(name, entries) for name in GROUPS),
        durations(entries),
        receipts(entries),
        refunds(entries),
        e_receipts(books.listed),
    )
    note = missing_note(books)
    return tuple(replace(sheet, note=note) for sheet in sheets)


def missing_note(books: Books) -> str:
    """What the sheets lack, in words; empty where the HIS listed every day."""
    if not books.unlisted:
        return ""
    if len(books.unlisted) == (books.last - books.first).days + 1:
        return "医院系统没有提供当日账目，只有经诊付收退的款。"
    days = "、".join(day_text(day) for day in books.unlisted)
    return f"{days}医院系统没有提供账目，这几天只有经诊付收退的款。"
