"""The sandbox's hospital lets patients wait for a number of a full shift: first come, first offered, for a short time (docs/his-interface.md section 9)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from sandbox.hospital.schedules import slots_of
from tests.sandbox.hospital import His
from tests.sandbox.process import RunningSandbox
from tests.sandbox.test_registration import BUSY, OK, change
from tests.sandbox.world import CHINA, Record, World

SHIFT = "D01-20260303-2-am"
"""The general clinic of the next day, whose numbers cost nothing."""


@pytest.fixture
def his(world: World) -> His:
    return His(world)


@pytest.fixture
def full(world: World, his: His) -> Record:
    """A shift whose numbers are all taken."""
    shift: Record = his.ask("reg.slots", schedule_no=SHIFT)[1]["schedule"]
    assert world.outside.hospital.his.registration.fill(SHIFT) == shift["left"] > 0
    assert shift["ends_at"].startswith(f"{shift['date']}T")
    return shift


def wait(his: His, person: int = 1) -> str:
    return his.ask("reg.wait", schedule_no=SHIFT, card_no=his.card(person))[0]


def waits(his: His, person: int = 1) -> list[tuple[str, int]]:
    code, data = his.ask("reg.waits", card_no=his.card(person))
    assert code in {"OK", "NO_DATA"}
    return [(one["state"], one["ahead"]) for one in data.get("waits", ())]


def offered(his: His, person: int = 1) -> Record:
    [one] = his.ask("reg.waits", card_no=his.card(person))[1]["waits"]
    assert one["state"] == "offered"
    told: Record = one
    return told


def lock(his: His, slot_no: str, person: int, number: str = "ZF1") -> str:
    code, _ = his.ask(
        "reg.lock", out_trade_no=number, slot_no=slot_no, card_no=his.card(person), amount_fen=0, until="2026-03-02T09:15:00+08:00"
    )  # fmt: skip
    return code


def free_one(world: World) -> str:
    slot_no = world.outside.hospital.his.registration.give_back(SHIFT)
    world.outside.hospital.his.waiting_list.offer_due()
    return slot_no


def said(world: World, body: bytes = OK) -> list[Record]:
    requests = world.bring(200, body)
    return [json.loads(one.body) for one in requests if one.url.endswith("/his/v1/reg.offered")]


def test_nobody_waits_for_a_shift_that_has_numbers(his: His) -> None:
    assert wait(his) == "REFUSED"
    assert waits(his) == []


def test_who_waits_longest_is_offered_the_number_that_becomes_free(world: World, his: His, full: Record) -> None:
    assert [wait(his, person) for person in (1, 2, 1)] == ["OK"] * 3
    assert (waits(his, 1), waits(his, 2)) == ([("waiting", 0)], [("waiting", 1)])
    slot_no = free_one(world)
    told = offered(his, 1)
    assert told["slot"] == next(one for one in slots_of({**full, "count": 20}) if one["slot_no"] == slot_no)
    assert told["schedule"]["schedule_no"] == SHIFT
    assert told["until"] == "2026-03-02T09:15:00+08:00"
    assert waits(his, 2) == [("waiting", 0)]
    assert his.ask("reg.slots", schedule_no=SHIFT)[1]["slots"] == [], "nobody else may take it"
    assert lock(his, slot_no, 2) == "REFUSED"
    assert lock(his, slot_no, 1) == "OK"
    assert waits(his, 1) == [], "who has the number waits no longer"


def test_the_app_is_told_of_an_offer_until_it_has_heard(world: World, his: His, full: Record) -> None:
    wait(his)
    free_one(world)
    expected = {"card_no": his.card(), "schedule_no": SHIFT}
    assert said(world, BUSY) == [expected]
    world.wait(seconds=11)
    assert said(world) == [expected]
    world.wait(hours=3)
    assert said(world) == []


def test_an_offer_that_nobody_takes_goes_to_the_next(world: World, his: His, full: Record) -> None:
    wait(his, 1), wait(his, 2)
    slot_no = free_one(world)
    world.wait(minutes=15)
    assert waits(his, 1) == []
    assert offered(his, 2)["slot"]["slot_no"] == slot_no


def test_a_lock_that_is_not_paid_goes_to_the_next(world: World, his: His, full: Record) -> None:
    wait(his, 1), wait(his, 2)
    slot_no = free_one(world)
    lock(his, slot_no, 1)
    his.ask("reg.unlock", out_trade_no="ZF1")
    assert offered(his, 2)["slot"]["slot_no"] == slot_no


def test_who_leaves_the_list_gives_the_offer_to_the_next(world: World, his: His, full: Record) -> None:
    wait(his, 1), wait(his, 2)
    slot_no = free_one(world)
    for _ in range(2):
        assert his.ask("reg.wait_end", schedule_no=SHIFT, card_no=his.card(1))[0] == "OK"
    assert waits(his, 1) == []
    assert offered(his, 2)["slot"]["slot_no"] == slot_no


def test_a_stopped_clinic_ends_the_waiting(world: World, his: His, full: Record) -> None:
    wait(his)
    change(world, SHIFT, "stopped")
    assert waits(his) == []
    assert wait(his) == "REFUSED"


def test_the_windows_fill_a_shift_and_give_a_number_back(sandbox: RunningSandbox) -> None:
    shift = f"D01-{datetime.now(CHINA) + timedelta(days=1):%Y%m%d}-2-am"
    told = sandbox.control("POST", "/sandbox/his/fill_shift", {"schedule_no": shift})
    assert told["taken"] > 0
    assert sandbox.control("POST", "/sandbox/his/fill_shift", {"schedule_no": shift})["taken"] == 0
    assert sandbox.control("POST", "/sandbox/his/free_number", {"schedule_no": shift})["slot_no"].startswith(shift)
    for path in ("fill_shift", "free_number"):
        sandbox.control("POST", f"/sandbox/his/{path}", {"schedule_no": "D99-1"}, expect=404)
