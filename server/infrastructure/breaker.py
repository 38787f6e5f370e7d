"""Keeps a sick outside system from making us sick: a circuit breaker and a bulkhead around any Transport.

Both are per system and host, so that one hospital's HIS being down never shuts another's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from server.core.errors import NotSent, OutcomeUnknown
from server.core.ports import Clock, HttpRequest, HttpResponse, Transport
from server.effects.outside_calls import calling

log = logging.getLogger("zhenfu.breaker")


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerLimits:
    """``failures_max`` in a row open the breaker for ``open_s``; ``waiting_max`` calls may wait behind ``calls_max`` running ones."""

    failures_max: int = 8
    open_s: float = 5.0
    calls_max: int = 32
    waiting_max: int = 128


class CircuitBreaker:
    """closed → (``failures_max`` failures in a row) → open → (``open_s`` later) one probe → closed, or open again."""

    def __init__(self, clock: Clock, limits: BreakerLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._failures = 0
        self._opened_at: datetime | None = None
        self._probing = False

    def allow(self) -> bool:
        """May a call go out now? True in the half-open state makes the caller the probe: it must report how it went."""
        if self._opened_at is None:
            return True
        if self._probing or self._clock.now() - self._opened_at < timedelta(seconds=self._limits.open_s):
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> bool:
        """Returns True when this failure opened the breaker (or kept it open after a probe)."""
        self._failures += 1
        was_probe, self._probing = self._probing, False
        if was_probe or (self._opened_at is None and self._failures >= self._limits.failures_max):
            self._opened_at = self._clock.now()
            return True
        return False

    def gave_up(self) -> None:
        """The caller was cancelled: nothing was learned, the next one may probe."""
        self._probing = False


@dataclass(slots=True)
class _System:
    breaker: CircuitBreaker
    room: asyncio.Semaphore
    waiting: int = 0


@dataclass(slots=True)
class GuardedTransport:
    """A Transport whose calls fail at once with NotSent while their system is known to be down or is already overloaded by us."""

    inner: Transport
    clock: Clock
    limits: BreakerLimits = field(default_factory=BreakerLimits)
    _systems: dict[tuple[str, str], _System] = field(default_factory=dict)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Raises NotSent or OutcomeUnknown. A status of 500 and above is an answer here, and a failure for the breaker."""
        with calling(request.system):
            return await self._send(self._system(request), request)

    async def _send(self, system: _System, request: HttpRequest) -> HttpResponse:
        async with self._place(system, request):
            if not system.breaker.allow():
                raise NotSent(request.system, "circuit breaker open")
            try:
                response = await self.inner.send(request)
            except (NotSent, OutcomeUnknown):
                self._failed(system, request)
                raise
            except BaseException:
                system.breaker.gave_up()
                raise
            if response.status >= 500:
                self._failed(system, request)
            else:
                system.breaker.succeeded()
            return response

    @asynccontextmanager
    async def _place(self, system: _System, request: HttpRequest) -> AsyncIterator[None]:
        """One of the running calls' places; waiting for it is bounded in number and time."""
        if system.room.locked():
            if system.waiting >= self.limits.waiting_max:
                raise NotSent(request.system, "too many calls waiting")
            system.waiting += 1
            try:
                async with asyncio.timeout(request.timeout_s):
                    await system.room.acquire()
            except TimeoutError as error:
                raise NotSent(request.system, "waited too long for a place") from error
            finally:
                system.waiting -= 1
        else:
            await system.room.acquire()
        try:
            yield
        finally:
            system.room.release()

    def _failed(self, system: _System, request: HttpRequest) -> None:
        if system.breaker.failed():
            log.warning("breaker open system=%s for_s=%s", request.system, self.limits.open_s)

    def _system(self, request: HttpRequest) -> _System:
        """Bounded: hosts come from the settings, never from a request of somebody outside."""
        key = (request.system, urlsplit(request.url).netloc)
        if key not in self._systems:
            breaker = CircuitBreaker(self.clock, self.limits)
            self._systems[key] = _System(breaker, asyncio.Semaphore(self.limits.calls_max))
        return self._systems[key]
