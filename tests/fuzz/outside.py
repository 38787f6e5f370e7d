"""The outside as the adapters see it: answers that are signed as they should be, of whatever content a test puts in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from server.core.ports import HttpRequest, HttpResponse
from server.platforms.his.signing import NONCE, SIGNATURE, TIMESTAMP, answer_signature
from tests.support.builders import APP, CARD
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.his_answers import SECRET
from tests.unit.platforms.played import signed_headers
from tests.unit.platforms.wechat_pay_answers import SERIAL

Signed = Callable[[HttpRequest, bytes], dict[str, str]]
BILL: dict[str, Any] = {
    "bill_no": "B1",
    "card_no": CARD,
    "patient_name": "张测试",
    "kind": "outpatient",
    "department": "测试内科",
    "doctor": "李虚构",
    "issued_at": "2026-11-23T08:30:00+08:00",
    "status": "unpaid",
    "total_fen": 1234,
    "fund_fen": 0,
    "account_fen": 0,
    "own_fen": 1234,
    "settle_group": "G",
    "items": [
        {
            "item_no": "1",
            "name": "血常规",
            "category": "检验",
            "spec": "",
            "unit": "次",
            "quantity": "1",
            "unit_price_fen": 1234,
            "amount_fen": 1234,
        }
    ],
}
PATIENT: dict[str, Any] = {
    "patient_id": "P0000001",
    "name": "张测试",
    "sex": "female",
    "birth_date": "1990-01-01",
    "phone": "13800000001",
    "id_no": "11010119900101000X",
    "cards": [CARD],
}
HIS_DATA: dict[str, Any] = {
    "patient.query": {"patient": PATIENT},
    "bills.unpaid": {"bills": [BILL]},
    "bill.detail": {"bill": BILL},
}


def as_the_his_signs(request: HttpRequest, body: bytes) -> dict[str, str]:
    timestamp, path = str(int(MORNING.timestamp())), request.url.removeprefix("https://his.example.org")
    signature = answer_signature(SECRET, path, timestamp, request.headers[NONCE], body)
    return {TIMESTAMP.lower(): timestamp, SIGNATURE.lower(): signature}


def unsigned(request: HttpRequest, body: bytes) -> dict[str, str]:
    return {}


class PlayedOutside:
    """ports.Transport. ``his_body`` and the like replace what is usually said; None says the usual."""

    def __init__(self) -> None:
        self.his_status = 200
        self.his_body: bytes | None = None
        self.his_data: dict[str, Any] = {}
        self.his_signed: Signed = as_the_his_signs
        self.login_body: bytes | None = None

    def as_usual(self) -> None:
        PlayedOutside.__init__(self)

    async def send(self, request: HttpRequest) -> HttpResponse:
        if request.system == "his":
            return self._his(request)
        if request.system == "wechatpay":
            body = b'{"prepay_id":"wx261153585405162d4d02642eabe7000000"}'
            return HttpResponse(status=200, headers=signed_headers(body, MORNING, "public", SERIAL), body=body)
        if request.system == "sms":
            return HttpResponse(
                status=200, headers={}, body=b'{"Code":"OK","BizId":"1^0","Message":"OK","RequestId":"1"}'
            )
        usual = json.dumps({"openid": "openid-zhang-ceshi", "scope": "snsapi_base", "appid": APP}).encode()
        return HttpResponse(status=200, headers={}, body=usual if self.login_body is None else self.login_body)

    def _his(self, request: HttpRequest) -> HttpResponse:
        function = request.url.rpartition("/")[2]
        data = {**HIS_DATA.get(function, {}), **self.his_data}
        usual = json.dumps({"code": "OK", "message": "", "data": data}, ensure_ascii=False).encode()
        body = usual if self.his_body is None else self.his_body
        return HttpResponse(status=self.his_status, headers=self.his_signed(request, body), body=body)
