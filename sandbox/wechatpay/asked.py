"""What may stand in a request's body, checked as strictly as the platform does (sections 5.1, 6)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sandbox.wechatpay.errors import Refused, wrong_parameter
from sandbox.wechatpay.shapes import (
    LOOPBACK,
    Check,
    address,
    currency,
    flag,
    listed,
    moment,
    one_of,
    shaped,
    text,
    whole,
)
from sandbox.world.wire import Record, read_json

EXPIRY_MAX = timedelta(days=90)
DETAIL_BYTES_MAX = 6144
OUT_TRADE_NO = text(32, r"[0-9A-Za-z_\-|*]{6,32}")
_IDENTITIES = (
    "IDCARD", "HONGKONG_MACAO", "HONGKONG_MACAO_RESIDENT", "TAIWAN_RESIDENT", "FOREIGN_RESIDENT", "OVERSEA_PASSPORT", "PHONE_NUMBER",
)  # fmt: skip

_ORDERED_GOODS = shaped(
    {
        "merchant_goods_id": text(32), "wechatpay_goods_id": text(32), "goods_name": text(256), "quantity": whole(1),
        "unit_price": whole(0),
    },
    "merchant_goods_id", "quantity", "unit_price",
)  # fmt: skip
_SHOP = shaped({"id": text(32), "name": text(256), "area_code": text(32), "address": text(512)}, "id")
_PAYER = shaped(
    {
        "openid": text(128),
        "identity": shaped({"type": one_of(*_IDENTITIES), "number": text(2048), "name": text(2048)}, "type", "number"),
    }
)
_SCENE = {"payer_client_ip": text(45), "device_id": text(32), "store_info": _SHOP}
_BROWSER = shaped(
    {
        "type": one_of("iOS", "Android", "Wap"), "app_name": text(64), "app_url": text(128), "bundle_id": text(128),
        "package_name": text(128),
    },
    "type",
)  # fmt: skip


def _order(required: tuple[str, ...] = (), **more: Check) -> Check:
    return shaped(_ORDER | more, *_REQUIRED, *required)


_REQUIRED = ("appid", "mchid", "description", "out_trade_no", "notify_url", "amount")
_ORDER: dict[str, Check] = {
        "appid": text(32),
        "mchid": text(32),
        "description": text(127, in_bytes=True),
        "out_trade_no": OUT_TRADE_NO,
        "time_expire": moment,
        "attach": text(128, in_bytes=True),
        "notify_url": address("http", "https"),
        "goods_tag": text(32),
        "support_fapiao": flag,
        "limit_pay": listed(one_of("no_balance", "no_credit", "no_debit", "balance_only")),
        "amount": shaped({"total": whole(1), "currency": currency}, "total"),
        "detail": shaped({"cost_price": whole(0), "invoice_id": text(32), "goods_detail": listed(_ORDERED_GOODS)}),
        "scene_info": shaped(_SCENE, "payer_client_ip"),
        "settle_info": shaped({"profit_sharing": flag}),
}  # fmt: skip
ORDERS = {
    "JSAPI": _order(payer=_PAYER),
    "NATIVE": _order(),
    "MWEB": _order(("scene_info",), scene_info=shaped({**_SCENE, "h5_info": _BROWSER}, "payer_client_ip", "h5_info")),
}

_RETURNED_GOODS = shaped(
    {
        "merchant_goods_id": text(32), "wechatpay_goods_id": text(32), "goods_name": text(256), "unit_price": whole(0),
        "refund_amount": whole(0), "refund_quantity": whole(1),
    },
    "merchant_goods_id", "unit_price", "refund_amount", "refund_quantity",
)  # fmt: skip
_FROM = shaped({"account": one_of("AVAILABLE", "UNAVAILABLE"), "amount": whole(1)}, "account", "amount")
REFUND = shaped(
    {
        "transaction_id": text(32),
        "out_trade_no": OUT_TRADE_NO,
        "out_refund_no": text(64, r"[0-9A-Za-z_\-|*@]+"),
        "reason": text(80, in_bytes=True),
        "notify_url": address("http", "https"),
        "funds_account": one_of("AVAILABLE", "UNSETTLED"),
        "amount": shaped(
            {"refund": whole(1), "total": whole(1), "currency": currency, "from": listed(_FROM)},
            "refund", "total", "currency",
        ),
        "goods_detail": listed(_RETURNED_GOODS),
    },
    "out_refund_no", "amount",
)  # fmt: skip
ABNORMAL_REFUND = shaped(
    {
        "out_refund_no": text(64), "type": one_of("USER_BANK_CARD", "MERCHANT_BANK_CARD"), "bank_type": text(16),
        "bank_account": text(1024), "real_name": text(1024),
    },
    "out_refund_no", "type",
)  # fmt: skip
CLOSE = shaped({"mchid": text(32)}, "mchid")


def read(body: bytes, shape: Check) -> Record:
    """The body as an object of ``shape``. Raises Refused."""
    try:
        asked = read_json(body)
    except ValueError:
        raise Refused(400, "PARAM_ERROR", "请求体不是合法的 JSON", number=268435461) from None
    shape(asked, "")
    checked: Record = asked
    return checked


def read_order(body: bytes, mchid: str, appids: set[str], now: datetime, trade_type: str = "JSAPI") -> Record:
    """An order of ``trade_type``: JSAPI, NATIVE or MWEB. ``appids`` are the apps that are bound to the merchant. Raises Refused."""
    asked = read(body, ORDERS[trade_type])
    if asked["mchid"] != mchid:
        raise Refused(400, "PARAM_ERROR", "mchid不匹配")
    if asked["appid"] not in appids:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", number=268445527)
    if trade_type == "JSAPI" and "openid" not in asked.get("payer", {}):
        raise Refused(400, "PARAM_ERROR", "JSAPI支付必须传openid", number=268501013)
    if trade_type == "MWEB" and asked["scene_info"]["payer_client_ip"] in LOOPBACK:
        raise wrong_parameter(
            "scene_info/payer_client_ip", "must be the payer's", asked["scene_info"]["payer_client_ip"]
        )
    if "time_expire" in asked and datetime.fromisoformat(asked["time_expire"]) > now + EXPIRY_MAX:
        raise wrong_parameter("time_expire", "must lie within 90 days", asked["time_expire"])
    if len(json.dumps(asked.get("detail", {}), ensure_ascii=False).encode()) > DETAIL_BYTES_MAX:
        raise wrong_parameter("detail", f"is longer than {DETAIL_BYTES_MAX} bytes")
    return asked


def read_refund(body: bytes, app_origins: set[str]) -> Record:
    """A refund. ``app_origins`` (scheme and host) are the app's own here: only there plain http will do. Raises Refused."""
    asked = read(body, REFUND)
    url = urlsplit(asked.get("notify_url", ""))
    if url.scheme == "http" and f"http://{url.netloc}" not in app_origins and url.hostname not in LOOPBACK:
        raise wrong_parameter("notify_url", "must be https", asked["notify_url"])
    if ("transaction_id" in asked) == ("out_trade_no" in asked):
        raise Refused(400, "PARAM_ERROR", "transaction_id 和 out_trade_no 二选一")
    return asked
