"""statement.day (docs/his-interface.md section 7): read page by page, and believed only when it is what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.platforms.his import day_list as module
from server.platforms.his.day_list import day_list
from server.reconciliation.his_rows import HisRow, his_file, his_rows, rows_of_channel
from server.reconciliation.model import Leg, RowKind

pytestmark = pytest.mark.asyncio
DAY = date(2023, 11, 15)


def row(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "payment", "way": "wechat", "amount_fen": 100 + number, "booked_at": "2023-11-15T09:30:00+08:00",
        "his_trade_no": f"HIS{number}", "out_trade_no": f"ZH{number}", "out_refund_no": "", "transaction_id": f"42{number}",
        "entrance": "window", "operator": "C0107", "items": [{"category": "检查", "amount_fen": 100 + number}], **fields,
    }  # fmt: skip


class PlayedHis:
    """Answers with pages of ``rows``; ``told`` overrules what it says of the whole list."""

    def __init__(self, *rows: dict[str, Any], **told: Any) -> None:
        self.rows, self.told, self.asked = list(rows), told, list[int]()

    async def ask(self, function: str, question: Mapping[str, Any]) -> dict[str, Any] | None:
        assert (function, question["date"]) == ("statement.day", "2023-11-15")
        self.asked.append(question["offset"])
        sums = {kind: sum(r["amount_fen"] for r in self.rows if r["kind"] == kind) for kind in ("payment", "refund")}
        page = self.rows[question["offset"] : question["offset"] + question["limit"]]
        whole = {"total": len(self.rows), "payment_fen": sums["payment"], "refund_fen": sums["refund"]}
        return {**whole, "rows": page, **self.told}


async def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    his = PlayedHis(*(row(number) for number in range(5)))
    rows = await day_list(his.ask, DAY)
    assert rows is not None
    assert ([one.his_trade_no for one in rows], his.asked) == ([f"HIS{n}" for n in range(5)], [0, 2, 4])
    assert (rows[1].items, rows[1].operator) == ((("检查", 101),), "C0107")


async def test_a_his_without_a_list_says_so() -> None:
    async def nothing(function: str, question: Mapping[str, Any]) -> None:
        return None

    assert await day_list(nothing, DAY) is None


async def test_a_row_of_no_time_makes_the_list_unreadable() -> None:
    """`0001-01-01` moved to the hospital's zone is before all time."""
    with pytest.raises(OutcomeUnknown):
        await day_list(PlayedHis(row(1, booked_at="0001-01-01T00:00:00+08:00")).ask, DAY)


async def test_a_day_without_rows_is_a_list() -> None:
    assert await day_list(PlayedHis().ask, DAY) == []


@pytest.mark.parametrize(
    "his",
    [
        PlayedHis(row(1), total=2),
        PlayedHis(row(1), payment_fen=7),
        PlayedHis(row(1), refund_fen=7),
        PlayedHis(row(1), row(1)),
        PlayedHis(row(1, booked_at="2023-11-16T00:00:00+08:00")),
        PlayedHis(row(1, booked_at="2023-11-15T09:30:00")),
        PlayedHis(row(1, amount_fen=-1)),
        PlayedHis(row(1, kind="unknown")),
        PlayedHis(row(1, his_trade_no="")),
    ],
)
async def test_a_list_that_is_not_what_it_says_is_not_believed(his: PlayedHis) -> None:
    with pytest.raises(OutcomeUnknown):
        await day_list(his.ask, DAY)


async def test_sums_may_be_left_out() -> None:
    assert await day_list(PlayedHis(row(1), payment_fen=None, refund_fen=None).ask, DAY) is not None


async def test_a_list_that_grows_while_it_is_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    his = PlayedHis(*(row(number) for number in range(3)))

    async def growing(function: str, question: Mapping[str, Any]) -> dict[str, Any] | None:
        if his.asked == [0]:
            his.rows.append(row(9))
        return await his.ask(function, question)

    rows = await day_list(growing, DAY)
    assert rows is not None
    assert (len(rows), his.asked) == (4, [0, 2, 0, 2])


async def test_the_list_is_kept_whole_and_compared_by_channel() -> None:
    rows = await day_list(PlayedHis(row(1), row(2, way="cash"), row(3, kind="refund", out_refund_no="ZH3R01")).ask, DAY)
    assert rows is not None
    assert list(his_rows(his_file(rows).splitlines())) == list(rows)
    payment, refund = rows_of_channel(rows, "wechat")
    assert (payment.leg, payment.kind, payment.number, payment.channel_no) == (Leg.HIS, RowKind.PAYMENT, "ZH1", "421")
    assert (refund.kind, refund.number, refund.payment_number) == (RowKind.REFUND, "ZH3R01", "ZH3")
    assert isinstance(rows[1], HisRow)


async def test_a_row_tells_of_its_electronic_receipt() -> None:
    receipt = {"code": "00010126", "number": "0000000001", "state": "red"}
    rows = await day_list(PlayedHis(row(1, receipt=receipt), row(2)).ask, DAY)
    assert rows is not None
    told = [(one.receipt_code, one.receipt_number, one.receipt_state) for one in rows]
    assert told == [("00010126", "0000000001", "red"), ("", "", "")]


async def test_a_state_of_a_receipt_that_nobody_knows_is_no_answer() -> None:
    with pytest.raises(OutcomeUnknown):
        await day_list(PlayedHis(row(1, receipt={"state": "lost"})).ask, DAY)
