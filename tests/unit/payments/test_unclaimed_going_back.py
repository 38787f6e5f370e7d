"""What the channel says of unclaimed money that goes back, and what the audit's check says of its documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.audit.sources import AuditReport, Examination
from server.core.errors import NotFound, OutsideRefusal
from server.effects.model import EffectKind
from server.payments.ports import PaidOrder
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedState
from server.payments.unclaimed_returns import AuditedUnclaimed, UnclaimedReturns
from tests.support.builders import HOSPITAL, TOKEN
from tests.support.in_memory_app import InMemoryApp
from tests.support.unclaimed import LOST, REFUND_NO, agreed, paid_astray, proposed, the_money, two_of_finance

pytestmark = pytest.mark.asyncio


async def sent_back(memory_app: InMemoryApp) -> None:
    await paid_astray(memory_app)
    one, other = await two_of_finance(memory_app)
    await proposed(memory_app, one)
    await agreed(memory_app, other)


async def test_an_answer_about_another_amount_is_refused_by_its_name() -> None:
    """Nothing is settled on it: it is asked again, and a person hears of it in the end."""
    memory_app = InMemoryApp()
    await sent_back(memory_app)
    await memory_app.work()
    memory_app.channel.refunds[REFUND_NO] = (1, RefundOutcome.SUCCEEDED)
    money = await the_money(memory_app)
    asks = replace(money.effects[-1], lease=TOKEN)
    assert asks.kind is EffectKind.QUERY_REFUND
    runner = UnclaimedReturns(memory_app.hospitals, memory_app.clock, memory_app.ids)
    with pytest.raises(OutsideRefusal) as refused:
        await runner.run(replace(money, effects=(asks,)), asks)
    assert refused.value.reason_code == "REFUND_DIFFERS"
    assert (await the_money(memory_app)).state is UnclaimedState.RETURNING


@pytest.mark.parametrize(("sum_fen", "explained"), [(None, True), (1233, True), (1234, True), (1235, False)])
async def test_what_people_sent_back_explains_no_more_than_its_own_sum(sum_fen: int | None, explained: bool) -> None:
    memory_app = InMemoryApp()
    await sent_back(memory_app)
    keeper = memory_app.services.shared.unclaimed
    assert await keeper.explains(HOSPITAL, "wechat", LOST, sum_fen) is explained
    assert not await keeper.explains(HOSPITAL, "wechat", "ANOTHER", sum_fen)


async def test_what_people_settled_elsewhere_explains_no_refund() -> None:
    memory_app = InMemoryApp()
    await paid_astray(memory_app)
    one, other = await two_of_finance(memory_app)
    await proposed(memory_app, one, UnclaimedAct.SETTLED_ELSEWHERE)
    await agreed(memory_app, other)
    assert not await memory_app.services.shared.unclaimed.explains(HOSPITAL, "wechat", LOST, 1234)


async def test_the_channel_is_told_the_whole_order_and_why() -> None:
    memory_app = InMemoryApp()
    await sent_back(memory_app)
    told: list[tuple[PaidOrder, str, int, str]] = []
    send = memory_app.channel.refund

    async def refund(order: PaidOrder, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        told.append((order, refund_id, amount_fen, reason))
        return await send(order, refund_id, amount_fen, reason)

    memory_app.channel.refund = refund  # type: ignore[method-assign]
    await memory_app.work()
    assert told == [(PaidOrder(out_trade_no=LOST, paid_fen=1234), REFUND_NO, 1234, "退回")]


async def test_of_money_that_is_not_there_people_read_so() -> None:
    memory_app = InMemoryApp()
    one, _ = await two_of_finance(memory_app)
    with pytest.raises(NotFound) as gone:
        await memory_app.console.unclaimed.propose(
            await one.now(), "wechat:nothing", 0, UnclaimedAct.SEND_BACK, "", one.proof()
        )
    assert gone.value.user_message == "没有找到这笔钱。"


class TestExamined:
    """What `audit verify` says of it."""

    async def problems(self, memory_app: InMemoryApp) -> list[str]:
        report = AuditReport(hospital=HOSPITAL)
        examination = Examination(report, memory_app.stores.audit, memory_app.clock)
        memory_app.clock.forward(2)
        await AuditedUnclaimed(memory_app.stores.unclaimed).examine(examination)
        return report.problems

    async def test_nothing_where_all_is_right_and_it_rests_as_long_as_it_worked(self) -> None:
        memory_app = InMemoryApp()
        await sent_back(memory_app)
        await memory_app.work()
        assert await self.problems(memory_app) == []
        assert memory_app.clock.slept[-1] == 2.0

    async def test_a_state_to_which_its_history_does_not_lead(self) -> None:
        memory_app = InMemoryApp()
        await sent_back(memory_app)
        await memory_app.work()
        money = await the_money(memory_app)
        store = memory_app.stores.unclaimed
        store.documents[(HOSPITAL, money.id)] = replace(money, state=UnclaimedState.SETTLED)  # type: ignore[attr-defined]
        said = await self.problems(memory_app)
        assert f"unclaimed {money.id}: it is settled, and its history leads to returning" in said

    async def test_lines_that_no_entry_seals(self) -> None:
        memory_app = InMemoryApp()
        await sent_back(memory_app)
        memory_app.clock.forward(3601)
        money = await the_money(memory_app)
        said = await self.problems(memory_app)
        assert [problem.rpartition(":")[2] for problem in said] == [
            " it was never sealed (is a worker running?)"
        ] * len(money.history)
        assert len(money.history) == 2
