"""Brings what the platforms have to tell to the app: notifications by their timetable, chat messages with their three tries."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest

from sandbox.outside import Outside
from sandbox.world.chats import Chats
from sandbox.world.faults import seconds_of
from sandbox.world.wire import Outbound, Record

log = logging.getLogger("sandbox.courier")
IDLE_S = 0.5
AT_ONCE = 64
SILENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 0: none came. ``headers`` have lower-case names."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


S = TypeVar("S", contravariant=True)


class Account(Protocol[S]):
    """Where people write to the hospital; ``place`` is its name for fault rules."""

    place: str

    @property
    def tries(self) -> int: ...

    def outbound(self, said: S, fault: Record | None = None) -> Outbound: ...

    def answered(self, said: S, status: int, body: bytes) -> Record | None: ...

    def trouble(self, said: S) -> object: ...


class Courier:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._client = AsyncHTTPClient(force_instance=True, max_clients=2 * AT_ONCE)
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            for record in self._outside.due(AT_ONCE - len(self._tasks)):
                task = asyncio.create_task(self._deliver(record))
                self._tasks.add(task)
                task.add_done_callback(self._ended)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._wait_s())

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake()

    def _wait_s(self) -> float:
        due = self._outside.next_due()
        if due is None or len(self._tasks) >= AT_ONCE:
            return IDLE_S
        return min(max((due - self._outside.scene.clock.now()).total_seconds(), 0.001), IDLE_S)

    async def _deliver(self, record: Record) -> None:
        try:
            outbounds = self._outside.outbounds(record)
            if not outbounds:
                return
            answers = await asyncio.gather(*(self.send(outbound) for outbound in outbounds))
            self._outside.answered(record, answers[-1].status, answers[-1].body)
        except Exception:
            log.exception("delivery %s", record["sort"])
            self._outside.answered(record, 0, b"")

    async def send(self, outbound: Outbound) -> Answer:
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
            return Answer(0)
        if answer.code == 599:
            return Answer(0)
        return Answer(answer.code, answer.body, {name.lower(): value for name, value in answer.headers.get_all()})

    async def say(self, account: Account[S], said: S) -> Record | None:
        """``{reply, status, tries}``, or None when the app could not be reached at all. The last answer counts."""
        for tries in range(1, account.tries + 1):
            fault = self._outside.scene.faults.strike(account.place)
            what = fault["what"] if fault else ""
            if what == "lost":
                continue
            if fault is not None and what in {"delay", "late", "reordered"}:
                await asyncio.sleep(min(seconds_of(fault, 1.0), SILENCE_S))
            if what == "doubled":
                await self.send(account.outbound(said, fault))
            answer = await self.send(account.outbound(said, fault))
            if answer.status:
                reply = account.answered(said, answer.status, answer.body)
                return {"reply": reply, "status": answer.status, "tries": tries}
        account.trouble(said)
        return None

    async def later(self, chats: Chats, who: str, before: int, wait_s: float) -> list[Record]:
        """Messages of the chat beyond the first ``before``; waits for the first of them, at most so long."""
        news = asyncio.Event()
        end = self._outside.scene.events.listen(lambda event: news.set() if event["kind"] == "chat" else None)
        until = asyncio.get_running_loop().time() + wait_s
        try:
            while chats.count(who) <= before and (left := until - asyncio.get_running_loop().time()) > 0:
                news.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), left)
        finally:
            end()
        come = chats.count(who) - before
        return chats.messages(who)[-come:] if come > 0 else []
