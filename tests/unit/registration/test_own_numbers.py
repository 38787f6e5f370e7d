"""How a person's own numbers stand, in which order they are listed, and what of them stands on the first page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from server.core.errors import NotAllowed, NotFound
from server.patients.model import Session
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.giving_back import give_back
from server.payments.rules.paying import request_close
from server.payments.service import PaymentService
from server.registration.appointments import AppointmentService, AppointmentState, state_of
from server.registration.cancelling import request_of
from server.registration.model import (
    REGISTRATION,
    ClinicChange,
    ShiftState,
    read_appointment,
    subject_of,
    written_change,
)
from tests.support.builders import HOSPITAL, a_session
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.hospital_systems import FaithfulHis
from tests.support.registering import RegistrationWorld
from tests.support.registrations import a_shift, a_slot, an_offer
from tests.unit.payments.states import in_state, submitted

SESSION = a_session()
MINUTE = timedelta(minutes=1)
BEGINS, ENDS = a_slot(1).begins_at, a_slot(1).ends_at


def a_number(payment: Payment, begins_at: datetime = BEGINS, **fields: object) -> Payment:
    """``payment`` as that of a number of ten minutes."""
    slot = a_slot(1, begins_at=begins_at, ends_at=begins_at + 10 * MINUTE)
    personal = replace(payment.personal, subject=subject_of(a_shift(), slot, MORNING))
    return replace(payment, purpose=REGISTRATION, personal=personal, **fields)  # type: ignore[arg-type]


def booked(change: ClinicChange | None = None, begins_at: datetime = BEGINS, **fields: object) -> Payment:
    payment = a_number(in_state(PaymentState.BOOKED), begins_at, **fields)
    assert payment.booking is not None
    return replace(payment, booking=replace(payment.booking, news=written_change(change) if change else ""))


def changed(state: ShiftState) -> ClinicChange:
    return ClinicChange(state=state, at=MORNING, replaced_by="王样本")


def with_refund(state: RefundState) -> Payment:
    """Booked still, with what went back of it in this state."""
    refund = replace(submitted().refunds[0], state=state)
    return booked(refunds=(refund,))


def state(payment: Payment, now: datetime = MORNING) -> AppointmentState:
    return state_of(payment, read_appointment(payment.personal.subject), now)


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (a_number(in_state(PaymentState.PENDING)), AppointmentState.WAITING),
        (a_number(request_close(in_state(PaymentState.PENDING), "payer", MORNING)), AppointmentState.WAITING),
        (a_number(in_state(PaymentState.PAID)), AppointmentState.CONFIRMING),
        (a_number(in_state(PaymentState.CLOSED)), AppointmentState.FAILED),
        (a_number(in_state(PaymentState.RETURNING)), AppointmentState.FAILED),
        (a_number(in_state(PaymentState.RETURNED)), AppointmentState.FAILED),
        (booked(), AppointmentState.BOOKED),
        (booked(changed(ShiftState.STOPPED)), AppointmentState.STOPPED),
        (booked(changed(ShiftState.REPLACED)), AppointmentState.BOOKED),
        (booked(claims=()), AppointmentState.CANCELLED),
        (with_refund(RefundState.REQUESTED), AppointmentState.CANCELLING),
        (with_refund(RefundState.APPROVED), AppointmentState.CANCELLING),
        (with_refund(RefundState.SUBMITTED), AppointmentState.CANCELLED),
        (with_refund(RefundState.REJECTED), AppointmentState.BOOKED),
    ],
)
def test_how_a_number_stands_is_what_its_payment_says(payment: Payment, expected: AppointmentState) -> None:
    assert state(payment) is expected


@pytest.mark.asyncio
async def test_a_number_that_cost_nothing_is_on_its_way_back_until_the_his_has_it() -> None:
    world = RegistrationWorld(fee_fen=0)
    number = await world.begin(await world.person())
    await world.memory_app.work()
    free = await world.memory_app.payment(number)
    assert (state(free), state(give_back(free, "payer", MORNING))) == (
        AppointmentState.BOOKED,
        AppointmentState.CANCELLING,
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [(ENDS - timedelta(seconds=1), AppointmentState.BOOKED), (ENDS, AppointmentState.PAST)],
)
def test_a_number_is_past_at_the_end_of_its_time_and_a_stopped_one_stays_stopped(
    now: datetime, expected: AppointmentState
) -> None:
    assert state(booked(), now) is expected
    assert state(booked(changed(ShiftState.STOPPED)), now) is AppointmentState.STOPPED


class Theirs:
    """PaymentService, as far as a person's numbers ask it."""

    def __init__(self, *payments: Payment) -> None:
        self._payments = payments

    async def mine(self, session: Session, limit: int, purpose: str) -> Sequence[Payment]:
        assert (limit, purpose) == (100, "registration")
        return self._payments


def own_numbers(*payments: Payment, now: datetime = MORNING) -> AppointmentService:
    return AppointmentService(an_offer(FaithfulHis()), cast(PaymentService, Theirs(*payments)), FakeClock(now))


@pytest.mark.asyncio
async def test_what_is_to_be_paid_comes_first_then_what_comes_next_then_the_rest_as_it_was_told() -> None:
    payments = [
        a_number(in_state(PaymentState.CLOSED), id="failed"),
        booked(begins_at=MORNING + 3 * MINUTE, id="later"),
        booked(begins_at=MORNING - 20 * MINUTE, id="past"),
        a_number(in_state(PaymentState.PAID), MORNING + MINUTE, id="confirming"),
        a_number(in_state(PaymentState.PENDING), MORNING + 5 * MINUTE, id="waiting"),
        booked(changed(ShiftState.STOPPED), MORNING + 2 * MINUTE, id="stopped"),
    ]
    mine = await own_numbers(*payments).mine(SESSION)
    assert [one.payment.id for one in mine] == ["waiting", "confirming", "stopped", "later", "failed", "past"]


@pytest.mark.asyncio
async def test_of_today_are_the_numbers_that_somebody_has_and_of_no_other_day() -> None:
    midnight = MORNING.replace(hour=16, minute=0)
    payments = [
        booked(begins_at=midnight - MINUTE, id="tonight"),
        booked(begins_at=midnight, id="tomorrow"),
        booked(changed(ShiftState.STOPPED), MORNING, id="stopped"),
        a_number(in_state(PaymentState.PENDING), MORNING, id="unpaid"),
    ]
    assert [one.payment.id for one in await own_numbers(*payments).today(SESSION)] == ["stopped", "tonight"]


@pytest.mark.asyncio
async def test_another_number_is_owed_where_the_clinic_changed_and_it_can_still_be_given_back() -> None:
    payments = [
        booked(changed(ShiftState.STOPPED), id="stopped"),
        booked(changed(ShiftState.REPLACED), id="replaced"),
        booked(changed(ShiftState.OPEN), id="open"),
        booked(id="as planned"),
        booked(changed(ShiftState.REPLACED), MORNING, id="begun"),
    ]
    mine = await own_numbers(*payments).mine(SESSION)
    assert {one.payment.id: (one.can_cancel, one.can_rebook) for one in mine} == {
        "stopped": (True, True), "replaced": (True, True), "open": (True, False), "as planned": (True, False), "begun": (False, False),
    }  # fmt: skip


@pytest.mark.asyncio
async def test_what_is_not_booked_can_not_be_given_back_and_another_payment_is_no_number() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    number = await world.begin(zhang)
    for act in (world.registration.cancelling.cancel, world.registration.cancelling.rebook):
        with pytest.raises(NotAllowed) as refused:
            await act(zhang, number)
        assert refused.value.user_message == "这个预约现在不能取消。"
    await world.pay(number)
    with pytest.raises(NotAllowed) as kept:
        await world.registration.cancelling.rebook(zhang, number)
    assert kept.value.user_message == "这个预约没有停诊或替诊，请先取消，再重新挂号。"
    stored = await world.memory_app.payment(number)
    await world.memory_app.stores.payments.insert(replace(stored, id="ZF20261123OTHER", purpose="bills", claims=()))
    with pytest.raises(NotFound) as none:
        await world.registration.appointments.one(zhang, "ZF20261123OTHER")
    assert none.value.user_message == "没有找到这个预约。"
    for number_of_none in ("ZF20261123OTHER", "ZF404"):
        with pytest.raises(NotFound, match="no registration"):
            await world.registration.clinics.told(HOSPITAL, number_of_none, changed(ShiftState.STOPPED))


@pytest.mark.asyncio
async def test_of_a_number_that_is_not_booked_any_more_no_change_is_kept() -> None:
    world = RegistrationWorld()
    for gone in (booked(claims=(), id="given-back"), a_number(in_state(PaymentState.RETURNING), id="going-back")):
        await world.memory_app.stores.payments.insert(gone)
        await world.registration.clinics.told(HOSPITAL, gone.id, changed(ShiftState.STOPPED))
        assert await world.memory_app.payment(gone.id) == gone


def test_a_second_asking_has_a_number_of_its_own_only_where_the_first_came_to_nothing() -> None:
    assert request_of(booked()) == "patient-cancels"
    for ended, name in ((RefundState.REJECTED, "patient-cancels-2"), (RefundState.APPROVED, "patient-cancels")):
        payment = with_refund(ended)
        [refund] = payment.refunds
        asked = replace(refund, request_id="patient-cancels")
        theirs = replace(payment, refunds=(asked,))
        assert request_of(theirs) == name
    assert request_of(with_refund(RefundState.REJECTED)) == "patient-cancels", "somebody else had asked for that"
