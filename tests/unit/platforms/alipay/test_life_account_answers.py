"""The life account's signed answer, and what is said afterwards."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from server.patients.contact_ports import ChatReply
from server.platforms.alipay.life_account.account import LifeAccountConfig
from server.platforms.alipay.life_account.gateway import LifeAccountChat
from server.storage.memory import memory_stores
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.alipay import vectors
from tests.unit.platforms.alipay.life_account_pushes import SEND, a_chat, opened, pushed, xml
from tests.unit.platforms.alipay.pen import APP_ID, USER, a_client, biz, sent, success
from tests.unit.platforms.alipay.test_life_account_messages import somebody


def test_the_address_proves_itself_with_the_app_s_key() -> None:
    chat, _ = a_chat()
    message = chat.receive(pushed(xml("event", "verifygw", FromUserId="", FromAlipayUserId=""), "alipay.service.check"))
    content = opened(chat.reply(message, ChatReply()))
    found = re.fullmatch(r"<success>true</success><biz_content>([A-Za-z0-9+/=]+)</biz_content>", content)
    assert found
    ours = load_pem_private_key(vectors.APP_PRIVATE_KEY_PEM.encode(), None).public_key()
    assert load_der_public_key(base64.b64decode(found[1])) == ours


def test_everything_else_is_acknowledged() -> None:
    chat, _ = a_chat()
    message = chat.receive(pushed(xml("text", text="缴费", MsgId="m-1")))
    reply = chat.reply(message, ChatReply(text="不在这里说"))
    assert (reply.status, reply.content_type) == (200, "text/xml; charset=GBK")
    assert opened(reply) == (
        f"<XML><ToUserId><![CDATA[{USER}]]></ToUserId><AppId><![CDATA[{APP_ID}]]></AppId>"
        "<CreateTime><![CDATA[1795397400000]]></CreateTime><MsgType><![CDATA[ack]]></MsgType></XML>"
    )


@pytest.mark.asyncio
async def test_what_there_is_to_say_is_said_once_and_in_plain_words() -> None:
    chat, transport = a_chat(success(SEND))
    message = chat.receive(pushed(xml("text", text="缴费", MsgId="m-1")))
    reply = ChatReply(text='<a href="https://pay.example.org/h/demo/bills">点这里查看待缴费用</a>\n也可以扫码。')
    for _ in range(3):
        await chat.say(message, reply)
    (request,) = transport.sent
    assert sent(request)["method"] == SEND
    assert biz(request) == {
        "to_user_id": USER,
        "msg_type": "text",
        "text": {"content": "点这里查看待缴费用：https://pay.example.org/h/demo/bills\n也可以扫码。"},
    }


@pytest.mark.asyncio
async def test_two_people_s_messages_with_one_number_are_both_answered() -> None:
    chat, transport = a_chat(success(SEND), success(SEND))
    other = "2088000000000099"
    for person in (USER, other):
        message = chat.receive(pushed(xml("text", text="缴费", MsgId="m-1", FromAlipayUserId=person)))
        await chat.say(message, ChatReply(text="好"))
    assert [biz(request)["to_user_id"] for request in transport.sent] == [USER, other]


@pytest.mark.asyncio
async def test_what_comes_again_an_hour_later_is_answered_again() -> None:
    clock = FakeClock()
    client, transport = a_client(success(SEND), success(SEND))
    chat = LifeAccountChat(client, LifeAccountConfig(), clock, memory_stores(clock.now).short_lived)
    message = chat.receive(pushed(xml("text", text="缴费", MsgId="m-1")))
    for seconds, times in ((0, 1), (3599, 1), (1, 2)):
        clock.forward(seconds)
        await chat.say(message, ChatReply(text="长" * 2049))
        assert len(transport.sent) == times
    assert len(biz(transport.sent[0])["text"]["content"]) == 2048


@pytest.mark.asyncio
async def test_nothing_to_say_is_nothing_sent() -> None:
    chat, transport = a_chat()
    check = chat.receive(pushed(xml("event", "verifygw"), "alipay.service.check"))
    follow = chat.receive(pushed(xml("event", "follow")))
    await chat.say(check, ChatReply(text="…"))
    await chat.say(follow, ChatReply())
    assert transport.sent == []


@pytest.mark.asyncio
@pytest.mark.parametrize("char", ["\x02", "\ufffe", "\ud800"])
async def test_what_is_said_can_be_sent(char: str) -> None:
    chat, transport = a_chat(success(SEND))
    assert await chat.tell(somebody(), f"退费{char}完成")
    assert biz(transport.sent[-1])["text"] == {"content": "退费完成"}
