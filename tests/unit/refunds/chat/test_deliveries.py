"""The chat delivers a message more than once, late and out of order: one reply for every delivery, and one act."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from server.core.errors import OutcomeUnknown, StoreUnavailable
from server.messages.stored_replies import LATER, LEASE
from server.refunds.chat.talk import OVERTAKEN
from tests.support.builders import HOSPITAL, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk
from tests.support.staff_chat import confirmed, confirmed_by, message, say

pytestmark = pytest.mark.asyncio


async def test_every_delivery_gets_the_first_reply_and_acts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    monkeypatch.setattr(
        memory_app.clock, "sleep", lambda seconds: asyncio.sleep(seconds / 10)
    )  # time does not leap for who waits
    payment, cashier, _ = await at_the_desk(memory_app)
    texts = await asyncio.gather(*(say(memory_app, cashier, f"退费 {payment.id} 没做", "m7") for _ in range(5)))
    assert len(set(texts)) == 1
    assert len(memory_app.his.named("refund_check")) == 1
    assert await say(memory_app, cashier, f"退费 {payment.id} 没做", "m7") == texts[0]


async def test_a_crash_in_the_middle_is_taken_over_by_the_next_delivery() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    crashed = f"{HOSPITAL}:wechat:{message('openid-1001', '', 'm8').once}"
    now = memory_app.clock.now()
    assert await memory_app.stores.short_lived.put_once("chat_reply", crashed, "", now, now + LEASE)
    assert "退费预览" in await say(memory_app, cashier, f"退费 {payment.id} 没做", "m8")


async def test_two_people_s_messages_with_one_number_are_two_messages() -> None:
    """The platform numbers messages by person: a stranger once got the cashier's answer, with a payment in it."""
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    assert "退费预览" in await say(memory_app, cashier, f"退费 {payment.id} 没做", "m10")
    strangers = await say(memory_app, "openid-stranger", "缴费", "m10")
    assert payment.id not in strangers
    assert "点这里查看待缴费用" in strangers
    assert "退费预览" in await say(memory_app, cashier, f"退费 {payment.id} 没做", "m10"), (
        "a repeat of one's own is still one's own"
    )
    assert len(memory_app.his.named("refund_check")) == 1


async def test_an_event_is_no_repeat_of_a_text_and_one_account_s_message_none_of_another_s() -> None:
    text = message("openid-1001", "缴费", "m11")
    others = {replace(text, kind="event").once, replace(text, account="gh_2").once, replace(text, id="m12").once}
    others.add(replace(text, sender=an_identity("openid-1002")).once)
    others.add(replace(text, sender=an_identity("openid-1001", app_id="wx-other")).once)
    assert len(others | {text.once}) == 6
    assert replace(text, text="delivered again").once == text.once
    assert "openid" not in text.once


async def test_what_takes_too_long_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    gate = asyncio.Event()
    draft = memory_app.refund_desk.draft_of

    async def slowly(*args: object, **kwargs: object) -> object:
        await gate.wait()
        return await draft(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(memory_app.refund_desk, "draft_of", slowly)
    monkeypatch.setattr("server.messages.stored_replies.WITHIN_S", 0.01)
    assert await say(memory_app, cashier, f"退费 {payment.id} 没做", "m9") == LATER.text
    assert await say(memory_app, cashier, f"退费 {payment.id} 没做", "m9") == LATER.text
    gate.set()
    for _ in range(1000):
        await asyncio.sleep(0)
    assert [text[:4] for _, text in memory_app.chat_told("openid-1001")] == ["退费预览"]


SILENT = [OutcomeUnknown("wechat", "no answer"), StoreUnavailable("no token to call it with")]


@pytest.mark.parametrize("error", SILENT, ids=["platform", "store"])
async def test_who_can_not_be_told_later_was_told_to_send_it_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    monkeypatch.setattr(memory_app.hospital.chats["wechat"], "tell", AsyncMock(side_effect=error))
    monkeypatch.setattr("server.messages.stored_replies.WITHIN_S", 0.0)
    assert "再发一次" in await say(memory_app, cashier, f"退费 {payment.id} 没做", "m13")
    for _ in range(1000):
        await asyncio.sleep(0)
    gc.collect()
    assert unseen == []


@pytest.mark.parametrize(("silent", "error"), [("chat", SILENT[0]), ("chat", SILENT[1]), ("note of it", SILENT[1])])
async def test_a_result_that_can_not_be_told_in_the_chat_is_a_result_all_the_same(
    monkeypatch: pytest.MonkeyPatch, silent: str, error: Exception
) -> None:
    """The page has confirmed the refund; it must not say that it failed."""
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    await say(memory_app, cashier, f"退费 {payment.id} 1元 没做")
    place, name = {
        "chat": (memory_app.hospital.chats["wechat"], "tell"),
        "note of it": (memory_app.stores.short_lived, "put_once"),
    }[silent]
    with monkeypatch.context() as away:
        draft = await say(memory_app, cashier, "确认")
        away.setattr(place, name, AsyncMock(side_effect=error))
        assert await confirmed_by(memory_app, cashier, draft) == f"{payment.id}R01"
    assert len((await memory_app.payment(payment.id)).refunds) == 1


async def test_an_answer_that_comes_after_a_later_command_takes_nothing_of_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The HIS thinks long about one refund, and meanwhile the cashier has begun another."""
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    gate, draft = asyncio.Event(), memory_app.refund_desk.draft_of

    async def slowly(*args: Any, **kwargs: Any) -> Any:
        if args[2] == 100:
            await gate.wait()
        return await draft(*args, **kwargs)

    monkeypatch.setattr(memory_app.refund_desk, "draft_of", slowly)
    monkeypatch.setattr("server.messages.stored_replies.WITHIN_S", 0.01)
    assert await say(memory_app, cashier, f"退费 {payment.id} 1元 没做") == LATER.text
    assert "2.00" in await say(memory_app, cashier, f"退费 {payment.id} 2元 没做")
    gate.set()
    for _ in range(1000):
        await asyncio.sleep(0)
    assert [text for _, text in memory_app.chat_told("openid-1001")] == [OVERTAKEN]
    await confirmed(memory_app, cashier)
    assert [refund.amount_fen for refund in (await memory_app.payment(payment.id)).refunds] == [200]


async def test_while_the_later_command_is_refused_nothing_waits_to_be_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    assert "1.00" in await say(memory_app, cashier, f"退费 {payment.id} 1元 没做")
    assert "预览" not in await say(memory_app, cashier, f"退费 {payment.id} 99999元 没做")
    assert (await say(memory_app, cashier, "确认")).startswith("没有等待确认的操作")


async def test_an_old_message_delivered_late_changes_nothing() -> None:
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    first = await say(memory_app, cashier, f"退费 {payment.id} 1元 没做", "m1")
    second = await say(memory_app, cashier, f"退费 {payment.id} 2元 没做", "m2")
    assert await say(memory_app, cashier, f"退费 {payment.id} 1元 没做", "m1") == first != second
    assert await confirmed(memory_app, cashier) == f"{payment.id}R01"
    assert (await memory_app.payment(payment.id)).refunds[0].amount_fen == 200
