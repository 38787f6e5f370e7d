"""Money that fits no payment, at the played channel, and two of finance who end it."""

from __future__ import annotations

from server.alerts.model import AlertState
from server.payments.rules.trades import TradeState
from server.payments.rules.unclaimed_acts import seen_mark
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedMoney
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, a_request
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

LOST = "ZF20261123LOST00000000"
REFUND_NO = f"{LOST}U01"
"""Of the first return."""
WINDOW = "WINDOW0001"
WIDE = RefundLimits(per_refund_fen=1_000_000, per_day_fen=1_000_000)
PROOF_WORDS = "receipt 0042"
ELSEWHERE, IN_PAYMENT = UnclaimedAct.SETTLED_ELSEWHERE, UnclaimedAct.IN_PAYMENT


async def paid_astray(memory_app: InMemoryApp, number: str = LOST) -> UnclaimedMoney:
    """1234 fen that the channel tells of, and of which no payment is known."""
    memory_app.channel.orders[number] = a_request()
    memory_app.channel.states[number] = TradeState.UNPAID
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(number))
    return await the_money(memory_app)


async def the_money(memory_app: InMemoryApp) -> UnclaimedMoney:
    """The oldest record."""
    money = await memory_app.stores.unclaimed.get(HOSPITAL, (await memory_app.unclaimed())[-1].id)
    assert money is not None
    return money


async def two_of_finance(memory_app: InMemoryApp) -> tuple[Employee, Employee]:
    one = await an_employee(memory_app, "3001", Role.FINANCE, WIDE, name="钱财务")
    return one, await an_employee(memory_app, "3002", Role.FINANCE, WIDE, name="孙财务")


async def proposed(
    memory_app: InMemoryApp, one: Employee, act: UnclaimedAct = UnclaimedAct.SEND_BACK
) -> UnclaimedMoney:
    money = await the_money(memory_app)
    desk = memory_app.console.unclaimed
    return await desk.propose(await one.now(), money.id, seen_mark(money), act, PROOF_WORDS, one.proof())


async def agreed(memory_app: InMemoryApp, other: Employee) -> UnclaimedMoney:
    money = await the_money(memory_app)
    return await memory_app.console.unclaimed.agree(await other.now(), money.id, seen_mark(money), other.proof())


async def alert_of(memory_app: InMemoryApp, money: UnclaimedMoney) -> AlertState:
    alert = await memory_app.stores.alerts.get(HOSPITAL, f"unclaimed:{money.id}")
    assert alert is not None
    return alert.state
