"""What the phones serve themselves, and what a WeChat client asks before it believes a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from sandbox.phones.places import Places
from sandbox.phones.routes import phone_routes
from sandbox.phones.wechat.invocation import PrepaidOrder
from tests.sandbox_phones.vectors import T1, merchant_key

ORDER = PrepaidOrder(
    prepay_id=T1["package"].removeprefix("prepay_id="),
    appid=T1["appId"],
    openid="o-1",
    amount_fen=1234,
    description="门诊缴费",
    payee="诊付演示医院",
    payable="yes",
)


@dataclass
class FakeWorld:
    """Two people, one order."""

    orders: dict[str, PrepaidOrder] = field(default_factory=lambda: {ORDER.prepay_id: ORDER})
    ticket: str = "ticket"

    def openids_of(self, number: int) -> frozenset[str]:
        return frozenset({f"o-{number}", f"m-{number}"}) if number <= 2 else frozenset()

    def prepaid(self, prepay_id: str) -> PrepaidOrder | None:
        return self.orders.get(prepay_id)

    def merchant_key(self) -> RSAPublicKey:
        return merchant_key()

    def page_signature(self, *, appid: str, nonce_str: str, timestamp: str, url: str) -> str | None:
        text = f"jsapi_ticket={self.ticket}&noncestr={nonce_str}&timestamp={timestamp}&url={url}"
        return hashlib.sha1(text.encode()).hexdigest() if appid == T1["appId"] else None


@dataclass
class Phones:
    port: int
    world: FakeWorld
    client: AsyncHTTPClient

    async def ask(self, path: str, host: str = "wechat-1.localhost", body: object = None) -> HTTPResponse:
        return await self.client.fetch(
            f"http://127.0.0.1:{self.port}{path}",
            method="GET" if body is None else "POST",
            body=None if body is None else json.dumps(body),
            headers={"Host": f"{host}:{self.port}"},
            follow_redirects=False,
            raise_error=False,
        )


@pytest_asyncio.fixture
async def phones() -> AsyncIterator[Phones]:
    socket, port = bind_unused_port()
    world = FakeWorld()
    places = Places.make(app_url="http://127.0.0.1:1", app_public_url="http://localhost:1", sandbox_port=port)
    server = HTTPServer(Application(list(phone_routes(world, places))))
    server.add_socket(socket)
    client = AsyncHTTPClient(force_instance=True)
    yield Phones(port, world, client)
    client.close()
    server.stop()
    await server.close_all_connections()


@pytest.mark.asyncio
async def test_the_cashier_shows_what_the_platform_knows(phones: Phones) -> None:
    answer = await phones.ask("/phone/wechat/cashier", body=T1)
    assert (answer.code, json.loads(answer.body)) == (
        200,
        {"prepay_id": ORDER.prepay_id, "amount_fen": 1234, "payee": "诊付演示医院", "description": "门诊缴费"},
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("host", "changed", "code", "told"),
    [
        ("wechat-1.localhost", {"nonceStr": "other"}, 403, "支付验证签名失败"),
        ("wechat-1.localhost", {"package": "prepay_id=unknown"}, 403, "订单不存在"),
        ("wechat-1.localhost", {"timeStamp": 1554208460}, 403, "timeStamp"),
        ("wechat-2.localhost", {}, 403, "不是同一个人"),
        ("wechat-3.localhost", {}, 404, "没有这部手机"),
        ("localhost", {}, 404, "没有这部手机"),
    ],
)
async def test_the_cashier_stays_shut(
    phones: Phones, host: str, changed: dict[str, object], code: int, told: str
) -> None:
    answer = await phones.ask("/phone/wechat/cashier", host, {**T1, **changed})
    assert answer.code == code
    assert told in json.loads(answer.body)["message"]


@pytest.mark.asyncio
async def test_an_order_of_the_mini_program_is_paid_by_its_name_of_the_person(phones: Phones) -> None:
    phones.world.orders[ORDER.prepay_id] = replace(ORDER, openid="m-1")
    assert (await phones.ask("/phone/wechat/cashier", body=T1)).code == 200
    assert (await phones.ask("/phone/wechat/cashier", "wechat-2.localhost", body=T1)).code == 403


@pytest.mark.asyncio
async def test_the_mini_program_s_package_is_what_would_be_uploaded(phones: Phones) -> None:
    files = json.loads((await phones.ask("/phone/wechat/miniprogram/package")).body)["files"]
    app = json.loads(files["app.json"])
    for page in app["pages"]:
        assert {f"{page}.{kind}" for kind in ("js", "json", "wxml")} <= files.keys()
    assert not [name for name in files if name.startswith("project.") or name.endswith((".md", ".ts"))]
    page = await phones.ask("/phone/wechat/miniprogram/")
    assert (page.code, b"/phone/assets/miniprogram/engine.js" in page.body) == (200, True)
    assert (await phones.ask("/phone/assets/miniprogram/engine.js")).code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["alipay-1.localhost", "localhost"])
@pytest.mark.parametrize("path", ["/phone/wechat/miniprogram/", "/phone/wechat/miniprogram/package"])
async def test_only_wechat_s_phones_have_the_mini_program(phones: Phones, host: str, path: str) -> None:
    assert (await phones.ask(path, host)).code == 404


@pytest.mark.asyncio
async def test_a_paid_order_is_not_paid_again(phones: Phones) -> None:
    phones.world.orders[ORDER.prepay_id] = replace(ORDER, payable="paid")
    assert json.loads((await phones.ask("/phone/wechat/cashier", body=T1)).body) == {"message": "该订单已支付"}


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [[], "text", {"package": "x" * 20_000}])
async def test_a_body_that_is_no_set_of_parameters_is_refused(phones: Phones, body: object) -> None:
    assert (await phones.ask("/phone/wechat/cashier", body=body)).code in (400, 413)


@pytest.mark.asyncio
async def test_a_pages_signature_is_checked_for_the_apps_own_address(phones: Phones) -> None:
    url = f"http://wechat-1.localhost:{phones.port}/h/demo/bills?a=1"
    given = {"appId": T1["appId"], "timestamp": "1414587457", "nonceStr": "n", "url": url}
    right = phones.world.page_signature(
        appid=T1["appId"], nonce_str="n", timestamp="1414587457", url="http://localhost:1/h/demo/bills?a=1"
    )
    assert (await phones.ask("/phone/wechat/page", body={**given, "signature": right})).code == 204
    assert (await phones.ask("/phone/wechat/page", body={**given, "signature": "0" * 40})).code == 403
    assert (await phones.ask("/phone/wechat/page", body={**given, "signature": right, "appId": "wx-other"})).code == 403


@pytest.mark.asyncio
async def test_the_desk_lies_on_the_phones_host(phones: Phones) -> None:
    desk = await phones.ask("/sandbox/")
    assert 'id="phone"' in desk.body.decode()
    door = await phones.ask("/sandbox/", host="localhost")
    assert (door.code, f'href="http://wechat-1.localhost:{phones.port}/sandbox/"' in door.body.decode()) == (200, True)


@pytest.mark.asyncio
async def test_the_phone_and_what_it_is_made_of(phones: Phones) -> None:
    start = await phones.ask("/")
    assert (start.code, start.headers["Location"]) == (302, "/phone/")
    assert 'data-number="2"' in (await phones.ask("/phone/", host="wechat-2.localhost")).body.decode()
    assert (await phones.ask("/phone/", host="localhost")).code == 404
    bridge = (await phones.ask("/phone/bridge.js")).body.decode()
    assert bridge.startswith("(() => {")
    assert "function openCashier" in bridge
    assert "WeixinJSBridgeReady" in bridge
    assert b"chooseWXPay" in (await phones.ask("/open/js/jweixin-1.6.0.js", host="127.0.0.1")).body


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path", ["/phone/assets/shared/../pages.py", "/phone/assets/shared/%2e%2e/pages.py", "/phone/assets/shared/none.js"]
)
async def test_nothing_but_assets_is_given_out(phones: Phones, path: str) -> None:
    assert (await phones.ask(path)).code in (403, 404)


@pytest.mark.asyncio
async def test_an_app_that_is_not_there_is_said_on_the_phone(phones: Phones) -> None:
    answer = await phones.ask("/h/demo/bills")
    assert answer.code == 502
    assert "诊付没有应答" in answer.body.decode()
