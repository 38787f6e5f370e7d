"""The sandbox's hospital gives out numbers, and tells the app of each booked one whose clinic it changes (docs/his-interface.md section 9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

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
