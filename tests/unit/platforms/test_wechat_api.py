"""Calls of an app's API: what counts as an answer, and which errcode is which error."""

from __future__ import annotations

import pytest

from server.core.errors import CodeRefused, LoginNeeded, NotSent, OutcomeUnknown, OutsideRefusal
from server.platforms.wechat.api.codes import exchanged, must_be_a_code
from server.platforms.wechat.api.errors import Done, Said, error_of, read
from server.platforms.wechat.official_account.oauth import WechatOAuth
from tests.unit.platforms.played import ScriptedTransport, plain
from tests.unit.platforms.test_wechat_login import CONFIG
from tests.unit.platforms.test_wechat_messages import an_api


@pytest.mark.parametrize("answer", [plain({"errcode": 0}, 502), plain(b""), plain([]), plain({"errcode": "0"})])
def test_what_is_no_answer_leaves_the_outcome_unknown(answer: object) -> None:
    with pytest.raises(OutcomeUnknown):
        read(Said, answer)  # type: ignore[arg-type]


def test_something_was_done_only_where_the_platform_says_so() -> None:
    assert (read(Said, plain({})).errcode, read(Done, plain({"errcode": 0})).errcode) == (0, 0)
    with pytest.raises(OutcomeUnknown):
        read(Done, plain({}))


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (40001, NotSent), (40014, NotSent), (42001, NotSent), (45009, NotSent), (45011, NotSent),
        (-1, OutcomeUnknown), (40003, OutsideRefusal), (1, OutsideRefusal),
    ],
)  # fmt: skip
def test_an_errcode_is_one_error(errcode: int, error: type[Exception]) -> None:
    assert type(error_of(Said(errcode=errcode))) is error


def test_a_refusal_has_a_hundred_characters_of_words_and_no_number_of_the_call() -> None:
    refused = error_of(Said(errcode=40037, errmsg="x" * 101 + " rid: 1-2"))
    assert isinstance(refused, OutsideRefusal)
    assert (refused.reason_code, refused.reason, refused.system) == ("40037", "x" * 100, "wechat")


@pytest.mark.asyncio
async def test_a_login_s_answer_is_that_of_a_system_of_its_own() -> None:
    transport = ScriptedTransport(plain({"errcode": 0}), plain({"errcode": 40029}), plain({"errcode": 40125}))
    no_good = frozenset({40029})
    assert (await exchanged(transport, "https://a", Said, no_good, 5.0)).errcode == 0
    for error in (CodeRefused, OutsideRefusal):
        with pytest.raises(error):
            await exchanged(transport, "https://a", Said, no_good, 5.0)
    assert {(call.system, call.method, call.timeout_s) for call in transport.sent} == {("wechat_login", "GET", 5.0)}
    for code in ("", "x" * 513):
        with pytest.raises(LoginNeeded):
            must_be_a_code(code)
    must_be_a_code("x" * 512)


@pytest.mark.asyncio
async def test_a_look_carries_its_token_and_is_refused_as_any_call() -> None:
    api, transport = await an_api(plain({"errcode": 0}), plain({"errcode": 40003}))
    assert (await api.get("/cgi-bin/user/info", {"openid": "o 1"}, Said)).errcode == 0
    assert transport.sent[0].url == "https://api.weixin.qq.com/cgi-bin/user/info?access_token=TOKEN&openid=o+1"
    with pytest.raises(OutsideRefusal):
        await api.get("/cgi-bin/user/info", {"openid": "o 1"}, Said)


@pytest.mark.asyncio
async def test_whom_the_exchange_names_in_full_is_not_asked_for_again() -> None:
    """Else the follower's record says who it is across the hospital's apps; who does not follow has none."""
    api, asked = await an_api(plain({"errcode": 0, "unionid": "u2"}), plain({"errcode": 0}), plain({"errcode": 45009}))
    for told, union in (({"unionid": "u1"}, "u1"), ({}, "u2"), ({}, None), ({}, None)):
        oauth = WechatOAuth(CONFIG, ScriptedTransport(plain({"openid": "oZhang", **told})), api)
        assert (await oauth.identify("CODE")).union_id == union
    assert len(asked.sent) == 3
    assert "/cgi-bin/user/info?access_token=TOKEN&openid=oZhang&lang=zh_CN" in asked.sent[0].url
