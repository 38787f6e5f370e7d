"""Payments that live their whole life in an installation of their own, in which the HIS answers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.engine import NotHere
from bench.load import NO_SMS_LIMIT, PEOPLE, until_booked
from bench.world import SERVER, payable_bill
from tests.chaos.desk import Desk
from tests.chaos.phone import Phone, Unanswered
from tests.end_to_end.installation import Installation

TOLD_WITHIN_S = 1.0
"""What follows the booking, messages above all, has so long before anything is read."""


@dataclass(frozen=True, slots=True)
class Lived:
    """``wait_s``: from the password until the patient's page says that it is paid."""

    payment_id: str
    wait_s: float


class Lives:
    """An installation in ``folder`` with one server, which does all the work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._world: Installation | None = None

    @property
    def world(self) -> Installation:
        if self._world is None:
            raise RuntimeError("the installation has not been started")
        return self._world

    def start(self) -> None:
        self._world = self._stack.enter_context(Installation(self._folder, serves=1, workers=0, cold=True))
        self.world.ask("/sandbox/faults", NO_SMS_LIMIT, "PUT")

    def stop(self) -> None:
        self._stack.close()

    def pids(self) -> tuple[int, int]:
        """The server's and the database's. Raises NotHere."""
        database = self.world.database.pid
        if database is None:
            raise NotHere("the database has ended")
        return self.world.parts[SERVER].pid, database

    async def papers(self, count: int) -> Sequence[dict[str, Any]]:
        """The bills of the next lives: the HIS asks us for their codes, which is no part of a life."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            desk = Desk(session, self.world.sandbox_url, random.Random())
            return [await payable_bill(desk) for _ in range(count)]

    async def live(self, papers: Sequence[dict[str, Any]], at_once: int = 1) -> Sequence[Lived]:
        """Each bill is scanned and paid until it is booked, ``at_once`` at a time, each time by other people. Raises NotHere."""
        lived: list[Lived] = []
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            for first in range(0, len(papers), at_once):
                some = papers[first : first + at_once]
                lived += await asyncio.gather(
                    *(self._one(session, (first + place) % PEOPLE + 1, bill) for place, bill in enumerate(some))
                )
        await asyncio.sleep(TOLD_WITHIN_S)
        return lived

    async def _one(self, session: aiohttp.ClientSession, person: int, bill: dict[str, Any]) -> Lived:
        desk = Desk(session, self.world.sandbox_url, random.Random())
        phone = Phone(session, self.world.sandbox_port, person, "wechat")
        try:
            await phone.scan(bill)
            _, started = await phone.start(bill["bill_no"], f"1990000{phone.number:04d}")
            await desk.enter_password(started)
            began = time.monotonic()
            await until_booked(phone, started["payment_id"])
        except Unanswered as error:
            raise NotHere(f"a payment did not get through: {error}") from None
        return Lived(started["payment_id"], time.monotonic() - began)
