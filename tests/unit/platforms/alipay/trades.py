"""Orders for Alipay, and its trades."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from server.core.ports import HttpResponse
from server.patients.model import PayerIdentity
from server.payments.part import ChannelRequest
from tests.support.builders import PAYMENT_ID, a_request
from tests.unit.platforms.alipay.pen import APP_ID, SELLER, USER, success

CREATE, QUERY, CLOSE = "alipay.trade.create", "alipay.trade.query", "alipay.trade.close"
REFUND, REFUND_QUERY = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
REFUND_ID = f"{PAYMENT_ID}R01"
TRADE_NO = "2026112322001400000000000001"
PAID_AT = datetime(2026, 11, 23, 1, 31, tzinfo=UTC)


def asked(subject: str = USER, **fields: Any) -> ChannelRequest:
    payer = PayerIdentity(channel="alipay", app_id=APP_ID, subject=subject)
    facts = {"channel": "alipay", "app_id": APP_ID, "merchant_id": SELLER, "payer": payer}
    return replace(a_request(), **{**facts, **fields})


def trade(status: str = "TRADE_SUCCESS", **fields: object) -> HttpResponse:
    facts: dict[str, object] = {
        "out_trade_no": PAYMENT_ID,
        "trade_no": TRADE_NO,
        "trade_status": status,
        "total_amount": "12.34",
        "receipt_amount": "10.00",
        "buyer_pay_amount": "10.00",
        "send_pay_date": "2026-11-23 09:31:00",
        "buyer_user_id": USER,
    }
    return success(QUERY, **{**facts, **fields})


def unpaid(status: str) -> HttpResponse:
    return success(
        QUERY,
        out_trade_no=PAYMENT_ID,
        trade_no=TRADE_NO,
        trade_status=status,
        total_amount="12.34",
        receipt_amount="0.00",
    )
