"""Alipay's login and life account against the sandbox, in both key modes."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from server.core.errors import LoginNeeded
from server.core.ports import HttpRequest, RawReply, RawRequest
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.patients.contact_ports import ChatReply, OutgoingMessage
from server.patients.model import PayerIdentity
from server.payments.rules.paying import ordered
from server.payments.rules.trades import TradeState
from server.platforms.alipay.life_account.account import LifeAccountConfig, LifeAccountTemplate
from server.platforms.alipay.life_account.gateway import LifeAccountChat
from server.platforms.alipay.life_account.messages import LifeAccountMessenger
from server.platforms.alipay.life_account.oauth import AlipayOAuth
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.channel import AlipayChannel
from server.storage.memory import memory_stores
from tests.contract.channels.alipay import a_new_payment, channel, client, pay
from tests.contract.channels.conftest import Controls, Doors, RunningSandbox
from tests.support.builders import with_first

__all__ = ["channel", "client"]


async def a_code(client: AlipayClient, sandbox: RunningSandbox, transport: AiohttpTransport) -> str:
    oauth = AlipayOAuth(client, sandbox.base_url)
    url = oauth.authorize_url(f"{sandbox.app_url}/oauth/alipay/demo/return", "State0001")
    headers = {
        "Host": f"alipay-1.localhost:{urlsplit(sandbox.base_url).port}",
        "User-Agent": "Mozilla/5.0 AlipayClient/10.5",
    }
    answer = await transport.send(HttpRequest(system="browser", method="GET", url=url, headers=headers))
    assert answer.status == 302, answer.body[:300]
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == ["State0001"]
    return back["auth_code"][0]


@pytest.mark.asyncio
async def test_a_login_code_tells_who_it_is_and_is_good_once(
    client: AlipayClient, sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> None:
    oauth = AlipayOAuth(client, sandbox.base_url)
    code = await a_code(client, sandbox, transport)
    assert (await oauth.identify(code)).subject == controls.person()["alipay_user_id"]
    for wrong in (code, "NOSUCHCODE"):
        with pytest.raises(LoginNeeded):
            await oauth.identify(wrong)


@pytest.mark.asyncio
async def test_an_app_that_knows_people_by_open_id_pays_all_the_same(
    client: AlipayClient,
    channel: AlipayChannel,
    sandbox: RunningSandbox,
    transport: AiohttpTransport,
    controls: Controls,
) -> None:
    await controls.ask("PUT", "/sandbox/faults", {"rules": [], "settings": {"alipay_identity": "open_id"}})
    person = await AlipayOAuth(client, sandbox.base_url).identify(await a_code(client, sandbox, transport))
    assert person.subject == controls.person()["alipay_open_id"]
    payment = a_new_payment(channel, controls)
    payment = with_first(payment, request=replace(payment.parts[0].request, payer=person))
    payment = ordered(payment, await channel.order(payment.id, payment.parts[0].request), SystemClock().now())
    await pay(controls, payment)
    assert (await channel.query(payment.id)).state is TradeState.PAID


# ---- the life account ----------------------------------------------------------------------------------------------------------


def templates_of(controls: Controls) -> dict[str, LifeAccountTemplate]:
    return {
        purpose: LifeAccountTemplate(**told) for purpose, told in controls.credentials["alipay"]["templates"].items()
    }


@pytest.mark.asyncio
async def test_every_template_of_the_demo_takes_our_values(client: AlipayClient, controls: Controls) -> None:
    messenger = LifeAccountMessenger(client, LifeAccountConfig(templates=templates_of(controls), has_menu=True))
    values = {
        "hospital": "示例医院", "patient": "张*", "departments": "测试内科", "amount": "12.34", "payment": "ZF20261123TEST",
        "time": "2026-11-23 09:31", "guide": "请到二楼采血处", "receipt": "RC-1", "reason": "付款时支付单已关闭",
        "refund": "ZF20261123TESTR01", "state": "已到账", "day": "2026-11-23", "last": "41", "head": "3f0a 91c2 77de 04b8",
    }  # fmt: skip
    people = {follows: one["alipay_user_id"] for one in controls.credentials["people"] for follows in [one["follows"]]}
    for purpose in templates_of(controls):
        notice = OutgoingMessage(
            purpose=purpose, values=values, url="https://pay.example.org/h/demo/payments/ZF20261123TEST"
        )
        for follows, subject in people.items():
            to = PayerIdentity(channel="alipay", app_id=client.app.app_id, subject=subject)
            sent = await messenger.send(to, notice, f"{purpose}-{SystemIds().text(8)}")
            assert (sent is not None) == follows


@pytest.mark.asyncio
async def test_the_gateway_is_proven_and_people_are_answered(
    client: AlipayClient, controls: Controls, doors: Doors
) -> None:
    stores = memory_stores()
    chat = LifeAccountChat(client, LifeAccountConfig(templates={}, has_menu=True), SystemClock(), stores.short_lived)
    said: list[tuple[str, str, str]] = []

    def answer(raw: RawRequest) -> RawReply:
        message = chat.receive(raw)
        said.append((message.kind, message.text, f"{message.event} {message.key}".strip()))
        return chat.reply(message, ChatReply(text="回复“缴费”查看待缴费用"))

    doors.answer = answer
    assert (await controls.ask("POST", "/sandbox/alipay/check", {}))["verified"] is True
    person = controls.person()["alipay_user_id"]
    for words in ({"text": "缴 费"}, {"event": "follow"}, {"event": {"EventType": "click", "ActionParam": "help"}}):
        await controls.ask("POST", "/sandbox/alipay/say", {"user_id": person, "wait_seconds": 0, **words})
    assert said[1:] == [("text", "缴 费", ""), ("event", "", "follow"), ("event", "", "click help")]


@pytest.mark.asyncio
async def test_the_account_says_something_on_its_own_accord(client: AlipayClient, controls: Controls) -> None:
    stores = memory_stores()
    chat = LifeAccountChat(client, LifeAccountConfig(templates={}, has_menu=True), SystemClock(), stores.short_lived)
    person = controls.person()
    to = PayerIdentity(channel="alipay", app_id=client.app.app_id, subject=person["alipay_user_id"])
    assert isinstance(await chat.tell(to, "退费待审批"), bool)


@pytest.mark.asyncio
async def test_the_menu_as_far_as_there_is_one(client: AlipayClient, controls: Controls) -> None:
    menu = {"button": [{"name": "缴费", "type": "view", "url": "https://pay.example.org/h/demo/bills"}]}
    stores = memory_stores()
    for has_menu in (True, False):
        config = LifeAccountConfig(templates={}, has_menu=has_menu)
        chat = LifeAccountChat(client, config, SystemClock(), stores.short_lived)
        assert await chat.push_menu(menu) is has_menu
    assert "缴费" in json.dumps(await controls.ask("GET", "/sandbox/alipay/account"), ensure_ascii=False)
