"""A whole day of the sandbox: statements of either channel, the HIS's list with windows and kiosks on the same merchant account, matched."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest

from server.core.days import hospital_day
from server.core.ports import HttpRequest
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.payments.model import Payment
from server.payments.rules.paying import money_arrived, ordered
from server.platforms.alipay.pay.channel import AlipayChannel
from server.platforms.bank.statement import BankStatement
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.reconciliation.his_rows import rows_of_channel
from server.reconciliation.model import Category, Leg, MatchResult, Reason, Row, RowKind
from server.reconciliation.rules.judging import Bounds
from server.reconciliation.rules.matching import match
from server.reconciliation.rules.our_rows import our_rows
from server.reconciliation.rules.parts import parts_of
from server.reconciliation.rules.payouts import with_payouts
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.contract.channels import alipay, test_wechat_pay
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.test_his import a_config, a_confirmation, an_unpaid_bill
from tests.contract.channels.test_statements import channel
from tests.support.receiving import Taken

__all__ = ["channel"]

TODAY = hospital_day(SystemClock().now())
LEGS = (Leg.OURS, Leg.CHANNEL, Leg.FUND, Leg.HIS)
KINDS = {Leg.CHANNEL: StatementKind.TRADE, Leg.FUND: StatementKind.FUND}
BOUNDS = Bounds(prefix="ZF", edge=timedelta(0))
"""The test may run at midnight."""


async def a_booked_payment(channel: WechatPayChannel | AlipayChannel, his: HttpJsonHis, controls: Controls) -> Payment:
    bill = await an_unpaid_bill(his, controls)
    if isinstance(channel, WechatPayChannel):
        pays, payment = test_wechat_pay.pay, test_wechat_pay.a_new_payment(channel, controls, bill.own_fen)
    else:
        pays, payment = alipay.pay, alipay.a_new_payment(channel, controls, bill.own_fen)
    payment = ordered(payment, await channel.order(payment.id, payment.parts[0].request), SystemClock().now())
    await pays(controls, payment)
    trade = await channel.query(payment.id)
    payment = money_arrived(payment, trade, SystemClock().now(), at_the_source=True)
    told = {"out_trade_no": payment.id, "channel": channel.name, "transaction_id": payment.parts[0].transaction_id}
    await his.confirm(a_confirmation(bill, **told))
    return payment


async def matched(
    channel: WechatPayChannel | AlipayChannel, his: HttpJsonHis, ours: list[Payment], day: date
) -> MatchResult:
    rows: list[Row] = [row for payment in ours for row in our_rows(payment, channel.name, day)]
    for kind in KINDS.values():
        taken = Taken()
        assert await channel.statements.statement(day, kind, taken) is StatementAnswer.FILE
        rows += channel.statements.read_statement(kind, io.BytesIO(taken.content))
    listed = await his.statement_day(day)
    assert listed is not None
    rows += rows_of_channel(listed, channel.name)
    return match(day, parts_of(rows, LEGS, BOUNDS.prefix), LEGS, BOUNDS)


@pytest.mark.asyncio
async def test_a_day_with_windows_and_kiosks_agrees(
    channel: WechatPayChannel | AlipayChannel, sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> None:
    his = HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds())
    payment = await a_booked_payment(channel, his, controls)
    for way in (channel.name, "cash", "card"):
        await controls.ask("POST", "/sandbox/his/take", {"way": way, "fen": 500, "count": 3})
    await controls.ask("POST", "/sandbox/clock", {"day": (TODAY + timedelta(days=1)).isoformat()})
    result = await matched(channel, his, [payment], TODAY)
    assert (result.discrepancies, result.matched) == ((), 4)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("missing", "category", "reason"),
    [
        ("his", Category.MISSING_IN_HIS, Reason.OTHER_SYSTEM_NOT_BOOKED),
        ("channel", Category.MISSING_AT_CHANNEL, Reason.OTHER_SYSTEM_NOT_PAID),
    ],
)
async def test_what_a_window_has_on_one_side_is_found(
    channel: WechatPayChannel | AlipayChannel, sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls,
    missing: str, category: Category, reason: Reason,
) -> None:  # fmt: skip
    his = HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds())
    payment = await a_booked_payment(channel, his, controls)
    await controls.ask("POST", "/sandbox/his/take", {"way": channel.name, "fen": 500, "missing": missing})
    await controls.ask("POST", "/sandbox/clock", {"day": (TODAY + timedelta(days=1)).isoformat()})
    (found,) = (await matched(channel, his, [payment], TODAY)).discrepancies
    assert (found.category, found.reason, found.ours) == (category, reason, False)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "categories"),
    [
        ("missing_row", [Category.MISSING_AT_CHANNEL]),
        ("doubled_row", [Category.DOUBLE]),
        ("wrong_fee", [Category.FEE]),
    ],
)
async def test_a_trade_statement_that_is_wrong_is_found_out(
    channel: WechatPayChannel | AlipayChannel, sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls,
    fault: str, categories: list[Category],
) -> None:  # fmt: skip
    his = HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds())
    await controls.ask("POST", "/sandbox/his/take", {"way": channel.name, "fen": 500})
    payment = await a_booked_payment(channel, his, controls)  # faults strike the last row
    await controls.ask("POST", "/sandbox/clock", {"day": (TODAY + timedelta(days=1)).isoformat()})
    where = "wechatpay.bill" if isinstance(channel, WechatPayChannel) else "alipay.bill"
    await controls.fault(where, fault)
    result = await matched(channel, his, [payment], TODAY)
    assert [each.category for each in result.discrepancies] == categories


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "reason"), [("missing_row", Reason.NOT_BOOKED), ("wrong_amount", Reason.AMOUNT_IN_HIS)]
)
async def test_a_list_of_the_his_that_is_wrong_is_found_out(
    channel: WechatPayChannel | AlipayChannel, sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls,
    fault: str, reason: Reason,
) -> None:  # fmt: skip
    """Whatever windows have taken in cash after it."""
    his = HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds())
    payment = await a_booked_payment(channel, his, controls)
    await controls.ask("POST", "/sandbox/his/take", {"way": "cash", "fen": 500, "count": 8})
    await controls.ask("POST", "/sandbox/clock", {"day": (TODAY + timedelta(days=1)).isoformat()})
    await controls.fault("his.statement.day", fault)
    result = await matched(channel, his, [payment], TODAY)
    assert [(each.called.number, each.reason) for each in result.discrepancies] == [(payment.id, reason)]


@pytest.mark.asyncio
@pytest.mark.parametrize(("fault", "reasons"), [("", []), ("payout_short", [Reason.PAYOUT_SHORT])])
async def test_what_the_platform_pays_out_is_found_at_the_bank(
    channel: WechatPayChannel | AlipayChannel, sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls,
    fault: str, reasons: list[Reason],
) -> None:  # fmt: skip
    his = HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds())
    await a_booked_payment(channel, his, controls)
    if fault:
        await controls.fault("bank.payout", fault)
    tomorrow, later = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
    for day in (tomorrow, later):
        await controls.ask("POST", "/sandbox/clock", {"day": day.isoformat()})
    accounts = (await controls.ask("GET", "/sandbox/bank"))["accounts"]
    (number,) = (each["account"] for each in accounts if each["channel"] in {channel.name, f"{channel.name}pay"})
    taken = Taken()
    await channel.statements.statement(tomorrow, StatementKind.FUND, taken)
    funds = list(channel.statements.read_statement(StatementKind.FUND, io.BytesIO(taken.content)))
    withdrawals = [row for row in funds if row.kind is RowKind.WITHDRAWAL]
    assert withdrawals
    address = f"{sandbox.base_url}/sandbox/bank/statement?account={number}&first={TODAY}&last={later}"
    file = await transport.send(HttpRequest(system="sandbox", method="GET", url=address))
    arrivals = list(BankStatement(io.BytesIO(file.body)))
    result = with_payouts(MatchResult(day=tomorrow), withdrawals, arrivals, later, BOUNDS)
    assert [each.reason for each in result.discrepancies] == reasons
