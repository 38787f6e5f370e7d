"""Reconciliation days that an older Zhenfu wrote are opened and go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from server.infrastructure.sealing import Keyring
from server.reconciliation.day_model import DayState, bumped
from server.storage.day_documents import day_from_text
from server.storage.mongo import MongoDatabase
from server.storage.mongo.days import PURPOSE, MongoDays
from tests.contract.storage.test_days import a_full_day
from tests.support.builders import HOSPITAL

pytestmark = pytest.mark.asyncio
SCHEMA_1 = (Path(__file__).parent / "old" / "reconciliation-day-schema-1.json").read_text("utf-8").strip()


async def test_of_schema_1_a_decision_is_a_record_and_a_close_names_no_absent_leg() -> None:
    day = day_from_text(SCHEMA_1)
    assert [each.sends for each in day.dispositions] == [""]
    assert [each.absent for each in day.closes] == [()]
    now = a_full_day()
    assert replace(day, dispositions=now.dispositions, closes=now.closes) == now


async def test_a_day_of_schema_1_goes_on(mongo: MongoDatabase, sealer: Keyring) -> None:
    days = mongo.stores.days
    assert isinstance(days, MongoDays)
    day = day_from_text(SCHEMA_1)
    await days.insert(day)
    older = {"schema": 1, "text": SCHEMA_1, "mac": sealer.mac(PURPOSE, SCHEMA_1.encode())}
    await mongo.database["reconciliation_days"].update_one({}, {"$set": older})
    found = await days.get(HOSPITAL, day.id)
    assert found is not None
    assert not found.tampered
    await days.save(found, bumped(found, state=DayState.SETTLED))
    after = await days.get(HOSPITAL, found.id)
    assert after is not None
    assert (after.state, after.dispositions) == (DayState.SETTLED, found.dispositions)
