"""What was paid and is not booked yet stands on the first page, and names no card that is not looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.needs.model import Asked, Need, Urgency
from server.patients.model import BoundCard
from server.payments.model import Payment, PaymentState
from server.payments.needs import PaymentNeeds
from server.payments.purposes.bills.purpose import BillsPurpose
from tests.support.builders import CARD, HOSPITAL, a_paid, a_session
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
SESSION = a_session()


async def needs_of(*payments: Payment, card_no: str = CARD) -> tuple[Need, ...]:
    memory_app = InMemoryApp()
    for payment in payments:
        await memory_app.stores.payments.insert(payment)
    needs = PaymentNeeds(memory_app.payments, {"bills": BillsPurpose})  # type: ignore[dict-item]
    card = BoundCard(hospital=HOSPITAL, owner=SESSION.identity.key, card_no=card_no, name="张测试")
    told = await needs.needs(Asked(session=SESSION, cards=(card,)))
    assert (told.is_whole, needs.places(HOSPITAL)) == (True, ())
    return told.needs


def paid(**fields: object) -> Payment:
    at = MORNING + timedelta(minutes=3)
    return replace(a_paid(), **{"owner": SESSION.identity.key, "paid_at": at, **fields})  # type: ignore[arg-type]


async def test_what_the_hospital_has_not_booked_yet_is_said_first() -> None:
    [need] = await needs_of(paid())
    assert need == Need(
        about=(f"payment:{paid().id}", "bill:B1"), card_no=CARD, title="已付款，医院正在入账",
        text=need.text, page=f"payments/{paid().id}", urgency=Urgency.FIRST, at=MORNING + timedelta(minutes=3),
    )  # fmt: skip
    assert "门诊缴费" in need.text
    assert "12.34" in need.text


async def test_what_was_paid_for_a_card_that_is_not_looked_at_names_nobody() -> None:
    [need] = await needs_of(paid(), card_no="C0000009")
    assert need.card_no == ""


async def test_it_stands_at_the_moment_of_its_money_else_at_its_beginning() -> None:
    [need] = await needs_of(paid(paid_at=None))
    assert need.at == paid().created_at


async def test_what_is_booked_and_what_cost_nothing_is_not_said() -> None:
    free = paid(
        parts=tuple(replace(part, paid_fen=0, request=replace(part.request, amount_fen=0)) for part in paid().parts)
    )
    assert await needs_of(paid(state=PaymentState.BOOKED, effects=())) == ()
    assert await needs_of(free) == ()
