"""What an Alipay phone asks its platform before it shows the cashier, and which paths are never the app's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from sandbox.phones.alipay.world import Trade
from sandbox.phones.places import Places
from sandbox.phones.routes import KINDS, NOT_THE_APPS, phone_routes
from tests.sandbox_phones.test_routes import FakeWorld, Phones

TRADE = Trade(
    trade_no="T1", buyer_id="2088-1", amount_fen=1234, description="门诊缴费", payee="诊付演示医院", payable="yes"
)


class AlipayFakeWorld(FakeWorld):
    """Two people, one trade of the first's."""

    a_trade: Trade = TRADE

    def user_id_of(self, number: int) -> str | None:
        return f"2088-{number}" if number <= 2 else None

    def trade(self, trade_no: str) -> Trade | None:
        return self.a_trade if trade_no == "T1" else None


@pytest_asyncio.fixture
async def phones() -> AsyncIterator[Phones]:
    socket, port = bind_unused_port()
    world = AlipayFakeWorld()
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
    answer = await phones.ask("/phone/alipay/cashier", "alipay-1.localhost", {"tradeNO": "T1"})
    shown = {"trade_no": "T1", "amount_fen": 1234, "payee": "诊付演示医院", "description": "门诊缴费"}
    assert (answer.code, json.loads(answer.body)) == (200, shown)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("host", "body", "payable", "code", "told"),
    [
        ("alipay-1.localhost", {"tradeNO": "T2"}, "yes", 403, "订单不存在"),
        ("alipay-1.localhost", {"tradeNO": 1}, "yes", 403, "订单不存在"),
        ("alipay-1.localhost", {}, "yes", 403, "订单不存在"),
        ("alipay-2.localhost", {"tradeNO": "T1"}, "yes", 403, "不是同一个人"),
        ("alipay-1.localhost", {"tradeNO": "T1"}, "paid", 403, "交易已支付"),
        ("alipay-1.localhost", {"tradeNO": "T1"}, "closed", 403, "交易已关闭"),
        ("alipay-3.localhost", {"tradeNO": "T1"}, "yes", 404, "没有这部手机"),
        ("wechat-1.localhost", {"tradeNO": "T1"}, "yes", 404, "没有这部手机"),
        ("localhost", {"tradeNO": "T1"}, "yes", 404, "没有这部手机"),
        ("alipay-1.localhost", [], "yes", 400, ""),
        ("alipay-1.localhost", {"tradeNO": "x" * 20_000}, "yes", 413, ""),
    ],
)
async def test_the_cashier_stays_shut(
    phones: Phones, host: str, body: object, payable: str, code: int, told: str
) -> None:
    phones.world.a_trade = replace(TRADE, payable=payable)  # type: ignore[attr-defined, arg-type]
    answer = await phones.ask("/phone/alipay/cashier", host, body)
    assert answer.code == code
    assert told in json.loads(answer.body)["message"]


@pytest.mark.asyncio
async def test_a_wechat_cashier_does_not_open_on_an_alipay_phone(phones: Phones) -> None:
    assert (await phones.ask("/phone/wechat/cashier", "alipay-1.localhost", {})).code == 404


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", list(KINDS))
async def test_every_kind_of_phone_has_its_page_bridge_and_desk(phones: Phones, kind: str) -> None:
    host = f"{kind}-1.localhost"
    assert KINDS[kind].title in (await phones.ask("/phone/", host)).body.decode()
    assert "openCashier" in (await phones.ask("/phone/bridge.js", host)).body.decode()
    assert "export const drills" in (await phones.ask(f"/phone/assets/{kind}/desk.js", host)).body.decode()
    desk = (await phones.ask("/sandbox/", host)).body.decode()
    assert f'data-kind="{kind}"' in desk
    assert all(f"&quot;{name}&quot;" in desk for name in KINDS)


@pytest.mark.asyncio
@pytest.mark.parametrize("path", NOT_THE_APPS)
async def test_platform_paths_are_never_the_apps(phones: Phones, path: str) -> None:
    """The app is not there: what would be proxied is a 502."""
    assert (await phones.ask(f"{path}nothing", "alipay-1.localhost")).code == 404
    assert (await phones.ask("/h/demo/bills", "alipay-1.localhost")).code == 502
