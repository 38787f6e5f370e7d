"""What the account answers, word for word, with and without a telephone number, and which words lead where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.app.console_services import finance_chat
from server.messages.chat import ChatService, normalise
from server.messages.chat_pages import BILLS, CARDS
from server.patients.contact_ports import ChatMessage, ChatReply
from server.payments.hospital import Hospital
from tests.support.builders import HOSPITAL, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
PHONE = "0571-00000000"
LINK = "https://pay.hospital.example/h/demo"


def said(text: str) -> ChatMessage:
    return ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="text", text=text)


def happened(event: str, key: str = "") -> ChatMessage:
    return ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="event", event=event, key=key)


async def answer(message: ChatMessage, *, has_phone: bool) -> ChatReply:
    """Of a hospital with two pages."""
    hospital = a_hospital() if has_phone else replace(a_hospital(), help_phone="")
    memory_app = InMemoryApp(hospital)
    staff = finance_chat(memory_app.hospitals, memory_app.stores, memory_app.services.shared.office, memory_app.clock)
    chat = ChatService(
        memory_app.hospitals,
        {HOSPITAL: (BILLS, CARDS)},
        staff,
        memory_app.delivery_reports,
        memory_app.stores.short_lived,
        memory_app.clock,
    )
    return await chat.answer(HOSPITAL, "wechat", message)


HELP = "回复“缴费”查看待缴费用\n回复“绑卡”绑定就诊卡\n回复“人工”联系工作人员"
REFUND = "退费由医院工作人员办理：请带就诊卡和支付单号，到收费窗口说明原因"
REFUND_LINK = f'退费按原路退回付款人的账户。\n<a href="{LINK}/payments">点这里查看支付单号和退费进度</a>'


@pytest.mark.parametrize(
    ("message", "with_phone", "without"),
    [
        (said("你好"), f"{HELP}\n咨询电话：{PHONE}", HELP),
        (happened("click", "help"), f"{HELP}\n咨询电话：{PHONE}", HELP),
        (happened("follow"), f"欢迎关注测试医院。\n{HELP}\n咨询电话：{PHONE}", f"欢迎关注测试医院。\n{HELP}"),
        (
            said("我要退费"),
            f"{REFUND}，或先拨打 {PHONE} 咨询。\n{REFUND_LINK}",
            f"{REFUND}。\n{REFUND_LINK}",
        ),
        (
            said("缴费"),
            f'<a href="{LINK}/bills">点这里查看待缴费用</a>\n也可以直接扫描缴费单上的二维码。',
            f'<a href="{LINK}/bills">点这里查看待缴费用</a>\n也可以直接扫描缴费单上的二维码。',
        ),
    ],
)
async def test_what_is_answered(message: ChatMessage, with_phone: str, without: str) -> None:
    assert await answer(message, has_phone=True) == ChatReply(text=with_phone)
    assert await answer(message, has_phone=False) == ChatReply(text=without)


@pytest.mark.parametrize("message", [said("人工"), said("转人工客服"), happened("click", "human")])
async def test_a_person_is_called_with_how_to_reach_one(message: ChatMessage) -> None:
    with_phone = ChatReply(text=f"请拨打咨询电话：{PHONE}", to_staff=True)
    assert await answer(message, has_phone=True) == with_phone
    assert await answer(message, has_phone=False) == ChatReply(text="请到医院窗口咨询。", to_staff=True)


@pytest.mark.parametrize("text", ["退费", "怎么退款", "要退钱", "退号", "退缴费", "我想退费可以吗"])
async def test_every_word_for_a_refund_is_guided(text: str) -> None:
    assert (await answer(said(text), has_phone=True)).text.startswith(REFUND)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("“ 缴 费。”", "缴费"),
        ("‘缴’，费！", "缴费"),
        ("缴?费？\n", "缴费"),
        ("👩\u200d👧缴费👍🏻", "缴费"),
        ("缴费[微笑]", "缴费"),
        ("~缴费~", "缴费"),
        ("1.5", "15"),
        ("a" * 201, "a" * 200),
    ],
)
async def test_what_is_forgiven(typed: str, plain: str) -> None:
    assert normalise(typed) == plain


async def test_a_hospital_s_own_pages_are_in_its_help() -> None:
    """The help names every page that the hospital has, in their order."""
    hospital: Hospital = a_hospital()
    lines = (await InMemoryApp(hospital).chat.answer(HOSPITAL, "wechat", said("你好"))).text.split("\n")
    assert lines[:3] == ["回复“缴费”查看待缴费用", "回复“记录”查看缴费记录", "回复“绑卡”绑定就诊卡"]
    assert lines[-2:] == ["回复“人工”联系工作人员", f"咨询电话：{PHONE}"]
