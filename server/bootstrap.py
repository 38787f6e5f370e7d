"""The only place that sees everything: settings → adapters → services → doors or workers. Each function here is one command."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from server.application import feel_the_pulse, make_application, make_server
from server.assembly import Means, assemble
from server.breaker import GuardedTransport
from server.chance import SystemClock, SystemIds
from server.composition import Composition, compose
from server.diagnosis import Finding, diagnose
from server.domain.payment import Origin
from server.effects import Pace
from server.ports import ScannedBills
from server.printing import QrPrinter
from server.sealing import Keyring
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
    "back_up",
    "doctor",
    "make_qr",
    "push_menus",
    "restore",
    "serve",
    "try_store",
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
    polling = asyncio.create_task(process.parts.worker.run())
    log.info("working")
    await _told_to_stop()
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await _finish(process)


def push_menus(settings: Settings, hospital: str | None) -> None:
    """The menu of one hospital, or of all."""

    async def push(process: Process) -> None:
        services = process.parts.services
        for hospital_id in [hospital] if hospital else list(services.hospitals):
            for channel in await services.menus.push(hospital_id):
                print(f"{hospital_id}: menu pushed to {channel}")

    _once(settings, push)


def make_qr(settings: Settings, hospital: str, card_no: str, bill_nos: tuple[str, ...], out_file: Path) -> None:
    """A bill's QR code as a PNG file, for the patient that the HIS knows under ``card_no``."""

    async def make(process: Process) -> None:
        services = process.parts.services
        patient = await services.hospitals[hospital].his.patient(card_no)
        if patient is None:
            print("The HIS knows no such card.")
            return
        scanned = ScannedBills(
            card_no=card_no,
            name=patient.name,
            phone=patient.phone,
            id_no=patient.id_no,
            bill_nos=bill_nos,
            origin=Origin(entrance="bill_qr"),
            expires_at=services.clock.now() + timedelta(days=settings.qr_valid_days),
        )
        sealed = services.scans.make(hospital, scanned)
        await asyncio.to_thread(out_file.write_bytes, await QrPrinter().png(sealed.url))
        print(f"{out_file}: valid until {sealed.expires_at:%Y-%m-%d}")

    _once(settings, make)


def doctor(settings: Settings) -> list[Finding]:
    """What is wrong with this installation, a sentence each; empty when nothing is."""

    async def look(process: Process) -> list[Finding]:
        return await diagnose(process.database.ping, process.parts.services)

    return _once(settings, look)


def back_up(settings: Settings, file: Path) -> Contents:
    """Raises BackupRefused with a sentence."""

    async def act(process: Process) -> Contents:
        return await process.database.back_up(file, process.parts.services.clock.now())

    return _once(settings, act)


def restore(settings: Settings, file: Path) -> Contents:
    """Raises BackupRefused with a sentence, before anything is written."""

    async def act(process: Process) -> Contents:
        return await process.database.restore(file, known_key_ids=frozenset(settings.keyring.keys))

    return _once(settings, act)


def try_store(uri: str) -> list[Kept]:
    """What Zhenfu needs of a MongoDB, tried on the one at ``uri`` in a database of its own that is dropped in the end."""

    async def attempt() -> list[Kept]:
        sealer = Keyring("scratch", {"scratch": os.urandom(32)}, os.urandom(32))
        database = connect(uri, sealer, name=f"zhenfu_scratch_{os.urandom(6).hex()}")
        try:
            return await try_promises(database)
        finally:
            await database.drop()
            database.close()

    return asyncio.run(attempt())


def _once(settings: Settings, act: Callable[[Process], Coroutine[Any, Any, Answer]]) -> Answer:
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
