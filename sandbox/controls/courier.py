"""Brings what the platforms have to tell to the app: notifications by their timetable, chat messages with their three tries."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest

from sandbox.outside import Outside
from sandbox.wechat.callback import TRIES, Said
from sandbox.world.wire import Outbound, Record

log = logging.getLogger("sandbox.courier")
IDLE_S = 0.5
AT_ONCE = 20


class Courier:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._client = AsyncHTTPClient(force_instance=True, max_clients=64)
        self._woken = asyncio.Event()
        self._under_way: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._outside.tick()
            now = self._outside.scene.clock.now()
            for record in self._outside.scene.deliveries.due(now):
                if record["key"] not in self._under_way and len(self._under_way) < AT_ONCE:
                    self._under_way.add(record["key"])
                    task = asyncio.create_task(self._deliver(record))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._wait_s())

    def _wait_s(self) -> float:
        due = self._outside.next_due()
        if due is None:
            return IDLE_S
        return min(max((due - self._outside.scene.clock.now()).total_seconds(), 0.02), IDLE_S)

    async def _deliver(self, record: Record) -> None:
        scene = self._outside.scene
        try:
            outbounds = scene.deliveries.outbounds(record, scene.clock.now())
            if not outbounds:
                return
            answers = await asyncio.gather(*(self.send(outbound) for outbound in outbounds))
            status, body = answers[-1]
            scene.deliveries.answered(record, status, body, scene.clock.now())
        except Exception:
            log.exception("delivery %s", record["sort"])
            scene.deliveries.answered(record, 0, b"", scene.clock.now())
        finally:
            self._under_way.discard(record["key"])
            self.wake()

    async def send(self, outbound: Outbound) -> tuple[int, bytes]:
        """(status, body); status 0 for no answer."""
        request = HTTPRequest(
            outbound.url,
            method="POST" if outbound.body else "GET",
            headers=dict(outbound.headers),
            body=outbound.body or None,
            request_timeout=outbound.timeout_s,
            connect_timeout=outbound.timeout_s,
            follow_redirects=False,
        )
        try:
            answer = await self._client.fetch(request, raise_error=False)
        except (HTTPError, OSError):
            return 0, b""
        return (0, b"") if answer.code == 599 else (answer.code, answer.body)

    async def say(self, said: Said) -> Record | None:
        """``{reply, status, tries}``, or None when the app could not be reached at all."""
        for tries in range(1, TRIES + 1):
            status, body = await self.send(self._outside.callback.outbound(said))
            if status:
                return {"reply": self._outside.callback.answered(said, status, body), "status": status, "tries": tries}
        self._outside.callback.trouble(said)
        return None
