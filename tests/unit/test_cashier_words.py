"""What a cashier that did not open said: bounded and clean in the log, useful to support."""

from __future__ import annotations

import pytest

from handlers.patient.views.cashier import WORDS_CHARS_MAX, cashier_failed, client_words


@pytest.mark.parametrize(
    ("why", "kept"),
    [
        ("当前页面的URL未注册：https://pay.example", "当前页面的URL未注册:https://pay.example"),
        ("line\nbreak\x1b[31m\u202e", "line break[31m"),
        ("openid oABCDEFGHIJKLMNOPQRSTUVWXYZ12 phone 13800000001 138****0001", "openid … phone … …"),
        ("getBrandWCPayRequest:access_denied", "getBrandWCPayRequest:access_denied"),
        ("system:function_not_exist", "system:function_not_exist"),
        ("get_brand_wcpay_request:fail", "get_brand_wcpay_request:fail"),
        ("oABCDEFGHIJKLMNOPQRSTUVWXYZa is no user", "… is no user"),
        ("", ""),
    ],
)
def test_the_client_s_words_are_one_clean_line_without_anybody_s_number(why: str, kept: str) -> None:
    assert client_words(why) == kept


def test_long_words_are_cut() -> None:
    assert len(client_words("错" * 5000)) == WORDS_CHARS_MAX


def test_the_sentence_names_what_helps() -> None:
    assert "收费窗口" in cashier_failed("fail", "当前页面的URL未注册", "ABCD1234")
    assert "支付设置" in cashier_failed("fail", "当前页面的URL未注册", "ABCD1234")
    for result in ("fail", "absent", "unsupported"):
        assert "ABCD1234" in cashier_failed(result, "", "ABCD1234")
