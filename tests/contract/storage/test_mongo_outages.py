"""A database that is not there, does not answer or dies: said quickly, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.core.errors import StoreUnavailable
from server.core.pulses import Pulse
from server.infrastructure.embedded import EmbeddedDatabase
from server.infrastructure.sealing import Keyring
from server.payments.rules.going_back import begin_return
from server.storage.mongo import MongoDatabase, connect
from tests.support.builders import HOSPITAL, a_payment, a_session
from tests.support.clock_and_ids import MORNING
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio

END = MORNING + timedelta(minutes=5)


async def everything(database: MongoDatabase) -> list[BaseException | None]:
    stores, payment = database.stores, a_payment()
    calls = [
        database.prepare(),
        stores.payments.insert(payment),
        stores.payments.get(HOSPITAL, payment.id),
        stores.payments.save(payment, begin_return(payment, "test", MORNING)),
        stores.payments.by_claims(HOSPITAL, payment.claims),
        stores.payments.by_owner(HOSPITAL, payment.owner, 5),
        stores.payments.by_charge(HOSPITAL, "B1", 5),
        stores.payments.moved_on(HOSPITAL, MORNING.date(), 5),
        stores.payments.due(MORNING, 5),
        every_payment(stores.payments),
        stores.unclaimed.latest(HOSPITAL, 5),
        stores.alerts.latest(HOSPITAL, 5),
        stores.cards.of_owner(HOSPITAL, "o1"),
        stores.cards.unbind(HOSPITAL, "o1", "C1"),
        stores.sessions.put(a_session()),
        stores.sessions.get("s", MORNING),
        stores.sessions.drop("s"),
        stores.short_lived.put("k", "x", "1", END),
        stores.short_lived.put_once("k", "x", "1", MORNING, END),
        stores.short_lived.get("k", "x", MORNING),
        stores.short_lived.swap("k", "x", "1", "2", END),
        stores.short_lived.count("k", "x", MORNING, END),
        stores.short_lived.drop("k", "x"),
        stores.pulses.beat(Pulse(process="p", offset_ms=0)),
        stores.pulses.since(MORNING),
    ]
    return list(await asyncio.gather(*calls, return_exceptions=True))


async def test_a_database_that_is_not_there_is_said_quickly(sealer: Keyring, free_port: int) -> None:
    database = connect(f"mongodb://127.0.0.1:{free_port}/x", sealer)
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await database.prepare()
    assert time.monotonic() - began < 4
    outcomes = await everything(database)
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    database.close()


async def test_a_database_that_does_not_answer_is_given_up_in_time(sealer: Keyring) -> None:
    """It accepts the connection and says nothing."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        database = connect(f"mongodb://127.0.0.1:{deaf.getsockname()[1]}/x", sealer)
        async with asyncio.timeout(10):
            with pytest.raises(StoreUnavailable):
                await database.stores.payments.get(HOSPITAL, "ZF1")
        database.close()


async def test_it_dies_between_two_writes_and_nothing_acknowledged_is_lost(tmp_path: Path, sealer: Keyring) -> None:
    server = EmbeddedDatabase(tmp_path / "database", None, tmp_path / "database.log")
    database = connect(server.start(), sealer)
    try:
        await database.prepare()
        payment = a_payment()
        await database.stores.payments.insert(payment)
        returning = begin_return(payment, "test", MORNING)
        await database.stores.payments.save(payment, returning)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(StoreUnavailable):
            await database.stores.payments.get(HOSPITAL, payment.id)
        server.stop()
        server.start()
        assert await database.stores.payments.get(HOSPITAL, payment.id) == returning
        await database.stores.payments.insert(replace(payment, id="ZF20261123AFTERWARDS01"))
        assert await database.stores.payments.by_claims(HOSPITAL, payment.claims) != []
    finally:
        database.close()
        server.stop()
