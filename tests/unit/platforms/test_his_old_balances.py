"""Answers about old outpatient balances (docs/his-interface.md section 11): believed only where they hold and are about what was asked."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.old_balances.model import BalancePage, ListedBalance
from server.platforms.his.old_balances import HttpOldBalances
from server.refunds.model import LotOrder
from tests.unit.platforms.test_his_inpatients import DEPOSIT, Answering

pytestmark = pytest.mark.asyncio
BALANCE: dict[str, Any] = {
    "card_no": "C1", "patient_name": "张测试", "balance_fen": 60, "return_order": "oldest", "lots": [DEPOSIT], "window": "6 号窗口",
}  # fmt: skip
LINE: dict[str, Any] = {"card_no": "C1", "patient_name": "张测试", "phone": "", "balance_fen": 60}


def answering(data: dict[str, Any] | None) -> HttpOldBalances:
    return HttpOldBalances(Answering(data))


async def test_a_balance_with_its_lots_the_newest_first() -> None:
    later = DEPOSIT | {"his_trade_no": "H2", "paid_at": "2026-11-21T09:00:00+08:00", "returned_fen": 0}
    balance = await answering({"balance": BALANCE | {"lots": [DEPOSIT, later]}}).balance("C1")
    assert balance is not None
    assert (balance.card_no, balance.patient_name, balance.balance_fen) == ("C1", "张测试", 60)
    assert (balance.order, balance.window) == (LotOrder.OLDEST_FIRST, "6 号窗口")
    assert [lot.his_trade_no for lot in balance.lots] == ["H2", "H1"]


async def test_a_card_without_one() -> None:
    assert await answering(None).balance("C1") is None
    assert await answering(None).balances(0, 500) == BalancePage(total=0, lines=())


async def test_of_a_window_no_more_than_a_line_is_shown() -> None:
    balance = await answering({"balance": BALANCE | {"window": "窗" * 500}}).balance("C1")
    assert balance is not None
    assert len(balance.window) == 100


async def test_as_much_as_the_interface_allows() -> None:
    """64 characters, 500 lots or lines, a total of a thousand million."""
    lots = [DEPOSIT | {"his_trade_no": f"H{number}"} for number in range(500)]
    balance = await answering({"balance": BALANCE | {"patient_name": "张" * 64, "lots": lots}}).balance("C1")
    assert balance is not None
    assert (len(balance.patient_name), len(balance.lots)) == (64, 500)
    line = LINE | {"card_no": "C" * 64, "patient_name": "张" * 64}
    page = await answering({"total": 10**9, "balances": [line] * 500}).balances(0, 500)
    assert (page.total, len(page.lines), page.lines[0].card_no) == (10**9, 500, "C" * 64)
    one = await answering({"total": 0, "balances": [LINE | {"card_no": "C"}]}).balances(0, 500)
    assert (one.total, one.lines[0].card_no) == (0, "C")


@pytest.mark.parametrize(
    "wrong",
    [
        {"patient_name": "张" * 65},
        {"card_no": "C2"},
        {"balance_fen": -1},
        {"balance_fen": "60"},
        {"return_order": "any"},
        {"lots": [DEPOSIT | {"returned_fen": 101}]},
        {"lots": [DEPOSIT] * 501},
    ],
)
async def test_a_balance_that_does_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        await answering({"balance": BALANCE | wrong}).balance("C1")


async def test_a_page_of_the_list() -> None:
    page = await answering({"total": 7, "balances": [LINE]}).balances(0, 1)
    line = ListedBalance(card_no="C1", patient_name="张测试", phone="", balance_fen=60)
    assert page == BalancePage(total=7, lines=(line,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": -1},
        {"total": 10**9 + 1},
        {"balances": [LINE | {"balance_fen": -1}]},
        {"balances": [LINE | {"card_no": ""}]},
        {"balances": [LINE | {"card_no": "C" * 65}]},
        {"balances": [LINE | {"phone": "1" * 65}]},
        {"balances": [LINE] * 501},
    ],
)
async def test_a_list_that_does_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        await answering({"total": 1, "balances": [LINE]} | wrong).balances(0, 500)
