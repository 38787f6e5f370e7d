"""What platforms tell us and ask us: verified first, stored next, acknowledged last."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from handlers import chat, notifications
from server.channels.his.account import HisConfig
from server.channels.his.door import HisDoor
from server.domain.errors import StoreUnavailable
from server.domain.payment import PaymentState
from tests.handlers.doors import a_house
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill, a_scan, a_session
from tests.support.house import House, Unreachable

pytestmark = pytest.mark.gen_test

PAID = "/notify/wechatpay/demo/payment"
GENUINE = {"Signature": "genuine"}


@pytest.fixture
def post(http_client: AsyncHTTPClient, base_url: str) -> Any:
    async def send(path: str, body: bytes | str, **headers: str) -> HTTPResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http_client.fetch(base_url + path, method="POST", body=body, headers=sent, raise_error=False)

    return send


async def a_started(house: House) -> str:
    begun = await house.payments.start(a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], None)
    house.channel.pay(begun.payment_id)
    return begun.payment_id


async def test_a_notification_is_stored_and_then_acknowledged_as_often_as_it_comes(house: House, post: Any) -> None:
    payment_id = await a_started(house)
    body = json.dumps({"out_trade_no": payment_id})
    for _ in range(2):
        answer = await post(PAID, body, **GENUINE)
        assert (answer.code, answer.body) == (200, b'{"code":"SUCCESS"}')
    payment = await house.payment(payment_id)
    assert payment.state is PaymentState.PAID
    assert [line.what for line in payment.history].count("paid") == 1


async def test_a_forged_notification_changes_nothing_and_is_refused(house: House, post: Any) -> None:
    payment_id = await a_started(house)
    before = await house.payment(payment_id)
    for headers in ({}, {"Signature": "forged"}):
        answer = await post(PAID, json.dumps({"out_trade_no": payment_id}), **headers)
        assert (answer.code, answer.body) == (401, b'{"code":"FAIL"}')
    assert await house.payment(payment_id) == before


async def test_what_can_not_be_stored_is_not_acknowledged(house: House, post: Any) -> None:
    payment_id = await a_started(house)
    house.transitions._stores = _with_payments(house, StoreUnavailable("down"))
    answer = await post(PAID, json.dumps({"out_trade_no": payment_id}), **GENUINE)
    assert (answer.code, answer.body) == (500, b'{"code":"FAIL"}')
    house.transitions._stores = house.stores
    assert (await post(PAID, json.dumps({"out_trade_no": payment_id}), **GENUINE)).code == 200


def _with_payments(house: House, error: Exception) -> Any:
    return replace(house.stores, payments=Unreachable(house.stores.payments, error, "get", "save"))


async def test_a_store_that_hangs_is_not_waited_for_longer_than_the_platform_waits(
    house: House, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    async def hang(*args: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(notifications, "STORE_S_MAX", 0.05)
    monkeypatch.setattr(house.notifications, "apply", hang)
    answer = await post(PAID, json.dumps({"out_trade_no": "ZF1"}), **GENUINE)
    assert answer.code == 500


async def test_genuine_nonsense_is_refused_and_unknown_places_are_not_found(post: Any) -> None:
    assert (await post(PAID, "no json", **GENUINE)).code == 500
    assert (await post("/notify/wechatpay/nowhere/payment", "{}", **GENUINE)).code == 404
    assert (await post("/notify/wechatpay/demo/other", "{}", **GENUINE)).code == 404
    assert (await post(PAID, b"x" * (64 * 1024 + 1), **GENUINE)).code == 413


async def test_delivery_reports_need_the_secret(house: House, post: Any) -> None:
    assert (await post("/notify/sms/demo/guessed", "[]")).code == 403
    assert (await post("/notify/sms/demo/receipt-secret", "nonsense")).code == 400
    answer = await post("/notify/sms/demo/receipt-secret", json.dumps([{"out_id": "unknown-payment_booked"}]))
    assert (answer.code, answer.body) == (200, b'{"code":0}')


# ---- chat ------------------------------------------------------------------------------------------------------------------------

CALLBACK = "/wechat/demo/callback?signature=genuine"


async def test_the_callbacks_address_is_proven_by_its_echo(http_client: AsyncHTTPClient, base_url: str) -> None:
    answer = await http_client.fetch(f"{base_url}{CALLBACK}&echostr=12345")
    assert answer.body == b"12345"
    forged = await http_client.fetch(f"{base_url}/wechat/demo/callback?signature=x&echostr=1", raise_error=False)
    assert (forged.code, forged.body == b"1") == (403, False)


async def test_a_message_is_answered_in_the_same_breath(post: Any) -> None:
    answer = await post(CALLBACK, "缴费".encode())
    assert answer.code == 200
    assert "/h/demo/bills" in answer.body.decode()


async def test_a_forged_message_gets_no_answer(house: House, post: Any) -> None:
    answer = await post("/wechat/demo/callback?signature=forged", "缴费".encode())
    assert answer.code == 403
    assert "/h/demo/bills" not in answer.body.decode()


async def test_a_genuine_message_that_nobody_can_read_is_not_sent_again(post: Any) -> None:
    answer = await post(CALLBACK, b"")
    assert (answer.code, answer.body) == (200, b"")


async def test_an_answer_that_takes_too_long_becomes_silence(
    house: House, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    async def think(*args: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(chat, "ANSWER_S_MAX", 0.05)
    monkeypatch.setattr(house.chat, "answer", think)
    answer = await post(CALLBACK, "缴费".encode())
    assert (answer.code, answer.body) == (200, b"success")


# ---- the HIS ---------------------------------------------------------------------------------------------------------------------

SIGNED = {"Zhenfu_Key_Id": "his-key-1", "Signature": "genuine"}
QR = {"card_no": CARD, "name": "张测试", "phone": PHONE, "id_no": "", "bill_nos": ["B1"], "entrance": "counter"}


async def test_the_his_gets_a_code_that_leads_to_its_bills(house: House, post: Any) -> None:
    answer = await post("/his/v1/qr.make", json.dumps({**QR, "operator": "w7", "valid_seconds": 600}), **SIGNED)
    told = json.loads(answer.body)
    assert (answer.code, told["code"]) == (200, "OK")
    assert answer.headers["Zhenfu-Signature"] == f"signs-{len(answer.body)}"
    assert told["data"]["expires_at"] == "2026-11-23T09:40:00+08:00"
    assert base64.b64decode(told["data"]["png_base64"]).startswith(b"\x89PNG")
    opened = house.scans.open(told["data"]["url"].rpartition("/")[2])
    assert opened.scanned.bill_nos == ("B1",)
    assert (opened.scanned.origin.entrance, opened.scanned.origin.operator) == ("counter", "w7")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bill_nos": []}, "bill_nos"),
        ({"bill_nos": ["B"] * 21}, "bill_nos"),
        ({"entrance": "window"}, "entrance"),
        ({"valid_seconds": 0}, "valid_seconds"),
        ({"card_no": 7}, "card_no"),
        ({"name": "x" * 65}, "name"),
    ],
)
async def test_a_wrong_request_is_told_which_field_is_wrong_but_not_its_value(
    post: Any, change: dict[str, Any], field: str
) -> None:
    answer = await post("/his/v1/qr.make", json.dumps({**QR, **change}), **SIGNED)
    told = json.loads(answer.body)
    assert (answer.code, told["code"]) == (400, "BAD_REQUEST")
    assert field in told["message"]
    assert PHONE not in told["message"]


async def test_the_his_may_ask_for_a_payments_state(house: House, post: Any) -> None:
    payment_id = await a_started(house)
    for asked in ({"out_trade_no": payment_id}, {"card_no": CARD, "bill_no": "B1"}):
        told = json.loads((await post("/his/v1/payment.state", json.dumps(asked), **SIGNED)).body)
        assert told["code"] == "OK"
        assert told["data"] == {
            "out_trade_no": payment_id, "state": "pending", "amount_fen": 3720, "paid_at": None, "refunds": [],
        }  # fmt: skip
    for nothing in ({"out_trade_no": "ZF0"}, {"card_no": "C-other", "bill_no": "B1"}):
        told = json.loads((await post("/his/v1/payment.state", json.dumps(nothing), **SIGNED)).body)
        assert told["code"] == "NO_DATA"
    assert (await post("/his/v1/payment.state", "{}", **SIGNED)).code == 400


@pytest.mark.parametrize(
    "headers", [{}, {"Zhenfu_Key_Id": "his-key-1"}, {"Zhenfu_Key_Id": "x", "Signature": "genuine"}]
)
async def test_an_unsigned_request_of_the_his_is_refused(post: Any, headers: dict[str, str]) -> None:
    answer = await post("/his/v1/qr.make", json.dumps(QR), **headers)
    assert (answer.code, json.loads(answer.body)["code"]) == (401, "SIGNATURE")


class TestTheRealDoorOfTheHis:
    """Signed as docs/his-interface.md section 1 asks, by a client that takes nothing from the server's own signing."""

    SECRET = "an-invented-secret-of-the-demo"

    @pytest.fixture
    def house(self) -> House:
        house = a_house(a_bill("B1", 3720))
        config = HisConfig(base_url="https://his.example", active_key_id="k1", keys={"k1": self.SECRET})
        door = HisDoor(config, house.clock, house.stores.short_lived)
        house.hospitals[HOSPITAL] = replace(house.hospital, his_door=door)
        return house

    def signed(self, house: House, path: str, body: bytes, nonce: str) -> dict[str, str]:
        timestamp = str(int(house.clock.now().timestamp()))
        text = f"REQUEST\n{path}\n{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}\n"
        signature = hmac.new(self.SECRET.encode(), text.encode(), "sha256").hexdigest()
        return {
            "Zhenfu_Key_Id": "k1", "Zhenfu_Timestamp": timestamp, "Zhenfu_Nonce": nonce, "Zhenfu_Signature": signature,
        }  # fmt: skip

    async def test_a_signed_request_is_answered_once_with_a_signed_answer(self, house: House, post: Any) -> None:
        body, nonce = json.dumps(QR).encode(), "0123456789abcdef"
        for path in ("/his/v1/qr.make", "/his/v1/qr.make?trace=1"):
            headers = self.signed(house, path, body, nonce := nonce + "a")
            answer = await post(path, body, **headers)
            assert answer.code == 200
            text = (
                f"ANSWER\n{path}\n{answer.headers['Zhenfu-Timestamp']}\n{nonce}\n"
                f"{hashlib.sha256(answer.body).hexdigest()}\n"
            )
            right = hmac.new(self.SECRET.encode(), text.encode(), "sha256").hexdigest()
            assert answer.headers["Zhenfu-Signature"] == right
            assert (await post(path, body, **headers)).code == 401, "the nonce was used"

    async def test_a_signature_is_good_for_its_path_and_body_only(self, house: House, post: Any) -> None:
        body = json.dumps(QR).encode()
        headers = self.signed(house, "/his/v1/qr.make", body, "0123456789abcdef")
        assert (await post("/his/v1/qr.make?x=1", body, **headers)).code == 401
        assert (await post("/his/v1/qr.make", body + b" ", **headers)).code == 401
        assert (await post("/his/v1/qr.make", body, **headers)).code == 200


async def test_a_function_that_is_not_there_and_a_store_that_is_down(house: House, post: Any) -> None:
    assert (await post("/his/v1/bill.push", "{}", **SIGNED)).code == 404
    house.payments._stores = _with_payments(house, StoreUnavailable("down"))
    busy = await post("/his/v1/payment.state", '{"out_trade_no":"ZF0"}', **SIGNED)
    assert (busy.code, json.loads(busy.body)["code"]) == (200, "BUSY")
    assert HOSPITAL in house.hospitals
