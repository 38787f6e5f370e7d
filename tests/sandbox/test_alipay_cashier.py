"""Alipay's cashier page for browsers: who pays on it, and when it closes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.sandbox.alipay_app import new_number
from tests.sandbox.process import RunningSandbox
from tests.sandbox.remote_alipay import DOOR, RemoteApp, money


def opened(remote: RemoteApp, host: str = "", **changed: Any) -> tuple[str, requests.Response]:
    """Our number, and the cashier's page after the gateway's redirect."""
    number = new_number()
    content = {
        "out_trade_no": number,
        "total_amount": "12.00",
        "subject": "门诊<b>",
        "product_code": "QUICK_WAP_WAY",
        **changed,
    }
    answer = remote.send(
        "alipay.trade.wap.pay", content, notify_url=remote.app.url + DOOR, return_url=f"{remote.app.url}/back?a=1"
    )
    assert answer.status_code == 302, answer.content.decode("gbk")
    headers = {"Host": f"{host}:{remote.sandbox.port}"} if host else {}
    return number, requests.get(remote.sandbox.url + answer.headers["Location"], headers=headers, timeout=10)


def test_nobodys_browser_chooses_who_pays(remote: RemoteApp) -> None:
    number, page = opened(remote, quit_url="http://app.invalid/left")
    links = [unescape(link) for link in re.findall(r'href="(/cashier/[^"]+)"', page.text)]
    assert len(links) == len(remote.sandbox.credentials["people"])
    assert remote.send("alipay.trade.query", {"out_trade_no": number}).json()["alipay_trade_query_response"]["sub_code"]
    cashier = requests.get(remote.sandbox.url + links[2], timeout=10).text
    data = {name: unescape(value) for name, value in re.findall(r'data-([a-z-]+)="([^"]*)"', cashier)}
    assert (data["amount-fen"], data["description"], data["quit"]) == ("1200", "门诊<b>", "http://app.invalid/left")
    assert "门诊<b>" not in cashier
    remote.pay(trade_no=data["trade-no"])
    assert money(remote.sandbox)["trades"][0]["buyer_id"] == remote.user_id(3)
    back = dict(parse_qsl(urlsplit(data["back"]).query))
    assert (back["a"], back["method"], back["out_trade_no"]) == ("1", "alipay.trade.wap.pay.return", number)
    signed = {name: value for name, value in back.items() if name not in ("a", "sign", "sign_type")}
    remote.verify("&".join(f"{name}={signed[name]}" for name in sorted(signed)).encode(), back["sign"])


def test_on_a_phone_its_person_pays(remote: RemoteApp) -> None:
    _, page = opened(remote, "alipay-2.localhost")
    assert 'id="pay"' in page.text
    assert money(remote.sandbox)["trades"][0]["buyer_id"] == remote.user_id(2)
    _, elsewhere = opened(remote, "wechat-2.localhost")
    assert "谁来付款" in elsewhere.text


def test_a_cashier_closes(remote: RemoteApp, sandbox: RunningSandbox) -> None:
    assert "收银台已关闭" in requests.get(f"{sandbox.url}/cashier/mobilepay.htm?session=wap0", timeout=10).text
    number, page = opened(remote, "alipay-2.localhost")
    remote.pay(number)
    assert (
        "交易已被支付"
        in requests.get(page.url, headers={"Host": f"alipay-2.localhost:{sandbox.port}"}, timeout=10).text
    )
