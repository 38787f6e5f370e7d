"""Two purposes that only tests have: money is conserved under faults, slots are freed, parts go back in order, and each broken copy shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from server.core.errors import OutsideRefusal
from server.payments.model import Payment, PaymentState
from server.payments.part import PartState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_shares import left_fen
from server.payments.sms_choice import NO_SMS, sms_to
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.simulation.mutants import purposes
from tests.support.builders import HOSPITAL
from tests.support.channels import CodeShown
from tests.support.purpose_runs import FUND_CHANNEL, PurposeRun, person, problems_of
from tests.support.purposes import CASH, FUND, INSURED, REGISTRATION

SEEDS = 60
ONE = person("openid-one")


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_money_is_conserved_whatever_fails(seed: int) -> None:
    assert await problems_of(seed) == []


async def paid(run: PurposeRun, payment_id: str) -> Payment:
    """One order after the other, as the cashiers are opened."""
    payment = await run.memory_app.payment(payment_id)
    for part in payment.parts:
        await run.memory_app.payments.resume(ONE, payment_id)
        told = run.channels[part.channel].pay(part.order_no)
        await run.memory_app.notifications.apply(HOSPITAL, told)
    await run.memory_app.work()
    return await run.memory_app.payment(payment_id)


@pytest.mark.asyncio
async def test_each_part_has_its_own_order_on_its_own_channel() -> None:
    run = PurposeRun(0)
    begun = await run.memory_app.payments.start(INSURED, ONE, ["I1"], NO_SMS)
    after = await paid(run, begun.payment_id)
    assert [(part.kind, part.channel, part.order_no) for part in after.parts] == [
        (FUND, FUND_CHANNEL, after.id),
        (CASH, "wechat", f"{after.id}p2"),
    ]
    assert all(len(part.order_no) <= 32 and part.order_no.isalnum() for part in after.parts)
    assert (after.state, after.paid_fen) == (PaymentState.BOOKED, 1000)
    assert run.books.booked == {after.id: 1000}


@pytest.mark.asyncio
async def test_the_code_on_a_screen_is_that_of_the_part_whose_turn_it_is() -> None:
    run = PurposeRun(0, channel=CodeShown)
    begun = await run.memory_app.payments.start(INSURED, ONE, ["I1"], NO_SMS)
    first = await run.memory_app.payments.code(ONE, begun.payment_id)
    await run.memory_app.notifications.apply(HOSPITAL, run.channels[FUND_CHANNEL].pay(begun.payment_id))
    assert first is not None
    assert (first.part.kind, first.text) == (FUND, f"prepay-{begun.payment_id}")
    assert await run.memory_app.payments.code(ONE, begun.payment_id) is None, "the second part has no order yet"
    await run.memory_app.payments.resume(ONE, begun.payment_id)
    second = await run.memory_app.payments.code(ONE, begun.payment_id)
    assert second is not None
    assert (second.part.kind, second.part.amount_fen) == (CASH, 300)


@pytest.mark.asyncio
async def test_one_part_alone_books_nothing_and_goes_back_when_the_other_is_not_paid() -> None:
    run = PurposeRun(0)
    begun = await run.memory_app.payments.start(INSURED, ONE, ["I1"], NO_SMS)
    await run.memory_app.notifications.apply(HOSPITAL, run.channels[FUND_CHANNEL].pay(begun.payment_id))
    await run.memory_app.work()
    half = await run.memory_app.payment(begun.payment_id)
    assert (half.state, half.paid_fen, run.books.booked) == (PaymentState.PENDING, 700, {})
    await run.memory_app.payments.resume(ONE, half.id)
    await run.come_to_rest()
    after = await run.memory_app.payment(half.id)
    assert (after.state, [part.state for part in after.parts]) == (
        PaymentState.RETURNED,
        [PartState.PAID, PartState.CLOSED],
    )
    assert (after.return_reason, after.refunded_fen, after.claims) == ("part_not_paid", 700, ())
    assert await run.problems() == []


@pytest.mark.asyncio
async def test_what_is_asked_back_goes_part_by_part_in_the_order_of_the_purpose() -> None:
    run = PurposeRun(0)
    begun = await run.memory_app.payments.start(INSURED, ONE, ["I1"], NO_SMS)
    booked = await paid(run, begun.payment_id)
    for number, (amount_fen, kind) in enumerate(((700, FUND), (300, CASH))):
        ask = RefundAsk(
            request_id=f"T{number}", amount_fen=amount_fen, lines=(), reason="other", note="", by="staff:1001",
            requested_via="chat", approval_reasons=(),
        )  # fmt: skip
        now = run.memory_app.clock.now()
        asked = await run.memory_app.transitions.apply(
            HOSPITAL, booked.id, lambda current, ask=ask, now=now: request_refund(current, ask, now, now)
        )
        assert asked.refunds[-1].part == kind
        await run.memory_app.work()
        channel = run.channels[FUND_CHANNEL if kind == FUND else "wechat"]
        await run.memory_app.notifications.apply(HOSPITAL, channel.settle_refund(asked.refunds[-1].id))
        await run.memory_app.work()
    after = await run.memory_app.payment(booked.id)
    assert [refund.state for refund in after.refunds] == [RefundState.SUCCEEDED] * 2
    assert (left_fen(after), run.books.held_fen(after.id), after.claims) == (0, 0, ())


@pytest.mark.asyncio
async def test_a_slot_is_held_before_the_order_and_freed_with_the_close() -> None:
    run = PurposeRun(0)
    begun = await run.memory_app.payments.start(REGISTRATION, ONE, ["slot-1"], NO_SMS)
    assert run.slots.held == {"slot-1": begun.payment_id}
    with pytest.raises(OutsideRefusal, match="TAKEN"):  # the first attempt is closed, and its slot is not free yet
        await run.memory_app.payments.start(REGISTRATION, ONE, ["slot-1"], sms_to("13800000009"))
    await run.memory_app.work()
    again = await run.memory_app.payments.start(REGISTRATION, ONE, ["slot-1"], sms_to("13800000009"))
    assert again.payment_id != begun.payment_id
    assert run.slots.held == {"slot-1": again.payment_id}
    await run.come_to_rest()
    assert (run.slots.held, await run.problems()) == ({}, [])


@pytest.mark.asyncio
async def test_the_free_is_tried_again_until_the_system_answers() -> None:
    run = PurposeRun(0)
    begun = await run.memory_app.payments.start(REGISTRATION, ONE, ["slot-1"], NO_SMS)
    run.slots.will_lose_the_answer("free", 3)
    await run.memory_app.live_on(3600)
    payment = await run.memory_app.payment(begun.payment_id)
    assert payment.state is PaymentState.CLOSED
    assert (run.slots.named("free"), run.slots.held) == ([payment.id] * 4, {})
    assert not payment.effects


# ---- broken copies ------------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "broken",
    [
        purposes.nothing_is_freed,
        purposes.freed_without_asking,
        purposes.one_part_is_enough,
        purposes.the_paid_part_is_kept,
        purposes.all_refunds_by_the_first_channel,
        purposes.undone_in_any_order,
        purposes.only_one_part_is_closed,
        purposes.written_off_without_asking,
    ],
)
async def test_a_broken_copy_is_noticed(broken: Callable[[], list[Any]]) -> None:
    with ExitStack() as stack:
        for each in broken():
            stack.enter_context(each)
        for seed in range(SEEDS):
            if await problems_of(seed):
                return
    pytest.fail("nothing was noticed")
