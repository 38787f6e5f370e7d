"""One message, one reply: who works on it, who waits, what is kept and for how long, and what is told later."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, StoreUnavailable
from server.messages import stored_replies
from server.messages.stored_replies import FAILED, LATER, StoredReplies
from server.patients.contact_ports import ChatReply
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import an_identity
from tests.support.clock_and_ids import FakeClock
from tests.support.outside import RecordingChat

pytestmark = pytest.mark.asyncio
WHO = an_identity("openid-1001")
REPLY = ChatReply(text="退费预览", to_staff=True)


class Desk:
    def __init__(self) -> None:
        self.clock, self.store, self.chat = FakeClock(), MemoryShortLived(), RecordingChat()
        self.replies = StoredReplies(self.store, self.clock)
        self.done = 0

    async def work(self) -> ChatReply:
        self.done += 1
        return REPLY

    async def take(self, work: Any = None, key: str = "k", *, account: bool = True) -> ChatReply:
        return await self.replies.take(key, work or self.work, self.chat if account else None, WHO)


async def test_a_reply_is_kept_for_five_minutes() -> None:
    desk = Desk()
    assert await desk.replies.reply("k") is None
    assert await desk.take() == REPLY
    assert await desk.replies.reply("k") == REPLY
    assert await desk.replies.reply("other") is None
    desk.clock.forward(minutes=5, seconds=-1)
    assert await desk.replies.reply("k") == REPLY
    desk.clock.forward(1)
    assert await desk.replies.reply("k") is None


async def test_the_first_reply_that_is_kept_stands() -> None:
    desk = Desk()
    assert await desk.replies.keep("k", REPLY) == REPLY
    assert await desk.replies.keep("k", LATER) == REPLY


async def test_who_finds_another_at_work_waits_for_its_reply() -> None:
    desk = Desk()
    now = desk.clock.now()
    await desk.store.put_once("chat_reply", "k", "", now, now + timedelta(seconds=3.5))
    real = desk.clock.sleep

    async def replied_meanwhile(seconds: float) -> None:
        await real(seconds)
        if len(desk.clock.slept) == 3:
            await desk.replies.keep("k", REPLY)

    desk.clock.sleep = replied_meanwhile  # type: ignore[method-assign]
    assert await desk.take() == REPLY
    assert (desk.done, desk.clock.slept) == (0, [0.25, 0.25, 0.25])


async def test_the_turn_of_one_who_died_ends_after_three_and_a_half_seconds() -> None:
    desk = Desk()
    now = desk.clock.now()
    await desk.store.put_once("chat_reply", "k", "", now, now + timedelta(seconds=3.5))
    assert await desk.take() == REPLY
    assert (desk.done, desk.clock.slept) == (1, [0.25] * 14)


async def test_a_turn_lasts_three_and_a_half_seconds() -> None:
    desk = Desk()
    gate = asyncio.Event()

    async def hangs() -> ChatReply:
        await gate.wait()
        return REPLY

    first = asyncio.ensure_future(desk.take(hangs))
    await asyncio.sleep(0)
    desk.clock.forward(3.499)
    assert await desk.store.get("chat_reply", "k", desk.clock.now()) is not None
    desk.clock.forward(0.001)
    assert await desk.store.get("chat_reply", "k", desk.clock.now()) is None
    gate.set()
    assert await first == REPLY


async def test_who_looks_sixteen_times_in_vain_lets_the_platform_deliver_again() -> None:
    desk = Desk()
    await desk.store.put("chat_reply", "k", "", desk.clock.now() + timedelta(hours=1))
    with pytest.raises(StoreUnavailable, match="another delivery of this message is worked on"):
        await desk.take()
    assert (desk.done, desk.clock.slept) == (0, [0.25] * 16)


async def test_what_failed_is_begun_again_at_once() -> None:
    desk = Desk()

    async def fails() -> ChatReply:
        raise StoreUnavailable("down")

    with pytest.raises(StoreUnavailable):
        await desk.take(fails)
    assert await desk.take() == REPLY
    assert desk.clock.slept == []


async def test_what_fails_after_its_turn_takes_nothing_from_the_delivery_that_went_on() -> None:
    desk = Desk()
    gate = asyncio.Event()

    async def hangs_and_fails() -> ChatReply:
        await gate.wait()
        raise StoreUnavailable("down")

    first = asyncio.ensure_future(desk.take(hangs_and_fails))
    await asyncio.sleep(0)
    desk.clock.forward(3.5)
    assert await desk.take() == REPLY
    gate.set()
    with pytest.raises(StoreUnavailable):
        await first
    assert (await desk.take(), desk.done) == (REPLY, 1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_replies, "WITHIN_S", 0.01)


async def slow() -> ChatReply:
    await asyncio.sleep(0.05)
    return REPLY


async def slow_and_broken() -> ChatReply:
    await asyncio.sleep(0.05)
    raise KeyError("secret-name")


async def followed(desk: Desk) -> None:
    """What goes on after the answer is over; then nothing holds it any more."""
    await asyncio.gather(*desk.replies.going_on)
    await asyncio.sleep(0)
    assert desk.replies.going_on == set()


def fails_once(desk: Desk) -> None:
    """The store is away when the answer is to be kept."""
    keeps = desk.replies.keep

    async def keep(key: str, reply: ChatReply) -> ChatReply:
        desk.replies.keep = keeps  # type: ignore[method-assign]
        raise StoreUnavailable("away")

    desk.replies.keep = keep  # type: ignore[method-assign]


@pytest.mark.usefixtures("impatient")
class TestLater:
    async def test_what_takes_long_is_told_on_our_own_accord(self) -> None:
        desk = Desk()
        assert await desk.take(slow) == LATER
        assert LATER.text == "正在处理，结果稍后发给您。两分钟内没有收到请再发一次。"
        assert await desk.take() == LATER, "every delivery gets the same answer"
        await followed(desk)
        assert desk.chat.told == [("openid-1001", "退费预览")]

    async def test_what_failed_later_is_told_without_its_reason(self, caplog: pytest.LogCaptureFixture) -> None:
        desk = Desk()
        with caplog.at_level(logging.WARNING, "zhenfu.chat"):
            await desk.take(slow_and_broken)
            await followed(desk)
        assert desk.chat.told == [("openid-1001", FAILED)]
        assert FAILED == "刚才的操作没有办成，请再发一次。"
        assert [line.getMessage() for line in caplog.records] == ["failed later why=KeyError"]

    async def test_what_comes_of_it_is_kept_for_the_next_delivery_where_the_store_took_no_answer(self) -> None:
        desk = Desk()
        fails_once(desk)
        with pytest.raises(StoreUnavailable):
            await desk.take(slow)
        await followed(desk)
        assert await desk.replies.reply("k") == REPLY
        assert desk.chat.told == [], "the next delivery is answered with it"

    async def test_what_fails_then_is_in_the_log_and_nobody_is_answered(self, caplog: pytest.LogCaptureFixture) -> None:
        desk = Desk()
        fails_once(desk)
        with caplog.at_level(logging.WARNING, "zhenfu.chat"):
            with pytest.raises(StoreUnavailable):
                await desk.take(slow_and_broken)
            await followed(desk)
        assert [line.getMessage() for line in caplog.records] == ["failed later why=KeyError"]
        assert (await desk.replies.reply("k"), desk.chat.told) == (None, [])

    async def test_who_can_t_be_told_is_in_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        desk = Desk()
        desk.chat.will("tell", OutcomeUnknown("wechat", "silent"))
        with caplog.at_level(logging.WARNING, "zhenfu.chat"):
            await desk.take(slow)
            await followed(desk)
        assert [line.getMessage() for line in caplog.records] == ["not told later why=OutcomeUnknown"]

    async def test_without_an_account_nobody_is_told(self) -> None:
        desk = Desk()
        assert await desk.take(slow, account=False) == LATER
        await followed(desk)
        assert desk.chat.told == []


async def test_the_answer_waits_three_seconds_for_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform waits for five, and our own way to it and back takes its part."""
    desk, waited = Desk(), list[float]()
    real = asyncio.wait

    async def wait(tasks: Any, timeout: float) -> Any:  # noqa: ASYNC109
        waited.append(timeout)
        return await real(tasks, timeout=timeout)

    monkeypatch.setattr(asyncio, "wait", wait)
    await desk.take()
    assert waited == [3.0]
