"""The registration adapter against the sandbox's hospital."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.patients.model import Origin
from server.payments.his_ports import RefundAsked
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.registration import HisRegistration
from server.registration.model import ShiftSlots, ShiftState, Slot
from server.registration.ports import LockAsked, RegistrationPaid, ReserveAsked
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.test_his import a_config

pytestmark = pytest.mark.asyncio


@pytest.fixture
def his(sandbox: RunningSandbox, transport: AiohttpTransport) -> HttpJsonHis:
    return HttpJsonHis(a_config(sandbox), transport, SystemClock(), SystemIds(), timeout_s=3.0)


@pytest.fixture
def system(his: HttpJsonHis) -> HisRegistration:
    return HisRegistration(his)


async def a_free_number(system: HisRegistration, *, costs: bool = True) -> tuple[ShiftSlots, Slot]:
    tomorrow = hospital_day(SystemClock().now()) + timedelta(days=1)
    for department in await system.departments():
        for shift in await system.shifts(department.department_no, tomorrow, tomorrow + timedelta(days=3)):
            told = await system.slots(shift.schedule_no)
            if told is not None and told.slots and bool(shift.fee_fen) is costs:
                return told, told.slots[0]
    pytest.fail("no free number in the sandbox")


def a_lock(controls: Controls, told: ShiftSlots, slot: Slot, **fields: object) -> LockAsked:
    now = SystemClock().now()
    asked = LockAsked(
        out_trade_no=f"ZF{now:%Y%m%d}{SystemIds().text(12)}",
        slot_no=slot.slot_no,
        card_no=controls.person()["cards"][0],
        amount_fen=told.shift.fee_fen,
        until=now + timedelta(minutes=15),
    )
    return replace(asked, **fields)  # type: ignore[arg-type]


def paid(lock: LockAsked, **fields: object) -> RegistrationPaid:
    told = RegistrationPaid(
        out_trade_no=lock.out_trade_no,
        slot_no=lock.slot_no,
        card_no=lock.card_no,
        amount_fen=lock.amount_fen,
        channel="wechat" if lock.amount_fen else "none",
        transaction_id=f"42000{SystemIds().text(20, '0123456789')}" if lock.amount_fen else "",
        paid_at=SystemClock().now(),
        origin=Origin(entrance="official_account"),
    )
    return replace(told, **fields)  # type: ignore[arg-type]


async def test_who_waits_is_offered_the_number_that_somebody_gives_back(
    system: HisRegistration, controls: Controls
) -> None:
    told, _ = await a_free_number(system, costs=True)
    schedule_no, card_no = told.shift.schedule_no, controls.person()["cards"][0]
    with pytest.raises(OutsideRefusal) as refused:
        await system.wait(card_no, schedule_no)
    assert refused.value.user_message == "这个班次还有号，请直接挂号"
    assert await system.waits(card_no) == ()
    await controls.ask("POST", "/sandbox/his/fill_shift", {"schedule_no": schedule_no})
    for _ in range(2):
        await system.wait(card_no, schedule_no)
    [wait] = await system.waits(card_no)
    assert (wait.shift.schedule_no, wait.shift.left, wait.ahead, wait.offered) == (schedule_no, 0, 0, None)
    freed = await controls.ask("POST", "/sandbox/his/free_number", {"schedule_no": schedule_no})
    [wait] = await system.waits(card_no)
    assert wait.offered is not None
    assert (wait.offered.slot.slot_no, wait.offered.until > SystemClock().now()) == (freed["slot_no"], True)
    for _ in range(2):
        await system.end_wait(card_no, schedule_no)
    assert await system.waits(card_no) == ()
    full = await system.slots(schedule_no)
    assert full is not None
    assert [slot.slot_no for slot in full.slots] == [freed["slot_no"]], "nobody waits: anybody may take it"


async def test_each_doctor_of_the_list_has_shifts_in_their_department(system: HisRegistration) -> None:
    doctors, tomorrow = await system.doctors(), hospital_day(SystemClock().now()) + timedelta(days=1)
    known = {one.department_no: one.name for one in await system.departments()}
    assert {known[one.department_no] for one in doctors} == {one.department for one in doctors} == set(known.values())
    for doctor in doctors:
        shifts = await system.shifts(doctor.department_no, tomorrow, tomorrow + timedelta(days=30))
        own = [one for one in shifts if one.doctor_no == doctor.doctor_no]
        assert {(one.doctor, one.title, one.input_code) for one in own} == {
            (doctor.name, doctor.title, doctor.input_code)
        }


async def test_departments_shifts_and_free_numbers(system: HisRegistration) -> None:
    departments = await system.departments()
    assert [one.input_code for one in departments if one.name == "心血管内科"] == ["XXGNK"]
    today = hospital_day(SystemClock().now())
    shifts = await system.shifts(departments[0].department_no, today, today + timedelta(days=7))
    assert {one.state for one in shifts} == {ShiftState.OPEN}
    assert all(one.fee_fen == sum(item.amount_fen for item in one.items) for one in shifts)
    assert await system.shifts("NOSUCH", today, today) == ()
    assert await system.slots("NOSUCH-20261124-0-am") is None
    for shift in shifts:
        told = await system.slots(shift.schedule_no)
        assert told is not None
        assert len(told.slots) == told.shift.left
        assert told.shift.ends_at is not None
        assert all(slot.ends_at <= told.shift.ends_at for slot in told.slots)


async def test_a_number_is_locked_once_and_free_after_the_unlock(system: HisRegistration, controls: Controls) -> None:
    told, slot = await a_free_number(system)
    lock = a_lock(controls, told, slot)
    await system.lock(lock)
    await system.lock(lock)
    with pytest.raises(OutsideRefusal) as raised:
        await system.lock(a_lock(controls, told, slot))
    assert (raised.value.reason_code, raised.value.user_message) == ("REFUSED", "这个号已被占用，请选择其他号")
    with pytest.raises(OutsideRefusal, match="AMOUNT_DIFFERS"):
        await system.lock(a_lock(controls, told, slot, amount_fen=1))
    await system.unlock(lock.out_trade_no)
    await system.unlock(lock.out_trade_no)
    with pytest.raises(OutsideRefusal, match="REFUSED"):
        await system.lock(lock)  # a call that was under way when the number ended
    again = await system.slots(told.shift.schedule_no)
    assert again is not None
    assert slot in again.slots


async def test_a_paid_number_is_confirmed_once_and_stays(
    system: HisRegistration, his: HttpJsonHis, controls: Controls
) -> None:
    told, slot = await a_free_number(system)
    lock = a_lock(controls, told, slot)
    await system.lock(lock)
    asked = paid(lock)
    await controls.fault("his.reg.confirm", "timeout_after_work")
    with pytest.raises(OutcomeUnknown):
        await system.confirm(asked)
    found = await his.check(lock.out_trade_no)
    booking = await system.confirm(asked)
    assert found is not None
    assert (found.his_trade_no, found.amount_fen) == (booking.his_trade_no, lock.amount_fen)
    assert f"您是 {slot.number} 号" in booking.guide_text
    with pytest.raises(OutsideRefusal, match="CONFLICT"):
        await system.confirm(replace(asked, transaction_id="another"))
    await system.unlock(lock.out_trade_no)
    again = await system.slots(told.shift.schedule_no)
    assert again is not None
    assert slot not in again.slots, "an unlock never frees what is booked"
    refund = RefundAsked(
        out_trade_no=lock.out_trade_no,
        out_refund_no=f"{lock.out_trade_no}R01",
        amount_fen=lock.amount_fen,
        lines=(),
    )
    assert await his.refund_check(refund) == ""
    await his.refund_release(refund)
    freed = await system.slots(told.shift.schedule_no)
    assert freed is not None
    assert slot in freed.slots


async def test_a_number_is_confirmed_without_its_lock_while_nobody_has_it(
    system: HisRegistration, controls: Controls
) -> None:
    told, slot = await a_free_number(system)
    await system.confirm(paid(a_lock(controls, told, slot)))
    with pytest.raises(OutsideRefusal, match="REFUSED"):
        await system.confirm(paid(a_lock(controls, told, slot)))


async def test_a_number_that_costs_nothing_is_given_back(system: HisRegistration, controls: Controls) -> None:
    told, slot = await a_free_number(system, costs=False)
    lock = a_lock(controls, told, slot)
    await system.lock(lock)
    await system.confirm(paid(lock))
    await system.cancel(lock.out_trade_no)
    await system.cancel(lock.out_trade_no)
    again = await system.slots(told.shift.schedule_no)
    assert again is not None
    assert slot in again.slots
    with pytest.raises(OutsideRefusal, match="NO_DATA"):
        await system.cancel("ZF20261123NOSUCHNUMBER")


async def test_a_number_is_reserved_to_be_paid_at_the_window(
    system: HisRegistration, his: HttpJsonHis, controls: Controls
) -> None:
    told, slot = await a_free_number(system)
    lock = a_lock(controls, told, slot)
    asked = ReserveAsked(
        out_trade_no=lock.out_trade_no,
        slot_no=slot.slot_no,
        card_no=lock.card_no,
        fee_fen=told.shift.fee_fen,
        pay_until=lock.until + timedelta(hours=1),
        origin=Origin(entrance="official_account"),
    )
    first = await system.reserve(asked)
    assert await system.reserve(asked) == first
    found = await his.check(lock.out_trade_no)
    assert found is not None
    assert found.amount_fen == 0
    dearer = replace(asked, out_trade_no=a_lock(controls, told, slot).out_trade_no, fee_fen=asked.fee_fen + 1)
    with pytest.raises(OutsideRefusal, match="AMOUNT_DIFFERS"):
        await system.reserve(dearer)
    with pytest.raises(OutsideRefusal, match="REFUSED"):
        await system.lock(a_lock(controls, told, slot))
    await system.cancel(lock.out_trade_no)
    again = await system.slots(told.shift.schedule_no)
    assert again is not None
    assert slot in again.slots
