"""Each hospital has a timetable at all times: who keeps it goes on whatever fails, and says why; and what a piece leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import AlreadyStored, ClockOff, LostRace, StoreUnavailable
from server.effects.recurring import PIECE, Recurring, TimetableKeeper
from server.effects.timetable import Timetable
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import FakeClock
from tests.unit.effects.test_timetable import EVERY, FIRST, SECOND, PlayedTask, TimetableParts

pytestmark = pytest.mark.asyncio
LOG = "zhenfu.timetable"


class Ends(Exception):
    """Ends a loop that goes on for ever."""


class LimitedClock(FakeClock):
    """Ends the loop at its sleep number ``rounds``. ``off``: what the rounds find of the clock, one after the other."""

    def __init__(self, rounds: int, *off: bool) -> None:
        super().__init__()
        self.rounds, self.off, self.asked = rounds, list(off), 0

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if len(self.slept) >= self.rounds:
            raise Ends

    async def must_agree(self) -> None:
        self.asked += 1
        if self.off and self.off.pop(0):
            raise ClockOff("5 s")


async def kept(parts: TimetableParts, clock: LimitedClock) -> None:
    keeper = TimetableKeeper(parts.ledger, parts.store, parts.tasks, [HOSPITAL], clock)
    with pytest.raises(Ends):
        await keeper.run()


async def test_a_timetable_is_begun_once_and_looked_after_every_ten_minutes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", LOG)
    parts, clock = TimetableParts(PlayedTask()), LimitedClock(3)
    await kept(parts, clock)
    assert (clock.slept, clock.asked) == ([600.0] * 3, 3)
    assert [line for line in caplog.messages if "timetable" in line] == ["timetable begun hospital=demo"]
    assert [effect.kind for effect in (await parts.timetable()).effects] == [FIRST]


async def test_a_clock_that_is_off_and_a_store_that_is_down_are_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    parts, clock = TimetableParts(PlayedTask()), LimitedClock(3, True, False, False)
    fails = [StoreUnavailable("down")]
    known = parts.store.get

    async def down_once(hospital: str, document_id: str) -> Timetable | None:
        if fails:
            raise fails.pop()
        return await known(hospital, document_id)

    parts.store.get = down_once  # type: ignore[method-assign]
    await kept(parts, clock)
    assert caplog.messages == ["timetables why=ClockOff", "timetables why=StoreUnavailable"]
    assert (await parts.timetable()).effects != ()


async def test_no_bug_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    parts, clock = TimetableParts(PlayedTask()), LimitedClock(2)

    async def broken(hospital: str, document_id: str) -> None:
        raise ZeroDivisionError

    parts.store.get = broken  # type: ignore[method-assign, assignment]
    await kept(parts, clock)
    assert caplog.messages == ["timetables"] * 2


async def test_a_timetable_that_another_process_has_begun_is_left_to_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", LOG)
    parts = TimetableParts(PlayedTask())

    async def another_was_faster(timetable: Timetable) -> None:
        raise AlreadyStored(timetable.id)

    parts.store.insert = another_was_faster  # type: ignore[method-assign]
    await parts.keeper.keep()
    assert caplog.messages == []


@pytest.mark.parametrize(("pieces", "after"), [(2, timedelta(seconds=2)), (1, EVERY)])
async def test_a_task_rests_two_seconds_between_its_pieces_and_its_time_after_the_last(
    pieces: int, after: timedelta
) -> None:
    parts = TimetableParts(PlayedTask(pieces=pieces))
    await parts.keeper.keep()
    await parts.poll()
    assert (await parts.timetable()).next_due == parts.clock.now() + after
    assert timedelta(seconds=20) == PIECE


async def test_a_task_that_had_not_failed_looks_for_no_alarm_and_one_whose_alarm_is_gone_goes_on() -> None:
    parts, changed = TimetableParts(PlayedTask()), list[str]()
    known = parts.alerts.change

    async def noted(hospital: str, alert_id: str, *more: object) -> object:
        changed.append(f"{hospital}/{alert_id}")
        return await known(hospital, alert_id, *more)  # type: ignore[arg-type]

    parts.alerts.change = noted  # type: ignore[method-assign, assignment]
    await parts.keeper.keep()
    await parts.poll()
    assert changed == []
    parts.clock.forward(EVERY.total_seconds())
    task = PlayedTask()
    task.fails = ZeroDivisionError()
    parts.tasks[FIRST] = Recurring(task.piece, EVERY)
    await parts.poll()
    task.fails = None
    parts.clock.forward(60)
    await parts.poll()
    assert changed == [f"{HOSPITAL}/timetable-demo:task_stuck:retention"]
    [effect] = (await parts.timetable()).effects
    assert effect == replace(effect, last_error=None, tries=0, due_at=parts.clock.now() + EVERY)


async def test_tasks_that_another_process_has_changed_meanwhile_are_looked_at_again() -> None:
    parts = TimetableParts(PlayedTask())
    await parts.keeper.keep()
    races, save = [LostRace("timetable")], parts.store.save

    async def lost_once(before: Timetable, after: Timetable) -> None:
        if races:
            raise races.pop()
        await save(before, after)

    parts.store.save = lost_once  # type: ignore[method-assign]
    await parts.keeper_of(SECOND).keep()
    assert [effect.kind for effect in (await parts.timetable()).effects] == [SECOND]
