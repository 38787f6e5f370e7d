"""One running process: its settings, database, transport, clock and services, made inside its loop."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import timedelta

from server.app.adapters import Means, assemble
from server.app.day_sources import reconciliation_means
from server.app.registration_offers import registration_offers
from server.app.report_offers import report_offers
from server.app.services import Adapters
from server.app.wiring import Composition, compose
from server.effects.leases import Pace
from server.infrastructure.breaker import GuardedTransport
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.sealing import Keyring
from server.infrastructure.shared_clock import SharedClock, steady_seconds
from server.infrastructure.transport import AiohttpTransport
from server.storage.mongo import MongoDatabase, connect
from settings import Settings, load_hospitals


@dataclass(frozen=True, slots=True)
class Process:
    """What one running process holds; made inside its loop."""

    settings: Settings
    database: MongoDatabase
    transport: AiohttpTransport
    clock: SharedClock
    parts: Composition

    async def ready(self) -> None:
        """A small write and its reading. Raises StoreUnavailable, or ClockOff while this machine's clock is wrong."""
        await self.clock.measure()
        await self.clock.must_agree()

    async def close(self) -> None:
        await self.transport.close()
        self.database.close()


def open_process(settings: Settings, name: str, *, polls: bool = False) -> Process:
    """``name``: what it does. ``polls``: it looks for work in the store. Raises SettingsError for a wrong hospital's file."""
    if settings.database_uri is None:
        raise ValueError("whoever opens a process has started the database")
    keys = settings.keyring
    sealer = Keyring(keys.active, keys.keys, keys.lookup)
    database = connect(settings.database_uri.get_secret_value(), sealer)
    ids, transport = SystemIds(), AiohttpTransport()
    clock = SharedClock(
        SystemClock(),
        database.stores.pulses,
        steady_seconds,
        process=f"{name} {socket.gethostname()}:{os.getpid()}",
        off_s_max=settings.clock_off_seconds_max,
        key_id=keys.active,
    )
    means = Means(
        transport=GuardedTransport(transport, clock),
        clock=clock,
        ids=ids,
        short_lived=database.stores.short_lived,
        public_url=settings.public_url,
    )
    files = load_hospitals(settings)
    hospitals = {file.id: assemble(file, means) for file in files}
    parts = compose(
        Adapters(
            hospitals=hospitals,
            stores=database.stores,
            sealer=sealer,
            clock=clock,
            ids=ids,
            registration=registration_offers(files, hospitals),
            reports=report_offers(files, hospitals),
            reconciliation=reconciliation_means(hospitals, settings.data_dir),
        ),
        expiry=timedelta(minutes=settings.payment_expiry_minutes),
        pace=Pace.within(settings.effect_lease_seconds, settings.worker_concurrency),
        polls=polls,
    )
    return Process(settings, database, transport, clock, parts)
