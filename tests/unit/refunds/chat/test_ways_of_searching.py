"""Each way in which staff name a state, and the words between which they put a number: none of them is a department."""

from __future__ import annotations

from datetime import date

import pytest

from server.payments.rules.search import PaymentSearch
from server.refunds.chat.search_words import search_said

TODAY = date(2026, 11, 23)
STATES = {
    "unpaid": "待支付 未支付 没付 未付",
    "paid": "待入账 未入账 没入账 已收款",
    "booked": "已入账 入账",
    "closed": "已关闭 关闭",
    "returning": "自动退回中 退回中",
    "returned": "已自动退回 自动退回 已退回",
    "refunding": "退费中 退款中 在退",
    "refunded": "已退费 已退款 退过费 退过款 退过",
}
FILLING = "单号 手机号 手机 卡号 尾号 的 所有 全部 支付单 缴费单 支付 缴费 单子 笔 到 至"


def said(text: str) -> PaymentSearch:
    return search_said(text, TODAY, {"wechat": "微信支付", "alipay": "支付宝"})


@pytest.mark.parametrize(("state", "way"), [(name, way) for name, ways in STATES.items() for way in ways.split()])
def test_a_state_may_be_said_so(state: str, way: str) -> None:
    assert said(f"1234 {way}") == PaymentSearch(words="1234", state=state)
    assert said(f"{way} 内科") == PaymentSearch(state=state, department="内科")


@pytest.mark.parametrize("word", FILLING.split())
def test_a_word_that_fills_is_no_department(word: str) -> None:
    assert said(f"{word}{word} 1234") == PaymentSearch(words="1234")


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("5元以上", PaymentSearch(least_fen=500)),
        ("5元以下", PaymentSearch(most_fen=500)),
        ("5块钱", PaymentSearch(least_fen=500, most_fen=500)),
        ("骨科 100到400元", PaymentSearch(least_fen=10000, most_fen=40000, department="骨科")),
        ("100到400元之间的", PaymentSearch(least_fen=10000, most_fen=40000)),
        ("100元-400.50元", PaymentSearch(least_fen=10000, most_fen=40050)),
        ("¥400至¥100 1234", PaymentSearch(words="1234", least_fen=10000, most_fen=40000)),
        ("超过500元 微信", PaymentSearch(least_fen=50001, channel="wechat")),
        ("大于 1,200 元", PaymentSearch(least_fen=120001)),
        ("不到500元", PaymentSearch(most_fen=49999)),
        ("少于0.5元", PaymentSearch(most_fen=49)),
        ("不少于500元", PaymentSearch(least_fen=50000)),
        ("至少500元", PaymentSearch(least_fen=50000)),
        ("不超过500元", PaymentSearch(most_fen=50000)),
        ("最多500元", PaymentSearch(most_fen=50000)),
        ("500元以内 内科", PaymentSearch(most_fen=50000, department="内科")),
        ("500元及以上", PaymentSearch(least_fen=50000)),
        ("1.234元", PaymentSearch(words="234")),
        ("微信 微信", PaymentSearch(channel="wechat")),
        ("微信 5元", PaymentSearch(channel="wechat", least_fen=500, most_fen=500)),
        ("11月1日 11月5日", PaymentSearch(since=date(2026, 11, 1), until=date(2026, 11, 5))),
        ("昨天 前天", PaymentSearch(since=date(2026, 11, 21), until=date(2026, 11, 22))),
        ("昨日", PaymentSearch(since=date(2026, 11, 22), until=date(2026, 11, 22))),
        ("今日", PaymentSearch(since=TODAY, until=TODAY)),
    ],
)
def test_amounts_and_days_are_read(text: str, search: PaymentSearch) -> None:
    assert said(text) == search
