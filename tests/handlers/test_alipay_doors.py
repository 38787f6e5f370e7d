"""The doors with Alipay's real adapters behind them: login, notification, life account, one code for both clients."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.web import Application

from server.payments.model import PaymentState
from server.platforms.alipay.life_account.account import LifeAccountConfig
from server.platforms.alipay.life_account.gateway import LifeAccountChat
from server.platforms.alipay.life_account.oauth import AlipayOAuth
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.channel import AlipayChannel
from server.storage.memory import memory_stores
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import MarkedChannel, MarkedChat, an_app, doors_of
from tests.support.builders import a_bill, a_scan
from tests.support.clock_and_ids import FakeClock
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import ObligingIdentity
from tests.unit.platforms.alipay.pen import APP_ID, MERCHANT, SELLER, USER, biz, form, sealed, sent, success
from tests.unit.platforms.alipay.pen import an_app as an_alipay_app
from tests.unit.platforms.played import ScriptedTransport

pytestmark = pytest.mark.gen_test

ALIPAY = "Mozilla/5.0 (Linux; Android 14) AlipayClient/10.5.0"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def outside() -> ScriptedTransport:
    """Alipay's gateway: answers what a test puts in, in order."""
    return ScriptedTransport()


@pytest.fixture
def memory_app(outside: ScriptedTransport) -> InMemoryApp:
    client = AlipayClient(an_alipay_app(), outside, FakeClock())
    chat = LifeAccountChat(client, LifeAccountConfig(), FakeClock(), memory_stores().short_lived)
    return an_app(
        a_bill(),
        channels={"wechat": MarkedChannel(), "alipay": AlipayChannel(client, MERCHANT)},
        identities={"wechat": ObligingIdentity(), "alipay": AlipayOAuth(client, "https://openauth.alipay.com")},
        chats={"wechat": MarkedChat(), "alipay": chat},
    )


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


async def logged_in(
    memory_app: InMemoryApp, outside: ScriptedTransport, http_client: AsyncHTTPClient, base_url: str
) -> Browser:
    """At the list of the bills of a QR."""
    browser = Browser(http_client, base_url, ALIPAY)
    scanned = memory_app.scans.make("demo", a_scan("B1"))
    await browser.get(urlsplit(scanned.url).path)
    away = await browser.get("/h/demo/bills")
    address = urlsplit(away.headers["Location"])
    assert (address.netloc, address.path) == ("openauth.alipay.com", "/oauth2/publicAppAuthorize.htm")
    asked = parse_qs(address.query)
    outside.answers.append(sealed("alipay.system.oauth.token", {"user_id": USER, "access_token": "t", "expires_in": 1}))
    back = urlsplit(asked["redirect_uri"][0]).path
    done = await browser.get(f"{back}?auth_code=code-1&app_id={APP_ID}&state={asked['state'][0]}&scope=auth_base")
    assert place(done) == "/h/demo/bills"
    assert sent(outside.sent[-1])["code"] == "code-1"
    return browser


def notice(payment_id: str, **fields: str) -> bytes:
    facts = {
        "notify_id": "N-1",
        "notify_type": "trade_status_sync",
        "sign_type": "RSA2",
        "app_id": APP_ID,
        "seller_id": SELLER,
        "out_trade_no": payment_id,
        "trade_no": "2026112322001400000000000001",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "12.34",
        "gmt_payment": "2026-11-23 09:31:00",
    }
    return form({**facts, **fields}).body


async def started(
    memory_app: InMemoryApp, outside: ScriptedTransport, http_client: AsyncHTTPClient, base_url: str
) -> dict[str, Any]:
    browser = await logged_in(memory_app, outside, http_client, base_url)
    page = await browser.get("/h/demo/bills/B1")

    def placed(request: Any) -> Any:
        number = biz(request)["out_trade_no"]
        return success("alipay.trade.create", out_trade_no=number, trade_no="2026112322001400000000000001")

    outside.answers.append(placed)
    answer = await browser.submit(page, "/h/demo/payments", {"bill_no": "B1"}, Accept="application/json")
    begun: dict[str, Any] = json.loads(answer.body)
    return begun


async def test_scanned_logged_in_paid_and_told(
    memory_app: InMemoryApp, outside: ScriptedTransport, http_client: AsyncHTTPClient, base_url: str, post: Any
) -> None:
    begun = await started(memory_app, outside, http_client, base_url)
    assert begun["call"] == {"bridge": "alipay_jsapi", "params": {"tradeNO": "2026112322001400000000000001"}}
    for _ in range(2):
        answer = await post("/notify/alipay/demo", notice(begun["payment_id"]), **FORM)
        assert (answer.code, answer.body) == (200, b"success")
    payment = await memory_app.payment(begun["payment_id"])
    assert (payment.state, payment.paid_fen) == (PaymentState.PAID, 1234)
    assert (payment.parts[0].request.channel, payment.payer.subject) == ("alipay", USER)


async def test_forged_and_foreign_notifications_do_not_book(
    memory_app: InMemoryApp, outside: ScriptedTransport, http_client: AsyncHTTPClient, base_url: str, post: Any
) -> None:
    begun = await started(memory_app, outside, http_client, base_url)
    forged = await post("/notify/alipay/demo", notice(begun["payment_id"]).replace(b"12.34", b"12.35"), **FORM)
    assert (forged.code, forged.body) == (401, b"fail")
    for fields in ({"seller_id": "2088000000000099"}, {"app_id": "2021999999999999"}, {"total_amount": "0.01"}):
        answer = await post("/notify/alipay/demo", notice(begun["payment_id"], **fields), **FORM)
        assert answer.body == b"success"
        assert (await memory_app.payment(begun["payment_id"])).state is PaymentState.PENDING
    assert (await post("/notify/alipay/nowhere", notice("X"), **FORM)).code == 404


async def test_the_life_account_is_answered_at_once_and_then_spoken_to(outside: ScriptedTransport, post: Any) -> None:
    outside.answers.append(success("alipay.open.public.message.custom.send"))
    content = (
        f"<XML><AppId>{APP_ID}</AppId><FromAlipayUserId>{USER}</FromAlipayUserId><CreateTime>1795397400000</CreateTime>"
        "<MsgType>text</MsgType><MsgId>m-1</MsgId><Text><Content><![CDATA[缴费]]></Content></Text></XML>"
    )
    told = {
        "service": "alipay.mobile.public.message.notify",
        "charset": "GBK",
        "sign_type": "RSA2",
        "biz_content": content,
    }
    body = form(told, left_out=("sign",), charset="gbk").body
    for _ in range(2):
        answer = await post("/alipay/demo/gateway", body, **FORM)
        assert (answer.code, answer.headers["Content-Type"]) == (200, "text/xml; charset=GBK")
        assert b"<![CDATA[ack]]>" in answer.body
    (request,) = outside.sent
    assert "/h/demo/bills" in biz(request)["text"]["content"]
    forged = await post("/alipay/demo/gateway", body.replace(b"m-1", b"m-2"), **FORM)
    assert forged.code == 403


async def test_an_ordinary_browser_is_told_both_ways_in(http_client: AsyncHTTPClient, base_url: str) -> None:
    page = await Browser(http_client, base_url, "Mozilla/5.0 Firefox").get("/h/demo/bills")
    assert "微信或支付宝" in text_of(page)


@pytest.mark.parametrize("door", ["/alipay/demo/gateway", "/notify/alipay/demo"])
@pytest.mark.parametrize("left_out", [("sign", "sign_type"), ("sign",)], ids=["V1", "V2"])
async def test_word_of_a_bank_is_taken_in_at_both_doors_under_either_rule(
    door: str,
    left_out: tuple[str, ...],
    memory_app: InMemoryApp,
    outside: ScriptedTransport,
    http_client: AsyncHTTPClient,
    base_url: str,
    post: Any,
) -> None:
    begun = await started(memory_app, outside, http_client, base_url)
    number = begun["payment_id"]
    assert (await post("/notify/alipay/demo", notice(number))).body == b"success"
    content = {"out_trade_no": number, "out_request_no": "C1", "dback_status": "S", "dback_amount": "5.00"}
    told = {
        "notify_id": "N-7",
        "msg_method": "alipay.trade.refund.depositback.completed",
        "app_id": APP_ID,
        "charset": "utf-8",
        "sign_type": "RSA2",
        "biz_content": json.dumps(content),
    }
    found = {"out_trade_no": number, "out_request_no": "C1", "refund_amount": "5.00", "refund_status": "REFUND_SUCCESS"}
    outside.answers.append(success("alipay.trade.fastpay.refund.query", **found))
    answer = await post(door, form(told, left_out=left_out).body)
    assert (answer.code, answer.body) == (200, b"success")
    payment = await memory_app.payment(number)
    assert payment.refunded_fen == 500
    assert [line.what for line in payment.history if "bank" in line.what] == ["refund_at_bank"]
    forged = await post(door, form(told, key="somebody else", left_out=left_out).body)
    assert forged.code == 401
