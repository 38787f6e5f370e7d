"""What may stand in a request's body, checked as strictly as the platform does (sections 5.1, 6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.wechatpay.errors import Refused, wrong_parameter
from sandbox.world.wire import Record

ORDER_FIELDS = {
    "appid", "mchid", "description", "out_trade_no", "time_expire", "attach", "notify_url", "goods_tag", "support_fapiao",
    "limit_pay", "amount", "payer", "detail", "scene_info", "settle_info",
}  # fmt: skip
REFUND_FIELDS = {
    "transaction_id", "out_trade_no", "out_refund_no", "reason", "notify_url", "funds_account", "amount", "goods_detail",
}  # fmt: skip
_OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


def read_object(body: bytes, fields: set[str]) -> Record:
    """The body as an object with no other than ``fields``, none of them empty. Raises Refused."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise Refused(400, "PARAM_ERROR", "请求体不是合法的 JSON", number=268435461) from None
    if not isinstance(asked, dict):
        raise Refused(400, "PARAM_ERROR", "请求体不是 JSON 对象", number=268435461)
    for name, value in asked.items():
        if name not in fields:
            raise Refused(400, "PARAM_ERROR", f"参数中含有非法的额外参数 {name}", number=270924358)
        if value in ("", None):
            raise wrong_parameter(name, "must not be empty", value)
    return asked


def read_order(body: bytes, mchid: str, appid: str, now: datetime) -> Record:
    """A JSAPI order. Raises Refused."""
    asked = read_object(body, ORDER_FIELDS)
    _text(asked, "appid", 32)
    _text(asked, "mchid", 32)
    _text(asked, "description", 127)
    _text(asked, "notify_url", 255)
    _text(asked, "out_trade_no", 32, _OUT_TRADE_NO.fullmatch)
    if asked["mchid"] != mchid:
        raise Refused(400, "PARAM_ERROR", "mchid不匹配")
    if asked["appid"] != appid:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", number=268445527)
    address = urlsplit(asked["notify_url"])
    if address.scheme not in ("http", "https") or not address.hostname or len(address.path) < 2 or address.query:
        raise wrong_parameter(
            "notify_url", "must be an absolute URL with a path and without a query", asked["notify_url"]
        )
    amount = asked.get("amount")
    if not isinstance(amount, dict) or set(amount) - {"total", "currency"}:
        raise wrong_parameter("amount", "is required", amount)
    _fen(amount, "total", "amount/total")
    if amount.get("currency", "CNY") != "CNY":
        raise wrong_parameter("amount/currency", "Currency code is invalid", amount["currency"])
    payer = asked.get("payer")
    if not isinstance(payer, dict) or not isinstance(payer.get("openid"), str) or not payer["openid"]:
        raise Refused(400, "PARAM_ERROR", "JSAPI支付必须传openid", number=268501013)
    if "time_expire" in asked:
        _expiry(asked["time_expire"], now)
    if len(str(asked.get("attach", ""))) > 128:
        raise wrong_parameter("attach", "is too long")
    return asked


def read_refund(body: bytes) -> Record:
    asked = read_object(body, REFUND_FIELDS)
    if ("transaction_id" in asked) == ("out_trade_no" in asked):
        raise Refused(400, "PARAM_ERROR", "transaction_id 和 out_trade_no 二选一")
    _text(asked, "out_refund_no", 64, _OUT_REFUND_NO.fullmatch)
    if len(str(asked.get("reason", "")).encode()) > 80:
        raise wrong_parameter("reason", "is longer than 80 bytes")
    amount = asked.get("amount")
    if not isinstance(amount, dict):
        raise wrong_parameter("amount", "is required", amount)
    _fen(amount, "refund", "amount/refund")
    _fen(amount, "total", "amount/total")
    if amount.get("currency") != "CNY":
        raise wrong_parameter("amount/currency", "Currency code is invalid", amount.get("currency"))
    return asked


def _text(asked: Record, name: str, length: int, shape: Callable[[str], object] = bool) -> None:
    value = asked.get(name)
    if not isinstance(value, str) or not value or len(value) > length or not shape(value):
        raise wrong_parameter(name, f"is required, at most {length} characters", value)


def _fen(amount: Record, name: str, place: str) -> None:
    value: Any = amount.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise wrong_parameter(place, "must be a whole number of fen, at least 1", value)


def _expiry(text: Any, now: datetime) -> None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise wrong_parameter("time_expire", "must be RFC 3339", text) from None
    if moment.tzinfo is None or (moment - now).days >= 90:
        raise wrong_parameter("time_expire", "must carry an offset and lie within 90 days", text)
