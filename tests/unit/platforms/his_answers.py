"""The HIS's signed answers, and our side of the interface that gets them one after another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from server.core.ports import HttpRequest, HttpResponse
from server.patients.model import Origin
from server.payments.purposes.bills.ports import ConfirmRequest
from server.platforms.his.account import HisConfig
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.signing import answer_signature
from tests.support.clock_and_ids import MORNING, FakeClock, SeededIds
from tests.unit.platforms.played import Answer, ScriptedTransport, plain

SECRET = "zhenfu-demo-secret"
CONFIG = HisConfig(
    base_url="https://his.example.org/hospital",
    keys={"demo-1": SECRET, "demo-2": "another-secret-00"},
    active_key_id="demo-1",
)
CONFIRM = ConfirmRequest(
    out_trade_no="ZF20261123ABCDEFGHJKMN",
    card_no="C0000001",
    bill_nos=("B1", "B2"),
    amount_fen=1234,
    channel="wechat",
    transaction_id="4200000000202611230000000001",
    paid_at=MORNING,
    origin=Origin(entrance="bill_qr", terminal="T1"),
)
BOOKED = {
    "his_trade_no": "H1",
    "receipt_no": "R1",
    "receipt_url": "https://his.example.org/r/1",
    "guide_text": "请到二楼采血处",
}


def said(code: str = "OK", data: Any = None, message: str = "", **forged: Any) -> Callable[[HttpRequest], HttpResponse]:
    """An answer that is signed for the question it gets; ``forged`` overrides what the signature is made of."""

    def answer(request: HttpRequest) -> HttpResponse:
        body = json.dumps({"code": code, "message": message, "data": data}, ensure_ascii=False).encode()
        facts = {
            "secret": SECRET,
            "path": request.url.removeprefix("https://his.example.org"),
            "timestamp": str(int(MORNING.timestamp())),
            "nonce": request.headers["Zhenfu-Nonce"],
            "body": body,
        }
        signature = answer_signature(**{**facts, **forged})  # type: ignore[arg-type]
        timestamp = str(forged.get("timestamp", facts["timestamp"]))
        return plain(body, 200, {"zhenfu-timestamp": timestamp, "zhenfu-signature": signature})

    return answer


def a_his(*answers: Answer) -> tuple[HttpJsonHis, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return HttpJsonHis(CONFIG, transport, FakeClock(), SeededIds()), transport


def bill(**fields: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "bill_no": "B1", "card_no": "C0000001", "patient_name": "张测试", "kind": "outpatient", "department": "测试内科",
        "doctor": "李虚构", "issued_at": "2026-11-23T08:30:00+08:00", "status": "unpaid", "total_fen": 2000, "fund_fen": 700,
        "account_fen": 66, "own_fen": 1234, "settle_group": "G1",
    }  # fmt: skip
    return {**facts, **fields}


ITEM = {
    "item_no": "1", "name": "血常规", "category": "检验", "spec": "", "unit": "次", "quantity": "1.5", "unit_price_fen": 100,
    "amount_fen": 150,
}  # fmt: skip
