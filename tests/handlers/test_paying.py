"""Bills, paying and the truth about a payment, as the pages and their scripts get them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from server.patients.persons import PersonService
from server.payments.service import PAGE_SIZE
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.scripts import JSON, begin, data_of
from tests.support.builders import HOSPITAL, a_payment
from tests.support.in_memory_app import InMemoryApp
from tests.support.persons import bound, in_alipay

pytestmark = pytest.mark.gen_test


async def test_a_bill_shows_its_items_and_the_known_phone_masked(browser: Browser, enter: Any) -> None:
    await enter("B1")
    page = text_of(await browser.get("/h/demo/bills/B1"))
    for shown in ("血常规", "立即支付 ¥37.20", "138****0001", 'value="B1"'):
        assert shown in page


async def test_bills_of_one_group_are_offered_together(browser: Browser, enter: Any) -> None:
    await enter("B1", "B2", "B3")
    listed = text_of(await browser.get("/h/demo/bills"))
    assert "/h/demo/checkout?bill_no=B1&amp;bill_no=B2" in listed
    together = text_of(await browser.get("/h/demo/checkout?bill_no=B1&bill_no=B2"))
    assert "立即支付 ¥47.20" in together


async def test_a_bill_of_somebody_else_is_not_found(browser: Browser, enter: Any) -> None:
    await enter("B1")
    answer = await browser.get("/h/demo/bills/B3")
    assert answer.code == 404
    assert "¥0.50" not in text_of(answer)


async def test_the_script_gets_what_opens_the_cashier(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter("B1")
    begun = await begin(browser, "B1")
    assert begun["call"]["bridge"] == "weixin_jsapi"
    assert begun["state"] == "waiting"
    assert begun["url"] == f"/h/demo/payments/{begun['payment_id']}"
    assert (await begin(browser, "B1"))["payment_id"] == begun["payment_id"], "a second tap goes on with the first"
    assert len(memory_app.channel.orders) == 1


async def test_a_payment_with_a_cashier_has_no_code(browser: Browser, enter: Any) -> None:
    await enter("B1")
    begun = await begin(browser, "B1")
    assert place(await browser.get(f"{begun['url']}/code")) == begun["url"]


async def test_who_looks_at_a_payment_that_their_other_entrance_began_sees_it_and_nobody_else_does(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    session, alipay = await enter("B1"), in_alipay()
    begun = await begin(browser, "B1")
    for each in (session, alipay):
        await bound(memory_app, each)
    await memory_app.stores.sessions.put(alipay)
    await enter(subject="openid-of-a-stranger")
    for page in ("", "/state", "/code"):
        assert (await browser.get(f"{begun['url']}{page}")).code == 404, page
    browser.cookies["__Host-session-demo"] = alipay.id
    assert (await browser.get(begun["url"])).code == 200
    assert data_of(await browser.get(f"{begun['url']}/state"))["progress"] == "waiting"


async def test_nobody_is_asked_who_else_looks_at_a_payment_of_their_own(
    memory_app: InMemoryApp, browser: Browser, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enter("B1")
    begun = await begin(browser, "B1")
    monkeypatch.delattr(PersonService, "whole")
    assert data_of(await browser.get(f"{begun['url']}/state"))["progress"] == "waiting"
    assert (await browser.get(begun["url"])).code == 200


async def test_without_a_script_the_payments_page_follows(browser: Browser, enter: Any) -> None:
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1")
    answer = await browser.submit(page, "/h/demo/payments", {"bill_no": "B1", "sms": "known"})
    assert answer.code == 303
    waiting = text_of(await browser.get(place(answer)))
    assert "待支付" in waiting
    assert "去支付 ¥37.20" in waiting


async def test_the_page_says_at_each_moment_what_is_known(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    begun = await begin(browser, "B1")
    own = begun["url"]

    async def said(query: str = "") -> tuple[str, bool, str]:
        state = data_of(await browser.get(f"{own}/state{query}"))
        assert state["text"] in text_of(await browser.get(f"{own}{query}"))
        return state["progress"], state["final"], state["text"]

    assert await said() == ("waiting", False, "待支付")
    assert await said("?paid=1") == ("waiting", False, "支付结果确认中")
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun["payment_id"]))
    assert await said() == ("confirming", False, "已付款，医院正在入账")
    await memory_app.work()
    assert await said() == ("paid", True, "缴费成功")
    page = text_of(await browser.get(own))
    assert "请到二楼采血处" in page
    assert "RC-1" in page
    assert "data-state-url" not in page, "nothing more will happen: the page stops asking"


async def test_a_payment_that_ran_out_can_be_paid_again(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter("B1", expires_at=memory_app.clock.now().replace(day=25))
    begun = await begin(browser, "B1")
    memory_app.clock.forward(minutes=14, seconds=30)
    nearly = text_of(await browser.get(begun["url"]))
    assert "去支付" not in nearly, "the cashier would close under the finger"
    await memory_app.channel.close(begun["payment_id"])
    await memory_app.live_on(1200)
    ended = text_of(await browser.get(begun["url"]))
    assert "已关闭" in ended
    assert "重新支付" in ended


async def test_money_after_the_close_is_said_to_come_back(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1", expires_at=memory_app.clock.now().replace(day=25))
    begun = await begin(browser, "B1")
    notification = memory_app.channel.pay(begun["payment_id"])
    await memory_app.transitions.apply(HOSPITAL, begun["payment_id"], lambda p: _closed(p, memory_app))
    await memory_app.notifications.apply(HOSPITAL, notification)
    assert "款项正在原路退回" in text_of(await browser.get(begun["url"]))
    await memory_app.work()
    for refund_id in list(memory_app.channel.refunds):
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(refund_id))
    assert "款项已退回" in text_of(await browser.get(begun["url"]))


def _closed(payment: Any, memory_app: InMemoryApp) -> Any:
    from server.payments.rules.paying import closed

    return closed(payment, "closed_at_channel", memory_app.clock.now())


async def test_nobody_else_sees_a_payment(browser: Browser, enter: Any) -> None:
    await enter("B1")
    begun = await begin(browser, "B1")
    await enter(subject="openid-li-ceshi")
    for path in (begun["url"], f"{begun['url']}/state"):
        assert (await browser.get(path)).code == 404
    assert begun["payment_id"] not in text_of(await browser.get("/h/demo/payments"))


async def test_my_payments_are_listed_and_turned_page_by_page(browser: Browser, enter: Any) -> None:
    await enter("B1", "B3")
    assert "还没有缴费记录" in text_of(await browser.get("/h/demo/payments"))
    begun = await begin(browser, "B1")
    listed = text_of(await browser.get("/h/demo/payments"))
    assert begun["url"] in listed
    assert "待支付" in listed
    assert "没有更早的记录" in text_of(await browser.get("/h/demo/payments?before=2020-01-01T00:00:00%2B08:00"))
    too_early, too_late = "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"
    for wrong in ("yesterday", "2026-11-23T00:00:00", too_early, too_late):
        assert (await browser.get(f"/h/demo/payments?before={wrong}")).code == 400


async def test_no_payment_of_mine_falls_between_two_pages(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    """All of one instant: where the first page ends, the second goes on."""
    session = await enter("B1")
    one = replace(a_payment(), owner=session.identity.key, claims=())
    made = [f"ZF20261123{number:012}" for number in range(PAGE_SIZE + 3)]
    for number in made:
        await memory_app.stores.payments.insert(replace(one, id=number))
    first = text_of(await browser.get("/h/demo/payments"))
    older = re.findall(r'href="(/h/demo/payments\?before=[^"]+)"', first)
    second = text_of(await browser.get(unescape(older[0])))
    shown = [re.findall(r"/h/demo/payments/(ZF\d{20})", page) for page in (first, second)]
    assert [len(numbers) for numbers in shown] == [PAGE_SIZE, 3]
    assert [*shown[0], *shown[1]] == made[::-1]
    for wrong in (",", "2026-11-23T01:30:00%2B00:00,a.b", f"2026-11-23T01:30:00%2B00:00,{'A' * 33}"):
        assert (await browser.get(f"/h/demo/payments?before={wrong}")).code == 400


@pytest.mark.parametrize(("choice", "phone"), [("none", ""), ("known", "13800000001"), ("other", "13900000002")])
async def test_the_sms_goes_where_the_patient_says(
    memory_app: InMemoryApp, browser: Browser, enter: Any, choice: str, phone: str
) -> None:
    await enter("B1")
    page = await browser.get("/h/demo/bills/B1")
    form = {"bill_no": "B1", "sms": choice, "phone": "\u202d+86 139-0000 0002\u202c"}
    begun = data_of(await browser.submit(page, "/h/demo/payments", form, **JSON))
    assert (await memory_app.payment(begun["payment_id"])).personal.phone == phone


async def test_resume_opens_the_cashier_again(browser: Browser, enter: Any) -> None:
    await enter("B1")
    begun = await begin(browser, "B1")
    page = await browser.get(begun["url"])
    again = data_of(await browser.submit(page, f"{begun['url']}/resume", {}, **JSON))
    assert again["call"] == begun["call"]
