"""A store that the bench fills: broken off, it goes on where it stopped; kept, a run gets a copy of it and leaves it as it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from bench import filling, kept
from bench.stored_payments import payment_id
from server.infrastructure.embedded import EmbeddedDatabase

PAYMENTS, AT_ONCE = 40, 10


class BrokenOff(Exception): ...


def breaks_off_at(count: int) -> filling.Told:
    def told(there: int) -> None:
        if there >= count:
            raise BrokenOff

    return told


def stored(home: Path) -> dict[str, Any]:
    """The moments of the payments in the store of a stopped installation, by their ids; no timetable is among what is there."""
    database = EmbeddedDatabase(home / "database", None, home / "database.log")
    with MongoClient[dict[str, Any]](database.start()) as client:
        of_ours = client["zhenfu"]
        assert not of_ours["timetables"].count_documents({})
        found = {each["_id"]: each["created_at"] for each in of_ours["payments"].find({})}
    database.stop()
    return found


def test_a_fill_goes_on_where_it_was_broken_off_and_a_run_gets_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "FROM", PAYMENTS)
    monkeypatch.setattr(filling, "AT_ONCE", AT_ONCE)
    shelf, run, again = tmp_path / "shelf", tmp_path / "run" / "ours", tmp_path / "again" / "ours"
    with pytest.raises(BrokenOff):
        asyncio.run(kept.filled_into(run, PAYMENTS, breaks_off_at(2 * AT_ONCE), shelf))
    heard: list[int] = []
    asyncio.run(kept.filled_into(run, PAYMENTS, heard.append, shelf))
    assert heard[0] >= AT_ONCE
    assert heard[-1] == PAYMENTS
    copied = stored(run)
    assert set(copied) == {payment_id(number) for number in range(PAYMENTS)}
    assert len(set(copied.values())) == PAYMENTS
    asyncio.run(kept.filled_into(again, PAYMENTS, heard.append, shelf))
    assert heard.count(PAYMENTS) == 1
    assert stored(again) == copied
