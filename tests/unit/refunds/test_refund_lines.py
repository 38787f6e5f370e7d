"""What of single items can still go back: to the fen, and never the same item twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.refunds.drafts import Draft, DraftKeeper
from server.refunds.rules.items import left_of_items, must_be_left
from tests.support.builders import a_bill, paying_for
from tests.support.clock_and_ids import MORNING
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.unit.payments.states import in_state

ITEM = ("B1", "1")


def a_line(amount_fen: int, item_no: str = "1") -> RefundLine:
    return RefundLine(charge_no="B1", item_no=item_no, amount_fen=amount_fen)


def refunded(amount_fen: int, *lines: RefundLine, state: RefundState = RefundState.SUCCEEDED) -> Payment:
    """1234 fen for one item, and one refund."""
    payment = in_state(PaymentState.BOOKED)
    refund = Refund(
        id=f"{payment.id}R01", amount_fen=amount_fen, origin=RefundOrigin.STAFF, reason="other", state=state, at=MORNING,
        lines=lines,
    )  # fmt: skip
    return replace(payment, refunds=(refund,))


def test_an_item_has_left_what_was_not_asked_back() -> None:
    assert left_of_items(refunded(200, a_line(200))) == {ITEM: 1034}


def test_what_was_asked_back_of_one_item_is_not_taken_from_another() -> None:
    payment = refunded(200, a_line(200))
    [item] = payment.personal.subject.charges[0].items
    items = tuple(replace(item, item_no=name, amount_fen=fen) for name, fen in (("1", 1000), ("2", 234)))
    two = paying_for(payment, a_bill(items=items))
    assert left_of_items(two) == {ITEM: 800, ("B1", "2"): 234}


def test_an_ended_refund_takes_nothing() -> None:
    assert left_of_items(refunded(200, a_line(200), state=RefundState.REJECTED)) == {ITEM: 1234}


def test_no_item_has_more_left_than_the_payment() -> None:
    assert left_of_items(refunded(200)) == {ITEM: 1034}
    over = replace(refunded(1000), refunds=(*refunded(1000).refunds, *refunded(1000).refunds))
    assert left_of_items(over) == {ITEM: 0}


def test_staff_ask_back_from_one_fen_to_the_last() -> None:
    payment = refunded(200, a_line(200))
    must_be_left(payment, (a_line(1),))
    must_be_left(payment, (a_line(1034),))
    for wrong in ((a_line(0),), (a_line(1035),), (a_line(1034), a_line(1)), (a_line(1, "2"),)):
        with pytest.raises(NotAllowed) as raised:
            must_be_left(payment, wrong)
        assert raised.value.user_message == "退费明细超过项目可退金额。"


@pytest.mark.asyncio
async def test_a_draft_that_an_older_version_keeps_is_read() -> None:
    memory_app = InMemoryApp()
    drafts, actor = (
        DraftKeeper(memory_app.stores.short_lived, memory_app.clock, memory_app.ids),
        await (await an_employee(memory_app)).now(),
    )
    draft = Draft(ticket="T1", action="ask", number=actor.number, payment_id="P1", amount_fen=200, lines=(a_line(200),))
    await drafts.keep(actor.hospital, draft)
    assert await drafts.get(actor, "T1") == draft
    key, until = ("refund_ticket", f"{actor.hospital}:T1"), memory_app.clock.now() + timedelta(minutes=1)
    kept = await memory_app.stores.short_lived.get(*key, memory_app.clock.now())
    assert kept is not None
    await memory_app.stores.short_lived.put(*key, kept.replace("charge_no", "bill_no"), until)
    assert await drafts.get(actor, "T1") == draft
