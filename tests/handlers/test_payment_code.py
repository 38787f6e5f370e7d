"""Paying by a code on a screen (``native``, ``precreate``): a row of the hospital's methods leads to a page that shows it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse

from server.infrastructure.qr_png import draw
from server.payments.methods import MethodRow, Way
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import CodeChannel, an_app
from tests.support.builders import HOSPITAL, a_bill
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test

JSON = {"Accept": "application/json"}


@pytest.fixture
def memory_app() -> InMemoryApp:
    native = MethodRow(login="wechat", entrance="bill_qr", way=Way("wechat", "native"))
    return an_app(a_bill("B1", 3720), channels={"wechat": CodeChannel()}, methods=(native,))


async def begin(browser: Browser, **headers: str) -> HTTPResponse:
    page = await browser.get("/h/demo/bills/B1")
    return await browser.submit(page, "/h/demo/payments", {"bill_no": "B1", "sms": "none"}, **headers)


async def test_the_script_is_led_to_the_page_of_the_code(browser: Browser, enter: Any) -> None:
    await enter("B1")
    begun = json.loads((await begin(browser, **JSON)).body)
    assert begun["call"] is None, "no cashier opens on this phone"
    assert begun["url"] == f"/h/demo/payments/{begun['payment_id']}/code"
    waiting = await browser.get(f"/h/demo/payments/{begun['payment_id']}")
    again = await browser.submit(waiting, f"/h/demo/payments/{begun['payment_id']}/resume", {}, **JSON)
    assert json.loads(again.body)["url"] == begun["url"], "去支付 on the payment's page leads there, too"


async def test_the_page_shows_code_amount_and_time_without_a_script(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    own = place(await begin(browser))
    memory_app.clock.forward(seconds=20)
    shown = text_of(await browser.get(own))
    [payment_id] = memory_app.channel.orders
    image = re.search(r'src="data:image/png;base64,([^"]+)"', shown)
    assert image is not None
    assert base64.b64decode(image[1]) == draw(f"weixin://pay/prepay-{payment_id}")
    assert "请用微信扫码支付" in shown
    assert "¥37.20" in shown
    part = (await memory_app.payment(payment_id)).parts[0]
    seconds = (part.request.expires_at - memory_app.clock.now()).seconds - 60
    assert f'data-seconds-left="{seconds}"' in shown
    assert f"还剩 {seconds // 60}分{seconds % 60:02}秒" in shown
    assert len(memory_app.channel.orders) == 1, "looking at the code places no order"


async def test_the_page_asks_until_the_payment_is_paid_and_then_gives_way(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    await enter("B1")
    own = place(await begin(browser))
    page, state = text_of(await browser.get(own)), own.removesuffix("/code") + "/state"
    assert f'data-state-url="{state}"' in page
    asked = json.loads((await browser.get(state)).body)
    for name, value in (("progress", asked["progress"]), ("title", asked["text"]), ("part", asked["part"])):
        assert f'data-{name}="{value}"' in page, "nothing has changed, so the page stays as it is"
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(asked["part"]))
    after = json.loads((await browser.get(state)).body)
    assert (after["progress"], after["part"]) == ("confirming", "")
    assert place(await browser.get(own)) == own.removesuffix("/code")


async def test_a_code_that_ends_soon_is_shown_no_more(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter("B1", expires_at=memory_app.clock.now().replace(day=25))
    own = place(await begin(browser))
    memory_app.clock.forward(minutes=14, seconds=30)
    assert place(await browser.get(own)) == own.removesuffix("/code")


async def test_a_code_of_somebody_else_is_not_found(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    await enter("B1")
    own = place(await begin(browser))
    await enter("B1", subject="openid-somebody-else")
    assert (await browser.get(own)).code == 404
