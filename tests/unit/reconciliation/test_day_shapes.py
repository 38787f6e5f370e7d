"""What rows, legs and days of reconciliation say of themselves, and the words for files that must not be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from server.core.actors import SYSTEM
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.reconciliation.bank_model import BankBook
from server.reconciliation.day_model import (
    DayClose,
    DayLeg,
    DayState,
    Disposition,
    DispositionAct,
    LegAnswer,
    ReconciliationDay,
    advanced,
    bumped,
)
from server.reconciliation.days_before import LOOKED_BACK_MAX, first_to_match
from server.reconciliation.his_rows import HisRow, his_file, his_rows, rows_of_channel
from server.reconciliation.model import (
    FEE_BACK,
    FUND_MARK,
    Act,
    Balance,
    Category,
    Discrepancy,
    Leg,
    MatchResult,
    Reason,
    Row,
    RowKind,
    RowState,
    Sums,
)
from server.reconciliation.register_model import CellKind, Column, Entry, EntryKind, Sheet
from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.support.clock_and_ids import MORNING

DAY = date(2026, 11, 23)
LATER = MORNING + timedelta(hours=1)


def a_row(**fields: Any) -> Row:
    facts: dict[str, Any] = {
        "leg": Leg.CHANNEL, "kind": RowKind.PAYMENT, "number": "P1", "payment_number": "P1", "amount_fen": 5,
        "state": RowState.DONE, "at": MORNING,
    }  # fmt: skip
    return Row(**{**facts, **fields})


def a_day(**fields: Any) -> ReconciliationDay:
    facts: dict[str, Any] = {
        "hospital": "demo", "channel": "wechat", "day": DAY, "version": 3, "state": DayState.OPEN, "created_at": MORNING,
    }  # fmt: skip
    return ReconciliationDay(**{**facts, **fields})


@pytest.mark.parametrize(
    ("kind", "state", "signed_fen"),
    [
        (RowKind.PAYMENT, RowState.DONE, 5),
        (RowKind.REFUND, RowState.DONE, -5),
        (RowKind.WITHDRAWAL, RowState.DONE, 5),
        (RowKind.PAYMENT, RowState.FAILED, 0),
        (RowKind.REFUND, RowState.FAILED, 0),
    ],
)
def test_a_refund_counts_against_and_what_failed_counts_nothing(
    kind: RowKind, state: RowState, signed_fen: int
) -> None:
    row = a_row(kind=kind, state=state)
    assert (row.signed_fen, row.key, row.fee_fen) == (signed_fen, f"{kind}:P1", 0)


def a_difference(*rows: Row, category: Category = Category.AMOUNT) -> Discrepancy:
    return Discrepancy(
        id="d", category=category, reason=Reason.FEE_DIFFERS, act=Act.LOOK, rows=rows, difference_fen=5, since=DAY
    )


def test_a_difference_is_called_by_its_trade_s_row_without_marks() -> None:
    fund = a_row(leg=Leg.FUND, number=f"{FUND_MARK}4200")
    fee = a_row(leg=Leg.CHANNEL, kind=RowKind.FEE, number=f"P1{FEE_BACK}")
    trade = a_row(leg=Leg.CHANNEL, number="P1")
    assert a_difference(fund, fee, trade).called == trade
    assert a_difference(fund, fee).called.number == "P1"
    assert a_difference(fund).called.number == "4200"


def test_what_waits_for_another_day_does_not_count_yet() -> None:
    waits, counts = a_difference(category=Category.CROSS_DAY), a_difference()
    assert (waits.counts, counts.counts) == (False, True)
    result = MatchResult(day=DAY, discrepancies=(waits, counts))
    assert (result.differing, result.matched, result.cancelled) == ((counts,), 0, 0)


def test_sums_of_a_leg() -> None:
    sums = Sums(payments=5, paid_fen=700, refunds=2, refunded_fen=30)
    assert (sums.rows, sums.net_fen) == (7, 670)
    assert Sums() == Sums(payments=0, paid_fen=0, refunds=0, refunded_fen=0, fee_fen=0)


@pytest.mark.parametrize(("closing_fen", "holds"), [(1000 + 50 - 7 - 3, True), (1039, False)])
def test_an_account_s_day_holds_to_the_fen(closing_fen: int, holds: bool) -> None:
    balance = Balance(opening_fen=1000, came_fen=50, went_fen=7, fee_fen=3, closing_fen=closing_fen)
    assert balance.holds is holds


# ---- a day ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "second", "holds"), [(False, "", True), (True, "", False), (True, "staff:2001", True)]
)
def test_a_decision_holds_when_its_second_person_has_agreed(needs: bool, second: str, holds: bool) -> None:
    decided = Disposition(
        discrepancy="d1", act=DispositionAct.CONFIRM, by="staff:1001", at=MORNING, remark="", difference_fen=5,
        needs_second=needs, second_by=second,
    )  # fmt: skip
    assert decided.holds is holds
    later, other = replace(decided, remark="later"), replace(decided, discrepancy="d2")
    day = a_day(dispositions=(decided, later, other))
    assert (day.disposition("d1"), day.disposition("d2"), day.disposition("d3")) == (later, other, None)


def test_a_day_finds_its_legs() -> None:
    his, fund = (DayLeg(leg=leg, answer=LegAnswer.FILE, at=MORNING) for leg in (Leg.HIS, Leg.FUND))
    day = a_day(legs=(his, fund))
    assert (day.leg(Leg.FUND), day.leg(Leg.HIS), day.leg(Leg.BANK)) == (fund, his, None)
    assert (day.id, day.audited_lines, day.next_due) == ("wechat-2026-11-23", 0, None)


def test_a_step_of_a_day_is_one_version_on_with_its_line_which_is_sealed_once() -> None:
    before = a_day()
    after = advanced(before, "matched", at=LATER, by="staff:1001", detail={"why": "x"}, state=DayState.DIFFERING)
    seal = Effect(kind=EffectKind.SEAL, due_at=LATER)
    line = HistoryEvent(at=LATER, what="matched", by="staff:1001", detail={"why": "x"})
    assert after == a_day(version=4, state=DayState.DIFFERING, history=(line,), effects=(seal,))
    again = advanced(after, "closed", at=MORNING)
    assert again.effects == (seal,)
    assert again.history == (line, HistoryEvent(at=MORNING, what="closed", by=SYSTEM))
    assert bumped(before, effects=(seal,)) == a_day(version=4, effects=(seal,))


def test_a_first_close_corrects_none_and_a_first_book_is_of_version_0() -> None:
    close = DayClose(number=1, at=MORNING, result_sha256="0" * 64, matched=1, decided=0)
    assert (close.corrects, BankBook(hospital="demo").version) == (0, 0)


class Days:
    """Days by their ids: those of ``there`` days before DAY, the one ``done`` of them with a result."""

    def __init__(self, there: int, done: int = 0) -> None:
        self.days = {
            day.id: day
            for back in range(1, there + 1)
            for day in (a_day(day=DAY - timedelta(days=back), result="{}" if back == done else ""),)
        }

    async def get(self, hospital: str, document_id: str) -> ReconciliationDay | None:
        assert hospital == "demo"
        return self.days.get(document_id)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("days", "back"),
    [
        (Days(0), None),
        (Days(1), 1),
        (Days(3), 3),
        (Days(3, done=1), None),
        (Days(3, done=3), 2),
        (Days(40), LOOKED_BACK_MAX - 1),
    ],
)
async def test_the_oldest_of_the_days_before_without_a_result_is_matched_first(days: Days, back: int | None) -> None:
    first = await first_to_match(days, a_day())  # type: ignore[arg-type]
    assert (None if first is None else (DAY - first.day).days) == back
    assert LOOKED_BACK_MAX == 31


# ---- the HIS's list, sheets, files --------------------------------------------------------------------------------------------------


def a_line(**fields: Any) -> HisRow:
    facts: dict[str, Any] = {
        "kind": RowKind.PAYMENT, "way": "wechat", "amount_fen": 5, "booked_at": MORNING, "his_trade_no": "H1",
        "out_trade_no": "P1", "transaction_id": "4200", "items": (("检验", 5),),
    }  # fmt: skip
    return HisRow(**{**facts, **fields})


def test_the_list_is_kept_a_line_each_and_read_again() -> None:
    rows = (a_line(), a_line(kind=RowKind.REFUND, out_refund_no="R1", operator="张"))
    kept = his_file(rows)
    assert kept.count(b"\n") == 2
    assert kept.endswith(b"\n")
    assert tuple(his_rows(kept.splitlines())) == rows


def test_of_a_channel_are_the_rows_that_were_paid_by_it_under_our_numbers() -> None:
    rows = (a_line(), a_line(way="cash"), a_line(kind=RowKind.REFUND, out_refund_no="R1", his_trade_no="H2"))
    facts: dict[str, Any] = {"leg": Leg.HIS, "payment_number": "P1", "channel_no": "4200"}
    assert list(rows_of_channel(rows, "wechat")) == [
        a_row(number="P1", note="H1", **facts),
        a_row(number="R1", note="H2", kind=RowKind.REFUND, **facts),
    ]


def test_a_sheet_has_sums_where_they_are_asked_for() -> None:
    columns = (Column(title="单号"), Column(title="笔数", kind=CellKind.COUNT), Column(title="金额", summed=True))
    rows: tuple[tuple[str | int | datetime | date | None, ...], ...] = (("A", 1, 500), ("B", 2, None), ("C", 3, 7))
    assert Sheet(name="s", title="表", columns=columns, rows=rows).sums == (None, None, 507)


@pytest.mark.parametrize("kind", list(EntryKind))
def test_an_entry_is_a_receipt_or_a_refund(kind: EntryKind) -> None:
    entry = Entry(kind=kind, at=MORNING, way="cash", amount_fen=5, number="N1")
    assert entry.is_refund is (kind == "refund")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("resaved", "这个文件被表格软件重新保存过，单号和时间已经改变。请到商户平台重新下载原文件，不要打开，直接上传。"),
        ("unreadable", "这不是能识别的账单文件。请到商户平台下载账单原文件后上传。"),
        ("half", "账单文件不完整，可能还在生成或下载中断。请稍后重新下载。"),
        ("totals", "账单的合计与明细不一致，不能用来对账。请重新下载，仍不一致请联系渠道客服。"),
        ("chain", "资金账单的余额前后不连续，不能用来对账。请重新下载，仍不连续请联系渠道客服。"),
        ("empty", "文件是空的。没有交易的日子也有表头，请重新下载。"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_and_what_to_do(reason: str, words: str) -> None:
    refused = StatementRefused("column", 7, reason=RefusalReason(reason))
    assert (str(refused), refused.user_message, refused.line) == (f"{reason} column line 7", words, 7)
    assert (StatementRefused().line, StatementRefused().reason) == (0, RefusalReason.UNREADABLE)
