"""What may stand in a request's body, checked as strictly as the platform does (sections 5.1, 6)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from sandbox.wechatpay.errors import Refused, wrong_parameter
from sandbox.wechatpay.shapes import (
    OPTIONAL,
    Address,
    Count,
    Currency,
    Encrypted,
    Exact,
    Moment,
    Positive,
    Text,
    Text32,
    Text64,
    Text128,
    Text256,
    check,
)
from sandbox.world.shapes import bytes_max
from sandbox.world.wire import Record, read_json

EXPIRY_MAX = timedelta(days=90)
DETAIL_BYTES_MAX = 6144
LOOPBACK = ("127.0.0.1", "localhost")
OutTradeNo = Annotated[Text32, Field(pattern=r"^[0-9A-Za-z_\-|*]{6,32}$")]
OutRefundNo = Annotated[Text64, Field(pattern=r"^[0-9A-Za-z_\-|*@]+$")]
Limit = Literal["no_balance", "no_credit", "no_debit", "balance_only"]


class OrderAmount(Exact):
    total: Positive
    currency: Currency = OPTIONAL


class OrderedGoods(Exact):
    merchant_goods_id: Text32
    wechatpay_goods_id: Text32 = OPTIONAL
    goods_name: Text256 = OPTIONAL
    quantity: Positive
    unit_price: Count


class Detail(Exact):
    cost_price: Count = OPTIONAL
    invoice_id: Text32 = OPTIONAL
    goods_detail: Annotated[list[OrderedGoods], Field(min_length=1)] = OPTIONAL


class Identity(Exact):
    type: Literal[
        "IDCARD", "HONGKONG_MACAO", "HONGKONG_MACAO_RESIDENT", "TAIWAN_RESIDENT", "FOREIGN_RESIDENT", "OVERSEA_PASSPORT",
        "PHONE_NUMBER",
    ]  # fmt: skip
    number: Encrypted
    name: Encrypted = OPTIONAL


class Payer(Exact):
    openid: Text128 = OPTIONAL
    identity: Identity = OPTIONAL


class Shop(Exact):
    id: Text32
    name: Text256 = OPTIONAL
    area_code: Text32 = OPTIONAL
    address: Annotated[Text, Field(max_length=512)] = OPTIONAL


class Scene(Exact):
    payer_client_ip: Annotated[Text, Field(max_length=45)]
    device_id: Text32 = OPTIONAL
    store_info: Shop = OPTIONAL


class Browser(Exact):
    type: Literal["iOS", "Android", "Wap"]
    app_name: Text64 = OPTIONAL
    app_url: Text128 = OPTIONAL
    bundle_id: Text128 = OPTIONAL
    package_name: Text128 = OPTIONAL


class BrowserScene(Scene):
    h5_info: Browser


class Settling(Exact):
    profit_sharing: bool = OPTIONAL


class Order(Exact):
    appid: Text32
    mchid: Text32
    description: Annotated[Text, bytes_max(127)]
    out_trade_no: OutTradeNo
    time_expire: Moment = OPTIONAL
    attach: Annotated[Text, bytes_max(128)] = OPTIONAL
    notify_url: Address
    goods_tag: Text32 = OPTIONAL
    support_fapiao: bool = OPTIONAL
    limit_pay: Annotated[list[Limit], Field(min_length=1)] = OPTIONAL
    amount: OrderAmount
    detail: Detail = OPTIONAL
    settle_info: Settling = OPTIONAL


class CodeOrder(Order):
    scene_info: Scene = OPTIONAL


class JsapiOrder(CodeOrder):
    payer: Payer = OPTIONAL


class BrowserOrder(Order):
    scene_info: BrowserScene


class ReturnedGoods(Exact):
    merchant_goods_id: Text32
    wechatpay_goods_id: Text32 = OPTIONAL
    goods_name: Text256 = OPTIONAL
    unit_price: Count
    refund_amount: Count
    refund_quantity: Positive


class FromAccount(Exact):
    account: Literal["AVAILABLE", "UNAVAILABLE"]
    amount: Positive


class RefundAmount(Exact):
    refund: Positive
    total: Positive
    currency: Currency
    from_: Annotated[list[FromAccount], Field(min_length=1, alias="from")] = OPTIONAL


class Refund(Exact):
    transaction_id: Text32 = OPTIONAL
    out_trade_no: OutTradeNo = OPTIONAL
    out_refund_no: OutRefundNo
    reason: Annotated[Text, bytes_max(80)] = OPTIONAL
    notify_url: Address = OPTIONAL
    funds_account: Literal["AVAILABLE", "UNSETTLED"] = OPTIONAL
    amount: RefundAmount
    goods_detail: Annotated[list[ReturnedGoods], Field(min_length=1)] = OPTIONAL


class AbnormalRefund(Exact):
    out_refund_no: Text64
    type: Literal["USER_BANK_CARD", "MERCHANT_BANK_CARD"]
    bank_type: Annotated[Text, Field(max_length=16)] = OPTIONAL
    bank_account: Encrypted = OPTIONAL
    real_name: Encrypted = OPTIONAL


class Close(Exact):
    mchid: Text32


ORDERS: dict[str, type[Exact]] = {"JSAPI": JsapiOrder, "NATIVE": CodeOrder, "MWEB": BrowserOrder}


def read(body: bytes, shape: type[Exact]) -> Record:
    """The body as an object of ``shape``. Raises Refused."""
    try:
        asked = read_json(body)
    except ValueError:
        raise Refused(400, "PARAM_ERROR", "请求体不是合法的 JSON", number=268435461) from None
    check(asked, shape)
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
    asked = read(body, Refund)
    url = urlsplit(asked.get("notify_url", ""))
    if url.scheme == "http" and f"http://{url.netloc}" not in app_origins and url.hostname not in LOOPBACK:
        raise wrong_parameter("notify_url", "must be https", asked["notify_url"])
    if ("transaction_id" in asked) == ("out_trade_no" in asked):
        raise Refused(400, "PARAM_ERROR", "transaction_id 和 out_trade_no 二选一")
    return asked
