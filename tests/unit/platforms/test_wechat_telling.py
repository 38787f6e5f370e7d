"""What the official account says on its own accord, and the menu that it takes."""

from __future__ import annotations

import json

import pytest

from server.core.errors import BadInput, OutcomeUnknown, OutsideRefusal
from server.platforms.wechat.official_account.callback import OfficialAccountChat
from tests.support.builders import an_identity
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.unit.platforms.official_account_messages import CONFIG
from tests.unit.platforms.played import Answer, ScriptedTransport, plain
from tests.unit.platforms.test_wechat_messages import MENU, an_api

pytestmark = pytest.mark.asyncio


async def a_chat(*answers: Answer) -> tuple[OfficialAccountChat, ScriptedTransport]:
    api, transport = await an_api(*answers)
    return OfficialAccountChat(CONFIG, api, FakeClock(), SeededIds()), transport


async def test_a_customer_service_message_is_for_one_person_and_of_a_bounded_length() -> None:
    chat, transport = await a_chat(plain({"errcode": 0}), plain({"errcode": 0}))
    assert await chat.tell(an_identity(), "退费已到账")
    assert await chat.tell(an_identity(), "长" * 2000)
    first, second = transport.sent
    assert first.url == "https://api.weixin.qq.com/cgi-bin/message/custom/send?access_token=TOKEN"
    assert json.loads(first.body) == {
        "touser": "openid-zhang-ceshi", "msgtype": "text", "text": {"content": "退费已到账"},
    }  # fmt: skip
    assert 2040 <= len(json.loads(second.body)["text"]["content"].encode()) <= 2048


@pytest.mark.parametrize("errcode", [45015, 45047, 48001, 48002, 43004])
async def test_who_has_been_silent_too_long_is_told_nothing(errcode: int) -> None:
    chat, _ = await a_chat(plain({"errcode": errcode, "errmsg": "response out of time limit rid: 1"}))
    assert await chat.tell(an_identity(), "退费已到账") is False


@pytest.mark.parametrize(
    ("answer", "error"), [({"errcode": 40003}, OutsideRefusal), ({}, OutcomeUnknown), ({"errcode": -1}, OutcomeUnknown)]
)
async def test_other_answers_are_errors(answer: object, error: type[Exception]) -> None:
    chat, _ = await a_chat(plain(answer))
    with pytest.raises(error):
        await chat.tell(an_identity(), "退费已到账")


async def test_the_account_takes_the_hospital_s_menu() -> None:
    chat, transport = await a_chat(plain({"errcode": 0}))
    assert await chat.push_menu(MENU)
    assert json.loads(transport.sent[0].body) == MENU
    with pytest.raises(BadInput):
        await chat.push_menu({})
