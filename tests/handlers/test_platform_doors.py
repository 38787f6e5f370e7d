"""What platforms tell us: verified first, stored next, acknowledged last."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from handlers.platforms import callbacks as chat
from handlers.platforms import notifications
from server.core.errors import StoreUnavailable
from server.payments.model import PaymentState
from tests.handlers.doors import a_paid_order
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test

PAID = "/notify/wechatpay/demo/payment"
GENUINE = {"Signature": "genuine"}


async def test_a_notification_is_stored_and_then_acknowledged_as_often_as_it_comes(
    memory_app: InMemoryApp, post: Any
) -> None:
    payment_id = await a_paid_order(memory_app)
    body = json.dumps({"out_trade_no": payment_id})
    for _ in range(2):
        answer = await post(PAID, body, **GENUINE)
        assert (answer.code, answer.body) == (200, b'{"code":"SUCCESS"}')
    payment = await memory_app.payment(payment_id)
    assert payment.state is PaymentState.PAID
    assert [line.what for line in payment.history].count("paid") == 1


async def test_a_forged_notification_changes_nothing_and_is_refused(memory_app: InMemoryApp, post: Any) -> None:
    payment_id = await a_paid_order(memory_app)
    before = await memory_app.payment(payment_id)
    for headers in ({}, {"Signature": "forged"}):
        answer = await post(PAID, json.dumps({"out_trade_no": payment_id}), **headers)
        assert (answer.code, answer.body) == (401, b'{"code":"FAIL"}')
    assert await memory_app.payment(payment_id) == before


async def test_a_body_is_nothing_before_it_is_verified_whatever_its_type_says(post: Any) -> None:
    """Tornado refuses a form that it can't take apart, in its own words."""
    for told in ("multipart/form-data", "application/x-www-form-urlencoded"):
        answer = await post(PAID, "&".join(["a=1"] * 2000), **{"Content-Type": told})
        assert (answer.code, answer.body) == (401, b'{"code":"FAIL"}')


async def test_what_can_not_be_stored_is_not_acknowledged(memory_app: InMemoryApp, post: Any) -> None:
    payment_id = await a_paid_order(memory_app)
    memory_app.payment_store.fail_at(StoreUnavailable("down"), "get", "save")
    answer = await post(PAID, json.dumps({"out_trade_no": payment_id}), **GENUINE)
    assert (answer.code, answer.body) == (500, b'{"code":"FAIL"}')
    memory_app.payment_store.fail.clear()
    assert (await post(PAID, json.dumps({"out_trade_no": payment_id}), **GENUINE)).code == 200


async def test_a_store_that_hangs_is_not_waited_for_longer_than_the_platform_waits(
    memory_app: InMemoryApp, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*args: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(notifications, "STORE_S_MAX", 0.05)
    monkeypatch.setattr(memory_app.notifications, "apply", hang)
    answer = await post(PAID, json.dumps({"out_trade_no": "ZF1"}), **GENUINE)
    assert answer.code == 500


async def test_genuine_nonsense_is_refused_and_unknown_places_are_not_found(post: Any) -> None:
    assert (await post(PAID, "no json", **GENUINE)).code == 500
    assert (await post("/notify/wechatpay/nowhere/payment", "{}", **GENUINE)).code == 404
    assert (await post("/notify/wechatpay/demo/other", "{}", **GENUINE)).code == 404
    assert (await post(PAID, b"x" * (64 * 1024 + 1), **GENUINE)).code == 413


async def test_delivery_reports_need_the_secret(memory_app: InMemoryApp, post: Any) -> None:
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


async def test_a_forged_message_gets_no_answer(memory_app: InMemoryApp, post: Any) -> None:
    answer = await post("/wechat/demo/callback?signature=forged", "缴费".encode())
    assert answer.code == 403
    assert "/h/demo/bills" not in answer.body.decode()


async def test_a_genuine_message_that_nobody_can_read_is_not_sent_again(post: Any) -> None:
    answer = await post(CALLBACK, b"")
    assert (answer.code, answer.body) == (200, b"")


async def test_an_answer_that_takes_too_long_becomes_silence(
    memory_app: InMemoryApp, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def think(*args: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(chat, "ANSWER_S_MAX", 0.05)
    monkeypatch.setattr(memory_app.chat, "answer", think)
    answer = await post(CALLBACK, "缴费".encode())
    assert (answer.code, answer.body) == (200, b"success")
