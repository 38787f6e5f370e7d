"""The chat names and leads to what a hospital offers, and to nothing else."""

from __future__ import annotations

import pytest

from server.patients.contact_ports import ChatMessage
from tests.support.builders import HOSPITAL, an_identity
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.old_balances import FaithfulOldBalances
from tests.support.outside import a_hospital
from tests.support.registrations import an_offer
from tests.support.reports import FaithfulReports
from tests.support.reports import an_offer as reports_offered

pytestmark = pytest.mark.asyncio
PAGE = "https://pay.hospital.example/h/demo"
HELP = [
    "回复“缴费”查看待缴费用",
    "回复“记录”查看缴费记录",
    "回复“绑卡”绑定就诊卡",
    "回复“人工”联系工作人员",
    "咨询电话：0571-00000000",
]


def of_everything() -> InMemoryApp:
    his = FaithfulHis(inpatient=FaithfulInpatients(), old_balances=FaithfulOldBalances())
    reports = {HOSPITAL: reports_offered(FaithfulReports())}
    return InMemoryApp(a_hospital(his=his), registration=an_offer(his), reports=reports)


async def told(memory_app: InMemoryApp, text: str) -> str:
    message = ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="text", text=text)
    return (await memory_app.chat.answer(HOSPITAL, "wechat", message)).text


async def clicked(memory_app: InMemoryApp, key: str) -> str:
    message = ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="event", event="click", key=key)
    return (await memory_app.chat.answer(HOSPITAL, "wechat", message)).text


class TestOfEverything:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("registration", ["挂号", "预约", "预约挂号", "我要挂号", "约号"]),
            ("reports", ["报告", "查报告", "化验单", "检验报告查询"]),
            ("balances", ["门诊余额", "退余额", "查卡里的余额", "门诊预交金"]),
            ("inpatient", ["住院", "交预交金", "押金", "一日清单", "出院结算", "住院费用查询"]),
        ],
    )
    async def test_words_and_the_button_lead_to_the_page(self, path: str, words: list[str]) -> None:
        memory_app = of_everything()
        for word in words:
            assert f'<a href="{PAGE}/{path}">' in await told(memory_app, word), word
        assert f'<a href="{PAGE}/{path}">' in await clicked(memory_app, path)

    async def test_the_help_names_them_in_the_order_in_which_they_are_needed(self) -> None:
        of_more = [
            "回复“挂号”预约挂号",
            "回复“报告”查看检验、检查和病理报告",
            "回复“住院”查看住院费用、交预交金、办出院结算",
            "回复“门诊余额”查看和退还",
        ]
        assert (await told(of_everything(), "在吗")).split("\n") == [*HELP[:2], *of_more, *HELP[2:]]

    @pytest.mark.parametrize(
        "text", ["退号", "挂号退费", "住院押金退款", "我交错了能退吗", "怎么退", "重复缴了", "多付了一次"]
    )
    async def test_who_wants_money_back_is_told_how(self, text: str) -> None:
        assert (await told(of_everything(), text)).startswith("退费由医院工作人员办理")


class TestOfBillsAlone:
    async def test_the_help_names_nothing_else(self) -> None:
        assert (await told(InMemoryApp(), "在吗")).split("\n") == HELP

    @pytest.mark.parametrize("text", ["挂号", "报告", "住院"])
    async def test_what_is_not_offered_gets_the_help(self, text: str) -> None:
        assert (await told(InMemoryApp(), text)).split("\n") == HELP
        assert (await clicked(InMemoryApp(), "reports")).split("\n") == HELP
