"""The HIS's face: signed requests in, signed answers out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sandbox.hospital.his import Hospital, No
from sandbox.hospital.signing import answer_headers, is_signed, request_headers
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record, Request, Response, json_response

PREFIX = "/hospital/v1/"
NONCE = "his.nonce"
NONCE_KEPT = timedelta(seconds=600)
QR_DAYS = 7


class HospitalPlatform:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.his = Hospital(scene)

    def where(self, request: Request) -> str:
        return f"his.{request.path.removeprefix(PREFIX)}"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        now = self._scene.clock.now()
        keys = {self._scene.keys["his_key_id"]: self._scene.keys["his_secret"]}
        nonce = request.headers.get("zhenfu-nonce", "")
        if not is_signed(request, keys, now.timestamp()) or self._seen(nonce, now):
            return json_response({"code": "SIGNATURE", "message": "签名不正确", "data": {}}, 401)
        function = self.his.functions.get(request.path.removeprefix(PREFIX))
        asked = request.json()
        if function is None or not isinstance(asked, dict):
            return json_response(
                {"code": "BAD_REQUEST", "message": "没有这个功能，或请求不是 JSON 对象", "data": {}}, 400
            )
        try:
            if fault is not None and fault["what"] == "refuse":
                raise No(fault.get("code", "REFUSED"), fault.get("message", "医院系统拒绝"))
            told: Record = {"code": "OK", "message": "", "data": function(asked)}
        except No as no:
            told = {"code": no.code, "message": no.message, "data": {}}
        response = json_response(told)
        signed_body = response.body + (b" " if fault is not None and fault["what"] == "unsigned" else b"")
        headers = answer_headers(request, self._scene.keys["his_secret"], now.timestamp(), signed_body)
        return Response(status=200, headers={**response.headers, **headers}, body=response.body)

    def _seen(self, nonce: str, now: datetime) -> bool:
        known = self._scene.records.get(NONCE, nonce)
        if known is not None and datetime.fromisoformat(known["until"]) > now:
            return True
        self._scene.records.put(NONCE, nonce, {"until": (now + NONCE_KEPT).isoformat()})
        return False

    def make_qr(self, bill: Record) -> Outbound:
        """The HIS prints a bill and asks the app for its QR (section 4)."""
        patient = self.his.patient_query({"card_no": bill["card_no"]})["patient"]
        asked = {
            "card_no": bill["card_no"], "name": patient["name"], "phone": patient["phone"], "id_no": patient["id_no"], "bill_nos": [bill["bill_no"]],
            "entrance": "bill_qr", "terminal": "printer-1", "operator": "", "valid_seconds": QR_DAYS * 86400,
        }  # fmt: skip
        body = json.dumps(asked, ensure_ascii=False).encode()
        path, keys = "/his/v1/qr.make", self._scene.keys
        timestamp = int(self._scene.clock.now().timestamp())
        headers = request_headers(
            keys["his_key_id"], keys["his_secret"], path, timestamp, self._scene.dice.text(32), body
        )
        return Outbound(url=f"{self._scene.app_url}{path}", body=body, headers=headers)
