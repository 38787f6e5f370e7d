"""The load: patients who scan, start, pay, cancel, pay late, switch phones and press twice, as long as the killing goes on."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import aiohttp

from tests.chaos.desk import PEOPLE, Desk
from tests.chaos.phone import Phone, Unanswered

AT_ONCE = 6
TRIES = 12
AGAIN_AFTER_S = 0.5
ANSWER_S = 15.0
LATE_S = (0.5, 20.0)
LOOKS = 10
GOING_HOME_S = 6.0
KINDS = ("wechat", "wechat", "alipay")
Got = TypeVar("Got")
Bill = dict[str, Any]


class Patients:
    """Runs in a thread of its own, so that the killer can have the main one."""

    def __init__(self, sandbox_port: int, dice: random.Random) -> None:
        self._port = sandbox_port
        self._dice = dice
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = threading.Event()
        self._evening = asyncio.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="patients")
        self.did: Counter[str] = Counter()

    def start(self) -> None:
        self._thread.start()
        self._open.wait()

    def stop(self) -> None:
        """Nobody begins anything new; who is at it has a moment to end it."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._evening.set)
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _live(self) -> None:
        try:
            asyncio.run(self._day())
        except BaseException as error:
            self._failed = error
        finally:
            self._open.set()

    async def _day(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open.set()
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
            self._session = session
            self._desk = Desk(session, f"http://127.0.0.1:{self._port}", self._dice)
            queues = [asyncio.create_task(self._queue()) for _ in range(AT_ONCE)]
            await self._evening.wait()
            _, unfinished = await asyncio.wait(queues, timeout=GOING_HOME_S)
            for task in unfinished:
                task.cancel()
            for outcome in await asyncio.gather(*queues, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def _queue(self) -> None:
        stories: list[tuple[Callable[[Bill], Awaitable[None]], int]] = [
            (self._pays, 8),
            (self._pays_late, 3),
            (self._cancels_then_pays, 2),
            (self._switches_phones, 3),
            (self._presses_twice, 2),
            (self._walks_away, 1),
            (self._pays_at_the_window_meanwhile, 1),
        ]
        while not self._evening.is_set():
            bill = await self._desk.take()
            if bill is None:
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            story = self._dice.choices([s for s, _ in stories], [weight for _, weight in stories])[0]
            try:
                await story(bill)
                self.did[story.__name__.strip("_").replace("_", " ")] += 1
            except Unanswered:
                self.did["gives up"] += 1

    # ---- stories -----------------------------------------------------------------------------------------------------------------

    async def _pays(self, bill: Bill) -> None:
        phone = self._phone()
        started = await self._begin(phone, bill)
        if started is None or not await self._password(started):
            return
        for _ in range(LOOKS):
            if (await self._until(lambda: phone.state(started["payment_id"])))["final"]:
                return
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _pays_late(self, bill: Bill) -> None:
        started = await self._begin(self._phone(), bill)
        await self._dawdle(self._dice.uniform(*LATE_S))
        if started is not None:
            await self._password(started)

    async def _cancels_then_pays(self, bill: Bill) -> None:
        phone = self._phone()
        started = await self._begin(phone, bill)
        if started is not None and started["call"]:
            await self._desk.enter_password(started, "cancel")
        again = await self._begin(phone, bill)
        if again is not None:
            await self._password(again)

    async def _switches_phones(self, bill: Bill) -> None:
        """The second phone pays; then the first one's cashier, still open, is tried too."""
        first = await self._begin(self._phone(), bill)
        second = await self._begin(self._phone(), bill)
        for started in (second, first):
            if started is not None:
                await self._password(started)

    async def _presses_twice(self, bill: Bill) -> None:
        phones = self._phone(), self._phone()
        begun = await asyncio.gather(*(self._begin(phone, bill) for phone in phones), return_exceptions=True)
        for started in begun:
            if isinstance(started, dict):
                await self._password(started)

    async def _walks_away(self, bill: Bill) -> None:
        await self._begin(self._phone(), bill)

    async def _pays_at_the_window_meanwhile(self, bill: Bill) -> None:
        started = await self._begin(self._phone(), bill)
        await self._desk.ask("/sandbox/his/pay_at_window", {"bill_no": bill["bill_no"]})
        if started is not None:
            await self._password(started)

    # ---- steps -------------------------------------------------------------------------------------------------------------------

    def _phone(self) -> Phone:
        return Phone(self._session, self._port, self._dice.choice(PEOPLE), self._dice.choice(KINDS))

    async def _begin(self, phone: Phone, bill: Bill) -> dict[str, Any] | None:
        """Scan and start until there is a cashier, or the app says why there is none."""
        wants_sms = f"1990000{phone.number:04d}" if self._dice.random() < 0.7 else ""
        await self._until(lambda: phone.scan(bill))
        for _ in range(TRIES):
            status, told = await self._until(lambda: phone.start(bill["bill_no"], wants_sms))
            if status != 200:
                self.did["refused"] += 1
                return None
            if told["call"] is not None or told["state"] in {"paid", "confirming"}:
                return told
            await asyncio.sleep(AGAIN_AFTER_S)  # another attempt is being closed: the page says so
        return None

    async def _password(self, started: dict[str, Any]) -> bool:
        done = bool(started["call"]) and await self._desk.enter_password(started)
        self.did["passwords entered" if done else "cashier refused"] += 1
        return done

    async def _until(self, act: Callable[[], Awaitable[Got]]) -> Got:
        """What a person does in front of a page that does not come: tries again, for a while."""
        for _ in range(TRIES):
            try:
                return await act()
            except Unanswered:
                await self._dawdle(AGAIN_AFTER_S)
        return await act()

    async def _dawdle(self, seconds: float) -> None:
        """In the evening nobody dawdles."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._evening.wait()
