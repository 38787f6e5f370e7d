"""``/healthz``, ``/readyz``, ``/metrics``: for those who run Zhenfu, never for patients."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST

from handlers.base.admission import Share
from handlers.base.handler import PlatformHandler
from handlers.base.metrics import Metrics
from server.core.errors import NotFound, StoreError, StoreUnavailable
from server.core.ports import RawReply

READY_S_MAX = 2.0
LOOK_EACH_S = 1.0
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")


class _OperationsHandler(PlatformHandler):
    """Answers however crowded it is: it is how the crowd is seen."""

    share: ClassVar[Share | None] = None


class AliveHandler(_OperationsHandler):
    def get(self) -> None:
        self.send(RawReply(status=200, body=b"alive\n"))


class SharedLook:
    """One look at the database a second, whoever asks and however often: anybody may, so it costs no more than that."""

    def __init__(self, ready: Callable[[], Awaitable[None]]) -> None:
        """``ready`` raises, or takes too long, when this process can't serve now."""
        self._ready = ready
        self._looking: asyncio.Task[str] | None = None
        self._looked_at = 0.0

    async def problem(self) -> str:
        """Why this process can't serve; empty when it can."""
        now_s = asyncio.get_running_loop().time()
        if self._looking is None or (self._looking.done() and now_s - self._looked_at >= LOOK_EACH_S):
            self._looked_at = now_s
            self._looking = asyncio.ensure_future(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> str:
        try:
            async with asyncio.timeout(READY_S_MAX):
                await self._ready()
        except Exception as error:
            return type(error).__name__
        return ""


class ReadyHandler(_OperationsHandler):
    """The route table has the ``look``."""

    async def get(self) -> None:
        look: SharedLook = self.of_route["look"]
        problem = await look.problem()
        if problem:
            raise StoreUnavailable(f"not ready: {problem}")
        self.send(RawReply(status=200, body=b"ready\n"))


class MetricsHandler(_OperationsHandler):
    """Answers only who asks this process directly from a machine inside. What a proxy forwards comes from outside: not found."""

    async def get(self) -> None:
        if not is_inside(self.request.remote_ip or "") or any(name in self.request.headers for name in _FORWARDED):
            raise NotFound("metrics")
        metrics: Metrics = self.application.settings["metrics"]
        with suppress(StoreError, TimeoutError):  # without a database the rest is told all the same
            async with asyncio.timeout(READY_S_MAX):
                for hospital in self.services.hospitals:
                    standing = await self.services.stores.alerts.standing(hospital)
                    metrics.alerts(hospital, standing, self.services.clock.now())
        self.send(RawReply(status=200, body=metrics.text(), content_type=CONTENT_TYPE_LATEST))


def is_inside(address: str) -> bool:
    """Loopback or a private network."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip.is_loopback or ip.is_private
