"""The life account's menu: the hospital's one menu in the account's words."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import BadInput
from server.platforms.alipay.life_account.account import LifeAccountConfig
from tests.unit.platforms.alipay.life_account_pushes import MENU, a_chat
from tests.unit.platforms.alipay.pen import biz, success

BUTTONS: dict[str, Any] = {
    "button": [
        {"name": "缴费", "type": "view", "url": "https://pay.example.org/h/demo/bills"},
        {"name": "我的", "sub_button": [{"name": "帮助", "type": "click", "key": "help"}]},
    ]
}


@pytest.mark.asyncio
async def test_the_hospital_s_one_menu_in_the_account_s_words() -> None:
    chat, transport = a_chat(success(MENU, menu_key="default"))
    assert await chat.push_menu(BUTTONS)
    assert biz(transport.sent[0]) == {
        "type": "text",
        "button": [
            {"name": "缴费", "action_type": "link", "action_param": "https://pay.example.org/h/demo/bills"},
            {"name": "我的", "sub_button": [{"name": "帮助", "action_type": "out", "action_param": "help"}]},
        ],
    }


@pytest.mark.asyncio
async def test_an_account_without_menu_is_left_alone() -> None:
    chat, transport = a_chat(config=LifeAccountConfig(has_menu=False))
    assert not await chat.push_menu(BUTTONS)
    assert transport.sent == []


@pytest.mark.parametrize(
    "button",
    [
        {"name": "一二三四五六七八九十", "type": "click", "key": "k"},
        {"name": "缴费", "type": "click"},
        {"name": "缴费", "type": "view", "url": "https://" + "a" * 250},
        {"name": "缴费"},
        {"name": "缴费", "type": "scan", "key": "k"},
        {"name": "缴费", "sub_button": [{"name": "帮助", "type": "click", "key": "k"}] * 6},
        {"name": "缴费", "sub_button": [{"name": "帮助", "type": "click"}]},
        {"name": "缴费", "sub_button": [{"name": "一二三四五六七八九十一二三", "type": "click", "key": "k"}]},
        {"name": "缴费", "type": "click", "key": "k" * 256},
        {"name": "缴费", "type": "click", "key": ""},
    ],
)
@pytest.mark.asyncio
async def test_a_menu_that_does_not_fit_is_not_sent(button: dict[str, Any]) -> None:
    chat, transport = a_chat()
    with pytest.raises(BadInput) as said:
        await chat.push_menu({"button": [button]})
    assert said.value.user_message == "菜单不符合支付宝生活号的限制，请检查医院配置文件。"
    assert transport.sent == []


@pytest.mark.parametrize(
    "button",
    [
        {"name": "一二三四五六七八九", "type": "click", "key": "k"},
        {"name": "缴", "type": "view", "url": "u" * 255},
        {"name": "缴费", "sub_button": [{"name": "一二三四五六七八九十一二", "type": "click", "key": "k"}] * 5},
    ],
)
@pytest.mark.asyncio
async def test_a_menu_at_the_bounds_is_sent(button: dict[str, Any]) -> None:
    chat, transport = a_chat(success(MENU, menu_key="default"))
    assert await chat.push_menu({"button": [button] * 4})
    assert len(biz(transport.sent[0])["button"]) == 4
    with pytest.raises(BadInput):
        await chat.push_menu({"button": [button] * 5})
    chat, transport = a_chat(success(MENU, menu_key="default"))
    assert await chat.push_menu({"button": [button]})
    with pytest.raises(BadInput):
        await chat.push_menu({"button": []})
