"""`wechatpy` from PyPI, which nobody here wrote, against the sandbox's process: API, OAuth, and the callback's encrypted messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from wechatpy import WeChatOAuth, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException, WeChatClientException
from wechatpy.messages import BaseMessage
from wechatpy.replies import create_reply
from wechatpy.utils import check_signature

from tests.sandbox.process import Arrived, PlayedApp, RunningSandbox
from tests.sandbox.sdk_wechat import Client

DOOR = "/wechat/demo/callback"


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[Client]:
    client = Client(sandbox)
    yield client
    client._http.close()


@pytest.fixture
def crypto(sandbox: RunningSandbox) -> WeChatCrypto:
    given = sandbox.credentials["wechat"]
    return WeChatCrypto(given["token"], given["encoding_aes_key"], given["appid"])


def openid(sandbox: RunningSandbox, number: int = 1) -> str:
    told: str = sandbox.credentials["people"][number - 1]["openid"]
    return told


def opened(crypto: WeChatCrypto, arrived: Arrived) -> BaseMessage:
    query = dict(parse_qsl(arrived.query))
    return parse_message(
        crypto.decrypt_message(arrived.body, query["msg_signature"], query["timestamp"], query["nonce"])
    )


def replying(crypto: WeChatCrypto, reply: Callable[[BaseMessage], Any]) -> Callable[[Arrived], tuple[int, bytes]]:
    def answer(arrived: Arrived) -> tuple[int, bytes]:
        query = dict(parse_qsl(arrived.query))
        message = opened(crypto, arrived)
        made = create_reply(reply(message), message)
        return 200, crypto.encrypt_message(made.render(), query["nonce"], query["timestamp"]).encode()

    return answer


# ---- the API -----------------------------------------------------------------------------------------------------------------------------


def test_the_menu(client: Client, sandbox: RunningSandbox) -> None:
    button = {"type": "view", "name": "缴费", "url": "http://app.invalid/bills"}
    assert client.menu.create({"button": [button]})["errcode"] == 0
    assert client.menu.get()["menu"]["button"] == [button]
    assert sandbox.control("GET", "/sandbox/wechat/account")["menu"] == [button]


def test_a_template_message(client: Client, sandbox: RunningSandbox, crypto: WeChatCrypto, app: PlayedApp) -> None:
    template = sandbox.credentials["wechat"]["templates"]["payment_returned"]["template_id"]
    data = {
        "thing1": {"value": "张**"},
        "amount2": {"value": "12.00元"},
        "character_string3": {"value": "ZF1"},
        "thing4": {"value": "医院系统未能入账"},
    }
    told = client.message.send_template(openid(sandbox), template, data, url="http://app.invalid/h/demo")
    (card,) = sandbox.control("GET", "/sandbox/inbox?person=1")["chat"]
    assert (card["kind"], card["url"]) == ("card", "http://app.invalid/h/demo")
    (arrived,) = app.wait_for(1, DOOR)
    event = opened(crypto, arrived)
    assert (event.type, event.event) == ("event", "templatesendjobfinish_event"[:-6])
    assert int(event.id) == told["msgid"]
    assert (event.status, event.source) == ("success", openid(sandbox))
    with pytest.raises(WeChatClientException) as refused:
        client.message.send_template(openid(sandbox, 2), template, data)
    assert refused.value.errcode == 43004


def test_a_customer_service_message(client: Client, sandbox: RunningSandbox) -> None:
    with pytest.raises(WeChatClientException) as refused:
        client.message.send_text(openid(sandbox), "您好")
    assert refused.value.errcode == 45015
    sandbox.control("POST", "/sandbox/wechat/say", {"openid": openid(sandbox), "text": "在吗"})
    assert client.message.send_text(openid(sandbox), "您好")["errcode"] == 0
    assert sandbox.control("GET", "/sandbox/inbox?person=1")["chat"][-1]["text"] == "您好"


def test_who_follows(client: Client, sandbox: RunningSandbox) -> None:
    follower, stranger = client.user.get(openid(sandbox)), client.user.get(openid(sandbox, 2))
    assert (follower["subscribe"], follower["unionid"]) == (1, sandbox.credentials["people"][0]["unionid"])
    assert (stranger["subscribe"], stranger["openid"]) == (0, openid(sandbox, 2))
    assert "subscribe_time" not in stranger


def test_a_wrong_secret(sandbox: RunningSandbox) -> None:
    client = Client(sandbox)
    client.secret = "0" * 32
    with pytest.raises(WeChatClientException) as refused:
        client.menu.get()
    client._http.close()
    assert refused.value.errcode in {40001, 40125}


def test_the_page_s_ticket(client: Client) -> None:
    ticket = client.jsapi.get_ticket()
    assert (ticket["errcode"], ticket["expires_in"]) == (0, 7200)


def test_a_qr_of_the_account_is_scanned(
    client: Client, sandbox: RunningSandbox, crypto: WeChatCrypto, app: PlayedApp
) -> None:
    made = client.qrcode.create(
        {"expire_seconds": 600, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "desk-7"}}}
    )
    assert made["expire_seconds"] == 600
    for number, event_name in ((1, "subscribe_scan"), (2, "subscribe_scan")):
        sandbox.control("POST", "/sandbox/wechat/scan", {"openid": openid(sandbox, number), "ticket": made["ticket"]})
        event = opened(crypto, app.at(DOOR)[-1])
        assert event.event == ("scan" if number == 1 else event_name)
        assert event.scene_id == "desk-7"
        assert event.ticket == made["ticket"]


# ---- OAuth -------------------------------------------------------------------------------------------------------------------------------


def test_logging_in(sandbox: RunningSandbox, app: PlayedApp) -> None:
    given = sandbox.credentials["wechat"]
    oauth = WeChatOAuth(given["appid"], given["secret"], f"{app.url}/oauth/return", "snsapi_base", "S1")
    oauth.API_BASE_URL = f"{sandbox.url}/"
    page = urlsplit(oauth.authorize_url)
    answer = requests.get(
        f"{sandbox.url}{page.path}?{page.query}",
        headers={"Host": f"wechat-3.localhost:{sandbox.port}"},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302
    query = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert query["state"] == "S1"
    assert oauth.fetch_access_token(query["code"])["openid"] == openid(sandbox, 3)
    with pytest.raises(Exception, match="40163"):
        oauth.fetch_access_token(query["code"])
    oauth._http.close()


# ---- the callback --------------------------------------------------------------------------------------------------------------------------


def say(sandbox: RunningSandbox, **said: Any) -> Any:
    return sandbox.control("POST", "/sandbox/wechat/say", {"openid": openid(sandbox), "wait_s": 0, **said})


def test_words_and_their_answer(sandbox: RunningSandbox, app: PlayedApp, crypto: WeChatCrypto) -> None:
    app.answer = replying(crypto, lambda message: f"您说：{message.content}")
    told = say(sandbox, text="缴费 <&> ]]>")
    assert (told["status"], told["tries"]) == (200, 1)
    assert told["reply"]["text"].startswith("您说：缴费 <&>")
    (arrived,) = app.at(DOOR)
    message = opened(crypto, arrived)
    assert (message.type, message.source, message.target) == (
        "text",
        openid(sandbox),
        sandbox.credentials["wechat"]["original_id"],
    )
    assert int(message.id) > 10**15
    assert b"Content" not in arrived.body
    query = dict(parse_qsl(arrived.query))
    assert query["openid"] == openid(sandbox)
    check_signature(sandbox.credentials["wechat"]["token"], query["signature"], query["timestamp"], query["nonce"])


@pytest.mark.parametrize(
    ("event", "name"),
    [("subscribe", "subscribe"), ("unsubscribe", "unsubscribe"), ({"Event": "CLICK", "EventKey": "help"}, "click"),
     ({"Event": "VIEW", "EventKey": "http://app.invalid/"}, "view")],
)  # fmt: skip
def test_every_event_arrives_under_its_name(
    sandbox: RunningSandbox, app: PlayedApp, crypto: WeChatCrypto, event: object, name: str
) -> None:
    told = say(sandbox, event=event)
    assert (told["reply"], told["status"]) == (None, 200)
    message = opened(crypto, app.at(DOOR)[0])
    assert (message.type, message.event) == ("event", name)


def test_a_forged_message_is_seen_through(sandbox: RunningSandbox, app: PlayedApp, crypto: WeChatCrypto) -> None:
    sandbox.faults({"where": "wechat.callback", "what": "wrong_signature", "times": 1})
    app.answer = lambda arrived: (403, b"")
    assert say(sandbox, text="你好")["status"] == 403
    with pytest.raises(InvalidSignatureException):
        opened(crypto, app.at(DOOR)[0])


@pytest.mark.parametrize(
    "answer", [(200, b"<html>"), (200, b'{"ok":1}'), (500, b""), (200, b"<xml><Encrypt></Encrypt><MsgSignature>0</MsgSignature>"
               b"<TimeStamp>1</TimeStamp><Nonce>1</Nonce></xml>"), (200, "字".encode("gbk"))],
)  # fmt: skip
def test_a_malformed_answer_shows_as_trouble(
    sandbox: RunningSandbox, app: PlayedApp, answer: tuple[int, bytes]
) -> None:
    app.answer = lambda arrived: answer
    told = say(sandbox, text="你好")
    assert told["reply"]["kind"] == "note"
    assert "出现故障" in told["reply"]["text"]


def test_a_signed_answer_without_its_fields_shows_as_trouble(
    sandbox: RunningSandbox, app: PlayedApp, crypto: WeChatCrypto
) -> None:
    def answer(arrived: Arrived) -> tuple[int, bytes]:
        query = dict(parse_qsl(arrived.query))
        xml = f"<xml><ToUserName><![CDATA[{openid(sandbox)}]]></ToUserName><MsgType><![CDATA[text]]></MsgType></xml>"
        return 200, crypto.encrypt_message(xml, query["nonce"], query["timestamp"]).encode()

    app.answer = answer
    assert "出现故障" in say(sandbox, text="你好")["reply"]["text"]


def test_nobody_answers(sandbox: RunningSandbox, app: PlayedApp) -> None:
    sandbox.faults({"where": "notify.chat", "what": "lost", "times": 2})
    assert say(sandbox, text="你好")["tries"] == 3
    assert len(app.at(DOOR)) == 1


def test_media_are_uploaded(client: Client) -> None:
    told = client.media.upload("image", ("bill.png", b"\x89PNG invented", "image/png"))
    assert (told["type"], len(told["media_id"])) == ("image", 64)
    with pytest.raises(WeChatClientException) as raised:
        client.media.upload("picture", ("bill.png", b"x", "image/png"))
    assert raised.value.errcode == 40004
