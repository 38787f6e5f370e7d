"""Alipay's controls over HTTP, as sandbox/README.md has them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from tests.sandbox.alipay_app import new_number
from tests.sandbox.process import PlayedApp, RunningSandbox, running_sandbox
from tests.sandbox.remote_alipay import DOOR, GATEWAY, RemoteApp, money


def test_credentials_have_every_name(sandbox: RunningSandbox) -> None:
    given = sandbox.credentials["alipay"]
    for name in [
        "hospital",
        "app_id",
        "seller_id",
        "app_private_key_pem",
        "alipay_public_key_pem",
        "app_cert_pem",
        "alipay_cert_pem",
        "alipay_root_cert_pem",
        "templates",
    ]:
        assert given[name], name
    assert (given["gateway_path"], given["authorize_path"]) == ("/gateway.do", "/oauth2/publicAppAuthorize.htm")
    for person in sandbox.credentials["people"]:
        assert re.fullmatch(r"2088\d{12}", person["alipay_user_id"])
        assert person["alipay_open_id"]


@pytest.mark.parametrize("by", ["trade_no", "out_trade_no"])
def test_paid_and_told(sandbox: RunningSandbox, app: PlayedApp, remote: RemoteApp, by: str) -> None:
    number, trade_no = remote.made()
    told = sandbox.control(
        "POST", "/sandbox/alipay/pay", {by: {"trade_no": trade_no, "out_trade_no": number}[by], "result": "ok"}
    )
    assert told == {"result": "ok", "trade_no": trade_no, "out_trade_no": number, "trade_status": "TRADE_SUCCESS"}
    assert b"trade_status=TRADE_SUCCESS" in app.wait_for(1, DOOR)[0].body
    (trade,) = money(sandbox)["trades"]
    assert (trade["amount_fen"], trade["refunded_fen"], trade["trade_status"]) == (1200, 0, "TRADE_SUCCESS")
    assert [row["amount_fen"] for row in money(sandbox)["statement"]] == [1200]


@pytest.mark.parametrize("result", ["cancel", "fail"])
def test_not_paid(sandbox: RunningSandbox, remote: RemoteApp, result: str) -> None:
    number, _ = remote.made()
    assert remote.pay(number, result)["trade_status"] == "WAIT_BUYER_PAY"


def test_paid_twice_closed_and_unknown(sandbox: RunningSandbox, remote: RemoteApp) -> None:
    number, _ = remote.made()
    remote.pay(number)
    assert remote.pay(number, expect=409)["error"] == "ACQ.TRADE_HAS_SUCCESS"
    closed, _ = remote.made()
    remote.send("alipay.trade.close", {"out_trade_no": closed})
    assert remote.pay(closed, expect=409)["error"] == "ACQ.TRADE_HAS_CLOSE"
    assert remote.pay("NOBODYS", expect=404)["error"] == "ACQ.TRADE_NOT_EXIST"
    assert remote.pay(number, "maybe", expect=400)["message"] == "result is ok, cancel or fail"


def test_a_code_is_scanned_and_paid(sandbox: RunningSandbox, remote: RemoteApp) -> None:
    number = new_number()
    content = remote.order(number, product_code="QR_CODE_OFFLINE")
    remote.send("alipay.trade.precreate", content)
    assert "user_id" in remote.pay(number, expect=400)["message"]
    assert remote.pay(number, user_id="2")["trade_status"] == "TRADE_SUCCESS"
    assert money(sandbox)["trades"][0]["buyer_id"] == remote.user_id(2)
    sandbox.control("POST", "/sandbox/alipay/scan", {"user_id": "2", "qr_code": "https://qr.alipay.com/bax0"}, 404)


def test_what_a_cashier_and_an_account_show(sandbox: RunningSandbox, remote: RemoteApp) -> None:
    _, trade_no = remote.made()
    told = sandbox.control("GET", f"/sandbox/alipay/order?trade_no={trade_no}")
    assert told == {
        "trade_no": trade_no, "buyer_id": remote.user_id(), "amount_fen": 1200, "description": "门诊缴费", "payee": "诊付演示医院",
        "payable": "yes",
    }  # fmt: skip
    sandbox.control("GET", "/sandbox/alipay/order?trade_no=1", expect=404)
    assert sandbox.control("GET", "/sandbox/alipay/account") == {"name": "诊付演示医院", "menu": []}


def test_something_is_said(sandbox: RunningSandbox, app: PlayedApp, remote: RemoteApp) -> None:
    app.answer = lambda arrived: (200, remote.ack(remote.user_id()))
    told = sandbox.control("POST", "/sandbox/alipay/say", {"user_id": "1", "text": "缴费", "wait_s": 0})
    assert told == {"reply": None, "status": 200, "tries": 1, "later": []}
    event = {"EventType": "click", "ActionParam": "help"}
    sandbox.control("POST", "/sandbox/alipay/say", {"user_id": "1", "event": event, "wait_s": 0})
    sandbox.control("POST", "/sandbox/alipay/say", {"user_id": "2", "event": "follow", "wait_s": 0})
    assert len(app.at(GATEWAY)) == 3
    assert [each["text"] for each in sandbox.control("GET", "/sandbox/inbox?person=1")["life_account"]] == ["缴费"]
    people = sandbox.control("GET", "/sandbox/credentials")["people"]
    assert [people[1]["follows_life_account"], people[1]["follows"]] == [True, False]


def test_nobody_answers(sandbox: RunningSandbox, app: PlayedApp) -> None:
    app.answer = lambda arrived: (0, b"")
    sandbox.control("POST", "/sandbox/alipay/say", {"user_id": "1", "text": "在吗"}, 424)
    assert sandbox.control("POST", "/sandbox/alipay/check", {}) == {"verified": False, "status": 0}


@pytest.mark.parametrize(
    "body", [{"user_id": "1"}, {"user_id": "1", "event": {}}, {"user_id": "1", "text": "x", "wait_s": 60}]
)
def test_what_is_wrongly_said(sandbox: RunningSandbox, body: Any) -> None:
    assert len(sandbox.control("POST", "/sandbox/alipay/say", body, 400)["message"]) > 5


def test_a_kill_loses_no_trade_and_nothing_owed(folder: Any) -> None:
    with PlayedApp() as app:
        app.answer = lambda arrived: (503, b"")
        with running_sandbox(folder, app.url) as first:
            first.faults(notify_time_scale=0.005)
            remote = RemoteApp(first, app)
            number, _ = remote.made()
            remote.pay(number)
            app.wait_for(1, DOOR)
            first.kill()
        app.forget()
        with running_sandbox(folder, app.url) as second:
            notice = app.wait_for(1, DOOR)[0]
            fields = dict(parse_qsl(notice.body.decode()))
            assert fields["out_trade_no"] == number
            (trade,) = money(second)["trades"]
            assert trade["trade_status"] == "TRADE_SUCCESS"
            assert second.credentials["alipay"] == first.credentials["alipay"]


def test_money_from_the_call_to_the_answer_that_never_came(
    sandbox: RunningSandbox, app: PlayedApp, remote: RemoteApp
) -> None:
    """The app hears nothing of its order; the buyer pays it all the same."""
    sandbox.faults({"where": "alipay.create", "what": "timeout_after_work", "times": 1})
    number = new_number()
    params = remote.params("alipay.trade.create", remote.order(number), notify_url=app.url + DOOR)
    with pytest.raises(requests.Timeout):
        requests.post(f"{sandbox.url}/gateway.do", params=params, timeout=0.5)
    remote.pay(number)
    assert dict(parse_qsl(app.wait_for(1, DOOR)[0].body.decode()))["out_trade_no"] == number


def test_pages_hear_whose_money_moved(sandbox: RunningSandbox, remote: RemoteApp) -> None:
    number, _ = remote.made()
    with requests.get(f"{sandbox.url}/sandbox/events", stream=True, timeout=10) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(lines) == ": here"
        remote.pay(number)
        told = next(line for line in lines if line.startswith("data: "))
        assert told == 'data: {"kind": "payment", "person": 1}'


def test_a_refund_in_the_merchants_console_is_told_or_not(
    sandbox: RunningSandbox, app: PlayedApp, remote: RemoteApp
) -> None:
    number, _ = remote.made()
    door = "/sandbox/alipay/refund_in_console"
    assert sandbox.control("POST", door, {"out_trade_no": number}, 409)["error"] == "ACQ.TRADE_NOT_EXIST"
    remote.pay(number)
    app.wait_for(1, DOOR)
    sandbox.control("PUT", "/sandbox/faults", {"settings": {"alipay_refund_pause_seconds": 0}})
    quiet = sandbox.control("POST", door, {"out_trade_no": number, "fen": 200, "told": False})
    assert quiet["amount_fen"] == 200
    told = sandbox.control("POST", door, {"out_trade_no": number, "fen": 300})
    arrived = app.wait_for(2, DOOR)
    assert len(arrived) == 2, "the quiet one was told, too"
    assert f"out_biz_no={told['out_refund_no']}".encode() in arrived[1].body
    assert [refund["amount_fen"] for refund in money(sandbox)["refunds"]] == [200, 300]
    assert sandbox.control("POST", door, {"out_trade_no": number, "fen": 701}, 409)["message"]
    assert sandbox.control("POST", door, {"out_trade_no": number})["amount_fen"] == 700
    sandbox.control("POST", door, {"out_trade_no": number, "fen": 0}, 400)
