"""Registration at the HIS: what is asked word for word, and how much an answer may hold (docs/his-interface.md section 9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.patients.model import Origin
from server.payments.subject import ChargeItem
from server.platforms.his.registration import HisRegistration
from server.registration.model import Department, Slot
from server.registration.ports import RegistrationPaid
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.his_answers import a_his, said
from tests.unit.platforms.played import ScriptedTransport
from tests.unit.platforms.test_his_registration import DAY, a_schedule

pytestmark = pytest.mark.asyncio
TIMES = {"begins_at": "2026-11-24T08:00:00+08:00", "ends_at": "2026-11-24T08:30:00+08:00"}
SLOT = {"slot_no": "D01-1-03", "number": 3, **TIMES}
RECORD = {
    "slot_no": "D01-1-03", "department_no": "D01", "begins_at": "2026-11-20T08:00:00+08:00", "taken_at": "2026-11-18T08:00:00+08:00",
    "state": "missed", "ended_at": None, "out_trade_no": "",
}  # fmt: skip
PLACE = {"state": "called", "now_number": 3, "ahead": 2, "can_check_in": False}
DOCTOR = {"doctor_no": "1", "name": "x", "department_no": "D", "department": "x"}
NO_TIME = "0001-01-01T00:00:00+08:00"


def registration(*answers: Any) -> tuple[HisRegistration, ScriptedTransport]:
    his, transport = a_his(*answers)
    return HisRegistration(his), transport


def questions(transport: ScriptedTransport) -> list[tuple[str, Any]]:
    return [(sent.url.rpartition("/")[2], json.loads(sent.body)) for sent in transport.sent]


async def departments(told: Any) -> Any:
    return await registration(said(data=told))[0].departments()


async def shifts(told: Any) -> Any:
    return await registration(said(data=told))[0].shifts("D01", DAY, DAY)


async def slots(told: Any) -> Any:
    return await registration(said(data=told))[0].slots("D01-1")


async def records(told: Any) -> Any:
    return await registration(said(data=told))[0].records("C1", DAY, DAY)


async def queue(told: Any) -> Any:
    return await registration(said(data=told))[0].queue("ZF1")


async def doctors(told: Any) -> Any:
    return await registration(said(data=told))[0].doctors()


async def waits(told: Any) -> Any:
    return await registration(said(data=told))[0].waits("C1")


def a_wait(ahead: int = 0) -> dict[str, Any]:
    return {"schedule": a_schedule(), "state": "waiting", "ahead": ahead, "slot": None, "until": None}


async def test_departments_are_read_and_may_be_none() -> None:
    told = {"department_no": "D01", "name": "测试内科", "input_code": "csnk", "place": "2 层", "note": "请空腹"}
    of, transport = registration(said(data={"departments": [told]}), said("NO_DATA"))
    assert await of.departments() == (Department(**told),)
    assert await of.departments() == ()
    assert questions(transport)[0] == ("reg.departments", {})


async def test_where_the_his_has_nothing_there_is_nothing() -> None:
    of, _ = registration(*[said("NO_DATA")] * 4)
    assert await of.shifts("D01", DAY, DAY) == ()
    assert await of.slots("D01-1") is None
    assert await of.records("C1", DAY, DAY) == ()
    assert await of.queue("ZF1") is None


async def test_what_is_done_at_the_his_is_asked_of_it() -> None:
    of, transport = registration(*[said(data={})] * 3)
    await of.check_in("ZF1", "A1")
    await of.unlock("ZF1")
    await of.cancel("ZF1")
    assert questions(transport) == [
        ("reg.check_in", {"out_trade_no": "ZF1", "point": "A1"}),
        ("reg.unlock", {"out_trade_no": "ZF1"}),
        ("reg.cancel", {"out_trade_no": "ZF1"}),
    ]
    of, transport = registration(said(data={}))
    await of.end_wait("C1", "D01-1")
    assert questions(transport) == [("reg.wait_end", {"schedule_no": "D01-1", "card_no": "C1"})]
    for act in ("unlock", "cancel"):
        of, _ = registration(said("NO_DATA"))
        with pytest.raises(OutsideRefusal):
            await getattr(of, act)("ZF1")


async def test_a_paid_number_is_confirmed_with_its_money() -> None:
    of, transport = registration(said(data={"his_trade_no": "H1"}))
    paid = RegistrationPaid(
        out_trade_no="ZF1", slot_no="D01-1-03", card_no="C1", amount_fen=2100, channel="wechat", transaction_id="42",
        paid_at=MORNING, origin=Origin(entrance="official_account"),
    )  # fmt: skip
    assert (await of.confirm(paid)).his_trade_no == "H1"
    [(function, asked)] = questions(transport)
    assert (function, asked["slot_no"], asked["card_no"], asked["amount_fen"]) == (
        "reg.confirm",
        "D01-1-03",
        "C1",
        2100,
    )
    assert asked["paid_at"] == "2026-11-23T09:30:00+08:00"


async def test_a_fee_is_an_item_of_registration() -> None:
    [shift] = await shifts({"schedules": [a_schedule()]})
    assert shift.items[0] == ChargeItem(
        item_no="GH", name="挂号费", category="挂号", spec="", unit="次", quantity="1", unit_price_fen=100, amount_fen=100, own_fen=100,
    )  # fmt: skip
    [unsplit] = await shifts({"schedules": [a_schedule(fees=[])]})
    assert (unsplit.fee_fen, unsplit.items) == (2100, ())


async def test_numbers_stand_in_the_order_of_their_times() -> None:
    later = {**SLOT, "slot_no": "D01-1-04", "begins_at": TIMES["ends_at"]}
    told = await slots({"schedule": a_schedule(), "slots": [later, SLOT]})
    begins, ends = (datetime(2026, 11, 24, 0, minute, tzinfo=UTC) for minute in (0, 30))
    assert told.slots[0] == Slot(slot_no="D01-1-03", number=3, begins_at=begins, ends_at=ends)
    assert [slot.slot_no for slot in told.slots] == ["D01-1-03", "D01-1-04"]


async def test_the_days_that_were_asked_for_are_all_that_is_shown() -> None:
    of, _ = registration(*[said(data={"schedules": [a_schedule()]})] * 3)
    last, before = date(2026, 11, 30), date(2026, 11, 23)
    assert len(await of.shifts("D01", DAY, last)) == len(await of.shifts("D01", before, DAY)) == 1
    with pytest.raises(OutcomeUnknown):
        await of.shifts("D01", date(2026, 11, 25), last)


LISTS: dict[str, tuple[Any, Callable[[int], Any], int]] = {
    "departments": (departments, lambda n: {"departments": [{"department_no": "D", "name": "x"}] * n}, 500),
    "shifts": (shifts, lambda n: {"schedules": [a_schedule()] * n}, 2000),
    "fees": (
        shifts, lambda n: {"schedules": [a_schedule(fee_fen=n, fees=[{"item_no": "G", "name": "x", "amount_fen": 1}] * n)]}, 20,
    ),
    "numbers": (slots, lambda n: {"schedule": a_schedule(), "slots": [SLOT] * n}, 500),
    "records": (records, lambda n: {"records": [RECORD] * n}, 1000),
    "doctors": (doctors, lambda n: {"doctors": [DOCTOR] * n}, 5000),
    "waits": (waits, lambda n: {"waits": [a_wait()] * n}, 100),
}  # fmt: skip


@pytest.mark.parametrize("what", LISTS)
async def test_a_list_is_as_long_as_it_may_be(what: str) -> None:
    ask, told, most = LISTS[what]
    assert await ask(told(most))
    with pytest.raises(OutcomeUnknown):
        await ask(told(most + 1))


COUNTS: dict[str, tuple[Any, Callable[[int], Any], int, int]] = {
    "numbers left": (shifts, lambda n: {"schedules": [a_schedule(left=n)]}, 0, 10_000),
    "a number": (slots, lambda n: {"schedule": a_schedule(), "slots": [{**SLOT, "number": n}]}, 1, 100_000),
    "the number that is called": (queue, lambda n: {**PLACE, "now_number": n}, 0, 100_000),
    "people before one who waits": (waits, lambda n: {"waits": [a_wait(n)]}, 0, 100_000),
    "people before one": (queue, lambda n: {**PLACE, "ahead": n}, 0, 100_000),
}


@pytest.mark.parametrize("what", COUNTS)
async def test_the_least_and_the_most_are_read_and_one_beside_them_is_not(what: str) -> None:
    ask, told, least, most = COUNTS[what]
    for fits in (least, most):
        assert await ask(told(fits)) is not None
    for wrong in (least - 1, most + 1):
        with pytest.raises(OutcomeUnknown):
            await ask(told(wrong))


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        *[(slots, {"schedule": a_schedule(), "slots": [{**SLOT, name: NO_TIME}]}) for name in ("begins_at", "ends_at")],
        *[(records, {"records": [{**RECORD, name: NO_TIME}]}) for name in ("begins_at", "taken_at", "ended_at")],
    ],
)
async def test_a_time_that_says_no_time_makes_the_answer_unreadable(ask: Any, told: Any) -> None:
    """`0001-01-01` moved to another zone is before all time: it broke the page, or the rules that look at days."""
    with pytest.raises(OutcomeUnknown):
        await ask(told)
