"""Alipay's adapters in both key modes, and payments brought to where a test begins."""

from __future__ import annotations

import pytest

from server.infrastructure.clock_and_ids import SystemClock
from server.infrastructure.transport import AiohttpTransport
from server.payments.model import Payment
from server.payments.rules.paying import money_arrived, ordered
from server.platforms.alipay.openapi.account import AlipayApp
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.account import AlipayMerchant
from server.platforms.alipay.pay.channel import AlipayChannel
from tests.contract.channels.conftest import Controls, RunningSandbox
from tests.contract.channels.payments import a_payment_on


def an_app(sandbox: RunningSandbox, mode: str = "public_key") -> AlipayApp:
    told = sandbox.credentials["alipay"]
    facts = {"app_id": told["app_id"], "private_key_pem": told["app_private_key_pem"]}
    gateway_url = f"{sandbox.base_url}/gateway.do"
    if mode == "public_key":
        return AlipayApp(**facts, alipay_keys=(told["alipay_public_key_pem"],), gateway_url=gateway_url)
    return AlipayApp(
        **facts,
        alipay_keys=(told["alipay_cert_pem"],),
        app_certificate_pem=told["app_cert_pem"],
        root_certificates_pem=told["alipay_root_cert_pem"],
        gateway_url=gateway_url,
    )


@pytest.fixture(params=["public_key", "certificate"])
def client(request: pytest.FixtureRequest, sandbox: RunningSandbox, transport: AiohttpTransport) -> AlipayClient:
    """Both key modes: 公钥模式 and 公钥证书模式."""
    return AlipayClient(an_app(sandbox, request.param), transport, SystemClock(), timeout_s=3.0)


def a_merchant(sandbox: RunningSandbox) -> AlipayMerchant:
    return AlipayMerchant(
        seller_id=sandbox.credentials["alipay"]["seller_id"], public_url=sandbox.app_url, hospital="demo"
    )


@pytest.fixture
def channel(sandbox: RunningSandbox, client: AlipayClient) -> AlipayChannel:
    return AlipayChannel(client, a_merchant(sandbox))


def a_new_payment(channel: AlipayChannel, controls: Controls, amount_fen: int = 1234) -> Payment:
    return a_payment_on(channel, controls.person()["alipay_user_id"], "life_account", amount_fen)


async def placed(channel: AlipayChannel, controls: Controls, amount_fen: int = 1234) -> Payment:
    payment = a_new_payment(channel, controls, amount_fen)
    return ordered(payment, await channel.order(payment.id, payment.parts[0].request), SystemClock().now())


async def pay(controls: Controls, payment: Payment) -> None:
    answer = await controls.ask("POST", "/sandbox/alipay/pay", {"trade_no": payment.parts[0].order_ref, "result": "ok"})
    assert answer["out_trade_no"] == payment.id


async def paid(channel: AlipayChannel, controls: Controls) -> Payment:
    payment = await placed(channel, controls)
    await pay(controls, payment)
    trade = await channel.query(payment.id)
    return money_arrived(payment, trade, SystemClock().now(), at_the_source=True)
