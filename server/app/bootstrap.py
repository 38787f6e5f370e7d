"""The only place that sees everything: settings → adapters → services → doors or workers. Each function here is one command."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from server.app.doctor import Finding, diagnose, messages_checked
from server.app.process import Process, open_process
from server.app.supervision.log_lines import start_logging, tell_trouble
from server.audit.model import UNCLAIMED_SIGNED, signing
from server.audit.sources import AuditReport
from server.core.errors import NotSent, StoreError
from server.core.pulses import COMMAND
from server.infrastructure.sealing import Keyring
from server.storage.mongo import connect
from server.storage.mongo.archive import Contents
from server.storage.mongo.store_conformance import CheckResult, check_store
from settings import Settings, load_hospitals

__all__ = [
    "CheckResult",
    "Contents",
    "Finding",
    "Process",
    "back_up",
    "doctor",
    "keys_in_use",
    "once",
    "reseal",
    "restore",
    "serve",
    "try_store",
    "verify_audit",
    "work",
]

log = logging.getLogger("zhenfu")
Answer = TypeVar("Answer")
STOP_WITHIN_S = 15.0


def serve(settings: Settings) -> None:
    """The doors, until SIGTERM or SIGINT. What happens here is worked on here at once; the rest is left to ``work``."""
    start_logging(settings.log_level)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    # Only a server has doors and metrics: a worker and a command import neither.
    from prometheus_client import CollectorRegistry

    from server.app.routes import count_clock, make_application, make_server, measure_loop_lag

    process = open_process(settings, "serve")
    await _prepared(process)
    registry = CollectorRegistry()
    count_clock(registry, process.clock)
    application = make_application(process.parts.services, settings, ready=process.ready, registry=registry)
    feeling = asyncio.create_task(measure_loop_lag(application))
    measuring = asyncio.create_task(process.clock.keep_measuring())
    server = make_server(application, xheaders=settings.xheaders)
    server.listen(settings.port, settings.bind_address, reuse_port=settings.share_port)
    gc.freeze()  # what stands now stays: a full collection, in which nobody is answered, no longer walks it (docs/decisions/0066)
    log.info("serving port=%d", settings.port)
    await _told_to_stop()
    server.stop()
    feeling.cancel()
    measuring.cancel()
    await _finish(process)


def work(settings: Settings) -> None:
    """A worker, until SIGTERM or SIGINT."""
    start_logging(settings.log_level)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    process = open_process(settings, "work", polls=True)
    await _prepared(process)
    lasting = [
        asyncio.create_task(each)
        for each in (
            _upgrade(process),
            process.parts.worker.run(),
            process.parts.unclaimed_worker.run(),
            process.parts.waking.run(),
            process.parts.days.worker.run(),
            process.parts.timetables.keeper.run(),
            process.parts.timetables.worker.run(),
            process.clock.keep_measuring(),
        )
    ]
    gc.freeze()  # as above
    log.info("working")
    await _told_to_stop()
    for task in lasting:
        task.cancel()
    await asyncio.gather(*lasting, return_exceptions=True)
    await _finish(process)


async def _upgrade(process: Process) -> None:
    """What an older Zhenfu wrote, brought to today's schema beside the work; the next worker goes on where this one stopped."""
    services = process.parts.services

    async def told(hospital: str, payments: int, digest: str) -> None:
        """The chain is the second witness; without its line nothing is signed."""
        await services.shared.audit.append(hospital, [signing(payments, digest, services.clock.now())])

    async def unclaimed_told(hospital: str, count: int, digest: str) -> None:
        """The same of unclaimed money."""
        line = signing(count, digest, services.clock.now(), UNCLAIMED_SIGNED)
        await services.shared.audit.append(hospital, [line])

    try:
        count = await process.database.upgrade(services.clock.now(), told, unclaimed_told)
    except (StoreError, NotSent) as error:
        log.warning("upgrade stopped why=%s", type(error).__name__)
    else:
        if count:
            log.info("upgraded payments=%d", count)


def doctor(settings: Settings) -> list[Finding]:
    """What is wrong with this installation, a sentence each; empty when nothing is."""

    async def look(process: Process) -> list[Finding]:
        return await diagnose(process.clock, process.parts.services, process.database.unreadable())

    return [*once(settings, look), *messages_checked(load_hospitals(settings))]


def verify_audit(settings: Settings, hospital: str, day: date | None, head: str) -> AuditReport:
    """What is wrong with a hospital's audit chain; reads only."""

    async def look(process: Process) -> AuditReport:
        return await process.parts.services.shared.audit_check.verify(hospital, day, head)

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


def reseal(settings: Settings, told: Callable[[str, int], None]) -> int:
    """Everything under the active key; how many documents. ``told`` hears of each page."""

    async def act(process: Process) -> int:
        return await process.database.reseal(told)

    return once(settings, act)


def keys_in_use(settings: Settings) -> dict[str, dict[str, int]]:
    """By key id and collection: how many documents still need that key."""

    async def look(process: Process) -> dict[str, dict[str, int]]:
        return await process.database.keys_in_use()

    return once(settings, look)


def try_store(uri: str) -> list[CheckResult]:
    """What Zhenfu needs of a MongoDB, tried on the one at ``uri`` in a database of its own that is dropped in the end."""

    async def attempt() -> list[CheckResult]:
        sealer = Keyring("scratch", {"scratch": os.urandom(32)}, os.urandom(32))
        database = connect(uri, sealer, name=f"zhenfu_scratch_{os.urandom(6).hex()}")
        try:
            return await check_store(database)
        finally:
            with suppress(StoreError):  # a server that can't drop it has said so in its promises, or is gone
                await database.drop()
            database.close()

    return asyncio.run(attempt())


def once(settings: Settings, act: Callable[[Process], Coroutine[Any, Any, Answer]]) -> Answer:
    """Open the process, do one thing, close it."""

    async def run() -> Answer:
        process = open_process(settings, COMMAND)
        try:
            await process.database.prepare()
            await process.clock.measure()
            return await act(process)
        finally:
            await process.close()

    return asyncio.run(run())


async def _prepared(process: Process) -> None:
    """Indexes are there before the first write. A database that is not up yet is the supervisor's affair: we end and are restarted."""
    asyncio.get_running_loop().set_exception_handler(tell_trouble)
    await process.database.prepare()
    await process.clock.measure()


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
            await process.parts.unclaimed_worker.stop()
            await process.parts.days.worker.stop()
            await process.parts.timetables.worker.stop()
    except TimeoutError:
        log.warning("stopped with work under way")
    await process.close()
