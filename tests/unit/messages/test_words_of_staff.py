"""When the chat asks whether somebody of staff speaks: never for what everybody may say, and always before it only helps."""

from __future__ import annotations

import pytest

from server.messages.chat import ChatService
from server.messages.chat_pages import BILLS
from server.messages.stored_replies import Work
from server.patients.contact_ports import ChatMessage, ChatReply
from server.patients.news_marks import NewsMarks
from server.payments.hospital import Hospital
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import HOSPITAL, an_identity
from tests.support.clock_and_ids import FakeClock
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
DONE = ChatReply(text="退费预览")


class Staff:
    """Hears ``heard``; has work for ``work``, either as a command or as something else that was said."""

    def __init__(self, heard: str = "", work: str = "") -> None:
        self._heard = heard
        self._work = work
        self.asked: list[str] = []

    async def _do(self) -> ChatReply:
        self.asked.append("work")
        return DONE

    def hears(self, message: ChatMessage) -> bool:
        return bool(self._heard) and message.text == self._heard

    async def work_for(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        self.asked.append("work_for")
        return self._do if self._work == "command" else None

    async def unheard(self, hospital: Hospital, message: ChatMessage) -> Work | None:
        self.asked.append("unheard")
        return self._do if self._work == "other" else None


def said(text: str) -> ChatMessage:
    return ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="text", text=text)


def happened(event: str, key: str = "") -> ChatMessage:
    return ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="event", event=event, key=key)


def chat_with(staff: Staff) -> ChatService:
    hospital, short_lived, clock = a_hospital(), MemoryShortLived(), FakeClock()
    marks = NewsMarks(short_lived, clock)
    return ChatService({HOSPITAL: hospital}, {HOSPITAL: (BILLS,)}, staff, marks, short_lived, clock)


@pytest.mark.parametrize(
    ("message", "staff", "asked", "answer"),
    [
        (said("缴费"), Staff(), [], "点这里查看待缴费用"),
        (happened("click", "old"), Staff(), [], "回复“缴费”"),
        (said("别的"), Staff(), ["work_for", "unheard"], "回复“缴费”"),
        (said("别的"), Staff(work="other"), ["work_for", "unheard", "work"], "退费预览"),
        (said("别的"), Staff(work="command"), ["work_for", "work"], "退费预览"),
        (said("退费"), Staff(heard="退费"), ["work_for"], "退费由医院工作人员办理"),
        (said("退费"), Staff(heard="退费", work="command"), ["work_for", "work"], "退费预览"),
        (said("退费"), Staff(heard="退费", work="other"), ["work_for"], "退费由医院工作人员办理"),
        (said("待审"), Staff(heard="待审"), ["work_for", "unheard"], "回复“缴费”"),
    ],
)
async def test_who_is_asked_and_what_is_answered(
    message: ChatMessage, staff: Staff, asked: list[str], answer: str
) -> None:
    reply = await chat_with(staff).answer(HOSPITAL, "wechat", message)
    assert (staff.asked, answer in reply.text) == (asked, True)


async def test_work_is_done_once_for_all_deliveries_of_a_message() -> None:
    staff = Staff(heard="退费", work="command")
    chat = chat_with(staff)
    assert [await chat.answer(HOSPITAL, "wechat", said("退费")) for _ in range(2)] == [DONE, DONE]
    assert staff.asked.count("work") == 1
    await chat.answer(HOSPITAL, "alipay", said("退费"))
    assert staff.asked.count("work") == 2, "another platform's message is another one"
