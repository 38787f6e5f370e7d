"""Calls that the HIS has taken in and works on later, with nobody waiting any more: what hangs in an overloaded system.

While one is waiting, the same call under the same number is refused, as such systems do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sandbox.hospital.errors import No
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

QUEUED = "his.queued"
NUMBERS = {
    "bill.confirm": "out_trade_no", "deposit.confirm": "out_trade_no", "discharge.settle": "out_trade_no",
    "reg.confirm": "out_trade_no", "reg.reserve": "out_trade_no", "refund.release": "out_refund_no",
}  # fmt: skip
SECONDS = 600.0


class Queue:
    def __init__(self, scene: Scene, functions: Mapping[str, Callable[[Record], Record]]) -> None:
        self._scene = scene
        self._functions = functions

    def put(self, name: str, asked: Record, seconds: float) -> None:
        due = self._scene.clock.now() + timedelta(seconds=seconds)
        self._scene.records.put(QUEUED, _key(name, asked), {"name": name, "asked": asked, "due": due.isoformat()})

    def must_be_free(self, name: str, asked: Record) -> None:
        """Raises No for a number that waits here."""
        if name in NUMBERS and self._scene.records.get(QUEUED, _key(name, asked)) is not None:
            raise No("REFUSED", "这个单号正在处理，请勿重复提交")

    def next_due(self) -> datetime | None:
        return min((datetime.fromisoformat(one["due"]) for one in self._scene.records.all(QUEUED)), default=None)

    def land_due(self) -> None:
        """Do what is due by now. What can't be done any more is dropped."""
        now = self._scene.clock.now()
        for waiting in list(self._scene.records.all(QUEUED)):
            if datetime.fromisoformat(waiting["due"]) <= now:
                self._scene.records.drop(QUEUED, _key(waiting["name"], waiting["asked"]))
                with contextlib.suppress(No):
                    self._functions[waiting["name"]](waiting["asked"])


def _key(name: str, asked: Record) -> str:
    return f"{name}:{asked[NUMBERS[name]]}"
