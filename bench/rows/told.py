"""How soon a payment is booked and its payer told, counted from its notification."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from bench.engine import NotHere, Row
from bench.lives import Lived, Lives
from bench.means import OURS, Means
from bench.slices import Figures
from server.storage.mongo.database import DATABASE_NAME

MANY = 4
NOTE = (
    "Half of the payments had their SMS sent by then. It counts from the moment that the notification was understood, which the payment's history has in "
    "milliseconds, and holds what the HIS, the channel's template message and the SMS gateway take to answer; all of them and the patients run on this machine, too."
)


def rows(means: Means) -> Sequence[Row]:
    payments = max(MANY, means.plan.supply // 3)
    alone = Telling(OURS, means.folder / "told", payments, at_once=1)
    together = Telling(OURS, means.folder / "told-together", payments, at_once=MANY)
    return [
        Row("told", "From the notification to the SMS", [alone], {"wall_ms": 20.0}, "wall_ms", note=NOTE),
        Row(
            "told-together", f"The same, of {MANY} who pay at the same time", [together], {"wall_ms": 45.0}, "wall_ms",
            note=NOTE,
        ),
    ]  # fmt: skip


class Telling:
    def __init__(self, name: str, folder: Path, payments: int, at_once: int) -> None:
        self.name = name
        self._lives = Lives(folder)
        self._payments = payments
        self._at_once = at_once

    async def start(self) -> None:
        self._lives.start()
        await self._live()

    async def slice(self, seconds: float) -> Figures:
        lived = await self._live()
        histories = await asyncio.to_thread(self._histories, [each.payment_id for each in lived])
        booked, told = zip(*(waits_ms(each) for each in histories), strict=True)
        return {"wall_ms": statistics.median(told), "booked_ms": statistics.median(booked)}

    async def counted(self) -> Figures:
        return {}

    async def stop(self) -> None:
        self._lives.stop()

    async def _live(self) -> Sequence[Lived]:
        return await self._lives.live(await self._lives.papers(self._payments), self._at_once)

    def _histories(self, numbers: Sequence[str]) -> Sequence[Sequence[Mapping[str, Any]]]:
        with MongoClient[dict[str, Any]](self._lives.world.environ["ZHENFU_DATABASE_URI"]) as client:
            stored = client[DATABASE_NAME]["payments"]
            return [each["history"] for each in stored.find({"_id": {"$in": list(numbers)}}, {"history": 1})]


def waits_ms(history: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """From the line ``paid`` of a stored history until ``booked``, and until ``sms_sent``. Raises NotHere where one of them is missing."""
    moments: dict[str, datetime] = {line["what"]: line["at"] for line in history}
    missing = {"paid", "booked", "sms_sent"} - moments.keys()
    if missing:
        raise NotHere(f"a payment has no line {sorted(missing)[0]} in its history")
    booked, told = ((moments[what] - moments["paid"]).total_seconds() * 1000 for what in ("booked", "sms_sent"))
    return booked, told
