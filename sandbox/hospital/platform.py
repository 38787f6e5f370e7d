"""The HIS's face: signed requests in, signed answers out; and what it asks of the app in turn (section 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from sandbox.hospital.clinics import CLINIC_PUSH, is_heard
from sandbox.hospital.clinics import PUSH_RETRIES_S as CLINIC_RETRIES_S
from sandbox.hospital.day_list import FAULTS as LIST_FAULTS
from sandbox.hospital.day_list import NAME as DAY_LIST
from sandbox.hospital.errors import No
from sandbox.hospital.his import Hospital
from sandbox.hospital.queue import NUMBERS, SECONDS, Queue
from sandbox.hospital.requests import BadRequest, check_request
from sandbox.hospital.reservations import PAID_PUSH
from sandbox.hospital.signing import answer_headers, is_answer_signed, is_signed, request_headers
from sandbox.hospital.waiting_list import OFFER_PUSH
from sandbox.world.deliveries import Sort
from sandbox.world.faults import seconds_of
from sandbox.world.nonces import NonceBook
from sandbox.world.scene import Scene
from sandbox.world.wire import Outbound, Record, Request, Response, json_response

PREFIX = "/hospital/v1/"
PUSH = "notify.his"
REPORT_PUSH = "notify.his.report"
PUSH_RETRIES_S = (10, 60, 300)
NONCE_KEPT = timedelta(seconds=600)
QR_DAYS = 7
SPOILING = {"unsigned", "wrong_signature", "sign_test"}


class Queued(Exception):
    """Taken in, and worked on later: whoever asked gets no answer."""


class HospitalPlatform:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._nonces = NonceBook(NONCE_KEPT)
        self.his = Hospital(scene)
        self.queue = Queue(scene, self.his.functions)
        scene.deliveries.sorts[PUSH] = Sort(
            lambda payload, fault: self.ask("bill.push", payload),
            lambda status, body: 200 <= status < 500,
            lambda: PUSH_RETRIES_S,
        )
        scene.deliveries.sorts[REPORT_PUSH] = Sort(
            lambda payload, fault: self.ask("report.ready", payload),
            lambda status, body: 200 <= status < 500,
            lambda: PUSH_RETRIES_S,
        )
        scene.deliveries.sorts[CLINIC_PUSH] = Sort(
            lambda payload, fault: self.ask("reg.changed", payload), is_heard, lambda: CLINIC_RETRIES_S
        )
        scene.deliveries.sorts[OFFER_PUSH] = Sort(
            lambda payload, fault: self.ask("reg.offered", payload), is_heard, lambda: CLINIC_RETRIES_S
        )
        scene.deliveries.sorts[PAID_PUSH] = Sort(
            lambda payload, fault: self.ask("reg.paid", payload), is_heard, lambda: CLINIC_RETRIES_S
        )
        scene.faults.places |= {
            PUSH,
            PAID_PUSH,
            REPORT_PUSH,
            CLINIC_PUSH,
            OFFER_PUSH,
            *(f"his.{name}" for name in self.his.functions),
        }
        scene.faults.special |= {f"his.{name}": {"queued"} for name in NUMBERS} | {f"his.{DAY_LIST}": LIST_FAULTS}

    def where(self, request: Request) -> str:
        return f"his.{request.path.removeprefix(PREFIX)}"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        self.queue.land_due()
        self.his.waiting_list.offer_due()
        now = self.scene.clock.now()
        keys = {self.scene.keys["his_key_id"]: self.scene.keys["his_secret"]}
        nonce = request.headers.get("zhenfu-nonce", "")
        if not is_signed(request, keys, now.timestamp()) or not self._nonces.is_new(nonce, now):
            return json_response({"code": "SIGNATURE", "message": "签名不正确", "data": {}}, 401)
        try:
            told = self._answer(request, fault)
        except Queued:
            return Response(status=504)
        except BadRequest as wrong:
            return json_response({"code": "BAD_REQUEST", "message": str(wrong), "data": {}}, 400)
        response = json_response(told)
        signed_body = response.body + (b" " if fault is not None and fault["what"] in SPOILING else b"")
        headers = answer_headers(request, self.scene.keys["his_secret"], now.timestamp(), signed_body)
        return Response(status=200, headers={**response.headers, **headers}, body=response.body)

    def _answer(self, request: Request, fault: Record | None) -> Record:
        name, asked = request.path.removeprefix(PREFIX), request.json()
        function = self.his.functions.get(name)
        if function is None or request.method != "POST":
            raise BadRequest(f"there is no function {name}, or it was not asked by POST")
        if not isinstance(asked, dict) or not request.headers.get("content-type", "").startswith("application/json"):
            raise BadRequest("the request is no JSON object")
        check_request(name, asked)
        try:
            self.queue.must_be_free(name, asked)
            if fault is not None and fault["what"] == "queued":
                self.queue.put(name, asked, seconds_of(fault, SECONDS))
                raise Queued
            if fault is not None and fault["what"] == "refuse":
                raise No(fault.get("code", "REFUSED"), fault.get("message", "医院系统拒绝"))
            if name == DAY_LIST:
                return {"code": "OK", "message": "", "data": self.his.day_list.answer(asked, fault)}
            return {"code": "OK", "message": "", "data": function(asked)}
        except No as no:
            return {"code": no.code, "message": no.message, "data": {}}

    # ---- the HIS asks ----------------------------------------------------------------------------------------------------------------

    def ask(self, function: str, asked: Record) -> Outbound:
        body = json.dumps(asked, ensure_ascii=False).encode()
        path, keys = f"/his/v1/{function}", self.scene.keys
        timestamp, nonce = int(self.scene.clock.now().timestamp()), self.scene.dice.text(32)
        headers = request_headers(keys["his_key_id"], keys["his_secret"], path, timestamp, nonce, body)
        return Outbound(url=f"{self.scene.app_url}{path}", body=body, headers=headers)

    def make_qr(self, bill: Record) -> Outbound:
        """The HIS prints a bill and asks the app for its QR."""
        patient = self.his.patient_query({"card_no": bill["card_no"]})["patient"]
        asked = {
            "card_no": bill["card_no"], "name": patient["name"], "phone": patient["phone"], "id_no": patient["id_no"], "bill_nos": [bill["bill_no"]],
            "entrance": "bill_qr", "terminal": "printer-1", "operator": "", "valid_seconds": QR_DAYS * 86400,
        }  # fmt: skip
        return self.ask("qr.make", asked)

    def make_wristband(self, admission: Record) -> Outbound:
        """The HIS prints a wristband and asks the app for its QR."""
        return self.ask("wristband.make", {name: admission[name] for name in ("admission_no", "stay")})

    def push(self, bill: Record) -> None:
        """A bill was issued or changed: the app is told."""
        payload = {"card_no": bill["card_no"], "bill_no": bill["bill_no"]}
        self.scene.deliveries.add(PUSH, bill["bill_no"], payload, self.scene.clock.now())

    def announce(self, report: Record) -> None:
        """A report was audited: the app is told."""
        payload = {"card_no": report["card_no"], "report_no": report["report_no"]}
        self.scene.deliveries.add(REPORT_PUSH, report["report_no"], payload, self.scene.clock.now())

    def opened(self, asked: Outbound, status: int, headers: Mapping[str, str], body: bytes) -> Record | None:
        """``{code, message, data}`` of the app's answer, or None when it is none or its signature does not hold."""
        secret, now_s = self.scene.keys["his_secret"], self.scene.clock.now().timestamp()
        if status != 200 or not is_answer_signed(secret, asked, headers, body, now_s):
            return None
        try:
            answer = json.loads(body)
        except ValueError:
            return None
        return answer if isinstance(answer, dict) else None
