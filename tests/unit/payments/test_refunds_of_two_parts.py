"""A whole refund of a payment with two parts is one request: its money goes from part to part, in the purpose's order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed
from server.payments.model import Payment
from server.payments.refund_model import RefundLine, RefundState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.replay import contradictions
from server.payments.rules.trades import RefundOutcome
from server.payments.sms_choice import NO_SMS
from server.refunds.rules.requests import RefundAsk, approve_refund, reject_refund, request_refund, window_refund
from server.storage.documents import payment_from_document, payment_to_document
from tests.support.builders import HOSPITAL
from tests.support.purpose_runs import FUND_CHANNEL, PurposeRun
from tests.support.purposes import CASH, FUND, INSURED
from tests.unit.payments.test_purposes import ONE, paid


async def asked_back(run: PurposeRun, payment_id: str, amount_fen: int, **fields: Any) -> Payment:
    ask = RefundAsk(
        **{
            "request_id": "T1", "amount_fen": amount_fen, "lines": (), "reason": "other", "note": "", "by": "staff:1001",
            "requested_via": "chat", "approval_reasons": (), **fields,
        }
    )  # fmt: skip
    now = run.memory_app.clock.now()
    until = now + timedelta(days=1)
    return await run.memory_app.transitions.apply(HOSPITAL, payment_id, lambda p: request_refund(p, ask, now, until))


async def arrived(run: PurposeRun, payment: Payment, number: int) -> Payment:
    """The channel has paid the refund of this place back."""
    refund = payment.refunds[number]
    channel = run.channels[payment.part_of(refund).channel]
    await run.memory_app.notifications.apply(HOSPITAL, channel.settle_refund(refund.id))
    await run.memory_app.work()
    return await run.memory_app.payment(payment.id)


async def booked_on_two_parts() -> tuple[PurposeRun, Payment]:
    run = PurposeRun(0)
    begun = await run.memory_app.payments.start(INSURED, ONE, ["I1"], NO_SMS)
    return run, await paid(run, begun.payment_id)


@pytest.mark.asyncio
async def test_one_request_goes_from_part_to_part_in_the_order_of_the_purpose() -> None:
    run, booked = await booked_on_two_parts()
    assert refundable_fen(booked) == 1000
    asked = await asked_back(run, booked.id, 1000)
    assert [(r.part, r.amount_fen, r.rest_fen) for r in asked.refunds] == [(FUND, 700, 300)]
    assert refundable_fen(asked) == 0, "nobody can ask for the rest meanwhile"
    await run.memory_app.work()
    assert not run.channels["wechat"].refunds, "the second part waits for the money of the first"
    first = await arrived(run, await run.memory_app.payment(booked.id), 0)
    assert [(r.part, r.amount_fen, r.asked_fen, r.asked_by) for r in first.refunds] == [
        (FUND, 700, 700, "staff:1001"),
        (CASH, 300, 300, "staff:1001"),
    ]
    after = await arrived(run, first, 1)
    assert [refund.state for refund in after.refunds] == [RefundState.SUCCEEDED] * 2
    assert (after.refunded_fen, run.books.held_fen(after.id), after.claims) == (1000, 0, ())
    assert contradictions(after) == ()


@pytest.mark.asyncio
async def test_the_second_person_agrees_to_the_whole() -> None:
    run, booked = await booked_on_two_parts()
    asked = await asked_back(run, booked.id, 1000, approval_reasons=("over_limit",))
    assert asked.refunds[0].asked_fen == 1000
    now = run.memory_app.clock.now()
    await run.memory_app.transitions.apply(
        HOSPITAL, booked.id, lambda p: approve_refund(p, p.refunds[0].id, "staff:1002", now)
    )
    await run.memory_app.work()
    first = await arrived(run, await run.memory_app.payment(booked.id), 0)
    assert (first.refunds[1].decided_by, first.refunds[1].approval_reasons) == ("staff:1002", ("over_limit",))
    assert contradictions(await arrived(run, first, 1)) == ()


@pytest.mark.asyncio
async def test_a_no_is_a_no_to_the_whole() -> None:
    run, booked = await booked_on_two_parts()
    await asked_back(run, booked.id, 1000, approval_reasons=("over_limit",))
    now = run.memory_app.clock.now()
    after = await run.memory_app.transitions.apply(
        HOSPITAL, booked.id, lambda p: reject_refund(p, p.refunds[0].id, "staff:1002", now)
    )
    assert (refundable_fen(after), len(after.refunds)) == (1000, 1)


@pytest.mark.asyncio
async def test_a_part_of_the_second_part_can_be_asked_for_with_the_first() -> None:
    run, booked = await booked_on_two_parts()
    asked = await asked_back(run, booked.id, 800)
    assert (asked.refunds[0].rest_fen, refundable_fen(asked)) == (100, 200)
    await run.memory_app.work()
    first = await arrived(run, await run.memory_app.payment(booked.id), 0)
    assert (first.refunds[1].amount_fen, refundable_fen(first)) == (100, 200)


@pytest.mark.asyncio
async def test_what_the_channel_refuses_for_good_goes_on_under_a_new_number_with_its_rest() -> None:
    run, booked = await booked_on_two_parts()
    await asked_back(run, booked.id, 1000)
    await run.memory_app.work()
    asked = await run.memory_app.payment(booked.id)
    closed = run.channels[FUND_CHANNEL].settle_refund(asked.refunds[0].id, RefundOutcome.CLOSED)
    await run.memory_app.notifications.apply(HOSPITAL, closed)
    again = await run.memory_app.payment(booked.id)
    assert [(r.amount_fen, r.rest_fen) for r in again.refunds] == [(700, 300), (700, 300)]
    assert (refundable_fen(again), contradictions(again)) == (0, ())
    await run.memory_app.live_on(3600)
    followed = await arrived(run, await run.memory_app.payment(booked.id), 1)
    after = await arrived(run, followed, 2)
    assert (after.refunded_fen, contradictions(after)) == (1000, ())


@pytest.mark.asyncio
async def test_the_his_window_asks_once_for_both_parts() -> None:
    run, booked = await booked_on_two_parts()
    ask = RefundAsk(
        request_id="H1", amount_fen=1000, lines=(), reason="window", note="", by="his:w1", requested_via="his",
        approval_reasons=(),
    )  # fmt: skip
    now = run.memory_app.clock.now()
    await run.memory_app.transitions.apply(HOSPITAL, booked.id, lambda p: window_refund(p, ask, "H1", now))
    await run.memory_app.work()
    first = await arrived(run, await run.memory_app.payment(booked.id), 0)
    assert [(r.state, r.his_refund_no, r.written_off_as) for r in first.refunds] == [
        (RefundState.SUCCEEDED, "H1", first.refunds[0].id),
        (RefundState.SUBMITTED, "H1", first.refunds[0].id),
    ]
    assert window_refund(first, ask, "H1", now) is first, "asked again, nothing changes"
    with pytest.raises(NotAllowed, match="another amount"):
        window_refund(first, replace(ask, amount_fen=700), "H1", now)
    after = await arrived(run, first, 1)
    assert (after.refunded_fen, contradictions(after)) == (1000, ())


@pytest.mark.asyncio
async def test_a_forged_rest_contradicts_the_history() -> None:
    run, booked = await booked_on_two_parts()
    asked = await asked_back(run, booked.id, 700)
    forged = replace(asked, refunds=(replace(asked.refunds[0], rest_fen=300),))
    assert any("of them" in said for said in contradictions(forged))


@pytest.mark.asyncio
async def test_items_are_asked_back_from_one_part_at_a_time() -> None:
    run, booked = await booked_on_two_parts()
    line = RefundLine(charge_no="I1", item_no="1", amount_fen=800)
    with pytest.raises(NotAllowed, match="several parts") as refused:
        await asked_back(run, booked.id, 800, lines=(line,))
    assert "这次最多退 7.00元" in refused.value.user_message


@pytest.mark.asyncio
async def test_the_rest_is_stored() -> None:
    run, booked = await booked_on_two_parts()
    asked = await asked_back(run, booked.id, 1000)
    assert (
        payment_from_document(payment_to_document(asked, run.memory_app.sealer), run.memory_app.sealer).refunds
        == asked.refunds
    )
    other, whole = await booked_on_two_parts()
    one = await asked_back(other, whole.id, 100)
    assert "rest_fen" not in payment_to_document(one, other.memory_app.sealer)["refunds"][0], (
        "older versions read it, too"
    )
