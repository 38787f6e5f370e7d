"""What is filled in wrong, refused or down is told in words when a patient pays."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, StoreUnavailable
from server.core.systems import HOSPITAL_SYSTEM
from tests.handlers.conftest import Browser, text_of
from tests.handlers.scripts import JSON, KNOWN, data_of
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ([("bill_no", "B1"), ("sms", "other"), ("phone", "123")], "11 位手机号"),
        ([("bill_no", "B1"), ("sms", "other"), ("phone", "")], "请填写接收短信的手机号"),
        ([KNOWN], "没有可支付的缴费单"),
        ([*(("bill_no", f"B{i}") for i in range(21)), KNOWN], "一次最多支付 20 张"),
    ],
)
async def test_what_is_filled_in_wrong_is_told_in_words(
    memory_app: InMemoryApp, browser: Browser, enter: Any, form: list[tuple[str, str]], told: str
) -> None:
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1")
    answer = await browser.submit(page, "/h/demo/payments", form, **JSON)
    assert 400 <= answer.code < 500
    assert told in data_of(answer)["message"]
    assert memory_app.channel.orders == {}


async def test_a_post_without_the_pages_token_does_nothing(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    answer = await browser.post("/h/demo/payments", {"bill_no": "B1", "sms": "none"}, **JSON)
    assert answer.code == 403
    assert data_of(answer)["code"] == "page_expired"
    assert memory_app.channel.orders == {}


async def test_an_outside_system_that_is_down_is_said_with_a_number_to_quote(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1")
    memory_app.channel.will("order", NotSent("wechatpay", "breaker open at 10.0.0.1"))
    answer = await browser.submit(page, "/h/demo/payments", [("bill_no", "B1"), KNOWN], **JSON)
    told = data_of(answer)
    assert answer.code == 503
    assert set(told) == {"code", "message", "reference", "retry"}
    assert told["retry"] is True
    assert told["message"] == "微信支付暂时没有响应，没有扣款。请稍后再试，或到收费窗口缴费。"
    assert "10.0.0.1" not in text_of(answer)


async def test_an_order_without_an_answer_is_not_called_payable(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1")
    memory_app.channel.will("order", OutcomeUnknown("wechatpay"))
    answer = await browser.submit(page, "/h/demo/payments", [("bill_no", "B1"), KNOWN], **JSON)
    shown = text_of(await browser.get(data_of(answer)["url"]))
    assert "微信支付暂时没有响应，没有扣款。请稍后再试，或到收费窗口缴费。" in shown
    assert "可以继续支付" not in shown


@pytest.mark.parametrize("code", ["NO_AUTH", "OUT_TRADE_NO_USED", "INVALID_REQUEST"])
async def test_a_refused_order_is_said_to_have_taken_no_money(
    memory_app: InMemoryApp, browser: Browser, enter: Any, code: str
) -> None:
    """A changed order under a used number is refused with one code or another: the patient reads the same."""
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1")
    memory_app.channel.will("order", OutsideRefusal("wechatpay", code))
    answer = await browser.submit(page, "/h/demo/payments", [("bill_no", "B1"), KNOWN], **JSON)
    assert data_of(answer)["message"] == "微信支付没有接受这笔支付，没有扣款。请稍后再试，或到收费窗口缴费。"


async def test_a_silent_his_is_named_with_the_window(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter("B1")
    memory_app.his.will("bill", NotSent(HOSPITAL_SYSTEM))
    assert "医院系统暂时没有响应，请稍后再试，或到收费窗口办理。" in text_of(await browser.get("/h/demo/bills"))


async def test_a_store_that_is_down_keeps_nothing_and_says_so(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")

    async def down(*_: object) -> None:
        raise StoreUnavailable("mongodb://user:pw@db")

    memory_app.stores.sessions.get = down  # type: ignore[method-assign]
    answer = await browser.get("/h/demo/bills")
    assert answer.code == 503
    assert "款项不会丢失" in text_of(answer)
    assert "mongodb" not in text_of(answer)
