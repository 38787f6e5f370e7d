"""`wechatpy`'s mini-program client, which nobody here wrote, against the sandbox's process; and an order of the mini-program paid."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from wechatpy.client.api import WeChatWxa
from wechatpy.exceptions import WeChatClientException

from tests.sandbox.process import RunningSandbox
from tests.sandbox.sdk_wechat import Client


class MiniClient(Client):
    def __init__(self, sandbox: RunningSandbox) -> None:
        super().__init__(sandbox)
        given = sandbox.credentials["miniprogram"]
        self.appid, self.secret = given["appid"], given["secret"]
        self.wxa = WeChatWxa(self)
        self.wxa.API_BASE_URL = f"{sandbox.url}/"


@pytest.fixture
def mini(sandbox: RunningSandbox) -> MiniClient:
    return MiniClient(sandbox)


def login(sandbox: RunningSandbox, number: int = 1) -> str:
    return str(sandbox.control("POST", "/sandbox/miniprogram/login", {"person": str(number)})["code"])


def test_a_login_code_tells_who_it_is_and_is_good_once(mini: MiniClient, sandbox: RunningSandbox) -> None:
    told: dict[str, Any] = mini.wxa.code_to_session(login(sandbox))
    person = sandbox.credentials["people"][0]
    assert (told["openid"], told["unionid"]) == (person["mini_openid"], person["unionid"])
    assert len(base64.b64decode(told["session_key"])) == 16
    with pytest.raises(WeChatClientException) as raised:
        mini.wxa.code_to_session("081nosuchcode")
    assert raised.value.errcode == 40029


def test_a_message_for_a_tap(mini: MiniClient, sandbox: RunningSandbox) -> None:
    person = sandbox.credentials["people"][1]
    template = sandbox.credentials["miniprogram"]["templates"]["payment_booked"]
    values = {"patient": "李*", "amount": "12.34", "time": "2026-11-23 09:31", "payment": "ZF1"}
    data = {word: {"value": values[value]} for word, value in template["keywords"].items()}
    given = (person["mini_openid"], template["template_id"], data)
    with pytest.raises(WeChatClientException) as raised:
        mini.wxa.send_subscribe_message(*given)
    assert raised.value.errcode == 43101
    results = {template["template_id"]: "accept"}
    told = sandbox.control("POST", "/sandbox/miniprogram/subscribe", {"person": "2", "results": results})
    assert told == {"errMsg": "requestSubscribeMessage:ok", **results}
    mini.wxa.send_subscribe_message(*given, page="pages/home/home")
    inbox = sandbox.control("GET", "/sandbox/inbox?person=2")
    assert [notice["title"] for notice in inbox["notices"]] == [template["title"]]


def test_a_code_for_a_poster(mini: MiniClient) -> None:
    picture = mini.wxa.get_wxa_code_unlimited("floor=2", page="pages/home/home")
    assert getattr(picture, "content", picture)[:4] == b"\x89PNG"
    with pytest.raises(WeChatClientException):
        mini.wxa.get_wxa_code_unlimited("二楼")


def test_who_does_not_know_the_secret_gets_nothing(mini: MiniClient, sandbox: RunningSandbox) -> None:
    mini.secret = "0" * 32
    with pytest.raises(WeChatClientException) as raised:
        mini.wxa.code_to_session(login(sandbox))
    assert raised.value.errcode == 40125
    assert json.dumps(str(raised.value)).find("0" * 32) < 0
