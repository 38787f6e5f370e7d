"""What the HIS asks of us (docs/his-interface.md section 4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import StoreUnavailable
from server.platforms.his.account import HisConfig
from server.platforms.his.request_verifier import HisRequestVerifier
from tests.handlers.doors import a_paid_order, an_app
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test

SIGNED = {"Zhenfu_Key_Id": "his-key-1", "Signature": "genuine"}
QR = {"card_no": CARD, "name": "张测试", "phone": PHONE, "id_no": "", "bill_nos": ["B1"], "entrance": "counter"}


async def test_the_his_gets_a_code_that_leads_to_its_bills(memory_app: InMemoryApp, post: Any) -> None:
    answer = await post("/his/v1/qr.make", json.dumps({**QR, "operator": "w7", "valid_seconds": 600}), **SIGNED)
    told = json.loads(answer.body)
    assert (answer.code, told["code"]) == (200, "OK")
    assert answer.headers["Zhenfu-Signature"] == f"signs-{len(answer.body)}"
    assert told["data"]["expires_at"] == "2026-11-23T09:40:00+08:00"
    assert base64.b64decode(told["data"]["png_base64"]).startswith(b"\x89PNG")
    opened = memory_app.scans.open(told["data"]["url"].rpartition("/")[2])
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


async def test_the_his_may_ask_for_a_payments_state(memory_app: InMemoryApp, post: Any) -> None:
    payment_id = await a_paid_order(memory_app)
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


async def test_the_his_says_that_the_bills_of_a_card_have_changed(memory_app: InMemoryApp, post: Any) -> None:
    told: list[tuple[str, str]] = []
    memory_app.bills.changed = lambda *card: told.append(card)  # type: ignore[method-assign]
    answer = await post("/his/v1/bill.push", json.dumps({"card_no": CARD, "bill_no": "B1"}), **SIGNED)
    assert (answer.code, json.loads(answer.body)) == (200, {"code": "OK", "message": "", "data": {}})
    assert (await post("/his/v1/bill.push", json.dumps({"card_no": CARD}), **SIGNED)).code == 400
    assert told == [(HOSPITAL, CARD)]


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
    def memory_app(self) -> InMemoryApp:
        memory_app = an_app(a_bill("B1", 3720))
        config = HisConfig(base_url="https://his.example", active_key_id="k1", keys={"k1": self.SECRET})
        door = HisRequestVerifier(config, memory_app.clock, memory_app.stores.short_lived)
        memory_app.hospitals[HOSPITAL] = replace(memory_app.hospital, his_door=door)
        return memory_app

    def signed(self, memory_app: InMemoryApp, path: str, body: bytes, nonce: str) -> dict[str, str]:
        timestamp = str(int(memory_app.clock.now().timestamp()))
        text = f"REQUEST\n{path}\n{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}\n"
        signature = hmac.new(self.SECRET.encode(), text.encode(), "sha256").hexdigest()
        return {
            "Zhenfu_Key_Id": "k1", "Zhenfu_Timestamp": timestamp, "Zhenfu_Nonce": nonce, "Zhenfu_Signature": signature,
        }  # fmt: skip

    async def test_a_signed_request_is_answered_once_with_a_signed_answer(
        self, memory_app: InMemoryApp, post: Any
    ) -> None:
        body, nonce = json.dumps(QR).encode(), "0123456789abcdef"
        for path in ("/his/v1/qr.make", "/his/v1/qr.make?trace=1"):
            headers = self.signed(memory_app, path, body, nonce := nonce + "a")
            answer = await post(path, body, **headers)
            assert answer.code == 200
            text = (
                f"ANSWER\n{path}\n{answer.headers['Zhenfu-Timestamp']}\n{nonce}\n"
                f"{hashlib.sha256(answer.body).hexdigest()}\n"
            )
            right = hmac.new(self.SECRET.encode(), text.encode(), "sha256").hexdigest()
            assert answer.headers["Zhenfu-Signature"] == right
            assert (await post(path, body, **headers)).code == 401, "the nonce was used"

    async def test_a_signature_is_good_for_its_path_and_body_only(self, memory_app: InMemoryApp, post: Any) -> None:
        body = json.dumps(QR).encode()
        headers = self.signed(memory_app, "/his/v1/qr.make", body, "0123456789abcdef")
        assert (await post("/his/v1/qr.make?x=1", body, **headers)).code == 401
        assert (await post("/his/v1/qr.make", body + b" ", **headers)).code == 401
        assert (await post("/his/v1/qr.make", body, **headers)).code == 200


async def test_a_function_that_is_not_there_and_a_store_that_is_down(memory_app: InMemoryApp, post: Any) -> None:
    assert (await post("/his/v1/bill.pull", "{}", **SIGNED)).code == 404
    memory_app.payment_store.fail_at(StoreUnavailable("down"), "get", "save")
    busy = await post("/his/v1/payment.state", '{"out_trade_no":"ZF0"}', **SIGNED)
    assert (busy.code, json.loads(busy.body)["code"]) == (200, "BUSY")
    assert HOSPITAL in memory_app.hospitals
