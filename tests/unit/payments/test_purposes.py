"""Two purposes that only tests have: money is conserved under faults, slots are freed, parts go back in order, and each broken copy shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

import server.payments.rules.going_back
import server.payments.rules.paying
import server.payments.rules.refund_shares
from server.core.errors import OutsideRefusal
from server.payments.freeing import FreeingService
from server.payments.model import Payment, PaymentState
from server.payments.part import PartState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_shares import left_fen
from server.refunds.rules.requests import RefundAsk, request_refund
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
    payment = await run.house.payment(payment_id)
    for part in payment.parts:
        await run.house.payments.resume(ONE, payment_id)
        told = run.channels[part.channel].pay(part.order_no)
        await run.house.notifications.apply(HOSPITAL, told)
    await run.house.work()
    return await run.house.payment(payment_id)


@pytest.mark.asyncio
async def test_each_part_has_its_own_order_on_its_own_channel() -> None:
    run = PurposeRun(0)
    begun = await run.house.payments.start(INSURED, ONE, ["I1"], None)
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
    begun = await run.house.payments.start(INSURED, ONE, ["I1"], None)
    first = await run.house.payments.code(ONE, begun.payment_id)
    await run.house.notifications.apply(HOSPITAL, run.channels[FUND_CHANNEL].pay(begun.payment_id))
    assert first is not None
    assert (first.part.kind, first.text) == (FUND, f"prepay-{begun.payment_id}")
    assert await run.house.payments.code(ONE, begun.payment_id) is None, "the second part has no order yet"
    await run.house.payments.resume(ONE, begun.payment_id)
    second = await run.house.payments.code(ONE, begun.payment_id)
    assert second is not None
    assert (second.part.kind, second.part.amount_fen) == (CASH, 300)


@pytest.mark.asyncio
async def test_one_part_alone_books_nothing_and_goes_back_when_the_other_is_not_paid() -> None:
    run = PurposeRun(0)
    begun = await run.house.payments.start(INSURED, ONE, ["I1"], None)
    await run.house.notifications.apply(HOSPITAL, run.channels[FUND_CHANNEL].pay(begun.payment_id))
    await run.house.work()
    half = await run.house.payment(begun.payment_id)
    assert (half.state, half.paid_fen, run.books.booked) == (PaymentState.PENDING, 700, {})
    await run.house.payments.resume(ONE, half.id)
    await run._come_to_rest()
    after = await run.house.payment(half.id)
    assert (after.state, [part.state for part in after.parts]) == (
        PaymentState.RETURNED,
        [PartState.PAID, PartState.CLOSED],
    )
    assert (after.return_reason, after.refunded_fen, after.claims) == ("part_not_paid", 700, ())
    assert await run.problems() == []


@pytest.mark.asyncio
async def test_what_is_asked_back_goes_part_by_part_in_the_order_of_the_purpose() -> None:
    run = PurposeRun(0)
    begun = await run.house.payments.start(INSURED, ONE, ["I1"], None)
    booked = await paid(run, begun.payment_id)
    for number, (amount_fen, kind) in enumerate(((700, FUND), (300, CASH))):
        ask = RefundAsk(
            request_id=f"T{number}", amount_fen=amount_fen, lines=(), reason="other", note="", by="staff:1001",
            requested_via="chat", approval_reasons=(),
        )  # fmt: skip
        now = run.house.clock.now()
        asked = await run.house.transitions.apply(
            HOSPITAL, booked.id, lambda current, ask=ask, now=now: request_refund(current, ask, now, now)
        )
        assert asked.refunds[-1].part == kind
        await run.house.work()
        channel = run.channels[FUND_CHANNEL if kind == FUND else "wechat"]
        await run.house.notifications.apply(HOSPITAL, channel.settle_refund(asked.refunds[-1].id))
        await run.house.work()
    after = await run.house.payment(booked.id)
    assert [refund.state for refund in after.refunds] == [RefundState.SUCCEEDED] * 2
    assert (left_fen(after), run.books.held_fen(after.id), after.claims) == (0, 0, ())


@pytest.mark.asyncio
async def test_a_slot_is_held_before_the_order_and_freed_with_the_close() -> None:
    run = PurposeRun(0)
    begun = await run.house.payments.start(REGISTRATION, ONE, ["slot-1"], None)
    assert run.slots.held == {"slot-1": begun.payment_id}
    with pytest.raises(OutsideRefusal, match="TAKEN"):  # the first attempt is closed, and its slot is not free yet
        await run.house.payments.start(REGISTRATION, ONE, ["slot-1"], "13800000009")
    await run.house.work()
    again = await run.house.payments.start(REGISTRATION, ONE, ["slot-1"], "13800000009")
    assert again.payment_id != begun.payment_id
    assert run.slots.held == {"slot-1": again.payment_id}
    await run._come_to_rest()
    assert (run.slots.held, await run.problems()) == ({}, [])


@pytest.mark.asyncio
async def test_the_free_is_tried_again_until_the_system_answers() -> None:
    run = PurposeRun(0)
    begun = await run.house.payments.start(REGISTRATION, ONE, ["slot-1"], None)
    run.slots.will_lose_the_answer("free", 3)
    await run.house.live_on(3600)
    payment = await run.house.payment(begun.payment_id)
    assert payment.state is PaymentState.CLOSED
    assert (run.slots.named("free"), run.slots.held) == ([payment.id] * 4, {})
    assert not payment.effects


# ---- broken copies ------------------------------------------------------------------------------------------------------------------


def nothing_is_freed() -> list[Any]:
    return [
        patch.object(server.payments.rules.going_back, "freeing", lambda payment, now: payment),
        patch.object(server.payments.rules.paying, "freeing", lambda payment, now: payment),
    ]


def freed_without_asking() -> list[Any]:
    async def run(self: FreeingService, payment: Payment, effect: Any) -> Any:
        token, now = effect.lease or "", self._clock.now()
        return lambda current: server.payments.rules.going_back.freed(current, token, now)

    return [patch.object(FreeingService, "run", run)]


def one_part_is_enough() -> list[Any]:
    real = server.payments.rules.paying._with_money

    def with_money(payment: Payment, *given: Any) -> Payment:
        parts = tuple(replace(part, state=PartState.PAID) for part in payment.parts)
        return real(replace(payment, parts=parts), *given)

    return [patch.object(server.payments.rules.paying, "_with_money", with_money)]


def the_paid_part_is_kept() -> list[Any]:
    return [patch.object(server.payments.rules.paying, "begin_return", lambda payment, why, now: payment)]


def all_refunds_by_the_first_channel() -> list[Any]:
    return [patch.object(Payment, "part_of", lambda payment, refund: payment.parts[0])]


def undone_in_any_order() -> list[Any]:
    def last(payment: Payment) -> Any:
        return next((part for part in reversed(payment.parts) if left_fen(payment, part) > 0), None)

    return [patch.object(server.payments.rules.refund_shares, "next_to_undo", last)]


def only_one_part_is_closed() -> list[Any]:
    real = server.payments.rules.going_back.closing_open

    def first_only(payment: Payment, due_at: Any) -> Payment:
        shut = real(payment, due_at)
        later = [part.order_no for part in payment.parts[1:]]
        return replace(shut, effects=tuple(effect for effect in shut.effects if effect.subject not in later))

    return [
        patch.object(server.payments.rules.going_back, "closing_open", first_only),
        patch.object(server.payments.rules.paying, "closing_open", first_only),
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "broken",
    [
        nothing_is_freed,
        freed_without_asking,
        one_part_is_enough,
        the_paid_part_is_kept,
        all_refunds_by_the_first_channel,
        undone_in_any_order,
        only_one_part_is_closed,
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
