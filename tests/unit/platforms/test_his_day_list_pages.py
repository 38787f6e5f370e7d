"""statement.day read from the HIS (docs/his-interface.md section 7): whole lists only, whatever the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.platforms.his.day_list import BEGUN_AGAIN_MAX, PAGE, day_list
from server.reconciliation.model import RowKind

pytestmark = pytest.mark.asyncio
DAY = date(2026, 11, 27)


def a_row(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "payment", "way": "cash", "amount_fen": 100 + number, "booked_at": "2026-11-27T09:30:00+08:00",
        "his_trade_no": f"HIS{number:06d}", "out_trade_no": "", "out_refund_no": "", "transaction_id": "", **fields,
    }  # fmt: skip


class ListingHis:
    """Gives pages of ``rows``. ``spoil`` changes an answer: (how many pages were given before, the page)."""

    def __init__(self, *rows: dict[str, Any], spoil: Callable[[int, dict[str, Any]], object] | None = None) -> None:
        self.rows = list(rows)
        self.asked: list[dict[str, Any]] = []
        self.spoil = spoil

    async def __call__(self, function: str, question: Any) -> Any:
        assert function == "statement.day"
        self.asked.append(dict(question))
        begin = question["offset"]
        sums = {
            f"{kind}_fen": sum(row["amount_fen"] for row in self.rows if row["kind"] == kind)
            for kind in ("payment", "refund")
        }
        page = {"total": len(self.rows), **sums, "rows": self.rows[begin : begin + question["limit"]]}
        if self.spoil is not None:
            self.spoil(len(self.asked) - 1, page)
        return page


async def test_every_field_is_read() -> None:
    refund = a_row(
        1, kind="refund", way="wechat", out_trade_no="ZF1", out_refund_no="ZF1R01", transaction_id="50", entrance="counter",
        terminal="window-3", operator="C0107", shift="上午班", department="骨科", doctor="韩模拟",
        items=[{"category": "检查", "amount_fen": 101}],
    )  # fmt: skip
    lines = await day_list(ListingHis(refund), DAY)
    assert lines is not None
    (line,) = lines
    assert (line.kind, line.way, line.amount_fen, line.his_trade_no) == (RowKind.REFUND, "wechat", 101, "HIS000001")
    assert (line.out_trade_no, line.out_refund_no, line.transaction_id) == ("ZF1", "ZF1R01", "50")
    assert (line.entrance, line.terminal, line.operator, line.shift) == ("counter", "window-3", "C0107", "上午班")
    assert (line.department, line.doctor, line.items) == ("骨科", "韩模拟", (("检查", 101),))
    assert line.booked_at.isoformat() == "2026-11-27T09:30:00+08:00"


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
async def test_pages_are_put_together(count: int) -> None:
    his = ListingHis(*map(a_row, range(count)))
    lines = await day_list(his, DAY)
    assert lines is not None
    assert [line.amount_fen for line in lines] == [100 + number for number in range(count)]
    assert [asked["offset"] for asked in his.asked] == list(range(0, max(count, 1), PAGE))


async def test_a_his_without_the_list_is_not_one_with_an_empty_day() -> None:
    async def without(function: str, question: Any) -> None:
        return None

    assert await day_list(without, DAY) is None
    assert await day_list(ListingHis(), DAY) == []


@pytest.mark.parametrize("name", ["payment_fen", "refund_fen"])
async def test_a_his_may_leave_the_sums_out(name: str) -> None:
    lines = await day_list(ListingHis(a_row(1), spoil=lambda _, page: page.pop(name)), DAY)
    assert lines is not None
    assert len(lines) == 1


SPOILT: dict[str, Callable[[int, dict[str, Any]], object]] = {
    "half of the rows": lambda asked, page: page.update(rows=[] if asked else page["rows"][:1]),
    "a row too many": lambda _, page: page.update(total=1),
    "another sum": lambda _, page: page.update(payment_fen=page["payment_fen"] + 1),
    "another sum of refunds": lambda _, page: page.update(refund_fen=1),
    "money that is no whole fen": lambda _, page: page["rows"][0].update(amount_fen=1.5),
    "money below nothing": lambda _, page: page["rows"][0].update(amount_fen=-1),
    "a time without a zone": lambda _, page: page["rows"][0].update(booked_at="2026-11-27T09:30:00"),
    "a kind that there is not": lambda _, page: page["rows"][0].update(kind="cheque"),
    "no number of its own": lambda _, page: page["rows"][0].update(his_trade_no=""),
    "a number that stands there twice": lambda _, page: page["rows"][-1].update(his_trade_no="HIS000001"),
    "a row of another day": lambda _, page: page["rows"][0].update(booked_at="2026-11-28T00:00:00+08:00"),
    "no total": lambda _, page: page.pop("total"),
}


@pytest.mark.parametrize("name", SPOILT)
async def test_a_list_that_does_not_hold_is_no_list(name: str) -> None:
    def empty_at_the_end(asked: int, page: dict[str, Any]) -> object:
        return SPOILT[name](asked, page) if page["rows"] else None

    with pytest.raises(OutcomeUnknown):
        await day_list(ListingHis(a_row(1), a_row(2), spoil=empty_at_the_end), DAY)


async def test_a_list_that_changes_between_its_pages_is_read_again() -> None:
    def grows_once(asked: int, page: dict[str, Any]) -> object:
        return page.update(total=page["total"] + 1) if asked == 0 else None

    his = ListingHis(*map(a_row, range(PAGE + 1)), spoil=grows_once)
    lines = await day_list(his, DAY)
    assert lines is not None
    assert len(lines) == PAGE + 1


async def test_a_list_that_never_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    his = ListingHis(*map(a_row, range(PAGE + 2)), spoil=lambda asked, page: page.update(total=page["total"] + asked))
    with pytest.raises(OutcomeUnknown, match="changes"):
        await day_list(his, DAY)
    assert len(his.asked) == 2 * BEGUN_AGAIN_MAX
