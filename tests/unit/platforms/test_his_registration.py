"""The registration functions of docs/his-interface.md section 9: the page's own vector, and answers that can't be believed."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown
from server.patients.model import Origin
from server.payments.model import Booking
from server.platforms.his.registration import HisRegistration
from server.platforms.his.signing import answer_signature, request_signature
from server.registration.doctor_model import Doctor
from server.registration.model import QueuePlace, QueueState
from server.registration.ports import LockAsked, ReserveAsked
from server.registration.record_model import Record, RecordState
from tests.unit.platforms.his_answers import SECRET, a_his, said

PATH, NONCE = "/hospital/v1/reg.lock", "0123456789abcdef"
LOCK = LockAsked(
    out_trade_no="ZF20231115ABCDEFGHJKMNPQ",
    slot_no="D01-20231116-0-am-03",
    card_no="8800000001",
    amount_fen=3100,
    until=datetime(2023, 11, 14, 22, 28, 20, tzinfo=UTC),
)
DAY = date(2026, 11, 24)
RESERVE = ReserveAsked(
    out_trade_no=LOCK.out_trade_no,
    slot_no=LOCK.slot_no,
    card_no=LOCK.card_no,
    fee_fen=3100,
    pay_until=datetime(2023, 11, 15, 23, 50, tzinfo=UTC),
    origin=Origin(entrance="official_account"),
)
THE_RESERVATION = Booking(
    his_trade_no="HIS123456789012", receipt_no="GH1234567890", guide_text="11月16日 07:50 前到窗口付挂号费"
)
SHANGHAI = timezone(timedelta(hours=8))
THE_DOCTORS = (
    Doctor(
        doctor_no="D0100", name="林示范", department_no="D01", department="心血管内科", title="主任医师", input_code="LSF", note="冠心病、高血压"
    ),
)  # fmt: skip
THE_RECORDS = (
    Record(
        slot_no="D01-20231103-0-am-05",
        department_no="D01",
        begins_at=datetime(2023, 11, 3, 8, 40, tzinfo=SHANGHAI),
        taken_at=datetime(2023, 11, 1, 9, 12, 30, tzinfo=SHANGHAI),
        state=RecordState.MISSED,
        ended_at=datetime(2023, 11, 3, 12, tzinfo=SHANGHAI),
    ),
    Record(
        slot_no="D01-20231116-0-am-03",
        department_no="D01",
        begins_at=datetime(2023, 11, 16, 8, 20, tzinfo=SHANGHAI),
        taken_at=datetime(2023, 11, 15, 6, 13, 21, tzinfo=SHANGHAI),
        state=RecordState.BOOKED,
        out_trade_no=LOCK.out_trade_no,
    ),
)


def a_schedule(**fields: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "schedule_no": "D01-1", "department_no": "D01", "department": "测试内科", "doctor_no": "1001", "doctor": "李虚构", "title": "主任医师",
        "input_code": "", "date": DAY.isoformat(), "half_day": "am", "state": "open", "replaced_by": "", "place": "2 层", "left": 1, "fee_fen": 2100,
        "fees": [{"item_no": "GH", "name": "挂号费", "amount_fen": 100}, {"item_no": "ZC", "name": "诊查费", "amount_fen": 2000}],
    }  # fmt: skip
    return {**facts, **fields}


@pytest.mark.asyncio
async def test_the_lock_of_the_page_s_vector() -> None:
    his, transport = a_his(said(data={"until": "2023-11-15T06:28:20+08:00"}))
    await HisRegistration(his).lock(LOCK)
    [sent] = transport.sent
    assert sent.url.endswith(PATH)
    signature = request_signature(SECRET, PATH, "1700000000", NONCE, sent.body)
    assert signature == "5d02151fc98e10976aa25fd57ef578a63c9963f6d89c5cbb3bb080d50ea1bd68"
    answer = b'{"code":"OK","message":"","data":{"until":"2023-11-15T06:28:20+08:00"}}'
    answered = answer_signature(SECRET, PATH, "1700000001", NONCE, answer)
    assert answered == "9fe4ebcdbbb3951b7c8a2a5ebd886549824b1d9caa049aa2ac8ba5abd530e263"


@pytest.mark.asyncio
async def test_shifts_are_read() -> None:
    his, transport = a_his(said(data={"schedules": [a_schedule()]}))
    [shift] = await HisRegistration(his).shifts("D01", DAY, DAY + timedelta(days=1))
    assert json.loads(transport.sent[0].body) == {"department_no": "D01", "from": "2026-11-24", "to": "2026-11-25"}
    assert (shift.day, shift.fee_fen, [item.amount_fen for item in shift.items]) == (DAY, 2100, [100, 2000])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("told", "ends_at"),
    [
        ({}, None),
        ({"ends_at": None}, None),
        ({"ends_at": "2026-11-24T11:30:00+08:00"}, datetime(2026, 11, 24, 11, 30, tzinfo=SHANGHAI)),
    ],
)
async def test_the_end_of_a_shift_may_be_told(told: dict[str, Any], ends_at: datetime | None) -> None:
    his, _ = a_his(said(data={"schedules": [a_schedule(**told)]}))
    [shift] = await HisRegistration(his).shifts("D01", DAY, DAY + timedelta(days=1))
    assert shift.ends_at == ends_at


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "changed",
    [
        {"ends_at": "11:30"},
        {"state": "over"},
        {"fee_fen": 2000},
        {"department_no": "D02"},
        {"date": "2026-11-26"},
        {"state": "perhaps"},
        {"left": -1},
        {"schedule_no": "a/b"},
        {"fee_fen": 21.0},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_an_answer_that_contradicts_itself_or_the_question_is_unknown(changed: dict[str, Any]) -> None:
    his, _ = a_his(said(data={"schedules": [a_schedule(**changed)]}))
    with pytest.raises(OutcomeUnknown):
        await HisRegistration(his).shifts("D01", DAY, DAY + timedelta(days=1))


@pytest.mark.asyncio
async def test_the_numbers_of_another_shift_are_not_shown() -> None:
    his, _ = a_his(said(data={"schedule": a_schedule(schedule_no="D01-2"), "slots": []}))
    with pytest.raises(OutcomeUnknown):
        await HisRegistration(his).slots("D01-1")


@pytest.mark.asyncio
async def test_what_a_patient_has_taken_before_is_read() -> None:
    told = {
        "slot_no": "D01-1-03", "department_no": "D01", "begins_at": "2026-11-20T08:00:00+08:00", "taken_at": "2026-11-18T08:00:00+08:00",
        "state": "missed", "ended_at": "2026-11-20T08:30:00+08:00", "out_trade_no": "",
    }  # fmt: skip
    his, transport = a_his(said(data={"records": [told]}))
    [record] = await HisRegistration(his).records("C1", DAY, DAY)
    assert json.loads(transport.sent[0].body) == {"card_no": "C1", "from": "2026-11-24", "to": "2026-11-24"}
    assert (record.state, record.ended_at) == (RecordState.MISSED, datetime(2026, 11, 20, 0, 30, tzinfo=UTC))
    his, _ = a_his(said(data={"records": [{**told, "state": "perhaps"}]}))
    with pytest.raises(OutcomeUnknown):
        await HisRegistration(his).records("C1", DAY, DAY)


@pytest.mark.asyncio
async def test_the_place_in_the_queue_is_read() -> None:
    told = {"state": "checked_in", "now_number": 3, "ahead": 2, "place": "2 层", "can_check_in": False}
    his, transport = a_his(said(data=told))
    place = await HisRegistration(his).queue("ZF1")
    assert place == QueuePlace(state=QueueState.CHECKED_IN, now_number=3, ahead=2, place="2 层", can_check_in=False)
    assert json.loads(transport.sent[0].body) == {"out_trade_no": "ZF1"}
    his, _ = a_his(said(data={**told, "ahead": -1}))
    with pytest.raises(OutcomeUnknown):
        await HisRegistration(his).queue("ZF1")


async def offered_number(system: HisRegistration) -> tuple[str, str, datetime]:
    """The shift of the first wait, the number that is offered, and until when."""
    [wait] = await system.waits("8800000001")
    assert wait.offered is not None
    assert wait.ahead == 0, "whoever is offered a number has nobody before them, whatever the HIS says"
    return wait.shift.schedule_no, wait.offered.slot.slot_no, wait.offered.until


@pytest.mark.asyncio
@pytest.mark.parametrize("lacking", ["slot", "until"])
async def test_an_offer_without_its_number_or_its_end_is_unknown(lacking: str) -> None:
    data = json.loads(of_the_page("reg.waits")[1])["data"]
    data["waits"][0][lacking] = None
    his, _ = a_his(said(data=data))
    with pytest.raises(OutcomeUnknown):
        await HisRegistration(his).waits("8800000001")


@pytest.mark.asyncio
async def test_who_is_not_offered_a_number_waits() -> None:
    data = json.loads(of_the_page("reg.waits")[1])["data"]
    data["waits"][0] |= {"state": "waiting", "ahead": 2, "slot": None, "until": None}
    his, _ = a_his(said(data=data))
    [wait] = await HisRegistration(his).waits("8800000001")
    assert (wait.ahead, wait.offered) == (2, None)


def of_the_page(function: str) -> tuple[bytes, bytes]:
    """The bodies of a function's vector in docs/his-interface.md: what is asked and what is answered."""
    page = (Path(__file__).resolve().parents[3] / "docs/his-interface.md").read_text("utf-8")
    vector = page.partition(f"\nPath `/hospital/v1/{function}`, request body\n")[2]
    asked, told = re.findall(r"^```\n(.+?)\n```$", vector, re.M)[:2]
    return asked.encode(), told.encode()


@pytest.mark.asyncio
async def test_the_questions_and_answers_of_the_page_s_vectors() -> None:
    records = ("8800000001", date(2023, 5, 19), date(2023, 11, 22))
    calls: dict[str, tuple[Callable[[HisRegistration], Awaitable[object]], object]] = {
        "reg.doctors": (lambda system: system.doctors(), THE_DOCTORS),
        "reg.records": (lambda system: system.records(*records), THE_RECORDS),
        "reg.queue": (
            lambda system: system.queue(LOCK.out_trade_no),
            QueuePlace(
                state=QueueState.CHECKED_IN, now_number=1, ahead=1, place="门诊楼 2 层 A 区", can_check_in=False
            ),
        ),
        "reg.wait": (lambda system: system.wait("8800000001", "D01-20231116-0-am"), None),
        "reg.waits": (offered_number, ("D01-20231116-0-am", LOCK.slot_no, LOCK.until)),
        "reg.reserve": (lambda system: system.reserve(RESERVE), THE_RESERVATION),
        "reg.check_in": (lambda system: system.check_in(LOCK.out_trade_no, "A2"), None),
    }
    for function, (call, expected) in calls.items():
        asked, told = of_the_page(function)
        his, transport = a_his(said(data=json.loads(told)["data"]))
        assert await call(HisRegistration(his)) == expected, function
        assert json.loads(transport.sent[0].body) == json.loads(asked), function
