"""Each call that sends a refund or asks for one: what the channel is told, and what its answer leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import LeaseLost, NotFound, NotSent, OutsideRefusal
from server.effects.model import Effect, EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.ports import PaidOrder
from server.payments.refund_model import RefundState
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import HOSPITAL, TOKEN, a_channel_refund
from tests.support.channels import FaithfulChannel
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.payment_fixtures import paid, told, waiting
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio
CONSOLE = "50300806962021020105978994968"
LOOK = f"query_refund:{CONSOLE}"


class _Told(FaithfulChannel):
    """Keeps what it was told of every refund."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[PaidOrder, str, int, str]] = []

    async def refund(self, order: PaidOrder, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        self.told.append((order, refund_id, amount_fen, reason))
        return await super().refund(order, refund_id, amount_fen, reason)


class TestSent:
    async def test_a_refund_of_staff_has_its_reason_and_the_whole_order(self) -> None:
        channel = _Told()
        memory_app = InMemoryApp(a_hospital(channels={"wechat": channel}))
        payment, cashier, _ = await at_the_desk(memory_app)
        refund_id = await ask(memory_app, cashier, payment, 234)
        await memory_app.work()
        assert channel.told == [(PaidOrder(out_trade_no=payment.id, paid_fen=1234), refund_id, 234, "项目未做")]

    async def test_a_return_says_that_nobody_asked_for_it(self) -> None:
        channel = _Told()
        memory_app = InMemoryApp(a_hospital(channels={"wechat": channel}))
        memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
        payment = await paid(memory_app)
        await memory_app.work()
        assert channel.told == [
            (PaidOrder(out_trade_no=payment.id, paid_fen=1234), f"{payment.id}R01", 1234, "自动退回")
        ]

    @pytest.mark.parametrize("kind", [EffectKind.REFUND, EffectKind.EXPIRE])
    async def test_a_refund_that_is_not_there_is_not_sent(self, kind: EffectKind) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        effect = Effect(kind=kind, subject=f"{payment.id}R09", due_at=memory_app.clock.now(), lease=TOKEN)
        payment = replace(payment, effects=(effect,))
        with pytest.raises(NotFound):
            (await memory_app.runners[kind](payment, effect))(payment)
        assert memory_app.channel.named("refund") == []

    async def test_an_answer_of_another_amount_is_kept_and_called_by_its_name(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
        memory_app.channel.will("refund", NotSent("wechatpay"))
        payment = await paid(memory_app)
        await memory_app.work()
        memory_app.channel.refunds[f"{payment.id}R01"] = (1, RefundOutcome.SUCCEEDED)
        memory_app.clock.forward(60)
        with pytest.raises(OutsideRefusal) as refused:
            await memory_app.do_only(payment.id, f"refund:{payment.id}R01")
        assert refused.value.reason_code == "REFUND_DIFFERS"
        [money] = await memory_app.unclaimed()
        assert (money.hospital, money.channel, money.amount_fen, money.kind) == (HOSPITAL, "wechat", 1, "refund")
        assert money.reason == "refund of another amount"


async def a_write_off_under_way(memory_app: InMemoryApp, amount_fen: int = 1234) -> Payment:
    """Staff have asked for it, and the HIS is silent."""
    payment = await paid(memory_app)
    await memory_app.work()
    now = memory_app.clock.now()
    asked = RefundAsk(
        request_id="T1", amount_fen=amount_fen, lines=(), reason="other", note="", by="staff:1001",
        requested_via="chat", approval_reasons=(),
    )  # fmt: skip
    await memory_app.transitions.apply(HOSPITAL, payment.id, lambda p: request_refund(p, asked, now, now))
    memory_app.his.will("refund_release", *[NotSent("his") for _ in range(50)])
    await memory_app.work()
    return await memory_app.payment(payment.id)


async def heard(memory_app: InMemoryApp, payment: Payment, amount_fen: int = 1234) -> None:
    """The channel has told of a refund in its console that has no room yet; a minute has passed."""
    memory_app.channel.refunds[CONSOLE] = (amount_fen, RefundOutcome.SUCCEEDED)
    word = a_channel_refund(payment, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=amount_fen)
    await memory_app.notifications.apply(HOSPITAL, told(word))
    memory_app.clock.forward(61)


class TestHeardOf:
    async def test_while_there_is_no_room_it_is_looked_for_later(self) -> None:
        memory_app = InMemoryApp()
        payment = await a_write_off_under_way(memory_app)
        await heard(memory_app, payment)
        await memory_app.do_only(payment.id, LOOK)
        look = find((await memory_app.payment(payment.id)).effects, LOOK)
        assert look is not None
        assert (look.last_error, look.unknown_at, look.lease) == ("NO_ROOM_YET", None, None)
        assert look.due_at > memory_app.clock.now()

    async def test_while_its_money_is_not_known_it_is_looked_for_later(self) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        await heard(memory_app, payment)
        await memory_app.do_only(payment.id, LOOK)
        after = await memory_app.payment(payment.id)
        look = find(after.effects, LOOK)
        assert look is not None
        assert (look.last_error, look.unknown_at, after.refunds) == ("MONEY_NOT_KNOWN_YET", None, ())

    async def test_one_that_the_channel_does_not_know_is_asked_for_again(self) -> None:
        memory_app = InMemoryApp()
        payment = await a_write_off_under_way(memory_app)
        await heard(memory_app, payment)
        del memory_app.channel.refunds[CONSOLE]
        with pytest.raises(NotSent):
            await memory_app.do_only(payment.id, LOOK)

    async def test_one_that_came_to_nothing_is_forgotten(self) -> None:
        memory_app = InMemoryApp()
        payment = await a_write_off_under_way(memory_app)
        await heard(memory_app, payment)
        memory_app.channel.refunds[CONSOLE] = (1234, RefundOutcome.CLOSED)
        await memory_app.do_only(payment.id, LOOK)
        after = await memory_app.payment(payment.id)
        assert (find(after.effects, LOOK), after.refund(CONSOLE)) == (None, None)

    async def test_one_that_does_not_fit_is_kept_for_people_with_its_reason(self) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        await heard(memory_app, payment)
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id))
        memory_app.channel.refunds[CONSOLE] = (9999, RefundOutcome.SUCCEEDED)
        await memory_app.do_only(payment.id, LOOK)
        assert find((await memory_app.payment(payment.id)).effects, LOOK) is None
        [money] = await memory_app.unclaimed()
        assert (money.hospital, money.channel, money.amount_fen) == (HOSPITAL, "wechat", 9999)
        assert money.reason

    async def test_it_is_placed_under_its_own_lease_only(self) -> None:
        memory_app = InMemoryApp()
        payment = await a_write_off_under_way(memory_app)
        await heard(memory_app, payment)
        memory_app.channel.refunds[CONSOLE] = (1234, RefundOutcome.SUCCEEDED)
        payment = await memory_app.payment(payment.id)
        look = find(payment.effects, LOOK)
        assert look is not None
        held = replace(look, lease=TOKEN)
        in_hand = replace(payment, effects=tuple(held if one.key == LOOK else one for one in payment.effects))
        decide = await memory_app.runners[EffectKind.QUERY_REFUND](in_hand, held)
        with pytest.raises(LeaseLost):
            decide(payment)

    async def test_ours_waits_until_it_is_placed_and_is_due_again_at_once(self) -> None:
        """A return that is about to be sent finds that some of its money has gone in the console."""
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
        memory_app.channel.will("refund", NotSent("wechatpay"))
        payment = await paid(memory_app)
        await memory_app.work()
        payment = await memory_app.payment(payment.id)
        memory_app.channel.refunds[CONSOLE] = (234, RefundOutcome.SUCCEEDED)
        look = Effect(kind=EffectKind.QUERY_REFUND, subject=CONSOLE, due_at=memory_app.clock.now())
        memory_app.clock.forward(60)
        ours = replace(find(payment.effects, f"refund:{payment.id}R01"), lease=TOKEN, due_at=memory_app.clock.now())  # type: ignore[type-var]
        in_hand = replace(payment, effects=(look, ours))
        sent = len(memory_app.channel.named("refund"))
        after = (await memory_app.runners[EffectKind.REFUND](in_hand, ours))(in_hand)
        placed = after.refund(CONSOLE)
        assert placed is not None
        assert (placed.amount_fen, placed.state, after.state) == (234, RefundState.SUCCEEDED, PaymentState.RETURNING)
        assert len(memory_app.channel.named("refund")) == sent
        sends = [effect for effect in after.effects if effect.kind is EffectKind.REFUND]
        assert [effect.lease for effect in sends] == [None]
        assert sends[0].due_at == memory_app.clock.now()

    async def test_placed_while_it_is_under_way_it_is_asked_for_later(self) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        await heard(memory_app, payment, 234)
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id))
        memory_app.channel.refunds[CONSOLE] = (234, RefundOutcome.PROCESSING)
        await memory_app.do_only(payment.id, LOOK)
        after = await memory_app.payment(payment.id)
        look, placed = find(after.effects, LOOK), after.refund(CONSOLE)
        assert look is not None
        assert placed is not None
        assert (placed.state, look.lease) == (RefundState.SUBMITTED, None)
        assert look.due_at > memory_app.clock.now()

    @pytest.mark.parametrize("lost", [False, True])
    async def test_ours_goes_on_beside_it_where_there_is_room_for_both(self, lost: bool) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        refund_id = await ask(memory_app, cashier, payment, 500)
        memory_app.channel.will("refund", NotSent("wechatpay"))
        await memory_app.work()
        payment = await memory_app.payment(payment.id)
        memory_app.channel.refunds[CONSOLE] = (234, RefundOutcome.SUCCEEDED)
        now = memory_app.clock.now()
        look = Effect(kind=EffectKind.QUERY_REFUND, subject=CONSOLE, due_at=now)
        ours = Effect(kind=EffectKind.REFUND, subject=refund_id, due_at=now, lease=TOKEN)
        in_hand = replace(payment, effects=(look, ours))
        memory_app.clock.forward(7)
        decide = await memory_app.runners[EffectKind.REFUND](in_hand, ours)
        if lost:
            with pytest.raises(LeaseLost):
                decide(replace(in_hand, effects=(look, replace(ours, lease="another"))))
            return
        after = decide(in_hand)
        again = find(after.effects, ours.key)
        assert again is not None
        assert (again.lease, again.due_at) == (None, memory_app.clock.now())
        assert {refund.id: refund.amount_fen for refund in after.refunds} == {refund_id: 500, CONSOLE: 234}
