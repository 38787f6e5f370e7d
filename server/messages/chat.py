"""The chat with the hospital's account: a table of what people say and which function answers. No wire format is in here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.core.errors import NotFound
from server.core.ports import Clock, ShortLivedStore
from server.core.typed import plain, without_pictures
from server.messages.chat_pages import ChatPage
from server.messages.delivery_reports import CHAT_REPORTS, DeliveryReports
from server.messages.stored_replies import StoredReplies, Work
from server.patients.contact_ports import ChatMessage, ChatReply
from server.payments.hospital import Hospital
from server.payments.texts import PAYMENT_NUMBER

Answer = Callable[[Hospital, ChatMessage, "re.Match[str]"], ChatReply]


def farewell(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    return ChatReply()


def human(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    ways = f"请拨打咨询电话：{hospital.help_phone}" if hospital.help_phone else "请到医院窗口咨询。"
    return ChatReply(text=ways, to_staff=True)


REFUND_ASKED = (
    r".*(退费|退款|退钱|退号|退缴费|(?:怎么|如何|能|想|要|可以)退(?!出)|退吗|[交缴付]错|多[交缴付]了|重复[交缴付]).*"
)


def refund_guide(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    """Patients' refunds are made by staff, who know whether the item was done."""
    phone = f"，或先拨打 {hospital.help_phone} 咨询" if hospital.help_phone else ""
    link = f"{hospital.public_url}/h/{hospital.id}/payments"
    return ChatReply(
        text=f"退费由医院工作人员办理：请带就诊卡和{PAYMENT_NUMBER}，到收费窗口说明原因{phone}。\n"
        f'退费按原路退回付款人的账户。\n<a href="{link}">点这里查看{PAYMENT_NUMBER}和退费进度</a>'
    )


def silence(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
    return ChatReply()


@dataclass(frozen=True, slots=True)
class Route:
    """``pattern`` must match the whole normalised text of a message, or ``event key`` of an event (no normalised text has a space).
    Everybody may say it; what only staff may say is in `refunds.chat.chat`. The first route that fits answers.
    """

    pattern: str
    answer: Answer


def routes(pages: Sequence[ChatPage]) -> tuple[Route, ...]:
    """The table of a hospital that has ``pages``; the help, which names them all, comes last and fits everything."""

    def help_text(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
        return ChatReply(text=_help(hospital, pages))

    def welcome(hospital: Hospital, message: ChatMessage, match: re.Match[str]) -> ChatReply:
        return ChatReply(text=f"欢迎关注{hospital.name}。\n{_help(hospital, pages)}")

    return (
        Route(r"follow .*", welcome),
        Route(r"unfollow .*", farewell),
        *(Route(f"click {page.key}", _leads_to(page)) for page in pages),
        Route(r"click human", human),
        Route(r"click help", help_text),
        Route(r"(scan|arrived|lost|other) .*", silence),
        *(Route(page.pattern, _leads_to(page)) for page in pages),
        Route(r"(转)?人工(服务|客服)?|客服", human),
        Route(REFUND_ASKED, refund_guide),
        Route(r".*", help_text),
    )


def _leads_to(page: ChatPage) -> Answer:
    return lambda hospital, message, match: ChatReply(text=page.text(hospital))


def _help(hospital: Hospital, pages: Sequence[ChatPage]) -> str:
    lines = [f"回复“{page.word}”{page.use}" for page in pages]
    phone = [f"咨询电话：{hospital.help_phone}"] if hospital.help_phone else []
    return "\n".join([*lines, "回复“人工”联系工作人员", *phone])


def normalise(text: str) -> str:
    """Forgives full-width characters, spaces, pictures and closing punctuation: ``“ 缴 费。”`` and ``缴费👍[微笑]`` are ``缴费``."""
    return re.sub(r"[\s\"'“”‘’。.,，!！?？~]+", "", plain(without_pictures(text)))[:200]


class StaffCommands(Protocol):
    """What only staff may say. To everybody else it is not there."""

    def hears(self, message: ChatMessage) -> bool:
        """It may be a word of staff, whoever says it: `work_for` knows."""

    async def work_for(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """What is to be done for what was said, or None when it is no word of staff. Safe to do again."""

    async def unheard(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        """As `work_for`, for what is no command, nor anything that everybody may say."""


class ChatService:
    """``answer`` is asked again for every delivery, and every delivery gets the same reply. One that acts on nothing is made anew each
    time from the words alone; what work of staff answers is stored before it is given.
    """

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        pages: Mapping[str, Sequence[ChatPage]],
        staff: StaffCommands,
        reports: DeliveryReports,
        short_lived: ShortLivedStore,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._routes = {name: routes(of_hospital) for name, of_hospital in pages.items()}
        self._staff = staff
        self._reports = reports
        self._replies = StoredReplies(short_lived, clock)

    async def answer(self, hospital_id: str, channel: str, message: ChatMessage) -> ChatReply:
        """Every delivery of one message gets the same reply, and is acted upon once.

        Work of staff that takes too long goes on; its outcome is told later.
        """
        hospital = self._hospitals.get(hospital_id)
        if hospital is None:
            raise NotFound("hospital")
        if message.event in CHAT_REPORTS:
            await self._reports.of_chat(hospital_id, message)
        table = self._routes[hospital_id]
        route, match = _route(table, message)
        is_help = route is table[-1]
        if (not is_help or message.kind == "event") and not self._staff.hears(message):
            return route.answer(hospital, message, match)
        work = await self._staff.work_for(hospital, message)
        if work is None and is_help:
            work = await self._staff.unheard(hospital, message)
        if work is None:
            return route.answer(hospital, message, match)
        key = f"{hospital_id}:{channel}:{message.once}"
        return await self._replies.take(key, work, hospital.chats.get(channel), message.sender)


def _route(table: Sequence[Route], message: ChatMessage) -> tuple[Route, re.Match[str]]:
    """The first that fits; the last one of a table fits everything."""
    said = f"{message.event} {message.key}" if message.kind == "event" else normalise(message.text)
    fitting = ((route, re.fullmatch(route.pattern, said, re.DOTALL)) for route in table)
    return next((route, match) for route, match in fitting if match is not None)
