"""What finance reads in the chat about days, their figures and their differences, word for word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.reconciliation.chat import texts
from server.reconciliation.chat.texts import days_text, differences_text, figures_text
from server.reconciliation.day_model import DayClose, DayState, LegAnswer, ReconciliationDay
from server.reconciliation.model import Act, Category, Discrepancy, Leg
from server.reconciliation.register_model import Books, Entry, EntryKind
from server.reconciliation.rules.result_text import result_from_text
from tests.support.clock_and_ids import MORNING
from tests.support.days_in_store import matched_day, rows_of
from tests.support.words import spoken
from tests.unit.reconciliation.day_steps import leg as leg_of
from tests.unit.reconciliation.days import Day

DAY, URL = date(2026, 11, 22), "https://pay.hospital.example/console"
WORDS = """\
NO_DAY: 日期看不懂。例如：对账 昨天，对账 11月27日，对账 2026-11-27。
NOTHING_YET: {day}还没有对账。账单一般在次日上午10点以后才有。
NO_DIFFERENCES: 最近{days}天没有待处理的差异。
HELP: 对账 11月27日
　那天每个渠道对得怎样；不写日期是昨天
日报 昨天
　那天收了多少、退了多少，按支付方式
差异
　最近还没有处理的差异"""


def title(code: str) -> str:
    return {"wechat": "微信支付", "alipay": "支付宝", "cash": "现金"}.get(code, code)


def differing() -> ReconciliationDay:
    return matched_day(DAY, rows_of(DAY))


def one_of(day: ReconciliationDay) -> Discrepancy:
    return next(one for one in result_from_text(day.result).differing if one.difference_fen == 1201)


def test_the_words() -> None:
    assert spoken(texts, "NO_DAY", "NOTHING_YET", "NO_DIFFERENCES", "HELP") == WORDS


def test_a_day_that_nobody_has_matched_says_when_it_can_be() -> None:
    assert days_text(DAY, [], title, URL) == "11月22日还没有对账。账单一般在次日上午10点以后才有。"


def test_a_day_has_a_line_for_each_channel_and_what_is_left_of_it() -> None:
    even = matched_day(DAY, Day(), channel="alipay", state=DayState.CLOSED)
    refused, file, failed = LegAnswer.REFUSED, LegAnswer.FILE, LegAnswer.FAILED
    legs = tuple(leg_of(*each) for each in ((Leg.CHANNEL, refused), (Leg.FUND, file), (Leg.HIS, failed)))
    unmatched = replace(even, result="", state=DayState.WAITING, legs=legs)
    assert days_text(DAY, [differing(), even, unmatched], title, URL).splitlines() == [
        "11月22日对账",
        "微信支付：有差异",
        "　已勾兑6笔，渠道净额2,058.01元，3条差异待处理",
        "支付宝：已关账",
        "　已勾兑0笔，渠道净额0.00元",
        "支付宝：等账单",
        "　等渠道交易账单、医院系统",
        f"详情：{URL}",
    ]


def test_what_a_closed_day_went_without_is_named() -> None:
    first = DayClose(number=1, at=MORNING, result_sha256="0", matched=0, decided=0, missing=(Leg.BANK,))
    last = replace(first, number=2, missing=(Leg.FUND, Leg.HIS))
    day = replace(matched_day(DAY, Day(), state=DayState.CLOSED), result="", closes=(first, last))
    assert days_text(DAY, [day], title, URL).splitlines()[2] == "　没有渠道资金账单、医院系统"


def entry(kind: EntryKind, way: str, fen: int) -> Entry:
    return Entry(kind=kind, at=MORNING, way=way, amount_fen=fen, number=f"{way}{fen}")


def test_a_day_s_figures_have_its_sums_and_shares() -> None:
    entries = (
        entry(EntryKind.PAYMENT, "wechat", 3000), entry(EntryKind.PAYMENT, "cash", 1000), entry(EntryKind.REFUND, "wechat", 500),
        entry(EntryKind.REFUND, "cheque", 100),
    )  # fmt: skip
    assert figures_text(Books(first=DAY, last=DAY, entries=entries), title).splitlines() == [
        "11月22日日报",
        "收款2笔 40.00元",
        "退费2笔 6.00元",
        "净额 34.00元",
        "微信支付 30.00元 75%",
        "现金 10.00元 25%",
    ]
    unlisted = figures_text(Books(first=DAY, last=DAY, entries=entries, unlisted=(DAY,)), title)
    assert unlisted.splitlines()[-1] == "医院系统没有提供当日账目，只有经诊付收退的款。"


def test_the_least_share_is_named() -> None:
    entries = (entry(EntryKind.PAYMENT, "wechat", 10**7), entry(EntryKind.PAYMENT, "cash", 1))
    lines = figures_text(Books(first=DAY, last=DAY, entries=entries), title).splitlines()
    assert lines[4:] == ["微信支付 100,000.00元 100%", "现金 0.01元 0%"]


def test_differences_say_what_to_do() -> None:
    day = differing()
    one = one_of(day)
    even = replace(one, difference_fen=0, category=Category.STATE, act=Act.LOOK)
    less = replace(one, difference_fen=-500)
    assert differences_text([(day, one), (day, even), (day, less)], 14, title, URL).splitlines() == [
        "待处理的差异 3 条",
        "11月22日 微信支付 …700001 医院系统没有 长款12.01元，向医院系统查询，再入账或退回",
        "11月22日 微信支付 …700001 状态不一致 金额相同，请人工核实",
        "11月22日 微信支付 …700001 医院系统没有 短款5.00元，向医院系统查询，再入账或退回",
        f"处理：{URL}",
    ]
    assert differences_text([], 14, title, URL) == "最近14天没有待处理的差异。"


@pytest.mark.parametrize(("many", "more"), [(10, False), (11, True)])
def test_ten_differences_are_listed(many: int, more: bool) -> None:
    day = differing()
    of_days = [(replace(day, day=DAY - timedelta(days=back)), one_of(day)) for back in range(many)]
    lines = differences_text(of_days, 14, title, URL).splitlines()
    assert lines[0] == f"待处理的差异 {many} 条"
    assert len([line for line in lines if "微信支付" in line]) == 10
    assert ("……" in lines) is more
