"""What a patient types in the chat, where it leads, and what the help and the link say."""

from __future__ import annotations

import re

import pytest

from server.inpatient.texts import IN_CHAT as INPATIENT
from server.messages.chat_pages import BILLS, CARDS, PAYMENTS, ChatPage
from server.old_balances.texts import IN_CHAT as BALANCES
from server.registration.texts import IN_CHAT as REGISTRATION
from server.reports.texts import IN_CHAT as REPORTS

PAGES = (BILLS, PAYMENTS, CARDS, REGISTRATION, REPORTS, INPATIENT, BALANCES)


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        (BILLS, "缴费 我要缴费 交费 付款 付费 待缴"),
        (PAYMENTS, "记录 历史 收据 缴费记录 缴费历史"),
        (CARDS, "绑卡 绑定 就诊卡"),
        (REGISTRATION, "挂号 我要挂号 网上预约 预约挂号 约号"),
        (REPORTS, "报告 查报告 检验报告 查看化验单 报告单查询"),
        (
            BALANCES,
            "门诊余额 查门诊余额 退余额 我要退余额 退还门诊余额 就诊卡余额 卡里的余额 门诊预交金 退门诊押金 门诊余额查询",
        ),
        (INPATIENT, "住院 查住院费用 交预交金 押金 一日清单 出院结算 住院费查询"),
    ],
)
def test_what_is_typed_fits_its_page_and_no_other(page: ChatPage, typed: str) -> None:
    for words in typed.split():
        assert [each.key for each in PAGES if re.fullmatch(each.pattern, words)] == [page.key], words
        assert not re.fullmatch(page.pattern, f"{words}可以吗"), "a sentence is for a person"


@pytest.mark.parametrize(
    ("page", "word", "use", "link"),
    [
        (BILLS, "缴费", "查看待缴费用", "点这里查看待缴费用"),
        (PAYMENTS, "记录", "查看缴费记录", "点这里查看缴费记录"),
        (CARDS, "绑卡", "绑定就诊卡", "点这里绑定或管理就诊卡"),
        (REGISTRATION, "挂号", "预约挂号", "点这里预约挂号"),
        (REPORTS, "报告", "查看检验、检查和病理报告", "点这里查看报告"),
        (BALANCES, "门诊余额", "查看和退还", "点这里查看门诊余额"),
        (INPATIENT, "住院", "查看住院费用、交预交金、办出院结算", "点这里办理住院的事"),
    ],
)
def test_the_help_names_a_word_that_leads_there(page: ChatPage, word: str, use: str, link: str) -> None:
    assert (page.word, page.use, page.link) == (word, use, link)
    assert re.fullmatch(page.pattern, page.word)


def test_who_asks_for_bills_hears_of_the_code_on_the_bill() -> None:
    assert BILLS.more == "也可以直接扫描缴费单上的二维码。"


def test_a_balance_without_a_word_of_whose_may_be_that_of_a_stay() -> None:
    assert [
        page.key for page in PAGES if re.fullmatch(page.pattern, "余额") or re.fullmatch(page.pattern, "查余额")
    ] == []
