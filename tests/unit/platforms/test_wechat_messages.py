"""Template messages and the menu: what is sent, whom we can't reach, and the platform's bounds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import BadInput, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.patients.contact_ports import OutgoingMessage
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.keywords import shaped
from server.platforms.wechat.official_account.account import MessageTemplate
from server.platforms.wechat.official_account.menu import push_menu
from server.platforms.wechat.official_account.messages import TemplateMessenger
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import an_identity
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.played import Answer, ScriptedTransport, plain
from tests.unit.platforms.test_wechat_login import CONFIG

TEMPLATES = {
    "payment_booked": MessageTemplate(
        template_id="TPL1",
        keywords={"thing1": "hospital", "amount2": "amount", "time3": "time", "character_string4": "payment"},
    )
}
NOTICE = OutgoingMessage(
    purpose="payment_booked",
    values={
        "hospital": "测试医院",
        "amount": "1,234.56",
        "time": "2026-11-23 09:31",
        "payment": "ZF1",
        "patient": "张*",
    },
    url="https://pay.example.org/h/demo/payments/ZF1",
)


async def an_api(*answers: Answer) -> tuple[WechatApi, ScriptedTransport]:
    """With the token in the store already."""
    clock, store, transport = FakeClock(), MemoryShortLived(), ScriptedTransport(*answers)
    ends = clock.now() + timedelta(hours=1)
    await store.put("wechat_access_token", CONFIG.app_id, json.dumps(["TOKEN", ends.isoformat()]), ends)
    return WechatApi(CONFIG, transport, AccessTokens(CONFIG, transport, clock, store)), transport


async def sent(answer: HttpResponse) -> tuple[str | None, dict[str, Any]]:
    api, transport = await an_api(answer)
    messenger = TemplateMessenger(replace(CONFIG, templates=TEMPLATES), api)
    message_id = await messenger.send(an_identity(), NOTICE, dedupe="ZF1-payment_booked")
    return message_id, json.loads(transport.sent[0].body)


@pytest.mark.asyncio
async def test_a_message_carries_shaped_values_and_its_number() -> None:
    message_id, body = await sent(plain({"errcode": 0, "errmsg": "ok", "msgid": 200228332}))
    assert message_id == "200228332"
    assert body == {
        "touser": "openid-zhang-ceshi",
        "template_id": "TPL1",
        "client_msg_id": "ZF1-payment_booked",
        "url": "https://pay.example.org/h/demo/payments/ZF1",
        "data": {
            "thing1": {"value": "测试医院"},
            "amount2": {"value": "1234.56元"},
            "time3": {"value": "2026年11月23日 09:31"},
            "character_string4": {"value": "ZF1"},
        },
    }


@pytest.mark.asyncio
async def test_a_message_whose_number_is_not_told_is_known_by_ours() -> None:
    assert (await sent(plain({"errcode": 0, "errmsg": "ok"})))[0] == "ZF1-payment_booked"


@pytest.mark.asyncio
@pytest.mark.parametrize("errcode", [40003, 43004, 43019, 50005, 48002])
async def test_people_whom_we_cannot_reach(errcode: int) -> None:
    message_id, _ = await sent(plain({"errcode": errcode, "errmsg": "require subscribe"}))
    assert message_id is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("errcode", "error"),
    [(47003, OutsideRefusal), (40037, OutsideRefusal), (45009, NotSent), (45011, NotSent), (-1, OutcomeUnknown)],
)
async def test_other_refusals(errcode: int, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        await sent(plain({"errcode": errcode, "errmsg": "argument invalid! data.thing2.value invalid rid: 1-2"}))
    assert type(raised.value) is error
    assert "rid" not in str(raised.value)


@pytest.mark.asyncio
async def test_nobody_is_asked_for_a_message_that_cannot_be() -> None:
    api, _ = await an_api()
    messenger = TemplateMessenger(replace(CONFIG, templates=TEMPLATES), api)
    assert await messenger.send(an_identity(), replace(NOTICE, purpose="bill_issued"), "x") is None
    assert await messenger.send(an_identity(app_id="wxanother"), NOTICE, "x") is None


@pytest.mark.parametrize(
    ("keyword", "value", "shape"),
    [
        ("thing1", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十"),
        ("thing1", "一二三四五六七八九十一二三四五六七八九十多", "一二三四五六七八九十一二三四五六七八九…"),
        ("thing12", "第一行\n第二行\t末", "第一行 第二行 末"),
        ("thing1", "", "无"),
        ("character_string3", "编号ZF2026-R01", "ZF2026-R01"),
        ("character_string3", "x" * 40, "x" * 32),
        ("character_string3", "无", "-"),
        ("amount2", "¥1,234.56", "1234.56元"),
        ("amount2", "", "0.00元"),
        ("time4", "2026-01-02 09:05", "2026年01月02日 09:05"),
        ("date4", "2026/1/2", "2026年01月02日"),
        ("time4", "2026-02-30 09:05", "09:05"),
        ("time4", "2026-02-30", "00:00"),
        ("time4", "2026-01-02 25:61", "00:00"),
        ("time4", "2026-01-02 09:05～2026-01-02 10:00", "2026年01月02日 09:05~2026年01月02日 10:00"),
        ("date4", "2026年1月2日", "2026年01月02日"),
        ("date4", "2024-02-29", "2024年02月29日"),
        ("name1", "张3三2", "张三"),
        ("name1", "Ward 12 B", "Ward B"),
        ("name1", "123", "无"),
        ("name1", "张*甜", "张*甜"),
        ("number1", "123456789012345678901234567890123", "12345678901234567890123456789012"),
        ("phone_number1", "010-00000000（总机）", "010-00000000"),
        ("name1", "欧*****************", "欧*********"),
        ("name1", "Zhang Ceshi", "Zhang Ceshi"),
        ("phrase1", "已入账，谢谢", "已入账谢谢"),
        ("number1", "1,234.5 次", "1234.5"),
        ("car_number1", "京A00000虚构", "京A00000虚"),
        ("symbol1", "##ok##", "####"),
        ("letter1", "abc123", "abc"),
        ("keyword1", "x" * 300, "x" * 199 + "…"),
        ("letter1", "x" * 33, "x" * 32),
        ("symbol1", "#-+*/=", "#-+*/"),
        ("phone_number1", "1" * 18, "1" * 17),
        ("name1", "Abcdefghijklmnopqrstu", "Abcdefghijklmnopqrst"),
        ("phrase1", "已入账谢谢您", "已入账谢谢"),
        ("time4", "09:05~10:00~11:00", "09:05~10:00"),
        ("date4", "2026-01-02~2026-01-03~2026-01-04", "2026年01月02日~2026年01月03日"),
    ],
)
def test_values_take_the_shape_that_their_keyword_allows(keyword: str, value: str, shape: str) -> None:
    assert shaped(keyword, value) == shape


# ---- menu ----------------------------------------------------------------------------------------------------------------

MENU: dict[str, Any] = {
    "button": [
        {"name": "缴费", "type": "view", "url": "https://pay.example.org/h/demo/bills"},
        {"name": "我的", "sub_button": [{"name": "帮助", "type": "click", "key": "help"}]},
    ]
}


@pytest.mark.asyncio
async def test_a_menu_goes_out_in_chinese() -> None:
    api, transport = await an_api(plain({"errcode": 0}))
    await push_menu(api, MENU)
    assert "缴费".encode() in transport.sent[0].body
    assert json.loads(transport.sent[0].body) == MENU
    assert transport.sent[0].url == "https://api.weixin.qq.com/cgi-bin/menu/create?access_token=TOKEN"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "button",
    [
        [],
        [{"name": "一", "type": "click", "key": "k"}] * 4,
        [{"name": "一二三四五ab", "type": "click", "key": "k"}],
        [{"name": "", "type": "click", "key": "k"}],
        [{"name": "一", "type": "click"}],
        [{"name": "一", "type": "view"}],
        [{"name": "一", "type": "click", "key": "k" * 129}],
        [{"name": "一", "type": "view", "url": "https://" + "x" * 1017}],
        [{"name": "一", "type": "shake", "key": "k"}],
        [{"name": "一"}],
        [{"name": "一", "sub_button": [{"name": "二", "type": "click", "key": "k"}] * 6}],
        [{"name": "一", "sub_button": [{"name": "字" * 20 + "a", "type": "click", "key": "k"}]}],
        [{"name": "一", "sub_button": [{"name": "二", "sub_button": []}]}],
    ],
    ids=lambda button: json.dumps(button, ensure_ascii=False)[:50],
)
async def test_a_menu_beyond_the_bounds_is_never_sent(button: list[object]) -> None:
    api, transport = await an_api()
    with pytest.raises(BadInput) as said:
        await push_menu(api, {"button": button})
    assert transport.sent == []
    assert said.value.user_message == "公众号菜单不符合微信的限制，请检查医院配置文件。"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "button",
    [
        [{"name": "一二三四五a", "type": "click", "key": "k" * 128}] * 3,
        [{"name": "一", "type": "view", "url": "https://" + "x" * 1016}],
        [{"name": "一", "sub_button": [{"name": "字" * 20, "type": "click", "key": "k"}] * 5}],
        [{"name": "一", "type": "miniprogram", "url": "u", "appid": "wx1", "pagepath": "pages/a"}],
    ],
    ids=lambda button: json.dumps(button, ensure_ascii=False)[:50],
)
async def test_a_menu_at_the_bounds_goes_out(button: list[object]) -> None:
    api, transport = await an_api(plain({"errcode": 0}))
    await push_menu(api, {"button": button})
    assert json.loads(transport.sent[0].body) == {"button": button}


@pytest.mark.asyncio
@pytest.mark.parametrize(("dedupe", "kept"), [("x" * 64, True), ("x" * 65, False)])
async def test_a_message_s_number_is_hashed_only_where_it_is_too_long(dedupe: str, kept: bool) -> None:
    api, transport = await an_api(plain({"errcode": 0, "msgid": 1}), plain({"errcode": 45065}))
    messenger = TemplateMessenger(replace(CONFIG, templates=TEMPLATES), api)
    assert await messenger.send(an_identity(), NOTICE, dedupe) == "1"
    assert await messenger.send(an_identity(), NOTICE, dedupe) == dedupe, "it went out before"
    [number] = {json.loads(call.body)["client_msg_id"] for call in transport.sent}
    assert (len(number), number == dedupe) == (64, kept)
