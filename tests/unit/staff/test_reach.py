"""How a member of staff is told: the chat first, a template where the chat is silent, and who can't be told at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.patients.contact_ports import OutgoingMessage
from server.payments.hospital import Hospital
from server.staff.model import RefundLimits, Role, bound, invited
from server.staff.reach import reached
from tests.support.builders import HOSPITAL, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.outside import RecordingChat, RecordingMessenger, a_hospital

pytestmark = pytest.mark.asyncio
LIMITS = RefundLimits(per_refund_fen=500, per_day_fen=1000)
INVITED = invited(HOSPITAL, "5001", "钱财务", Role.FINANCE, LIMITS, "cli:root", MORNING)
PERSON = bound(INVITED, an_identity("openid-5001"), MORNING)
NOTICE = OutgoingMessage(purpose="audit_head", values={"day": "2026-11-23"})


def there(
    *, silent: bool = False, follows: bool = True, **fields: object
) -> tuple[Hospital, RecordingChat, RecordingMessenger]:
    chat, messenger = RecordingChat(), RecordingMessenger(follows=follows)
    chat.silent = {"openid-5001"} if silent else set()
    return a_hospital(**{"chats": {"wechat": chat}, "messengers": {"wechat": messenger}, **fields}), chat, messenger


async def test_the_chat_is_enough() -> None:
    hospital, chat, messenger = there()
    assert await reached(hospital, PERSON, "日终", NOTICE, "key-1")
    assert (chat.told, messenger.calls) == ([("openid-5001", "日终")], [])


async def test_a_silent_chat_is_followed_by_the_template() -> None:
    hospital, chat, messenger = there(silent=True)
    assert await reached(hospital, PERSON, "日终", NOTICE, "key-1")
    assert (chat.told, messenger.named("send")) == ([], [(PERSON.identity, NOTICE, "key-1")])


async def test_without_a_chat_there_is_the_template() -> None:
    hospital, _, messenger = there(chats={})
    assert await reached(hospital, PERSON, "日终", NOTICE, "key-1")
    assert len(messenger.named("send")) == 1


async def test_who_can_t_be_told() -> None:
    assert not await reached(there(silent=True, follows=False)[0], PERSON, "日终", NOTICE, "key-1")
    assert not await reached(there(silent=True, messengers={})[0], PERSON, "日终", NOTICE, "key-1")
    hospital, chat, messenger = there()
    assert not await reached(hospital, replace(PERSON, identity=None), "日终", NOTICE, "key-1")
    assert (chat.told, messenger.calls) == ([], [])
