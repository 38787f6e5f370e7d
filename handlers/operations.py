"""``/healthz``, ``/readyz``, ``/metrics``: for those who run Zhenfu, never for patients."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST

from handlers.admission import Share
from handlers.door import PlatformDoor
from handlers.metrics import Metrics
from server.domain.errors import NotFound, StoreUnavailable
from server.ports import RawReply

READY_S_MAX = 2.0
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")


class _OperationsDoor(PlatformDoor):
    """Answers however crowded it is: it is how the crowd is seen."""

    share: ClassVar[Share | None] = None


class AliveDoor(_OperationsDoor):
    def get(self) -> None:
        self.send(RawReply(status=200, body=b"alive\n"))


class ReadyDoor(_OperationsDoor):
    """``ready`` of the route table raises, or takes too long, when this process can't serve now."""

    async def get(self) -> None:
        ready: Callable[[], Awaitable[None]] = self.of_route["ready"]
        try:
            async with asyncio.timeout(READY_S_MAX):
                await ready()
        except Exception as error:
            raise StoreUnavailable(f"not ready: {type(error).__name__}") from error
        self.send(RawReply(status=200, body=b"ready\n"))


class MetricsDoor(_OperationsDoor):
    """Answers only who asks this process directly from a machine inside. What a proxy forwards comes from outside: not found."""

    def get(self) -> None:
        if not is_inside(self.request.remote_ip or "") or any(name in self.request.headers for name in _FORWARDED):
            raise NotFound("metrics")
        metrics: Metrics = self.application.settings["metrics"]
        self.send(RawReply(status=200, body=metrics.text(), content_type=CONTENT_TYPE_LATEST))


def is_inside(address: str) -> bool:
    """Loopback or a private network."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip.is_loopback or ip.is_private
