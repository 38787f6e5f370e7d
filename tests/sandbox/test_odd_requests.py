"""What no client should send: it is refused in the platform's own words, and nothing of it stays."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.account import Account
from tests.sandbox.customer import GOOD, Customer
from tests.sandbox.hospital import His
from tests.sandbox.merchant import TRADE, Merchant, new_number
from tests.sandbox.world import World, error_of

HALF = "\\ud800"  # half a character, as JSON may spell it: no platform keeps it, and no database either


def test_half_a_character(world: World, merchant: Merchant) -> None:
    number = new_number()
    order = json.dumps(merchant.order_body(number, attach="X")).replace('"X"', f'"{HALF}"').encode()
    assert error_of(merchant.call("POST", f"{TRADE}/jsapi", order)) == (400, "PARAM_ERROR")
    assert error_of(merchant.query(number)) == (404, "ORDER_NOT_EXIST")
    account, his, customer = Account(world), His(world), Customer(world)
    text = {"touser": world.openid(), "msgtype": "text", "text": {"content": "X"}}
    body = json.dumps(text).replace('"X"', f'"{HALF}"').encode()
    assert account.ask("POST", "/cgi-bin/message/custom/send", body, access_token=account.token())["errcode"] == 47001
    asked = json.dumps(his.confirmation(his.bills()[:1], "X")).replace('"X"', f'"{HALF}"').encode()
    assert world.ask(his.request("bill.confirm", asked)).status == 400
    values = json.dumps(GOOD | {"name": "X"}).replace('"X"', f'"{HALF}"')
    assert customer.send(TemplateParam=values)[1]["Code"] == "isv.INVALID_JSON_PARAM"


@pytest.mark.parametrize("who", ["1", "张甜甜", "19900000001", "8800000001"])
def test_a_person_is_an_openid_and_nothing_else(world: World, merchant: Merchant, who: str) -> None:
    """The sandbox's own controls know people by other names; the platforms do not."""
    account, template = Account(world), Account(world).templates["payment_returned"]["template_id"]
    data = {
        "thing1": {"value": "张**"},
        "amount2": {"value": "1元"},
        "character_string3": {"value": "ZF1"},
        "thing4": {"value": "医院系统未能入账"},
    }
    sent = account.send("/cgi-bin/message/template/send", {"touser": who, "template_id": template, "data": data})
    assert sent["errcode"] == 40003
    custom = {"touser": who, "msgtype": "text", "text": {"content": "x"}}
    assert account.send("/cgi-bin/message/custom/send", custom)["errcode"] == 40003
    assert account.ask("GET", "/cgi-bin/user/info", access_token=account.token(), openid=who)["errcode"] == 40003
    assert error_of(merchant.order(new_number(), payer={"openid": who})) == (400, "PARAM_ERROR")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("menu/create", {"button": [{"type": ["click"], "name": "x", "key": "k"}]}),
        ("menu/create", {"button": [{"type": "view", "name": "x", "url": "http://[a"}]}),
        ("menu/create", {"button": [{"name": "x", "sub_button": 5}]}),
        ("message/custom/send", {"touser": "ME", "msgtype": ["text"]}),
        ("message/custom/send", {"touser": "ME", "msgtype": "msgmenu", "msgmenu": {"list": 5}}),
        ("message/custom/send", {"touser": "ME", "msgtype": "news", "news": {"articles": [5]}}),
        ("message/template/send", {"touser": ["ME"], "template_id": {}, "data": 5}),
        ("qrcode/create", {"action_name": ["QR_SCENE"], "action_info": []}),
        ("qrcode/create", {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "x" * 65}}}),
        ("qrcode/create", {"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 0}}, "expire_seconds": 60}),
        (
            "qrcode/create",
            {"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 1}}, "expire_seconds": 2592001},
        ),
        ("user/info/batchget", {"user_list": [{"openid": ["x"]}]}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_wechat_refuses_with_a_number(world: World, path: str, body: dict[str, Any]) -> None:
    account = Account(world)
    world.outside.callback.say(world.openid(), "在吗", None)
    asked = {name: world.openid() if value == "ME" else value for name, value in body.items()}
    assert account.send(f"/cgi-bin/{path}", asked)["errcode"] >= 40000


@pytest.mark.parametrize(
    "line",
    [5, {}, {"bill_no": [], "item_no": "1", "amount_fen": 1}, {"bill_no": "1", "item_no": {}, "amount_fen": 1},
     {"bill_no": "1", "item_no": "1", "amount_fen": -1}, {"bill_no": "1", "item_no": "1", "amount_fen": True}],
    ids=str,
)  # fmt: skip
def test_odd_lines_of_a_refund(world: World, line: Any) -> None:
    his = His(world)
    his.booked("ZF1")
    asked = {"out_trade_no": "ZF1", "out_refund_no": "ZF1R01", "amount_fen": 1, "lines": [line]}
    assert world.ask(his.request("refund.release", asked)).status == 400


@pytest.mark.parametrize("page", ["9" * 5000, "²", "-1", "1.5", " 1"])
def test_odd_pages(world: World, page: str) -> None:
    assert Customer(world).details(CurrentPage=page)[1]["Code"] == "isv.INVALID_PARAMETERS"


def test_odd_headers(merchant: Merchant) -> None:
    right = merchant.request("GET", "/v3/certificates").headers["authorization"]
    for wrong in (
        right.replace('timestamp="1', 'timestamp="²1'), right + ',mchid="1900000001"', right.upper(),
        right.replace('"', ""), right + ',other="1"',
    ):  # fmt: skip
        assert merchant.call("GET", "/v3/certificates", authorization=wrong).status == 401


@pytest.mark.parametrize(
    "bill_date", ["", "2026-3-1", "20260301", "2026-03-01T00:00:00", "2026-02-30", "2026-W09-1", "²026-03-01"]
)
def test_odd_days(merchant: Merchant, bill_date: str) -> None:
    assert error_of(merchant.call("GET", f"/v3/bill/tradebill?bill_date={quote(bill_date)}"))[0] == 400
