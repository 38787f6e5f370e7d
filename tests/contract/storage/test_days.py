"""ports.DayStore: reconciliation days are found, changed by one at a time, and nothing that people decided is ever rewritten."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.core.errors import AlreadyStored, LostRace, StoreUnavailable, Tampered
from server.effects.model import Effect, EffectKind
from server.reconciliation.day_model import (
    DayClose,
    DayLeg,
    DayState,
    Disposition,
    DispositionAct,
    LegAnswer,
    ReconciliationDay,
    advanced,
    bumped,
)
from server.reconciliation.model import Balance, Leg, Sums
from server.storage.kept_files import FolderFiles
from server.storage.memory_days import MemoryFiles
from server.storage.mongo import MongoDatabase
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
DAY = date(2026, 11, 22)
BALANCE = Balance(opening_fen=-1, came_fen=2**40, went_fen=3, fee_fen=-4, closing_fen=5)


def a_day(day: date = DAY, channel: str = "wechat", due_in: int = 0) -> ReconciliationDay:
    effect = Effect(kind=EffectKind.FETCH_LEGS, due_at=MORNING + timedelta(minutes=due_in))
    return ReconciliationDay(
        hospital=HOSPITAL,
        channel=channel,
        day=day,
        version=1,
        state=DayState.OPEN,
        created_at=MORNING,
        effects=(effect,),
    )


def a_full_day() -> ReconciliationDay:
    leg = DayLeg(
        leg=Leg.FUND, answer=LegAnswer.FILE, at=MORNING, sha256="ab" * 32, sums=Sums(payments=1), balance=BALANCE
    )
    decided = Disposition(
        discrepancy="payment:ZH1", act=DispositionAct.WRITE_OFF, by="staff:1", at=MORNING, remark="核销", difference_fen=-7,
        needs_second=True, second_by="staff:2", sends="ZH1",
    )  # fmt: skip
    close = DayClose(
        number=1,
        at=MORNING,
        result_sha256="cd" * 32,
        matched=2**33,
        decided=1,
        missing=(Leg.HIS,),
        absent=(Leg.BANK,),
        balance=BALANCE,
    )
    day = replace(a_day(), legs=(leg,), result='{"form":1}', dispositions=(decided,), closes=(close,))
    return advanced(day, "day_matched", at=MORNING, by="staff:1", detail={"matched": "2"})


async def test_a_day_comes_back_as_it_was(stores: Stores) -> None:
    await stores.days.insert(a_full_day())
    assert await stores.days.get(HOSPITAL, "wechat-2026-11-22") == a_full_day()
    assert await stores.days.get("other", "wechat-2026-11-22") is None
    with pytest.raises(AlreadyStored):
        await stores.days.insert(a_day())


async def test_of_two_changes_at_once_one_is_lost(stores: Stores) -> None:
    await stores.days.insert(a_day())
    await stores.days.save(a_day(), bumped(a_day(), state=DayState.WAITING))
    with pytest.raises(LostRace):
        await stores.days.save(a_day(), bumped(a_day(), state=DayState.CLOSED))
    found = await stores.days.get(HOSPITAL, a_day().id)
    assert found is not None
    assert (found.state, found.version) == (DayState.WAITING, 2)


async def test_what_was_decided_closed_and_written_is_never_rewritten(stores: Stores) -> None:
    day = a_full_day()
    await stores.days.insert(day)
    for wiped in ({"dispositions": ()}, {"closes": ()}, {"history": ()}):
        with pytest.raises(ValueError, match="rewrite"):
            await stores.days.save(day, bumped(day, **wiped))
    with pytest.raises(ValueError, match="which day"):
        await stores.days.save(day, replace(bumped(day), day=DAY + timedelta(days=1)))
    with pytest.raises(ValueError, match="version"):
        await stores.days.save(day, replace(day, state=DayState.CLOSED))


async def test_what_is_due_is_found_the_most_overdue_first(stores: Stores) -> None:
    later, sooner = a_day(due_in=2), a_day(channel="alipay", due_in=1)
    for day in (later, sooner, a_day(DAY - timedelta(days=1), due_in=9)):
        await stores.days.insert(day)
    now = MORNING + timedelta(minutes=5)
    assert await stores.days.due(now, 10) == [(HOSPITAL, sooner.id), (HOSPITAL, later.id)]
    assert await stores.days.due(now, 1, [sooner.id]) == [(HOSPITAL, later.id)]
    assert [day.id for day in await stores.days.owing(MORNING, now, 10)] == [sooner.id, later.id]
    await stores.days.set_aside(sooner, now + timedelta(hours=1))
    assert await stores.days.due(now, 10) == [(HOSPITAL, later.id)]
    await stores.days.save(later, bumped(later, effects=()))
    assert await stores.days.due(now, 10) == []


async def test_the_newest_days_come_first(stores: Stores) -> None:
    for back in range(3):
        for channel in ("wechat", "alipay"):
            await stores.days.insert(a_day(DAY - timedelta(days=back), channel))
    assert [day.id for day in await stores.days.latest(HOSPITAL, 3)] == [
        "alipay-2026-11-22", "wechat-2026-11-22", "alipay-2026-11-21",
    ]  # fmt: skip
    before = await stores.days.latest(HOSPITAL, 10, DAY)
    assert [day.day for day in before] == [DAY - timedelta(days=1)] * 2 + [DAY - timedelta(days=2)] * 2
    assert await stores.days.latest("other", 10) == []
    between = await stores.days.latest(HOSPITAL, 10, DAY, DAY - timedelta(days=1))
    assert [day.day for day in between] == [DAY - timedelta(days=1)] * 2, "the first day is among them, the last is not"
    since = await stores.days.latest(HOSPITAL, 10, since=DAY)
    assert [day.day for day in since] == [DAY] * 2


async def test_a_day_that_somebody_changed_is_not_ours_any_more(mongo: MongoDatabase) -> None:
    days = mongo.stores.days
    await days.insert(a_full_day())
    collection = mongo.database["reconciliation_days"]
    (stored,) = await collection.find({}).to_list(None)
    await collection.update_one(
        {}, {"$set": {"text": stored["text"].replace('"difference_fen": -7', '"difference_fen": -8')}}
    )
    found = await days.get(HOSPITAL, a_full_day().id)
    assert found is not None
    assert found.tampered
    with pytest.raises(Tampered):
        await days.save(found, bumped(found))


@pytest.mark.parametrize("which", ["folder", "memory"])
async def test_files_are_kept_under_their_checksum(which: str, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path) if which == "folder" else MemoryFiles()
    name = await files.keep(b"statement")
    assert (name, await files.keep(b"statement")) == (name, name)
    opens = await files.opened(name)
    for _ in range(2):
        with opens() as file:
            assert file.read() == b"statement"
    with pytest.raises(StoreUnavailable):
        await files.opened("0" * 64)


@pytest.mark.parametrize("which", ["folder", "memory"])
async def test_a_file_that_comes_in_pieces_is_read_and_kept(which: str, tmp_path: Path) -> None:
    files = FolderFiles(tmp_path) if which == "folder" else MemoryFiles()
    async with files.incoming() as incoming:
        for piece in (b"a sta", b"te", b"ment"):
            await incoming.write(piece)
        assert incoming.size == 11
        for _ in range(2):
            with incoming.opened() as file:
                assert file.read() == b"a statement"
        name = await incoming.keep()
    assert name == await files.keep(b"a statement")
    with (await files.opened(name))() as file:
        assert file.read() == b"a statement"


async def test_each_piece_is_on_disk_before_the_next_and_what_is_not_kept_is_gone(tmp_path: Path) -> None:
    """An endless file would fill the disk, and never the memory."""
    async with FolderFiles(tmp_path / "statements").incoming() as incoming:
        for pieces in range(1, 9):
            await incoming.write(bytes(65536))
            with incoming.opened() as file:
                assert len(file.read()) == pieces * 65536
        assert os.listdir(tmp_path / "statements") == [], "no crash leaves it behind"


async def test_a_folder_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    files = FolderFiles(tmp_path / "file" / "statements")
    with pytest.raises(StoreUnavailable):
        async with files.incoming():
            pass
    with pytest.raises(StoreUnavailable):
        await files.keep(b"statement")


async def test_a_kept_file_that_was_changed_is_not_read(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path)
    name = await files.keep(b"statement")
    (tmp_path / name[:2] / name).write_bytes(b"another")
    with pytest.raises(StoreUnavailable):
        await files.opened(name)
