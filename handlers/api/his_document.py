"""What the OpenAPI document says of ``/his/v1`` (docs/his-interface.md sections 1 and 4)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from handlers.his.requests import (
    BillPush,
    ClinicChanged,
    NumberOffered,
    PaymentStateAsked,
    QrMake,
    RefundLineTold,
    RefundMake,
    ReportReady,
    WristbandMake,
)

HIS_MODELS: tuple[type[BaseModel], ...] = (
    QrMake,
    WristbandMake,
    PaymentStateAsked,
    RefundMake,
    RefundLineTold,
    BillPush,
    ReportReady,
    ClinicChanged,
    NumberOffered,
)
FUNCTIONS: dict[str, tuple[str, type[BaseModel]]] = {
    "qr.make": ("A bill's QR code", QrMake),
    "wristband.make": ("The QR code of an inpatient's wristband, by which relatives pay in", WristbandMake),
    "payment.state": ("What became of a payment, by our number or by card and bill", PaymentStateAsked),
    "refund.make": (
        "Send back what was written off at a window; the same his_refund_no is the same refund",
        RefundMake,
    ),
    "bill.push": ("A bill of the card was issued, changed, withdrawn or paid elsewhere", BillPush),
    "report.ready": ("A report was audited: whoever has bound the card is told once", ReportReady),
    "reg.changed": ("The clinic of a booked number is stopped, replaced or open again", ClinicChanged),
    "reg.offered": (
        "A number is held for a patient who waited for it: whoever has bound the card is told once",
        NumberOffered,
    ),
}
SIGNED = {
    "Zhenfu-Key-Id": ("names the secret", "^[ -~]{1,64}$"),
    "Zhenfu-Timestamp": ("unix seconds, at most 300 away from our clock", "^[0-9]{1,12}$"),
    "Zhenfu-Nonce": ("new for every request", "^[0-9A-Za-z]{16,64}$"),
    "Zhenfu-Signature": ("lower hex of HMAC-SHA256(secret, text)", "^[0-9a-f]{64}$"),
}
ANSWER = {
    "type": "object",
    "required": ["code", "message", "data"],
    "properties": {
        "code": {"enum": ["OK", "NO_DATA", "BUSY", "REFUSED", "CONFLICT", "BAD_REQUEST", "SIGNATURE", "NO_FUNCTION"]},
        "message": {"type": "string"},
        "data": {"type": "object"},
    },
}


def his_paths() -> dict[str, Any]:
    return {f"/his/v1/{name}": {"post": _operation(name, *told)} for name, told in FUNCTIONS.items()}


def _operation(name: str, summary: str, model: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": ANSWER}}
    words = {"200": "code says what became of it", "400": "BAD_REQUEST", "401": "SIGNATURE"}
    return {
        "operationId": f"his_{name.replace('.', '_')}",
        "summary": summary,
        "tags": ["HIS"],
        "security": [],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": what,
                "schema": {"type": "string", "pattern": shape},
            }
            for header, (what, shape) in SIGNED.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
        },
        "responses": {status: {"description": what, "content": content} for status, what in words.items()},
    }
