"""Notifications (section 7): owed by the timetable, made and signed anew for every try."""

from __future__ import annotations

import json

from sandbox.wechatpay.merchant import Orders, transaction
from sandbox.wechatpay.refunds import Refunds, refund_notice
from sandbox.wechatpay.signing import Signatures
from sandbox.world.chance import rfc3339
from sandbox.world.deliveries import Sort
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record

RETRIES_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
TIMEOUT_S = 5.0
PAYMENT, REFUND = "notify.payment", "notify.refund"
SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功", "REFUND.SUCCESS": "退款成功", "REFUND.CLOSED": "退款关闭", "REFUND.ABNORMAL": "退款异常",
}  # fmt: skip


class Notices:
    def __init__(self, scene: Scene, signatures: Signatures, orders: Orders, refunds: Refunds) -> None:
        self._scene = scene
        self._signatures = signatures
        self._orders = orders
        self._refunds = refunds
        sort = Sort(self._built, lambda status, body: status in (200, 204), lambda: RETRIES_S)
        scene.deliveries.sorts.update({PAYMENT: sort, REFUND: sort})
        scene.faults.places |= {PAYMENT, REFUND}

    def of_payment(self, order: Record) -> None:
        number = order["out_trade_no"]
        self._owe(PAYMENT, number, {"out_trade_no": number, "event": "TRANSACTION.SUCCESS"})

    def owes_payment(self, out_trade_no: str) -> bool:
        """Whether the news of this payment has still to arrive."""
        return self._scene.deliveries.owes(PAYMENT, out_trade_no)

    def of_refund(self, refund: Record) -> None:
        number = refund["out_refund_no"]
        self._owe(
            REFUND, f"{refund['status']}:{number}", {"out_refund_no": number, "event": f"REFUND.{refund['status']}"}
        )

    def _owe(self, sort: str, key: str, payload: Record) -> None:
        now = self._scene.clock.now()
        born = {"id": f"EV-{self._scene.dice.digits(19)}", "at": rfc3339(now)}
        self._scene.deliveries.add(sort, key, payload | born, now)

    def _built(self, payload: Record, fault: Record | None) -> Outbound:
        """Every try carries the same notification, sealed and signed anew: the receiver refuses old timestamps."""
        what = fault["what"] if fault else ""
        more_fen = 1 if what == "wrong_amount" else 0
        if "out_refund_no" in payload:
            refund = self._refunds.get(payload["out_refund_no"])
            url, kind = refund["notify_url"], "refund"
            data = refund_notice(refund, self._scene.keys["mchid"])
        else:
            order = self._orders.get(payload["out_trade_no"])
            url, kind = order["asked"]["notify_url"], "transaction"
            data = transaction({**order, "state": "SUCCESS"}, amount_more_fen=more_fen)
        envelope = {
            "id": payload["id"],
            "create_time": payload["at"],
            "resource_type": "encrypt-resource",
            "event_type": payload["event"],
            "summary": SUMMARIES[payload["event"]],
            "resource": {"original_type": kind, **self._signatures.seal(data, kind)},
        }
        body = b"not JSON" if what == "garbled" else json.dumps(envelope, ensure_ascii=False).encode()
        rotates = bool(fault and fault.get("certificate"))
        mode = "certificate" if rotates else self._scene.faults.settings["verify_key"]
        headers = self._signatures.headers(body, self._scene.clock.now(), mode=mode, what=what)
        client = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0"}
        return Outbound(url=url, body=body, headers=client | headers, timeout_s=TIMEOUT_S)
