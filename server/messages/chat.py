"""The chat with the hospital's account: a table of what people say and which function answers. No wire format in here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from server.core.errors import NotFound
from server.core.ports import Clock, ShortLivedStore
from server.core.typed import plain
from server.messages.stored_replies import StoredReplies, Work
from server.patients.contact_ports import ChatMessage, ChatReply
from server.payments.hospital import Hospital
from server.payments.texts import PAYMENT_NUMBER

Answer = Callable[[Hospital, ChatMessage, "re.Match[str]"], ChatReply]


def welcome(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    return ChatReply(text=f"欢迎关注{hospital.name}。\n{_menu_text(hospital)}")


def farewell(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    return ChatReply()


def bills(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    link = f"{hospital.public_url}/h/{hospital.id}/bills"
    return ChatReply(text=f'<a href="{link}">点这里查看待缴费用</a>\n也可以直接扫描缴费单上的二维码。')


def payments(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    link = f"{hospital.public_url}/h/{hospital.id}/payments"
    return ChatReply(text=f'<a href="{link}">点这里查看缴费记录</a>')


def reports(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    link = f"{hospital.public_url}/h/{hospital.id}/reports"
    return ChatReply(text=f'<a href="{link}">点这里查看报告</a>')


def cards(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    link = f"{hospital.public_url}/h/{hospital.id}/cards"
    return ChatReply(text=f'<a href="{link}">点这里绑定或管理就诊卡</a>')


def human(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    ways = f"请拨打咨询电话：{hospital.help_phone}" if hospital.help_phone else "请到医院窗口咨询。"
    return ChatReply(text=ways, to_staff=True)


def refund_guide(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    """Patients' refunds are made by staff, who know whether the item was done."""
    phone = f"，或先拨打 {hospital.help_phone} 咨询" if hospital.help_phone else ""
    link = f"{hospital.public_url}/h/{hospital.id}/payments"
    return ChatReply(
        text=f"退费由医院工作人员办理：请带就诊卡和{PAYMENT_NUMBER}，到收费窗口说明原因{phone}。\n"
        f'退费按原路退回付款人的账户。\n<a href="{link}">点这里查看{PAYMENT_NUMBER}和退费进度</a>'
    )


def help_text(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    return ChatReply(text=_menu_text(hospital))


def silence(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    return ChatReply()


def _menu_text(hospital: Hospital) -> str:
    phone = f"\n咨询电话：{hospital.help_phone}" if hospital.help_phone else ""
    return f"回复“缴费”查看待缴费用\n回复“记录”查看缴费记录\n回复“绑卡”绑定就诊卡\n回复“人工”联系工作人员{phone}"


@dataclass(frozen=True, slots=True)
class Route:
    """``pattern`` must match the whole normalised text of a message, or ``event key`` of an event (no normalised text has a space).
    Everybody may say it; what only staff may say is in `refunds.chat.chat`. The first route that fits answers.
    """

    pattern: str
    answer: Answer


ROUTES: tuple[Route, ...] = (
    Route(r"follow .*", welcome),
    Route(r"unfollow .*", farewell),
    Route(r"click bills", bills),
    Route(r"click payments", payments),
    Route(r"click cards", cards),
    Route(r"click reports", reports),
    Route(r"click human", human),
    Route(r"click help", help_text),
    Route(r"(scan|other) .*", silence),
    Route(r"(我要)?(缴费|交费|付款|付费|待缴)", bills),
    Route(r"(缴费)?(记录|历史|收据)", payments),
    Route(r"(绑卡|绑定|就诊卡)", cards),
    Route(r"(查|看|查看|查询)?(检验|检查|化验|病理)?(报告|报告单|化验单)(查询)?", reports),
    Route(r"(转)?人工(服务|客服)?|客服", human),
    Route(r".*(退费|退款|退钱|退号|退缴费).*", refund_guide),
    Route(r".*", help_text),
)


def normalise(text: str) -> str:
    """Forgives full-width characters, spaces and closing punctuation: ``“ 缴 费。”`` is ``缴费``."""
    return re.sub(r"[\s\"'“”‘’。.,，!！?？]+", "", plain(text))[:200]


class StaffCommands(Protocol):
    """What only staff may say. To everybody else it is not there."""

    def hears(self, message: ChatMessage) -> bool:
        """It may be a word of staff, whoever says it: `work_for` knows."""

    async def work_for(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """What is to be done for what was said, or None when it is no word of staff. Safe to do again."""

    async def unheard(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """As `work_for`, for what is no command, nor anything that everybody may say."""


class ChatService:
    """``answer`` is asked again for every delivery, and every delivery gets the same reply. One that depends on nothing but the words is
    made anew each time, without the store; any other is stored before it is given.
    """

    def __init__(
        self, hospitals: Mapping[str, Hospital], staff: StaffCommands, short_lived: ShortLivedStore, clock: Clock
    ) -> None:
        self._hospitals = hospitals
        self._staff = staff
        self._replies = StoredReplies(short_lived, clock)

    async def answer(self, hospital_id: str, channel: str, message: ChatMessage) -> ChatReply:
        """Every delivery of one message gets the same reply, and is acted upon once.

        Work of staff that takes too long goes on; its outcome is told later.
        """
        hospital = self._hospitals.get(hospital_id)
        if hospital is None:
            raise NotFound("hospital")
        route, match = _route(message)
        if not self._staff.hears(message) and (route is not ROUTES[-1] or message.kind == "event"):
            return route.answer(hospital, message, match)
        key = f"{hospital_id}:{channel}:{message.once}"
        stored = await self._replies.reply(key)
        if stored is not None:
            return stored
        work = await self._staff.work_for(hospital, message)
        if work is None and route is ROUTES[-1]:
            work = await self._staff.unheard(hospital, message)
        if work is None:
            return await self._replies.keep(key, route.answer(hospital, message, match))
        return await self._replies.take(key, work, hospital.chats.get(channel), message.sender)


def _route(message: ChatMessage) -> tuple[Route, re.Match[str]]:
    said = f"{message.event} {message.key}" if message.kind == "event" else normalise(message.text)
    for route in ROUTES:
        match = re.fullmatch(route.pattern, said, re.DOTALL)
        if match is not None:
            return route, match
    raise AssertionError("the last route matches everything")
