"""What grants power beside payments: what lies in clear beside a sealed text is only for finding it, and changing it grants nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import Forged, Unreadable
from server.infrastructure.sealing import Keyring
from server.storage.mongo import MongoDatabase
from tests.contract.storage.test_staff import one as a_member
from tests.support.builders import HOSPITAL, a_scan, a_session, an_identity
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
IDENTITY, OTHER = an_identity("openid-1"), an_identity("openid-2")
END = MORNING + timedelta(minutes=5)
LATER = MORNING + timedelta(days=300)


async def test_an_approver_s_record_can_t_be_given_to_somebody_else_s_phone(mongo: MongoDatabase) -> None:
    """The cashier's phone would have been the approver's: one update in the database, and no key."""
    staff, raw = mongo.stores.staff, mongo.database["staff"]
    await staff.insert(replace(a_member("1001"), identity=IDENTITY))
    await staff.insert(replace(a_member("2001"), identity=OTHER))
    cashier = await raw.find_one({"number": "1001"})
    await raw.delete_one({"number": "1001"})
    await raw.update_one({"number": "2001"}, {"$set": {"identity": cashier["identity"]}})
    with pytest.raises(Unreadable) as refused:
        await staff.by_identity(HOSPITAL, IDENTITY)
    assert isinstance(refused.value.__cause__, Forged)


async def test_staff_of_one_hospital_are_nobody_in_another(mongo: MongoDatabase) -> None:
    staff, raw = mongo.stores.staff, mongo.database["staff"]
    await staff.insert(replace(a_member("1001"), identity=IDENTITY))
    await raw.update_one({"number": "1001"}, {"$set": {"hospital": "other"}})
    with pytest.raises(Unreadable) as refused:
        await staff.by_identity("other", IDENTITY)
    assert isinstance(refused.value.__cause__, Forged)


async def test_what_has_an_end_can_t_be_made_longer(mongo: MongoDatabase) -> None:
    await mongo.stores.short_lived.put("draft", "of-1001", "a refund", END)
    await mongo.stores.sessions.put(a_session("zhang", a_scan()))
    session = a_session("zhang", a_scan()).id
    assert await mongo.stores.short_lived.get("draft", "of-1001", MORNING) == "a refund"
    assert await mongo.stores.sessions.get(session, MORNING) is not None
    for name in ("short_lived", "sessions"):
        await mongo.database[name].update_many({}, {"$set": {"expires_at": LATER}})
    assert await mongo.stores.short_lived.get("draft", "of-1001", LATER - timedelta(days=1)) is None, "it has ended"
    assert await mongo.stores.sessions.get(session, LATER - timedelta(days=1)) is None


async def test_what_was_written_before_the_end_was_bound_in_is_read(mongo: MongoDatabase, sealer: Keyring) -> None:
    await mongo.stores.short_lived.put("draft", "of-1001", "a refund", END)
    raw = mongo.database["short_lived"]
    place = (await raw.find_one({}))["_id"]
    await raw.update_one({}, {"$set": {"sealed": sealer.seal(f"short_lived:{place}", b"an old one")}})
    assert await mongo.stores.short_lived.get("draft", "of-1001", MORNING) == "an old one"
