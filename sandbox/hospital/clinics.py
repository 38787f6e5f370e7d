"""停诊 and 替诊: what the hospital changes of a shift, and whom of the app's patients it tells so (docs/his-interface.md section 9, reg.changed)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sandbox.world.chance import rfc3339
from sandbox.world.scene import Scene
from sandbox.world.wire import Record

SHIFT = "his.shift"
CLINIC_PUSH = "notify.his.clinic"
PUSH_RETRIES_S = (10, 60, 300, 300, 300, 300)
OPEN: Record = {"state": "open", "replaced_by": ""}


def is_heard(status: int, body: bytes) -> bool:
    """BUSY is to be said again, as is what got no answer."""
    try:
        return status < 500 and json.loads(body).get("code") != "BUSY"
    except (ValueError, AttributeError):
        return False


class Clinics:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def of(self, schedule_no: str) -> Record:
        """``state`` and ``replaced_by`` of a shift; once changed also ``reason`` and ``at``."""
        return self._scene.records.get(SHIFT, schedule_no) or OPEN

    def is_stopped(self, schedule_no: str) -> bool:
        return bool(self.of(schedule_no)["state"] == "stopped")

    def change(self, schedule_no: str, told: Record, booked: Iterable[str]) -> None:
        """``told`` has state, replaced_by and reason. The app hears of each number of ours in ``booked``."""
        at = rfc3339(self._scene.clock.business_now())
        self._scene.records.put(SHIFT, schedule_no, {**told, "schedule_no": schedule_no, "at": at})
        for number in booked:
            self.announce(schedule_no, number)

    def announce(self, schedule_no: str, out_trade_no: str) -> None:
        changed = self.of(schedule_no)
        told = {name: changed[name] for name in ("state", "replaced_by", "reason", "at")}
        payload = {"out_trade_no": out_trade_no, **told}
        self._scene.deliveries.add(CLINIC_PUSH, out_trade_no, payload, self._scene.clock.now())
