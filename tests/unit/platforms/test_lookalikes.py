"""Which browsers are WeChat's and can pay (docs/protocols/wechat_official.md, Corrections)."""

from __future__ import annotations

import pytest

from server.platforms.wechat.official_account.oauth import WechatOAuth

WECHAT = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN"


@pytest.mark.parametrize(
    ("browser", "words"),
    [
        (WECHAT, None),
        ("Mozilla/5.0 wxwork/4.1.20 MicroMessenger/7.0.1 Language/zh", "企业微信"),
        (f"{WECHAT} miniProgram/wx0123456789abcdef", "小程序"),
        ("Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50 MiniProgramEnv/android miniProgram", "小程序"),
    ],
)
def test_a_client_that_looks_like_wechat_is_known_by_its_word(browser: str, words: str | None) -> None:
    found = [what for mark, what in WechatOAuth.lookalikes.items() if mark in browser.lower()]
    assert len(found) == (words is not None)
    assert all(words in what for what in found if words)
