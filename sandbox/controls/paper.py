"""The paper bills: the HIS prints them with the QR that the app made. Printed once, until the code runs out."""

from __future__ import annotations

import json
from datetime import datetime

from sandbox.controls.courier import Courier
from sandbox.outside import Outside
from sandbox.world.wire import Record


class PaperBills:
    def __init__(self, outside: Outside, courier: Courier) -> None:
        self._outside = outside
        self._courier = courier
        self._printed: dict[str, Record] = {}

    def forget(self) -> None:
        self._printed.clear()

    async def printed(self, bill: Record) -> Record:
        """The bill with ``url`` and ``qr``, or with ``reason`` while the app can't make a code."""
        told = {**bill, "hospital": self._outside.scene.hospital_name}
        known = self._printed.get(bill["bill_no"])
        if known is None or datetime.fromisoformat(known["expires_at"]) <= self._outside.scene.clock.now():
            status, body = await self._courier.send(self._outside.hospital.make_qr(bill))
            try:
                answer = json.loads(body) if status == 200 else {}
                known = answer["data"] if answer.get("code") == "OK" else None
            except (ValueError, KeyError):
                known = None
            if known is None:
                return told | {"reason": "二维码暂时打印不出来：诊付还没有启动，或拒绝了请求。"}
            self._printed[bill["bill_no"]] = known
        return told | {"url": known["url"], "qr": f"data:image/png;base64,{known['png_base64']}"}
