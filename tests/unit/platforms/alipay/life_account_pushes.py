"""What Alipay pushes to a life account, the account's chat, and its answers opened."""

from __future__ import annotations

import base64
import re

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from server.core.ports import RawReply, RawRequest
from server.platforms.alipay.life_account.account import LifeAccountConfig
from server.platforms.alipay.life_account.gateway import LifeAccountChat
from server.platforms.alipay.openapi.account import AlipayApp
from server.storage.memory import memory_stores
from tests.support.clock_and_ids import FakeClock
from tests.unit.platforms.alipay import vectors
from tests.unit.platforms.alipay.pen import APP_ID, USER, a_client, form
from tests.unit.platforms.played import Answer, ScriptedTransport

SEND, MENU, SINGLE = (
    f"alipay.open.public.{name}" for name in ("message.custom.send", "menu.create", "message.single.send")
)
OPEN_ID = "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"


def a_chat(
    *answers: Answer, app: AlipayApp | None = None, config: LifeAccountConfig | None = None
) -> tuple[LifeAccountChat, ScriptedTransport]:
    client, transport = a_client(*answers, app=app)
    return LifeAccountChat(client, config or LifeAccountConfig(), FakeClock(), memory_stores().short_lived), transport


def xml(kind: str, event: str = "", param: str = "", text: str = "", **more: str) -> str:
    fields = {
        "AppId": APP_ID,
        "FromUserId": "old-open-id",
        "FromAlipayUserId": USER,
        "CreateTime": "1795397400000",
        "MsgType": kind,
        "EventType": event,
        "ActionParam": param,
        "UserInfo": '{"logon_id":"135****0000","user_name":"*三"}',
        **more,
    }
    said = f"<Text><Content><![CDATA[{text}]]></Content></Text>" if text else ""
    return (
        "<XML>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items()) + said + "</XML>"
    )


def pushed(content: str, service: str = "alipay.mobile.public.message.notify", **fields: str) -> RawRequest:
    told = {"service": service, "charset": "GBK", "sign_type": "RSA2", "biz_content": content, **fields}
    return form(told, left_out=("sign",), charset="gbk")


def opened(reply: RawReply) -> str:
    """The answer's content, once its signature by the app held. Fails otherwise."""
    text = reply.body.decode("gbk")
    found = re.fullmatch(
        r'<\?xml version="1\.0" encoding="GBK"\?><alipay><response>(.*)</response>'
        r"<sign>(.*)</sign><sign_type>RSA2</sign_type></alipay>",
        text,
    )
    assert found, text
    public = load_pem_private_key(vectors.APP_PRIVATE_KEY_PEM.encode(), None).public_key()
    assert isinstance(public, RSAPublicKey)
    public.verify(base64.b64decode(found[2]), found[1].encode("gbk"), PKCS1v15(), SHA256())
    return found[1]
