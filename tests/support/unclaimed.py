"""Money that fits no payment, at the played channel, and two of finance who end it."""

from __future__ import annotations

from server.payments.rules.trades import TradeState
from server.payments.rules.unclaimed_acts import seen_mark
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedMoney
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, a_request
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

LOST = "ZF20261123LOST00000000"
WINDOW = "WINDOW0001"
WIDE = RefundLimits(per_refund_fen=1_000_000, per_day_fen=1_000_000)
PROOF_WORDS = "receipt 0042"


async def paid_astray(house: InMemoryApp, number: str = LOST) -> UnclaimedMoney:
    """1234 fen that the channel tells of, and of which no payment is known."""
    house.channel.orders[number] = a_request()
    house.channel.states[number] = TradeState.UNPAID
    await house.notifications.apply(HOSPITAL, house.channel.pay(number))
    return await the_money(house)


async def the_money(house: InMemoryApp) -> UnclaimedMoney:
    """The oldest record."""
    money = await house.stores.unclaimed.get(HOSPITAL, (await house.unclaimed())[-1].id)
    assert money is not None
    return money


async def two_of_finance(house: InMemoryApp) -> tuple[Employee, Employee]:
    one = await an_employee(house, "3001", Role.FINANCE, WIDE, name="钱财务")
    return one, await an_employee(house, "3002", Role.FINANCE, WIDE, name="孙财务")


async def proposed(house: InMemoryApp, one: Employee, act: UnclaimedAct = UnclaimedAct.SEND_BACK) -> UnclaimedMoney:
    money = await the_money(house)
    desk = house.console.unclaimed
    return await desk.propose(await one.now(), money.id, seen_mark(money), act, PROOF_WORDS, one.proof())


async def agreed(house: InMemoryApp, other: Employee) -> UnclaimedMoney:
    money = await the_money(house)
    return await house.console.unclaimed.agree(await other.now(), money.id, seen_mark(money), other.proof())
