"""A day of the sandbox with each fault of its files, closed to the end: what is not right yet is waited for, what differs is named, and what the
channel corrects, or a person decides, closes the day.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from server.app.reconciling import ReconciliationMeans
from server.core.days import hospital_day
from server.core.ports import HttpRequest
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.platforms.alipay.pay.channel import AlipayChannel
from server.platforms.bank.statement import read_bank_file
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.reconciliation.day_model import DayState, DispositionAct, ReconciliationDay, day_id
from server.reconciliation.model import Category, Reason
from server.reconciliation.rules import judging
from server.reconciliation.rules.days import differing_of, opened
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.test_his import a_config
from tests.contract.channels.test_statements import TODAY, TOMORROW, channel
from tests.contract.channels.test_whole_day import a_booked_payment
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp

__all__ = ["channel"]

pytestmark = pytest.mark.asyncio
MINUTES = 11
"""A day is looked at again after ten."""


class Closing:
    """The days of one channel, whose statements and HIS list are the sandbox's."""

    def __init__(self, channel: WechatPayChannel | AlipayChannel, his: HttpJsonHis, controls: Controls) -> None:
        self.channel, self.his, self.controls = channel, his, controls
        means = ReconciliationMeans(
            sources={HOSPITAL: {channel.name: channel.statements}}, lists={HOSPITAL: his}, bank_reader=read_bank_file
        )
        self.app = InMemoryApp(reconciliation=means)
        self.days = self.app.composition.days

    async def begun(self) -> None:
        """A payment of ours in the statements and in the HIS, and one of a window before it: faults strike the last row."""
        await self.controls.ask("POST", "/sandbox/his/take", {"way": self.channel.name, "fen": 500})
        payment = await a_booked_payment(self.channel, self.his, self.controls)
        await self.app.stores.payments.insert(payment)
        self.app.clock.forward((SystemClock().now() - self.app.clock.now()).total_seconds())

    async def fault(self, what: str, times: int | None) -> None:
        where = "wechatpay.bill" if isinstance(self.channel, WechatPayChannel) else "alipay.bill"
        await self.controls.ask("PUT", "/sandbox/faults", {"rules": [{"where": where, "what": what, "times": times}]})

    async def well(self) -> None:
        await self.controls.ask("PUT", "/sandbox/faults", {"rules": []})

    async def over(self, day: date) -> ReconciliationDay:
        """``day`` has passed, and is compared as far as it can be."""
        await self.controls.ask("POST", "/sandbox/clock", {"day": (day + timedelta(days=1)).isoformat()})
        self.app.clock.forward(days=1)
        now = self.app.clock.now()
        await self.days.ledger.insert(opened(HOSPITAL, self.channel.name, day, now, now))
        return await self.worked(day)

    async def worked(self, day: date) -> ReconciliationDay:
        for _ in range(8):
            for hospital, document_id in await self.app.stores.days.due(self.app.clock.now(), 100):
                await self.days.runner.run_due(hospital, document_id)
        found = await self.app.stores.days.get(HOSPITAL, day_id(self.channel.name, day))
        assert found is not None
        return found

    async def again(self, day: date) -> ReconciliationDay:
        await self.days.decisions.run_again(HOSPITAL, day_id(self.channel.name, day), "staff:1")
        return await self.worked(day)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's rows have the real time of day: also near midnight, none of them waits for another day."""
    monkeypatch.setattr(judging, "near_midnight", lambda row, edge: False)


@pytest.fixture
def closing(
    channel: WechatPayChannel | AlipayChannel, sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> Closing:
    return Closing(channel, HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds()), controls)


@pytest.mark.parametrize("fault", ["late_file", "half_written", "wrong_total"])
async def test_a_file_that_is_not_right_yet_is_waited_for_and_the_day_closes(closing: Closing, fault: str) -> None:
    await closing.begun()
    await closing.fault(fault, None)
    day = await closing.over(TODAY)
    assert (day.state, day.result) == (DayState.WAITING, "")
    await closing.well()
    closing.app.clock.forward(minutes=MINUTES)
    day = await closing.worked(TODAY)
    assert (day.state, differing_of(day), [close.matched for close in day.closes]) == (DayState.CLOSED, (), [2])


@pytest.mark.parametrize(
    ("fault", "times", "category"),
    [
        ("missing_row", None, Category.MISSING_AT_CHANNEL),
        ("doubled_row", None, Category.DOUBLE),
        ("wrong_fee", 1, Category.FEE),
    ],
)
async def test_a_file_that_is_wrong_is_named_and_the_corrected_one_closes_the_day(
    closing: Closing, fault: str, times: int | None, category: Category
) -> None:
    await closing.begun()
    await closing.fault(fault, times)
    day = await closing.over(TODAY)
    assert (day.state, {each.category for each in differing_of(day)}) == (DayState.DIFFERING, {category})
    await closing.well()
    day = await closing.again(TODAY)
    assert (day.state, differing_of(day), [close.matched for close in day.closes]) == (DayState.CLOSED, (), [2])
    assert [close.balance is not None and close.balance.holds for close in day.closes] == [True]


async def test_a_fee_that_is_wrong_in_both_files_shows_on_the_next_day_and_ends_with_the_corrected_ones(
    closing: Closing,
) -> None:
    await closing.begun()
    await closing.fault("wrong_fee", None)
    assert (await closing.over(TODAY)).state is DayState.CLOSED
    await closing.well()
    day = await closing.over(TOMORROW)
    assert [(each.category, each.reason, each.difference_fen) for each in differing_of(day)] == [
        (Category.SETTLEMENT, Reason.BALANCE_JUMPS, 1)
    ]
    assert [close.corrects for close in (await closing.again(TODAY)).closes] == [0, 1]
    day = await closing.worked(TOMORROW)
    assert (day.state, differing_of(day)) == (DayState.CLOSED, ())


async def test_a_payout_that_is_short_by_a_fee_is_named_and_what_a_person_decides_settles_the_day(
    closing: Closing, sandbox: RunningSandbox, transport: AiohttpTransport
) -> None:
    await closing.begun()
    await closing.controls.fault("bank.payout", "payout_short")
    assert (await closing.over(TODAY)).state is DayState.CLOSED
    day = await closing.over(TOMORROW)
    assert day.state is DayState.CLOSED, "nobody has handed a bank's file in"
    accounts = (await closing.controls.ask("GET", "/sandbox/bank"))["accounts"]
    names = {closing.channel.name, f"{closing.channel.name}pay"}
    (account,) = (each["account"] for each in accounts if each["channel"] in names)
    last = hospital_day(closing.app.clock.now())
    address = f"{sandbox.base_url}/sandbox/bank/statement?account={account}&first={TODAY}&last={last}"
    file = await transport.send(HttpRequest(system="sandbox", method="GET", url=address))
    bank = closing.days.bank
    await bank.keep(HOSPITAL, await bank.preview(HOSPITAL, file.body, ""), "staff:1")
    day = await closing.worked(TOMORROW)
    (found,) = differing_of(day)
    assert (day.state, found.category) == (DayState.DIFFERING, Category.BANK_NOT_ARRIVED)
    decisions = closing.days.decisions
    proposal = await decisions.proposed(HOSPITAL, day.id, [found.id], DispositionAct.WRITE_OFF, "staff:1")
    await decisions.record(proposal, "银行扣了手续费")
    day = await closing.worked(TOMORROW)
    assert (day.state, [(close.decided, close.corrects) for close in day.closes]) == (
        DayState.SETTLED, [(0, 0), (1, 1)],
    )  # fmt: skip
