"""The official account's adapters against the sandbox: login, chat, menu, template messages."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from server.core.errors import LoginNeeded, NotSent, OutcomeUnknown
from server.core.ports import HttpRequest, RawReply, RawRequest
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.patients.contact_ports import ChatReply, OutgoingMessage
from server.patients.model import PayerIdentity
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.official_account.account import MessageTemplate, OfficialAccountConfig
from server.platforms.wechat.official_account.callback import OfficialAccountChat
from server.platforms.wechat.official_account.messages import TemplateMessenger
from server.platforms.wechat.official_account.oauth import WechatOAuth
from server.storage.memory_short_lived import MemoryShortLived
from tests.contract.channels.conftest import Controls, Doors, RunningSandbox


class Account:
    """Everything of one official account, as assembled for a hospital."""

    def __init__(self, sandbox: RunningSandbox, transport: AiohttpTransport) -> None:
        told = sandbox.credentials["wechat"]
        templates = {purpose: MessageTemplate(**template) for purpose, template in told["templates"].items()}
        self.config = OfficialAccountConfig(
            app_id=told["appid"],
            secret=told["secret"],
            token=told["token"],
            encoding_aes_key=told["encoding_aes_key"],
            original_id=told["original_id"],
            api_base=sandbox.base_url,
            authorize_base=sandbox.base_url,
            templates=templates,
        )
        self.store = MemoryShortLived()
        clock, ids = SystemClock(), SystemIds()
        self.tokens = AccessTokens(self.config, transport, clock, self.store)
        api = WechatApi(self.config, transport, self.tokens, timeout_s=3.0)
        self.chat = OfficialAccountChat(self.config, api, clock, ids)
        self.messenger = TemplateMessenger(self.config, api)
        self.oauth = WechatOAuth(self.config, transport)

    def identity(self, openid: str) -> PayerIdentity:
        return PayerIdentity(channel="wechat", app_id=self.config.app_id, subject=openid)


@pytest_asyncio.fixture
async def account(sandbox: RunningSandbox, transport: AiohttpTransport) -> Account:
    return Account(sandbox, transport)


def a_notice(purpose: str) -> OutgoingMessage:
    values = {
        "hospital": "示例医院", "patient": "张*", "departments": "测试内科", "amount": "1,234.56", "payment": "ZF20261123TEST",
        "time": "2026-11-23 09:31", "guide": "请到二楼采血处", "receipt": "RC-1", "reason": "付款时支付单已关闭",
        "day": "2026-11-23", "last": "41", "head": "3f0a 91c2 77de 04b8",
    }  # fmt: skip
    return OutgoingMessage(purpose=purpose, values=values, url="https://pay.example.org/h/demo/payments/ZF20261123TEST")


async def a_code(account: Account, transport: AiohttpTransport, sandbox: RunningSandbox, phone: int = 1) -> str:
    """What the phone's browser brings back from the authorize page."""
    url = account.oauth.authorize_url(f"{sandbox.app_url}/oauth/wechat/demo/return", "State0001")
    port = urlsplit(sandbox.base_url).port
    headers = {"Host": f"wechat-{phone}.localhost:{port}", "User-Agent": "Mozilla/5.0 MicroMessenger/8.0"}
    answer = await transport.send(
        HttpRequest(system="browser", method="GET", url=url.partition("#")[0], headers=headers)
    )
    assert answer.status == 302, answer.body[:300]
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == ["State0001"]
    return back["code"][0]


@pytest.mark.asyncio
async def test_a_login_code_tells_who_it_is_and_is_good_once(
    account: Account, transport: AiohttpTransport, sandbox: RunningSandbox, controls: Controls
) -> None:
    code = await a_code(account, transport, sandbox)
    person = await account.oauth.identify(code)
    assert person == account.identity(controls.person()["openid"])
    with pytest.raises(LoginNeeded):
        await account.oauth.identify(code)
    with pytest.raises(LoginNeeded):
        await account.oauth.identify("NOSUCHCODE")


@pytest.mark.asyncio
async def test_every_template_of_the_demo_takes_our_values(account: Account, controls: Controls) -> None:
    follower = next(person for person in controls.credentials["people"] if person["follows"])
    assert account.config.templates
    for purpose in account.config.templates:
        dedupe = f"{purpose}-{SystemIds().text(8)}"
        assert await account.messenger.send(account.identity(follower["openid"]), a_notice(purpose), dedupe)
    inbox = await controls.ask("GET", f"/sandbox/inbox?person={follower['number']}")
    cards = [message for message in inbox["chat"] if message["kind"] == "card"]
    assert len(cards) >= len(account.config.templates)


@pytest.mark.asyncio
async def test_whoever_does_not_follow_is_not_reached(account: Account, controls: Controls) -> None:
    stranger = next(person for person in controls.credentials["people"] if not person["follows"])
    purpose = next(iter(account.config.templates))
    assert await account.messenger.send(account.identity(stranger["openid"]), a_notice(purpose), "x") is None


@pytest.mark.asyncio
async def test_a_stale_token_is_replaced_on_the_way(account: Account, controls: Controls) -> None:
    follower = next(person for person in controls.credentials["people"] if person["follows"])
    ends = SystemClock().now() + timedelta(hours=1)
    stale = json.dumps(["stale", ends.isoformat()])
    await account.store.put("wechat_access_token", account.config.app_id, stale, ends)
    assert await account.tokens.get() == "stale"
    purpose = next(iter(account.config.templates))
    assert await account.messenger.send(account.identity(follower["openid"]), a_notice(purpose), SystemIds().text(12))
    assert await account.tokens.get() != "stale"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("where", "what", "error"),
    [
        ("wechat.template", "error_5xx", OutcomeUnknown),
        ("wechat.template", "timeout_after_work", OutcomeUnknown),
        ("wechat.token", "error_5xx", NotSent),
        ("wechat.oauth", "error_5xx", OutcomeUnknown),
    ],
)
async def test_each_fault_is_told_as_its_error(
    account: Account, controls: Controls, where: str, what: str, error: type[Exception]
) -> None:
    follower = next(person for person in controls.credentials["people"] if person["follows"])
    await controls.fault(where, what)
    purpose = next(iter(account.config.templates))
    if where == "wechat.oauth":
        call: Awaitable[object] = account.oauth.identify("ANYCODE")
    else:
        call = account.messenger.send(account.identity(follower["openid"]), a_notice(purpose), SystemIds().text(12))
    with pytest.raises(error):
        await call


@pytest.mark.asyncio
async def test_the_menu_arrives(account: Account, controls: Controls) -> None:
    menu = {
        "button": [
            {"name": "缴费", "type": "view", "url": "https://pay.example.org/h/demo/bills"},
            {"name": "我的", "sub_button": [{"name": "帮助", "type": "click", "key": "help"}]},
        ]
    }
    await account.chat.push_menu(menu)
    shown = (await controls.ask("GET", "/sandbox/wechat/account"))["menu"]
    assert [button["name"] for button in shown] == ["缴费", "我的"]


@pytest.mark.asyncio
async def test_a_conversation(account: Account, controls: Controls, doors: Doors) -> None:
    heard = []

    def answer(raw: RawRequest) -> RawReply:
        message = account.chat.receive(raw)
        heard.append(message)
        return account.chat.reply(message, ChatReply(text=f"收到：{message.text or message.event}"))

    doors.answer = answer
    openid = controls.person()["openid"]
    said = await controls.ask("POST", "/sandbox/wechat/say", {"openid": openid, "text": "<缴费> ]]> & 你好"})
    clicked = await controls.ask(
        "POST", "/sandbox/wechat/say", {"openid": openid, "event": {"Event": "CLICK", "EventKey": "help"}}
    )
    assert "收到：" in said["reply"]["text"]
    assert "你好" in said["reply"]["text"]
    assert clicked["reply"]["text"] == "收到：click"
    assert [message.sender for message in heard] == [account.identity(openid)] * 2
    assert (heard[1].kind, heard[1].event, heard[1].key) == ("event", "click", "help")


@pytest.mark.asyncio
async def test_of_followers_the_unionid_is_asked_for(
    account: Account, transport: AiohttpTransport, sandbox: RunningSandbox, controls: Controls
) -> None:
    api = WechatApi(account.config, transport, account.tokens)
    account.oauth = WechatOAuth(account.config, transport, api)
    person = await account.oauth.identify(await a_code(account, transport, sandbox))
    assert person.union_id == controls.person()["unionid"]
