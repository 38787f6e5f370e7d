"""What staff say to 查单, understood."""

from __future__ import annotations

from datetime import date

import pytest

from server.payments.rules.search import PaymentSearch
from server.refunds.chat.search_words import search_said
from server.refunds.chat.words import heard

TODAY = date(2026, 11, 23)
TITLES = {"wechat": "微信支付", "alipay": "支付宝"}
YESTERDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("said", "search"),
    [
        ("查单 A1B2C3", PaymentSearch(words="A1B2C3")),
        ("查单 138 0013 8000", PaymentSearch(words="13800138000")),
        ("查单 尾号 1234", PaymentSearch(words="1234")),
        ("查单 4200000000202611230000000001", PaymentSearch(words="4200000000202611230000000001")),
        ("查单 昨天 支付宝 已入账 内科", PaymentSearch(since=YESTERDAY, until=YESTERDAY, channel="alipay", state="booked", department="内科")),
        ("查单 11月20日到11月22日 微信", PaymentSearch(since=date(2026, 11, 20), until=YESTERDAY, channel="wechat")),
        ("查单 12月31日", PaymentSearch(since=date(2025, 12, 31), until=date(2025, 12, 31))),
        ("查单 1234 退费中", PaymentSearch(words="1234", state="refunding")),
        ("查单 今天 未入账", PaymentSearch(since=TODAY, until=TODAY, state="paid")),
        ("查单 昨天 ３７．２０元", PaymentSearch(since=YESTERDAY, until=YESTERDAY, least_fen=3720, most_fen=3720)),
        ("查单 昨天 100元以上", PaymentSearch(since=YESTERDAY, until=YESTERDAY, least_fen=10000)),
        ("查单 2月31日 1234", PaymentSearch(words="1234")),
        ("查单 2026-11-22 微信 眼科", PaymentSearch(since=YESTERDAY, until=YESTERDAY, channel="wechat", department="眼科")),
        ("查单 11-22", PaymentSearch(since=YESTERDAY, until=YESTERDAY)),
        ("查单 11/20至11/22", PaymentSearch(since=date(2026, 11, 20), until=YESTERDAY)),
        ("查单 2026/11/20-2026/11/22", PaymentSearch(since=date(2026, 11, 20), until=YESTERDAY)),
        ("查单 2026年11月22日 1234", PaymentSearch(words="1234", since=YESTERDAY, until=YESTERDAY)),
        ("查单 MZ-11-22", PaymentSearch(words="MZ1122")),
        ("查单 8800-000003", PaymentSearch(words="8800000003")),
        ("查单 50.10", PaymentSearch(least_fen=5010, most_fen=5010)),
        ("查单 昨天 ¥１，２００", PaymentSearch(since=YESTERDAY, until=YESTERDAY, least_fen=120000, most_fen=120000)),
        ("查单 收据 SJ3483738250", PaymentSearch(words="SJ3483738250")),
        ("查单 就诊卡 8800000003 今天", PaymentSearch(words="8800000003", since=TODAY, until=TODAY)),
        ("查单 退费单号R01234 骨科", PaymentSearch(words="R01234", department="骨科")),
        ("查单 患者电话13800138000", PaymentSearch(words="13800138000")),
        ("查单 上周", PaymentSearch(since=date(2026, 11, 16), until=YESTERDAY)),
        ("查单 本周 1234", PaymentSearch(words="1234", since=TODAY, until=TODAY)),
        ("查单 上个月 微信", PaymentSearch(since=date(2026, 10, 1), until=date(2026, 10, 31), channel="wechat")),
        ("查单 本月", PaymentSearch(since=date(2026, 11, 1), until=TODAY)),
        ("查单", PaymentSearch()),
    ],
)  # fmt: skip
def test_number_day_channel_state_amount_and_department_in_any_order(said: str, search: PaymentSearch) -> None:
    command = heard(said)
    assert command is not None
    assert command.command == "查单"
    assert search_said(command.rest, TODAY, TITLES) == search
