"""Signs of life: written, read back, dated by the database's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.core.pulses import Pulse
from server.storage.mongo import MongoDatabase
from server.storage.stores import Stores

pytestmark = pytest.mark.asyncio


async def test_a_beat_tells_the_database_s_time(stores: Stores) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # the database keeps whole ones
    at = await stores.pulses.beat(Pulse(process="work here:1", offset_ms=-12))
    assert before <= at <= datetime.now(UTC)
    again = await stores.pulses.beat(Pulse(process="work here:1", offset_ms=7, key_id="k1"))
    await stores.pulses.beat(Pulse(process="serve here:2", offset_ms=0))
    serving, working = await stores.pulses.since(before)
    assert (serving.process, working.process) == ("serve here:2", "work here:1")
    assert (working.offset_ms, working.key_id, working.at) == (7, "k1", again)
    assert await stores.pulses.since(datetime.now(UTC) + timedelta(seconds=1)) == []


async def test_one_of_before_says_nothing_of_its_key(mongo: MongoDatabase) -> None:
    await mongo.database["pulses"].insert_one({"_id": "work there:3", "offset_ms": 0, "at": datetime.now(UTC)})
    [pulse] = await mongo.stores.pulses.since(datetime.now(UTC) - timedelta(minutes=1))
    assert pulse.key_id == ""


async def test_signs_of_life_are_swept_and_in_no_backup(mongo: MongoDatabase) -> None:
    indexes = await mongo.database["pulses"].index_information()
    assert any("expireAfterSeconds" in index for index in indexes.values())
    from server.storage.mongo.database import COLLECTIONS

    assert "pulses" not in COLLECTIONS, "a restore must find an empty database, though who restores beats"
