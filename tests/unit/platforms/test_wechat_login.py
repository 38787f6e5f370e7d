"""OAuth login in WeChat's browser."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from server.core.errors import LoginNeeded, NotSent, OutcomeUnknown, OutsideRefusal
from server.patients.model import PayerIdentity
from server.platforms.wechat.official_account.account import OfficialAccountConfig
from server.platforms.wechat.official_account.oauth import WechatOAuth
from tests.support.builders import APP
from tests.unit.platforms.played import Answer, ScriptedTransport, plain

CONFIG = OfficialAccountConfig(app_id=APP, secret="s" * 32, token="t", encoding_aes_key="A" * 43, original_id="gh_demo")


def an_oauth(*answers: Answer) -> tuple[WechatOAuth, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return WechatOAuth(CONFIG, transport), transport


def test_the_authorize_address_has_the_platforms_order() -> None:
    oauth, _ = an_oauth()
    url = oauth.authorize_url("https://pay.example.org/oauth/wechat/demo/return?a=1&b=2", "State1")
    assert url == (
        f"https://open.weixin.qq.com/connect/oauth2/authorize?appid={APP}"
        "&redirect_uri=https%3A%2F%2Fpay.example.org%2Foauth%2Fwechat%2Fdemo%2Freturn%3Fa%3D1%26b%3D2"
        "&response_type=code&scope=snsapi_base&state=State1#wechat_redirect"
    )


def test_who_opens_the_page_where_nobody_can_pay_reads_where_to_go() -> None:
    assert WechatOAuth.client_name == "微信"
    assert dict(WechatOAuth.lookalikes) == {
        "wxwork": "企业微信里不能缴费。请点右上角“…”，选择在微信中打开，或用手机微信扫描下面的二维码。",
        "miniprogram": "小程序里打开的网页不能缴费。请回到微信，用微信扫一扫缴费单上的二维码，或扫描下面的二维码。",
    }


@pytest.mark.asyncio
async def test_a_code_becomes_a_person() -> None:
    oauth, transport = an_oauth(
        plain(
            {"access_token": "x", "expires_in": 7200, "refresh_token": "y", "openid": "oZhang", "scope": "snsapi_base"}
        )
    )
    assert await oauth.identify("CODE 1") == PayerIdentity(channel="wechat", app_id=APP, subject="oZhang")
    parts = urlsplit(transport.sent[0].url)
    assert parts.path == "/sns/oauth2/access_token"
    assert dict(parse_qsl(parts.query)) == {
        "appid": APP, "secret": "s" * 32, "code": "CODE 1", "grant_type": "authorization_code",
    }  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("errcode", [40029, 40163, 41008, 42003, 40226])
async def test_a_code_that_is_no_good_means_login_again(errcode: int) -> None:
    oauth, transport = an_oauth(plain({"errcode": errcode, "errmsg": "invalid code rid: 1-2-3"}))
    with pytest.raises(LoginNeeded):
        await oauth.identify("CODE")
    assert len(transport.sent) == 1, "a code is never tried twice"


@pytest.mark.asyncio
@pytest.mark.parametrize("code", ["", "x" * 513])
async def test_no_code_asks_nobody(code: str) -> None:
    oauth, _ = an_oauth()
    with pytest.raises(LoginNeeded):
        await oauth.identify(code)


@pytest.mark.asyncio
async def test_a_snapshot_user_is_told_what_to_do() -> None:
    oauth, _ = an_oauth(plain({"openid": "oVirtual", "is_snapshotuser": 1}))
    with pytest.raises(LoginNeeded) as raised:
        await oauth.identify("CODE")
    assert raised.value.user_message == "请点击页面右下角的“使用完整服务”，然后重新进入。"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (plain({"errcode": -1, "errmsg": "system error"}), OutcomeUnknown),
        (plain({"errcode": 45011}), NotSent),
        (plain({"errcode": 40125, "errmsg": "invalid appsecret"}), OutsideRefusal),
        (plain({"errcode": 0}), OutcomeUnknown),
        (plain([]), OutcomeUnknown),
        (plain(b"<html>"), OutcomeUnknown),
        (plain(b"", 502), OutcomeUnknown),
    ],
)
async def test_other_answers(answer: Answer, error: type[Exception]) -> None:
    oauth, _ = an_oauth(answer)
    with pytest.raises(error) as raised:
        await oauth.identify("CODE")
    assert type(raised.value) is error
    assert "ssss" not in str(raised.value)
