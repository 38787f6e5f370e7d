"""``[[methods]]`` of a hospital's file: rows that can be paid by are taken, others are refused with a sentence."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from server.app.configuration.methods import MethodRow, must_exist


@pytest.mark.parametrize(
    "row",
    [
        {"channel": "alipay", "method": "wap"},
        {"login": "wechat", "entrance": "bill_qr", "channel": "alipay", "method": "precreate"},
        {"login": "wechat", "channel": "wechat", "method": "native"},
        {"login": "wechat", "channel": "wechat", "method": "jsapi"},
    ],
)
def test_a_row_that_can_be_paid_by(row: dict[str, str]) -> None:
    assert MethodRow.model_validate(row).method == row["method"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"channel": "alipay", "method": "native"}, "alipay does not have"),
        ({"channel": "wechat", "method": "jsapi"}, "needs login"),
        ({"login": "alipay", "channel": "wechat", "method": "miniprogram"}, "needs login"),
        ({"channel": "unionpay", "method": "wap"}, "wechat"),
        ({"entrance": "Bill QR", "channel": "alipay", "method": "wap"}, "entrance"),
    ],
)
def test_a_row_that_can_not(row: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MethodRow.model_validate(row)


def test_a_row_of_a_channel_that_the_hospital_does_not_have() -> None:
    rows = (MethodRow(channel="alipay", method="wap"),)
    must_exist(rows, {"alipay"})
    with pytest.raises(ValueError, match="alipay"):
        must_exist(rows, {"wechat"})
