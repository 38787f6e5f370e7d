"""Cells that every statement has: moments of the hospital, whole numbers, and the traces of a spreadsheet program."""

from __future__ import annotations

from datetime import datetime

import pytest

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.rules.statement_cells import moment, must_be_whole, refused_cell
from server.reconciliation.statements import RefusalReason, StatementRefused


@pytest.mark.parametrize("text", ["2026-03-02 09:07:01", "2026-03-02 09：07：01"])
def test_a_moment_is_the_hospital_s(text: str) -> None:
    assert moment(text, 3) == datetime(2026, 3, 2, 9, 7, 1, tzinfo=HOSPITAL_ZONE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026/3/2 9:07", RefusalReason.RESAVED), ("3/2/26 9:07", RefusalReason.RESAVED), ("4.2E+27", RefusalReason.RESAVED),
        ("4e+27", RefusalReason.RESAVED), ("昨天", RefusalReason.UNREADABLE), ("", RefusalReason.UNREADABLE),
        ("2026-03-02 25:00:00", RefusalReason.UNREADABLE),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused_with_its_line_and_its_cause(text: str, reason: RefusalReason) -> None:
    with pytest.raises(StatementRefused) as caught:
        moment(text, 17)
    assert (caught.value.line, caught.value.reason) == (17, reason)
    assert (refused_cell(text, 9).line, refused_cell(text, 9).reason) == (9, reason)


@pytest.mark.parametrize("number", ["4200067384202603021197371797", "ZF20260302E1", "1E5", "", "4.2E+27X"])
def test_a_number_is_taken_as_it_was_written(number: str) -> None:
    assert must_be_whole(number, 3) == number


@pytest.mark.parametrize("number", ["4.20007E+27", "4E+27", "4.2e+27"])
def test_a_number_that_has_lost_its_last_digits_is_refused(number: str) -> None:
    with pytest.raises(StatementRefused) as caught:
        must_be_whole(number, 5)
    assert (caught.value.line, caught.value.reason) == (5, RefusalReason.RESAVED)
