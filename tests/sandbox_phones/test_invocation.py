"""The client's check of getBrandWCPayRequest, with the official vector T1 of wechat_pay_v3.md."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.phones.wechat.invocation import Invocation, PrepaidOrder, Refused
from tests.sandbox_phones.vectors import T1, merchant_key

ORDER = PrepaidOrder(
    prepay_id="wx201410272009395522657a690389285100",
    appid="wx2421b1c4370ec43b",
    openid="o-tian",
    amount_fen=100,
    description="门诊缴费",
    payee="诊付演示医院",
    payable="yes",
)


def test_the_official_signature_holds() -> None:
    call = Invocation.read(T1)
    call.check_signature(merchant_key())
    assert call.prepay_id == ORDER.prepay_id
    call.check_order(ORDER, "o-tian")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appId", "wx2421b1c4370ec43c"),
        ("timeStamp", "1554208461"),
        ("nonceStr", "593BEC0C930BF1AFEB40B4A08C8FB243"),
        ("package", "prepay_id=wx201410272009395522657a690389285101"),
        ("signType", "MD5"),
        ("paySign", "bm8gc2lnbmF0dXJl"),
        ("paySign", "支付"),
    ],
)
def test_anything_else_than_what_was_signed_is_refused(name: str, value: str) -> None:
    with pytest.raises(Refused, match="支付验证签名失败"):
        Invocation.read({**T1, name: value}).check_signature(merchant_key())


@pytest.mark.parametrize("name", list(T1))
@pytest.mark.parametrize("value", [None, "", 1554208460])
def test_every_parameter_is_text_and_there(name: str, value: object) -> None:
    with pytest.raises(Refused, match=name):
        Invocation.read({**T1, name: value})


def test_a_package_without_an_order_is_refused() -> None:
    with pytest.raises(Refused, match="package"):
        _ = Invocation.read({**T1, "package": "prepay_id="}).prepay_id


@pytest.mark.parametrize(
    ("order", "openid", "reason"),
    [
        (replace(ORDER, appid="wx-other"), "o-tian", "商户号与公众号不匹配"),
        (ORDER, "o-somebody-else", "不是同一个人"),
        (replace(ORDER, payable="paid"), "o-tian", "已支付"),
        (replace(ORDER, payable="closed"), "o-tian", "已关闭"),
        (replace(ORDER, payable="expired"), "o-tian", "已过期"),
    ],
)
def test_an_order_that_is_not_this_persons_to_pay_is_refused(order: PrepaidOrder, openid: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Invocation.read(T1).check_order(order, openid)
