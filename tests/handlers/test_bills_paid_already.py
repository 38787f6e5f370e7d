"""A bill whose money the channel holds: whoever sees it is told so, and nobody is asked to pay it again (issue 12, line 27)."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import NotSent
from tests.handlers.conftest import Browser, text_of
from tests.handlers.scripts import JSON, begin, data_of
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
LI = "openid-li-ceshi"


async def paid(memory_app: InMemoryApp, browser: Browser, enter: Any) -> str:
    """B1 is paid, and the HIS has not heard of it yet. The payment's number."""
    await enter("B1")
    begun = await begin(browser, "B1")
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun["payment_id"]))
    return str(begun["payment_id"])


async def test_a_bill_that_waits_for_the_his_has_no_button(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    memory_app.his.will("confirm", NotSent("his"))
    number = await paid(memory_app, browser, enter)
    listed = text_of(await browser.get("/h/demo/bills"))
    assert "已付款，医院正在入账" in listed
    assert f"/h/demo/payments/{number}" in listed
    assert "/h/demo/bills/B1" not in listed
    page = text_of(await browser.get("/h/demo/bills/B1"))
    assert "已付款，医院正在入账，请不要重复付款。" in page
    assert "立即支付" not in page
    assert f"/h/demo/payments/{number}" in page


async def test_the_other_phone_reads_who_paid_when_and_how_much(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    number = await paid(memory_app, browser, enter)
    await enter("B1", subject=LI)
    for path in ("/h/demo/bills", "/h/demo/bills/B1"):
        page = text_of(await browser.get(path))
        assert "手机号 138****0001 的人用微信支付付款，11月23日 09:30，37.20 元" in page, path
        assert "立即支付" not in page
        assert number not in page, "the other person's payment is not theirs to open"
    assert number not in text_of(await browser.get("/h/demo/payments"))


async def test_a_tap_that_comes_too_late_is_told_who_paid(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1", subject=LI)
    page = await browser.get("/h/demo/bills/B1")
    others = dict(browser.cookies)
    await paid(memory_app, browser, enter)
    browser.cookies.update(others)
    answer = await browser.submit(page, "/h/demo/payments", [("bill_no", "B1"), ("sms", "none")], **JSON)
    assert answer.code == 409
    assert "手机号 138****0001 的人用微信支付付款" in data_of(answer)["message"]


async def test_a_rescan_of_a_booked_bill_shows_its_payment(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    number = await paid(memory_app, browser, enter)
    await memory_app.work()
    listed = text_of(await browser.get("/h/demo/bills"))
    assert "没有待缴费用" not in listed
    assert "已付款" in listed
    assert f"/h/demo/payments/{number}" in listed


async def test_the_phone_whose_order_was_closed_is_told_so(browser: Browser, enter: Any) -> None:
    await enter("B1")
    begun = await begin(browser, "B1")
    mine = dict(browser.cookies)
    await enter("B1", subject=LI)
    await begin(browser, "B1")
    browser.cookies.update(mine)
    page = text_of(await browser.get(begun["url"]))
    assert "这笔费用已改用另一笔支付，这笔没有扣款。" in page
    state = data_of(await browser.get(f"{begun['url']}/state", **JSON))
    assert (state["progress"], state["text"]) == ("not_paid", "已关闭")
