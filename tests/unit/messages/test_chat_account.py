"""The chat account: what it answers, and the menu that is pushed to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.core.errors import NotFound, StoreUnavailable
from server.messages.chat import normalise
from server.patients.contact_ports import ChatMessage, ChatReply
from server.staff.model import Role
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp, Unreachable
from tests.support.outside import RecordingChat, a_hospital

pytestmark = pytest.mark.asyncio


def said(text: str, number: str = "1") -> ChatMessage:
    return ChatMessage(id=number, sender=an_identity(), account="gh_demo", kind="text", text=text)


def happened(event: str, key: str = "", number: str = "1") -> ChatMessage:
    return ChatMessage(id=number, sender=an_identity(), account="gh_demo", kind="event", event=event, key=key)


async def asked_by_staff(memory_app: InMemoryApp, number: str) -> ChatMessage:
    """An admin asks for help, which names the console's address."""
    await an_employee(memory_app, number, Role.ADMIN)
    return replace(said("帮助"), sender=an_identity(f"openid-{number}"))


def move(memory_app: InMemoryApp) -> None:
    """From now on an answer that is made anew has another address in it."""
    memory_app.hospitals[HOSPITAL] = replace(memory_app.hospital, public_url="https://new.hospital.example")


async def answer(message: ChatMessage, memory_app: InMemoryApp | None = None) -> ChatReply:
    return await (memory_app or InMemoryApp()).chat.answer(HOSPITAL, "wechat", message)


class TestChat:
    @pytest.mark.parametrize(
        "text",
        [
            "缴费",
            " 缴 费。",
            "“缴费”",
            "缴费！",
            "我要缴费",
            "交费",
            "付款",
            "待缴",
            "　缴费　",
            "\n缴费\n",
            "缴费?",
            "\u202a缴\u200b费\u202c",
            "'缴费'",
        ],
    )
    async def test_forgives_how_it_is_typed(self, text: str) -> None:
        assert "https://pay.hospital.example/h/demo/bills" in (await answer(said(text))).text

    @pytest.mark.parametrize(("typed", "plain"), [("ＡＢＣ１２", "ABC12"), ("缴。费", "缴费"), ("a" * 9999, "a" * 200)])
    async def test_what_is_typed_is_made_plain(self, typed: str, plain: str) -> None:
        assert normalise(typed) == plain

    @pytest.mark.parametrize(
        ("text", "page"), [("记录", "/payments"), ("缴费记录", "/payments"), ("绑卡", "/cards"), ("就诊卡", "/cards")]
    )
    async def test_leads_to_pages(self, text: str, page: str) -> None:
        assert f"/h/demo{page}" in (await answer(said(text))).text

    @pytest.mark.parametrize("text", ["人工", "转人工", "人工服务", "客服"])
    async def test_hands_over_to_a_person(self, text: str) -> None:
        assert (await answer(said(text))).to_staff

    @pytest.mark.parametrize(
        "text",
        [
            "你好",
            "",
            "缴费缴费",
            "follow:",
            "follow ",
            "unfollow:x",
            "scan:1",
            "other:",
            "click:human",
            "<xml>",
            "a\nb",
            "😀",
        ],
    )
    async def test_helps_with_anything_else_and_takes_no_text_for_an_event(self, text: str) -> None:
        reply = await answer(said(text))
        assert reply.text.startswith("回复“缴费”")
        assert not reply.to_staff

    async def test_each_event_is_answered_or_passed_over(self) -> None:
        assert "欢迎关注测试医院" in (await answer(happened("follow"))).text
        assert "欢迎关注测试医院" in (await answer(happened("follow", "qrscene_1"))).text
        for silent in (happened("unfollow"), happened("scan", "x"), happened("other"), happened("other", "a\nb")):
            assert await answer(silent) == ChatReply()
        assert "/bills" in (await answer(happened("click", "bills"))).text
        assert (await answer(happened("click", "human"))).to_staff
        assert "回复" in (await answer(happened("click", "a key of an old menu"))).text

    async def test_every_delivery_of_what_staff_say_gets_the_same_stored_reply(self) -> None:
        memory_app = InMemoryApp()
        asked = await asked_by_staff(memory_app, "1001")
        first = await answer(asked, memory_app)
        move(memory_app)
        again = await asyncio.gather(*(answer(asked, memory_app) for _ in range(3)))
        assert again == [first] * 3
        assert await answer(replace(asked, id="2"), memory_app) != first

    @pytest.mark.parametrize(
        "message",
        [
            said("缴费"),
            said("记录"),
            happened("follow"),
            happened("click", "bills"),
            said("挂什么科"),
            said("我要退费"),
        ],
    )
    async def test_what_acts_on_nothing_needs_no_store(self, message: ChatMessage) -> None:
        stores = memory_stores()
        down = Unreachable(stores.short_lived, StoreUnavailable("down"), "get", "put", "put_once")
        broken = InMemoryApp(stores=replace(stores, short_lived=down))  # type: ignore[arg-type]
        assert await answer(message, broken) == await answer(message)

    async def test_two_deliveries_at_once_agree(self) -> None:
        memory_app = InMemoryApp()
        replies = await asyncio.gather(*(answer(said("人工"), memory_app) for _ in range(5)))
        assert replies == [replies[0]] * 5
        assert replies[0].to_staff

    async def test_of_no_hospital(self) -> None:
        with pytest.raises(NotFound):
            await InMemoryApp().chat.answer("nothing", "wechat", said("缴费"))


class TestMenu:
    async def test_is_pushed_to_every_account_with_its_addresses(self) -> None:
        menu = {
            "button": [
                {
                    "name": "缴费",
                    "sub_button": [{"type": "view", "name": "账单", "url": "{public_url}/h/{hospital}/bills"}],
                },
                {"type": "click", "name": "人工", "key": "human", "order": 1},
            ]
        }
        chats = {"wechat": RecordingChat(), "alipay": RecordingChat()}
        memory_app = InMemoryApp(a_hospital(menu=menu, chats=chats))
        assert await memory_app.menus.push(HOSPITAL) == ("wechat", "alipay")
        [pushed] = chats["wechat"].menus
        assert chats["alipay"].menus == [pushed]
        assert pushed["button"][0]["sub_button"][0]["url"] == "https://pay.hospital.example/h/demo/bills"  # type: ignore[index]
        assert pushed["button"][1] == {"type": "click", "name": "人工", "key": "human", "order": 1}  # type: ignore[index]
        assert "{public_url}" in str(menu), "the hospital's own stays as it is"

    async def test_of_no_hospital(self) -> None:
        with pytest.raises(NotFound):
            await InMemoryApp().menus.push("nothing")


async def test_two_people_s_messages_under_one_number_are_two() -> None:
    """WeChat's MsgId is not unique across people: a stranger got the other one's answer."""
    memory_app = InMemoryApp()
    mine, other = await asked_by_staff(memory_app, "1001"), await asked_by_staff(memory_app, "1002")
    first = await answer(mine, memory_app)
    move(memory_app)
    assert "工号1002" in (await answer(other, memory_app)).text
    assert await answer(mine, memory_app) == first, "a repeat gets its own first answer"
