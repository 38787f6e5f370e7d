"""Which shifts and numbers are offered, what the HIS is asked to know it, and what a payment keeps of the number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.core.errors import NotAllowed, NotFound
from server.patients.model import BoundCard
from server.payments.subject import Subject
from server.registration.model import (
    Appointment,
    HalfDay,
    Shift,
    ShiftState,
    appointment_of,
    day_claim,
    description_of,
    read_appointment,
    read_change,
    slot_claim,
    subject_of,
    turn_claim,
)
from server.registration.permission import Permission
from server.registration.rules.hospital_rules import Most, RegistrationRules
from server.registration.rules.periods import Period, periods
from tests.support.builders import CARD, HOSPITAL, a_patient
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.hospital_systems import FaithfulHis
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import SHIFT_NO, TOMORROW, a_shift, a_slot, an_offer

MINUTE = timedelta(minutes=1)
TODAY = date(2026, 11, 23)


@pytest.mark.asyncio
async def test_the_his_is_asked_for_the_days_that_are_given_out_now_and_its_shifts_are_put_in_order() -> None:
    world = RegistrationWorld(RegistrationRules(days_ahead=3))
    schedules, told = world.registration.schedules, []
    for day, half_day, doctor in ((25, "am", "1"), (24, "pm", "1"), (24, "am", "2"), (24, "am", "1")):
        told.append(a_shift(day=TODAY.replace(day=day), half_day=HalfDay(half_day), doctor_no=doctor))

    async def shifts(department_no: str, first: date, last: date) -> list[Shift]:
        assert (department_no, first, last) == ("D01", TODAY, TODAY + timedelta(days=3))
        return told

    world.system.shifts = shifts  # type: ignore[method-assign]
    found = await schedules.shifts(HOSPITAL, "D01")
    assert (found.shifts, found.last, found.department.name) == (tuple(reversed(told)), date(2026, 11, 26), "测试内科")
    with pytest.raises(NotFound) as said:
        await schedules.shifts(HOSPITAL, "D09")
    assert said.value.user_message == "没有找到这个科室，请重新选择。"


@pytest.mark.asyncio
async def test_numbers_of_a_day_that_is_not_given_out_yet_are_not_shown() -> None:
    for ahead, shown in ((1, True), (0, False)):
        world = RegistrationWorld(RegistrationRules(days_ahead=ahead))
        if shown:
            assert len((await world.registration.schedules.slots(HOSPITAL, SHIFT_NO)).slots) == 3
            continue
        with pytest.raises(NotFound) as said:
            await world.registration.schedules.slots(HOSPITAL, SHIFT_NO)
        assert said.value.user_message == "没有找到这个班次，请重新选择。"
    with pytest.raises(NotFound):
        await RegistrationWorld().registration.schedules.slots(HOSPITAL, "none")


@pytest.mark.asyncio
async def test_doctors_are_searched_only_where_something_is_typed_and_the_his_lists_them() -> None:
    world = RegistrationWorld()
    schedules = world.registration.schedules
    everything = await schedules.search(HOSPITAL)
    assert ([one.name for one in everything.departments], everything.doctors) == (["测试内科", "测试外科"], ())
    found = await schedules.search(HOSPITAL, "外科")
    assert ([one.name for one in found.departments], [one.name for one in found.doctors]) == (["测试外科"], ["王样本"])
    assert schedules.lists_doctors(HOSPITAL)
    world.memory_app.offers.update(an_offer(world.memory_app.his, lists_doctors=False))  # type: ignore[attr-defined]
    assert (schedules.lists_doctors(HOSPITAL), await schedules.doctors(HOSPITAL)) == (False, ())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("taken_most", "first"), [(Most(times=2, days=1), 21), (Most(times=2, days=2), 21), (Most(times=2, days=3), 20)]
)
async def test_the_records_that_are_asked_for_go_back_two_days_or_as_far_as_a_rule_counts(
    taken_most: Most, first: int
) -> None:
    rules = RegistrationRules(taken_most=taken_most, days_ahead=5)
    offer = an_offer(FaithfulHis(), rules)[HOSPITAL]
    asked = await Permission(FakeClock()).asked(offer, [], CARD, a_patient(), a_shift())
    [(card_no, since, until)] = offer.system.named("records")  # type: ignore[attr-defined]
    assert (card_no, since, until) == (CARD, TODAY.replace(day=first), TODAY.replace(day=28))
    assert (asked.department_no, asked.department, asked.day, asked.records) == ("D01", "测试内科", TOMORROW, [])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("born", "guardian_born", "has_one"),
    [
        ("2012-11-24", None, True),
        ("2012-11-25", None, False),
        ("2012-11-25", "2008-11-24", True),
        ("2012-11-25", "2008-11-25", False),
        ("", None, True),
    ],
)
async def test_a_child_below_the_age_needs_a_card_of_somebody_who_is_eighteen_on_the_day(
    born: str, guardian_born: str | None, has_one: bool
) -> None:
    his = FaithfulHis()
    if guardian_born is not None:
        his.patients[OTHER_CARD] = a_patient(birth_date=guardian_born)
    offer = an_offer(his, RegistrationRules(guardian_under=14))[HOSPITAL]
    cards = [BoundCard(hospital=HOSPITAL, owner="o", card_no=number, name="张测试") for number in ("C9", OTHER_CARD)]
    asked = await Permission(FakeClock()).asked(offer, cards, CARD, a_patient(birth_date=born), a_shift())
    assert asked.has_guardian is has_one


@pytest.mark.asyncio
async def test_what_is_against_a_number_is_said_before_a_rule_of_the_hospital() -> None:
    rules, permission = RegistrationRules(real_name=True), Permission(FakeClock())
    offer = an_offer(FaithfulHis(), rules)[HOSPITAL]
    asked = await permission.asked(offer, [], CARD, a_patient(id_no=""), a_shift())
    with pytest.raises(NotAllowed, match="not given out"):
        permission.must_be_allowed(rules, asked, a_shift(state=ShiftState.STOPPED), a_slot(1))
    for check in (
        lambda: permission.must_be_allowed(rules, asked, a_shift(), a_slot(1)),
        lambda: permission.must_be_allowed_to_wait(rules, asked),
    ):
        with pytest.raises(NotAllowed, match="a rule of the hospital: real_name") as said:
            check()
        assert said.value.user_message == "挂号需要实名。医院没有登记就诊人的身份证号，请到窗口补登记。"


def test_what_a_payment_claims_of_a_number_a_day_and_a_turn() -> None:
    assert slot_claim("S1") == "slot:S1"
    assert day_claim("hash", "D01", TOMORROW) == "seen:hash:D01:20261124"
    assert turn_claim("hash", TOMORROW, "a,b") == "next:hash:20261124:a,b"
    assert description_of("测试医院") == "测试医院 预约挂号"


def test_a_number_is_read_as_it_was_kept_and_nothing_else_is() -> None:
    shift = a_shift(place="门诊楼\n2 层")
    kept = subject_of(shift, a_slot(2), MORNING)
    [charge] = kept.charges
    assert (charge.number, charge.kind, charge.own_fen, charge.issued_at) == (
        a_slot(2).slot_no, "registration", 2100, MORNING,
    )  # fmt: skip
    assert (charge.department, charge.doctor, charge.items) == ("测试内科", "李虚构", shift.items)
    assert read_appointment(kept) == replace(appointment_of(shift, a_slot(2)), place="门诊楼 2 层")
    assert appointment_of(shift, a_slot(2)) == Appointment(
        schedule_no=SHIFT_NO, slot_no=a_slot(2).slot_no, department_no="D01", number=2,
        begins_at=a_slot(2).begins_at, ends_at=a_slot(2).ends_at, place="门诊楼\n2 层",
    )  # fmt: skip
    for facts in ("", "1", kept.facts + "\nmore"):
        with pytest.raises(ValueError, match="facts of no registration"):
            read_appointment(Subject(charges=kept.charges, facts=facts))
    assert read_change("") is None
    with pytest.raises(ValueError, match="not enough values"):
        read_change("stopped\n2026-11-23T09:30:00+08:00")


def test_numbers_are_grouped_by_the_half_hour_in_which_they_begin() -> None:
    eight = a_slot(1).begins_at
    late = a_slot(4, begins_at=eight + 30 * MINUTE, ends_at=eight + 40 * MINUTE)
    early = a_slot(3, begins_at=eight + timedelta(minutes=29, seconds=59), ends_at=eight + 45 * MINUTE)
    first = a_slot(1, begins_at=eight + timedelta(seconds=1, microseconds=1))
    twin = replace(first, slot_no="twin", number=2)
    assert periods([late, early, twin, first]) == (
        Period(begins_at=eight, ends_at=eight + 45 * MINUTE, slots=(first, twin, early)),
        Period(begins_at=eight + 30 * MINUTE, ends_at=eight + 40 * MINUTE, slots=(late,)),
    )
    assert periods([]) == ()
