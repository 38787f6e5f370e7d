"""The only place that sees everything: settings → adapters → services → doors or workers. Each function here is one command."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from server.application import feel_the_pulse, make_application, make_server
from server.assembly import Means, assemble
from server.breaker import GuardedTransport
from server.chance import SystemClock, SystemIds
from server.composition import Composition, compose
from server.diagnosis import Finding, diagnose
from server.domain.errors import StoreError
from server.effects import Pace
from server.sealing import Keyring
from server.services.audit_check import AuditCheck, AuditReport
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.archive import Contents
from server.storage.mongo.promises import Kept, try_promises
from server.supervision.log_lines import start_logging, tell_trouble
from server.transport import AiohttpTransport
from settings import Settings, load_hospitals

__all__ = [
    "Contents",
    "Finding",
    "Kept",
    "Process",
    "back_up",
    "doctor",
    "once",
    "restore",
    "serve",
    "try_store",
    "verify_audit",
    "work",
]

log = logging.getLogger("zhenfu")
Answer = TypeVar("Answer")
STOP_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Process:
    """What one running process holds; made inside its loop."""

    settings: Settings
    database: MongoDatabase
    transport: AiohttpTransport
    parts: Composition

    async def close(self) -> None:
        await self.transport.close()
        self.database.close()


def open_process(settings: Settings, *, polls: bool) -> Process:
    """Raises SettingsError for a wrong hospital's file. ``polls``: this process looks for work in the store."""
    if settings.database_uri is None:
        raise ValueError("whoever opens a process has started the database")
    keys = settings.keyring
    sealer = Keyring(keys.active, keys.keys, keys.lookup)
    database = connect(settings.database_uri.get_secret_value(), sealer)
    clock, ids, transport = SystemClock(), SystemIds(), AiohttpTransport()
    means = Means(
        transport=GuardedTransport(transport, clock),
        clock=clock,
        ids=ids,
        short_lived=database.stores.short_lived,
        public_url=settings.public_url,
    )
    hospitals = {file.id: assemble(file, means) for file in load_hospitals(settings)}
    parts = compose(
        hospitals,
        database.stores,
        sealer,
        clock,
        ids,
        expiry=timedelta(minutes=settings.payment_expiry_minutes),
        pace=Pace.within(settings.effect_lease_seconds, settings.worker_concurrency),
        polls=polls,
    )
    return Process(settings, database, transport, parts)


def serve(settings: Settings) -> None:
    """The doors, until SIGTERM or SIGINT. What happens here is worked on here at once; the rest is left to ``work``."""
    start_logging(settings.log_level)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    process = open_process(settings, polls=False)
    await _prepared(process)
    application = make_application(process.parts.services, settings, ready=process.database.ping)
    feeling = asyncio.create_task(feel_the_pulse(application))
    server = make_server(application, xheaders=settings.xheaders)
    server.listen(settings.port, settings.bind_address, reuse_port=settings.share_port)
    log.info("serving port=%d", settings.port)
    await _told_to_stop()
    server.stop()
    feeling.cancel()
    await _finish(process)


def work(settings: Settings) -> None:
    """A worker, until SIGTERM or SIGINT."""
    start_logging(settings.log_level)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    process = open_process(settings, polls=True)
    await _prepared(process)
    upgrading = asyncio.create_task(_upgrade(process))
    polling = asyncio.create_task(process.parts.worker.run())
    closing_days = asyncio.create_task(process.parts.audit_days.run())
    log.info("working")
    await _told_to_stop()
    polling.cancel()
    upgrading.cancel()
    closing_days.cancel()
    await asyncio.gather(polling, upgrading, closing_days, return_exceptions=True)
    await _finish(process)


async def _upgrade(process: Process) -> None:
    """What an older Zhenfu wrote, brought to today's schema beside the work; the next worker goes on where this one stopped."""
    try:
        count = await process.database.upgrade(process.parts.services.clock.now())
    except StoreError as error:
        log.warning("upgrade stopped why=%s", type(error).__name__)
    else:
        if count:
            log.info("upgraded payments=%d", count)


def doctor(settings: Settings) -> list[Finding]:
    """What is wrong with this installation, a sentence each; empty when nothing is."""

    async def look(process: Process) -> list[Finding]:
        return await diagnose(process.database.ping, process.parts.services)

    return once(settings, look)


def verify_audit(settings: Settings, hospital: str, day: date | None, head: str) -> AuditReport:
    """What is wrong with a hospital's audit chain; reads only."""

    async def look(process: Process) -> AuditReport:
        services = process.parts.services
        return await AuditCheck(services.stores, services.sealer, services.clock).verify(hospital, day, head)

    return once(settings, look)


def back_up(settings: Settings, file: Path) -> Contents:
    """Raises BackupRefused with a sentence."""

    async def act(process: Process) -> Contents:
        return await process.database.back_up(file, process.parts.services.clock.now())

    return once(settings, act)


def restore(settings: Settings, file: Path) -> Contents:
    """Raises BackupRefused with a sentence, before anything is written."""

    async def act(process: Process) -> Contents:
        return await process.database.restore(file, known_key_ids=frozenset(settings.keyring.keys))

    return once(settings, act)


def try_store(uri: str) -> list[Kept]:
    """What Zhenfu needs of a MongoDB, tried on the one at ``uri`` in a database of its own that is dropped in the end."""

    async def attempt() -> list[Kept]:
        sealer = Keyring("scratch", {"scratch": os.urandom(32)}, os.urandom(32))
        database = connect(uri, sealer, name=f"zhenfu_scratch_{os.urandom(6).hex()}")
        try:
            return await try_promises(database)
        finally:
            with suppress(StoreError):  # a server that can't drop it has said so in its promises, or is gone
                await database.drop()
            database.close()

    return asyncio.run(attempt())


def once(settings: Settings, act: Callable[[Process], Coroutine[Any, Any, Answer]]) -> Answer:
    """Open the process, do one thing, close it."""

    async def run() -> Answer:
        process = open_process(settings, polls=False)
        try:
            await process.database.prepare()
            return await act(process)
        finally:
            await process.close()

    return asyncio.run(run())


async def _prepared(process: Process) -> None:
    """Indexes are there before the first write. A database that is not up yet is the supervisor's affair: we end and are restarted."""
    asyncio.get_running_loop().set_exception_handler(tell_trouble)
    await process.database.prepare()


async def _told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()


async def _finish(process: Process) -> None:
    """Finish what is under way; what does not finish in time is left to its lease."""
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.parts.worker.stop()
    except TimeoutError:
        log.warning("stopped with work under way")
    await process.close()
