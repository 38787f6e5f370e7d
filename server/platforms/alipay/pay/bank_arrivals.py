"""``alipay.trade.refund.depositback.completed``: what became of a refund at the payer's bank (docs/protocols/alipay.md, Corrections).

It is a message of Alipay's open platform: a form whose ``biz_content`` is JSON. It comes to the app's gateway or to the order's
notification address, signed by either rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field

from server.payments.rules.trades import BankArrival
from server.platforms.alipay.pay.amounts import fen_of

METHOD = "alipay.trade.refund.depositback.completed"
_NAMES = ("msg_method", "notify_type")
"""Where the name of a message stands; older ones have it where notifications have their type."""
_FIELDS_MAX = 80


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    notify_id: str = Field(min_length=1, max_length=128)
    app_id: str
    biz_content: str


class _Content(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    out_trade_no: str = Field(min_length=1, max_length=64)
    out_request_no: str = Field(min_length=1, max_length=64)
    dback_status: Literal["S", "F"]
    dback_amount: str = ""


def is_bank_arrival(fields: Mapping[str, str]) -> bool:
    return any(fields.get(name) == METHOD for name in _NAMES)


def looks_like_one(body: bytes) -> bool:
    """Before anything is verified: which of our doors has to verify ``body``. True proves nothing."""
    try:
        return is_bank_arrival(dict(parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS_MAX)))
    except ValueError:
        return False


def read_bank_arrival(fields: Mapping[str, str], app_id: str) -> BankArrival:
    """Raises ValueError for what can't be read or is of another app."""
    message = _Message.model_validate(dict(fields))
    if message.app_id != app_id:
        raise ValueError("another app")
    told = _Content.model_validate_json(message.biz_content)
    return BankArrival(
        out_trade_no=told.out_trade_no,
        out_refund_no=told.out_request_no,
        arrived=told.dback_status == "S",
        amount_fen=fen_of(told.dback_amount) if told.dback_amount else 0,
    )
