"""The sandbox's hospital gives out numbers, and tells the app of each booked one whose clinic it changes (docs/his-interface.md section 9)."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sandbox.hospital.errors import No
from sandbox.hospital.schedules import schedule_and_slot
from tests.sandbox.hospital import His
from tests.sandbox.world import Record, World

OK = b'{"code":"OK","message":"","data":{}}'
BUSY = b'{"code":"BUSY","message":"","data":{}}'


@pytest.fixture
def his(world: World) -> His:
    return His(world)


def a_free_number(his: His) -> tuple[Record, str]:
    """A shift that costs something, and a free number in it."""
    day = "2026-03-03"
    for department in his.ask("reg.departments")[1]["departments"]:
        asked = {"department_no": department["department_no"], "from": day, "to": day}
        for shift in his.ask("reg.schedules", **asked)[1]["schedules"]:
            slots = his.ask("reg.slots", schedule_no=shift["schedule_no"])[1]["slots"]
            if shift["fee_fen"] and slots:
                return shift, slots[0]["slot_no"]
    raise AssertionError("no free number")


def lock(his: His, shift: Record, slot_no: str, number: str = "ZF1") -> str:
    code, _ = his.ask(
        "reg.lock", out_trade_no=number, slot_no=slot_no, card_no=his.card(), amount_fen=shift["fee_fen"],
        until="2026-03-02T09:15:00+08:00",
    )  # fmt: skip
    return code


def confirm(his: His, shift: Record, slot_no: str, number: str = "ZF1") -> str:
    code, _ = his.ask(
        "reg.confirm", out_trade_no=number, slot_no=slot_no, card_no=his.card(), amount_fen=shift["fee_fen"], channel="wechat",
        transaction_id="421", paid_at="2026-03-02T09:01:00+08:00", entrance="official_account", terminal="", operator="",
    )  # fmt: skip
    return code


def change(world: World, schedule_no: str, state: str, **words: str) -> list[str]:
    return world.outside.hospital.his.registration.change(schedule_no, state, **words)


def said(requests: list[Any]) -> list[Record]:
    return [json.loads(one.body) for one in requests if one.url.endswith("/his/v1/reg.changed")]


def test_each_booked_number_is_told_until_it_is_answered(world: World, his: His) -> None:
    shift, slot_no = a_free_number(his)
    assert (lock(his, shift, slot_no), confirm(his, shift, slot_no)) == ("OK", "OK")
    assert change(world, shift["schedule_no"], "stopped", reason="会诊") == ["ZF1"]
    [told] = said(world.bring(200, BUSY))
    assert told == {"out_trade_no": "ZF1", "state": "stopped", "replaced_by": "", "reason": "会诊", "at": told["at"]}
    world.wait(seconds=11)
    assert said(world.bring(200, OK)) == [told]
    world.wait(hours=3)
    assert said(world.bring(200, OK)) == []


def test_a_stopped_clinic_gives_out_no_numbers_and_a_replaced_one_does(world: World, his: His) -> None:
    shift, slot_no = a_free_number(his)
    change(world, shift["schedule_no"], "stopped")
    assert his.ask("reg.slots", schedule_no=shift["schedule_no"])[1]["slots"] == []
    assert lock(his, shift, slot_no) == "REFUSED"
    change(world, shift["schedule_no"], "replaced", replaced_by="王代班")
    told = his.ask("reg.slots", schedule_no=shift["schedule_no"])[1]
    assert (told["schedule"]["state"], told["schedule"]["replaced_by"]) == ("replaced", "王代班")
    assert lock(his, shift, slot_no) == "OK"
    assert confirm(his, shift, slot_no) == "OK"
    assert said(world.bring()) == [], "this patient took it knowing of the other doctor"


def test_a_number_that_was_locked_before_the_change_is_told_when_it_is_booked(world: World, his: His) -> None:
    shift, slot_no = a_free_number(his)
    lock(his, shift, slot_no)
    assert change(world, shift["schedule_no"], "replaced", replaced_by="王代班") == []
    assert confirm(his, shift, slot_no) == "OK"
    assert [one["out_trade_no"] for one in said(world.bring(200, OK))] == ["ZF1"]


def records(his: His, world: World) -> list[tuple[str, str]]:
    code, data = his.ask("reg.records", **{"card_no": his.card(), "from": "2025-12-01", "to": "2026-03-31"})
    assert code == "OK"
    return [(one["slot_no"], one["state"]) for one in data["records"]]


def test_what_became_of_a_patient_s_numbers(world: World, his: His) -> None:
    shift, slot_no = a_free_number(his)
    lock(his, shift, slot_no)
    assert records(his, world) == [], "a lock is none"
    confirm(his, shift, slot_no)
    assert records(his, world) == [(slot_no, "booked")]
    world.outside.scene.clock.day_set = date(2026, 3, 4)
    assert records(his, world) == [(slot_no, "missed")]
    world.outside.hospital.his.clinic_queue.see("ZF1")
    assert records(his, world) == [(slot_no, "used")]
    back = {"out_trade_no": "ZF1", "out_refund_no": "ZF1R01", "amount_fen": shift["fee_fen"], "lines": []}
    assert his.ask("refund.release", **back)[0] == "REFUSED"


def test_a_number_that_went_back_is_not_seen(world: World, his: His) -> None:
    shift, slot_no = a_free_number(his)
    lock(his, shift, slot_no)
    confirm(his, shift, slot_no)
    back = {"out_trade_no": "ZF1", "out_refund_no": "ZF1R01", "amount_fen": shift["fee_fen"], "lines": []}
    assert his.ask("refund.release", **back)[0] == "OK"
    with pytest.raises(No):
        world.outside.hospital.his.clinic_queue.see("ZF1")


@pytest.mark.parametrize(("state", "became"), [("open", "cancelled"), ("stopped", "stopped")])
def test_a_number_that_went_back_is_the_patient_s_doing_unless_the_clinic_was_stopped(
    world: World, his: His, state: str, became: str
) -> None:
    shift, slot_no = a_free_number(his)
    lock(his, shift, slot_no)
    confirm(his, shift, slot_no)
    change(world, shift["schedule_no"], state)
    code, _ = his.ask(
        "refund.release", out_trade_no="ZF1", out_refund_no="ZF1R01", amount_fen=shift["fee_fen"], lines=[]
    )
    assert code == "OK"
    assert records(his, world) == [(slot_no, became)]


def test_missed_numbers_of_before_are_invented_once(world: World, his: His) -> None:
    world.outside.hospital.his.attendance.miss(his.card(), 3)
    first = records(his, world)
    assert [state for _, state in first] == ["missed"] * 3
    world.outside.hospital.his.attendance.miss(his.card(), 3)
    assert records(his, world) == first


def test_a_patient_checks_in_on_the_day_and_is_called(world: World, his: His) -> None:
    shift, slot_no = a_free_number(his)
    lock(his, shift, slot_no)
    assert his.ask("reg.queue", out_trade_no="ZF1")[0] == "NO_DATA"
    confirm(his, shift, slot_no)
    told = his.ask("reg.queue", out_trade_no="ZF1")[1]
    assert (told["state"], told["now_number"], told["can_check_in"]) == ("booked", 0, False)
    assert his.ask("reg.check_in", out_trade_no="ZF1", point="A1")[0] == "REFUSED", "it is tomorrow's"
    _, slot = schedule_and_slot(slot_no)
    begins = datetime.fromisoformat(slot["begins_at"])
    world.outside.scene.clock.day_set = begins.date()
    world.time.moment = world.time.moment.replace(hour=begins.hour, minute=begins.minute) - timedelta(minutes=5)
    for _ in range(2):
        code, told = his.ask("reg.check_in", out_trade_no="ZF1", point="A1")
        assert (code, told["state"]) == ("OK", "checked_in")
    refund = {"out_trade_no": "ZF1", "out_refund_no": "ZF1R01", "amount_fen": shift["fee_fen"], "lines": []}
    assert his.ask("refund.release", **refund)[0] == "REFUSED", "it is used"
    world.time.pass_(minutes=6)
    assert his.ask("reg.queue", out_trade_no="ZF1")[1]["state"] == "called"
    world.time.pass_(hours=1)
    assert his.ask("reg.queue", out_trade_no="ZF1")[1]["state"] == "used"


def test_who_does_not_come_has_missed_the_number(world: World, his: His) -> None:
    shift, slot_no = a_free_number(his)
    lock(his, shift, slot_no)
    confirm(his, shift, slot_no)
    world.outside.scene.clock.day_set = date(2026, 3, 4)
    assert his.ask("reg.queue", out_trade_no="ZF1")[1]["state"] == "missed"
