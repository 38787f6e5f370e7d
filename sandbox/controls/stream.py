"""``GET /sandbox/events``: the pages hear that something has changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from sandbox.controls.handlers import Control
from sandbox.world.wire import Record

STREAM_PULSE_S = 15.0


class EventsHandler(Control):
    """Server-sent: one line of data per change, a comment now and then so that nobody takes silence for death."""

    _gone = False

    def on_connection_close(self) -> None:
        self._gone = True

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        queue: asyncio.Queue[Record] = asyncio.Queue(1000)
        end = self.outside.scene.events.listen(lambda event: None if queue.full() else queue.put_nowait(event))
        try:
            self.write(": here\n\n")
            await self.flush()
            while not self._gone:
                await self._next(queue.get)
        finally:
            end()

    async def _next(self, get: Callable[[], Awaitable[Record]]) -> None:
        try:
            event = await asyncio.wait_for(get(), STREAM_PULSE_S)
            self.write(f"data: {json.dumps(event)}\n\n")
        except TimeoutError:
            self.write(": still here\n\n")
        await self.flush()
