"""The paper bills: the HIS prints them with the QR that the app made. Printed once, until the code runs out."""

from __future__ import annotations

from datetime import datetime

from sandbox.controls.courier import Courier
from sandbox.outside import Outside
from sandbox.world.wire import Outbound, Record

MADE = ("url", "expires_at", "png_base64")


class PaperBills:
    def __init__(self, outside: Outside, courier: Courier) -> None:
        self._outside = outside
        self._courier = courier
        self._printed: dict[str, Record] = {}

    def forget(self) -> None:
        self._printed.clear()

    async def printed(self, bill: Record) -> Record:
        """The bill with ``url`` and ``qr``, or with ``reason`` while the app can't make a code."""
        told = {name: value for name, value in bill.items() if name != "dispensed"}
        told["hospital"] = self._outside.scene.hospital_name
        known = self._printed.get(bill["bill_no"])
        if known is None or datetime.fromisoformat(known["expires_at"]) <= self._outside.scene.clock.now():
            known, reason = await made_code(self._outside, self._courier, self._outside.hospital.make_qr(bill))
            if known is None:
                return told | {"reason": reason}
            self._printed[bill["bill_no"]] = known
        return told | {"url": known["url"], "qr": f"data:image/png;base64,{known['png_base64']}"}


async def made_code(outside: Outside, courier: Courier, asked: Outbound) -> tuple[Record | None, str]:
    """``url``, ``expires_at`` and ``png_base64`` that the app made; or None and why there is nothing."""
    answer = await courier.send(asked)
    if answer.status == 0:
        return None, "二维码暂时打印不出来：诊付没有应答，还没有启动？"
    told = outside.hospital.opened(asked, answer.status, answer.headers, answer.body)
    if told is None:
        return None, f"二维码暂时打印不出来：诊付的应答（{answer.status}）不是按接口签名的。"
    data = told.get("data")
    if told.get("code") != "OK" or not isinstance(data, dict) or not data.keys() >= set(MADE):
        return None, f"二维码暂时打印不出来：诊付拒绝了请求（{told.get('code')}）。"
    return data, ""
