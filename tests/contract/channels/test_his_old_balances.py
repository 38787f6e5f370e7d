"""The HIS adapter's functions for old outpatient balances against the sandbox's hospital."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import OutsideRefusal
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.old_balances.model import ListPlace, OldBalance
from server.platforms.his.http_json import HttpJsonHis
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.test_his import a_config
from tests.contract.channels.test_his_refunds import a_booked_bill

pytestmark = pytest.mark.asyncio


@pytest.fixture
def his(sandbox: RunningSandbox, transport: AiohttpTransport) -> HttpJsonHis:
    config = replace(a_config(sandbox), old_balances=True)
    return HttpJsonHis(config, transport, SystemClock(), SystemIds(), timeout_s=3.0)


async def balance_of(his: HttpJsonHis, card_no: str) -> OldBalance:
    assert his.old_balances is not None
    balance = await his.old_balances.balance(card_no)
    assert balance is not None
    return balance


async def test_balances_are_told_of_one_card_and_in_the_list(his: HttpJsonHis, controls: Controls) -> None:
    assert his.old_balances is not None
    balance = await balance_of(his, controls.credentials["people"][0]["cards"][0])
    assert balance.window
    page = await his.old_balances.balances(ListPlace(), 500)
    assert page.total == len(page.lines)
    assert [line.balance_fen for line in page.lines if line.card_no == balance.card_no] == [balance.balance_fen]
    assert await his.old_balances.balance("NOSUCHCARD") is None
    place, lines = ListPlace(), []
    while place is not None:
        one = await his.old_balances.balances(place, 1)
        assert (one.before, one.total, len(one.lines)) == (len(lines), page.total, 1)
        lines += one.lines
        place = one.next
    assert tuple(lines) == page.lines


async def test_what_a_window_put_onto_the_card_goes_back_by_our_number(his: HttpJsonHis, controls: Controls) -> None:
    bill, asked = await a_booked_bill(his, controls)
    told = await controls.ask("POST", "/sandbox/his/refund_to_card", {"out_trade_no": asked.out_trade_no})
    assert told["card_no"] == bill.card_no
    before = await balance_of(his, bill.card_no)
    assert [lot.amount_fen for lot in before.lots if lot.out_trade_no == asked.out_trade_no] == [asked.amount_fen]
    await his.refund_release(asked)
    after = await balance_of(his, bill.card_no)
    assert after.balance_fen == before.balance_fen - asked.amount_fen
    assert [lot.returned_fen for lot in after.lots if lot.out_trade_no == asked.out_trade_no] == [asked.amount_fen]
    with pytest.raises(OutsideRefusal):
        await his.refund_release(replace(asked, out_refund_no=f"{asked.out_trade_no}R02", amount_fen=1))
