"""Puts many payments into the store of an installation. What is broken off goes on where it stopped."""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection

from bench.stored_payments import made, payment_id, stored_document
from server.core.ports import Sealer
from server.infrastructure.sealing import Keyring
from server.patients.model import PayerIdentity
from server.storage.mongo.database import DATABASE_NAME
from settings import load_settings
from tests.end_to_end.installation import Installation

AT_ONCE = 1000
SERVER = "serve-0"
OF_THE_FILLING = ("timetables", "pulses")
"""What the server has noted while the store was filled: one that begins later begins with none of it."""
Told = Callable[[int], None]
"""Hears how many payments are in the store."""


async def fill(folder: Path, payments: int, now: datetime, told: Told) -> None:
    """So many payments in the store of the installation in ``folder``, which runs meanwhile and has ended in the end."""
    with Installation(folder, serves=1, workers=0) as installation:
        sealer, owner = sealer_of(installation), owner_of(installation.ask("/sandbox/credentials"))
        with MongoClient[dict[str, Any]](installation.environ["ZHENFU_DATABASE_URI"]) as client:
            database = client[DATABASE_NAME]
            await _insert(database["payments"], payments, owner, sealer, now, told)
            installation.kill(SERVER)
            for name in OF_THE_FILLING:
                database[name].delete_many({})


async def _insert(
    stored: Collection[dict[str, Any]], payments: int, owner: PayerIdentity, sealer: Sealer, now: datetime, told: Told
) -> None:
    """In their order, one bulk while the next is made: so the first ones are there wherever it is broken off."""
    there = first_missing(stored, payments)
    coming = made(payments, owner, now, there)
    told(there)
    with ThreadPoolExecutor(1) as beside:
        going: Future[Any] | None = None
        while some := [stored_document(each, sealer) for each in islice(coming, AT_ONCE)]:
            if going is not None:
                await asyncio.wrap_future(going)
                told(there)
            going, there = beside.submit(stored.insert_many, some), there + len(some)
        if going is not None:
            await asyncio.wrap_future(going)
            told(there)


def first_missing(stored: Collection[dict[str, Any]], payments: int) -> int:
    """The number of the first payment that is not there, where all before it are."""
    return bisect.bisect_left(
        range(payments), True, key=lambda number: stored.find_one({"_id": payment_id(number)}) is None
    )


def sealer_of(installation: Installation) -> Sealer:
    """The app's own."""
    keys = load_settings(installation.environ).keyring
    return Keyring(keys.active, keys.keys, keys.lookup)


def owner_of(credentials: Mapping[str, Any]) -> PayerIdentity:
    """The person whose phone asks, as the app knows them."""
    account = credentials["wechat"]
    return PayerIdentity(channel="wechat", app_id=account["appid"], subject=credentials["people"][0]["openid"])
