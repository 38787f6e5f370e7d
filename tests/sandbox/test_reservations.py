"""The sandbox's hospital keeps a number that is to be paid at its window, until that time is over (docs/his-interface.md section 9, reg.reserve)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.hospital.errors import No
from tests.sandbox.hospital import His
from tests.sandbox.test_registration import OK, a_free_number, change, lock
from tests.sandbox.world import Record, World

UNTIL = "2026-03-02T15:00:00+08:00"
NUMBER = {"out_trade_no": "ZF1"}


@pytest.fixture
def his(world: World) -> His:
    return His(world)


@pytest.fixture
def free(his: His) -> tuple[Record, str]:
    return a_free_number(his)


def reserve(his: His, free: tuple[Record, str], number: str = "ZF1", person: int = 1, **other: Any) -> str:
    shift, slot_no = free
    asked = {
        "out_trade_no": number, "slot_no": slot_no, "card_no": his.card(person), "fee_fen": shift["fee_fen"], "pay_until": UNTIL,
        "entrance": "official_account", "terminal": "", "operator": "", **other,
    }  # fmt: skip
    code, data = his.ask("reg.reserve", **asked)
    if code == "OK":
        assert data["guide_text"] == "3月2日 15:00 前到窗口付挂号费"
    return code


def is_free(his: His, free: tuple[Record, str]) -> bool:
    slots = his.ask("reg.slots", schedule_no=free[0]["schedule_no"])[1]["slots"]
    return free[1] in {slot["slot_no"] for slot in slots}


def became(his: His) -> str:
    asked = {"card_no": his.card(), "from": "2026-03-01", "to": "2026-03-31"}
    [record] = his.ask("reg.records", **asked)[1]["records"]
    return str(record["state"])


def pay(world: World, number: str = "ZF1") -> int:
    return world.outside.hospital.his.reservations.pay_at_window(number)


def test_it_is_reserved_once_and_nobody_else_gets_it(his: His, free: tuple[Record, str]) -> None:
    assert [reserve(his, free) for _ in range(2)] == ["OK", "OK"]
    assert not is_free(his, free)
    assert lock(his, *free, number="ZF2") == reserve(his, free, "ZF3", 2) == "REFUSED"
    assert reserve(his, free, fee_fen=free[0]["fee_fen"] + 1) == "CONFLICT"
    assert his.ask("trade.check", **NUMBER)[1]["amount_fen"] == 0
    assert became(his) == "booked"


def test_another_fee_and_a_time_that_is_over_are_refused(his: His, free: tuple[Record, str], world: World) -> None:
    assert reserve(his, free, fee_fen=free[0]["fee_fen"] + 1) == "AMOUNT_DIFFERS"
    assert reserve(his, free, pay_until="2026-03-01T08:00:00+08:00") == "REFUSED"
    assert is_free(his, free)


def test_who_pays_has_it_and_the_app_hears_of_it(his: His, free: tuple[Record, str], world: World) -> None:
    reserve(his, free)
    assert not his.ask("reg.queue", **NUMBER)[1]["can_check_in"]
    assert pay(world) == free[0]["fee_fen"]
    [told] = [json.loads(one.body) for one in world.bring(200, OK) if one.url.endswith("/his/v1/reg.paid")]
    assert told == NUMBER
    with pytest.raises(No):
        pay(world)
    assert his.ask("reg.cancel", **NUMBER)[0] == "REFUSED"
    world.time.pass_(hours=24)
    assert not is_free(his, free)
    assert became(his) in {"booked", "missed"}


def test_who_does_not_pay_in_time_has_missed_it(his: His, free: tuple[Record, str], world: World) -> None:
    reserve(his, free)
    world.time.pass_(hours=8)
    assert is_free(his, free)
    with pytest.raises(No):
        pay(world)
    assert became(his) == "missed"
    assert his.ask("reg.cancel", **NUMBER)[0] == "OK", "what is over is given back, too"
    assert became(his) == "missed"


def test_who_cancels_in_time_has_not_missed_it(his: His, free: tuple[Record, str], world: World) -> None:
    reserve(his, free)
    assert [his.ask("reg.cancel", **NUMBER)[0] for _ in range(2)] == ["OK", "OK"]
    assert is_free(his, free)
    world.time.pass_(hours=8)
    assert became(his) == "cancelled"


def test_whose_clinic_is_stopped_hears_of_it_before_paying(his: His, free: tuple[Record, str], world: World) -> None:
    reserve(his, free)
    assert change(world, free[0]["schedule_no"], "stopped") == ["ZF1"]
