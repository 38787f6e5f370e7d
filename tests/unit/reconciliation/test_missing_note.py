"""What the sheets of some days say of the days of which the HIS told nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.reconciliation.register_model import Books
from server.reconciliation.rules.books import missing_note, sheets_of
from tests.unit.reconciliation.days import DAY

THREE = tuple(DAY + timedelta(days=number) for number in range(3))
ALL_MISSING = "医院系统没有提供当日账目，只有经诊付收退的款。"


@pytest.mark.parametrize(
    ("days", "unlisted", "note"),
    [
        (1, 0, ""), (3, 0, ""), (1, 1, ALL_MISSING), (3, 3, ALL_MISSING),
        (3, 1, "11月27日医院系统没有提供账目，这几天只有经诊付收退的款。"),
        (3, 2, "11月27日、11月28日医院系统没有提供账目，这几天只有经诊付收退的款。"),
        (2, 1, "11月27日医院系统没有提供账目，这几天只有经诊付收退的款。"),
    ],
)  # fmt: skip
def test_the_days_that_the_his_did_not_list_are_named(days: int, unlisted: int, note: str) -> None:
    books = Books(first=DAY, last=THREE[days - 1], entries=(), unlisted=THREE[:unlisted])
    assert missing_note(books) == note
    assert {sheet.note for sheet in sheets_of(books)} == {note}


def test_figures_come_first_then_sums_then_registers() -> None:
    names = (
        "by-way trend by-hour by-department by-doctor by-category by-operator by-entrance by-terminal by-shift durations "
        "receipts refunds e-receipts"
    )
    books = Books(first=DAY, last=DAY, entries=())
    assert [sheet.name for sheet in sheets_of(books)] == names.split()
