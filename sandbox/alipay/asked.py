"""What a new trade is asked for, checked as strictly as the platform does (section 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from sandbox.alipay import fields
from sandbox.alipay.errors import failed, invalid
from sandbox.alipay.gateway import Call
from sandbox.world.chance import rfc3339
from sandbox.world.people import Person
from sandbox.world.shapes import Asked
from sandbox.world.wire import Record, split_address

WEB_LIFE, FACE_LIFE = timedelta(days=15), timedelta(hours=3)
FindPerson = Callable[[str], Person | None]
SAME = ("total_fen", "subject", "body", "product", "seller_id")
"""What must be equal for a repeated number to be the same trade."""


class Order(Asked):
    product_code: fields.Text64 = ""
    total_amount: fields.Fen
    out_trade_no: fields.Number
    subject: fields.Subject
    body: fields.Text128 = ""
    passback_params: Annotated[fields.Text, Field(max_length=512)] = ""
    seller_id: fields.Text28 = ""
    time_expire: Annotated[fields.Text, Field(max_length=32)] = ""
    timeout_express: Annotated[fields.Text, Field(max_length=6)] = ""


class Buyer(Asked):
    buyer_id: fields.Text28 = ""
    buyer_open_id: fields.Text128 = ""


class JsapiBuyer(Buyer):
    op_app_id: fields.Filled32
    op_buyer_open_id: fields.Text128 = ""


def address(call: Call, name: str) -> str:
    """``notify_url`` or ``return_url``: absolute, at most 256 characters, or "". Raises Refused."""
    value = call.params.get(name, "")
    if value and (len(value) > 256 or split_address(value) is None):
        raise invalid(name)
    return value


def read_order(
    call: Call, now: datetime, seller_id: str, *, products: tuple[str, ...], life: timedelta = WEB_LIFE
) -> Record:
    """The order as plain values, amounts in fen; ``products`` are the codes that the method takes. Raises Refused."""
    order = fields.read(call.content(), Order)
    if order.product_code not in products:
        raise failed("ACQ.ACCESS_FORBIDDEN", f"无权限使用接口：product_code {order.product_code}")
    if order.total_amount < 1:
        raise invalid("total_amount", " 至少 0.01")
    asked = {
        "out_trade_no": order.out_trade_no,
        "total_fen": order.total_amount,
        "subject": order.subject,
        "body": order.body,
        "product": order.product_code,
        "passback_params": order.passback_params,
        "seller_id": order.seller_id or seller_id,
        "notify_url": address(call, "notify_url"),
        "charset": call.charset,
        "expires": rfc3339(fields.expiry(order.time_expire, order.timeout_express, now, life)),
    }
    if asked["seller_id"] != seller_id:
        raise invalid("seller_id", " 与应用签约的商户不一致")
    return asked


def read_buyer(call: Call, find: FindPerson, seller_id: str, app_id: str) -> Person:
    """Who shall pay a trade of alipay.trade.create. Raises Refused."""
    content = call.content()
    asked = fields.read(content, JsapiBuyer if content.get("product_code") == "JSAPI_PAY" else Buyer)
    buyer_id, open_id = asked.buyer_id, asked.buyer_open_id
    if isinstance(asked, JsapiBuyer):
        open_id = open_id or asked.op_buyer_open_id
        if asked.op_app_id != app_id:
            raise invalid("op_app_id", " 与应用不一致")
    if not buyer_id and not open_id:
        raise invalid("buyer_id", " 和 buyer_open_id 不能同时为空")
    if buyer_id == seller_id:
        raise failed("ACQ.BUYER_SELLER_EQUAL")
    person = find(buyer_id or open_id)
    if person is None or (buyer_id or open_id) not in (person.alipay_user_id, person.alipay_open_id):
        raise invalid("buyer_id" if buyer_id else "buyer_open_id", " 不是本应用的支付宝用户")
    if buyer_id and buyer_id != person.alipay_user_id:
        raise invalid("buyer_id", " 应为 2088 开头的用户号")
    return person
