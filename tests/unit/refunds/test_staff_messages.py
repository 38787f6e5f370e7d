"""Staff are told one by one: what became of one message makes nobody else read theirs twice."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio
DECIDERS = ("openid-2001", "openid-2002", "openid-2003")
WIDE = RefundLimits(per_refund_fen=10**6, per_day_fen=10**7)


async def waiting(memory_app: InMemoryApp) -> tuple[str, Employee]:
    """A refund that waits for one of three people, none of whom has been told yet; and the first of them."""
    payment, _, approver = await at_the_desk(memory_app)
    for number in ("2002", "2003"):
        await an_employee(memory_app, number, Role.APPROVER, WIDE)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
    return await ask(memory_app, cashier, payment), approver


def told(memory_app: InMemoryApp) -> list[int]:
    return [len(memory_app.chat_told(who)) for who in DECIDERS]


@pytest.mark.parametrize("failure", [NotSent("wechat"), OutcomeUnknown("wechat")])
async def test_who_has_been_told_is_not_told_again_because_somebody_else_could_not_be(failure: Any) -> None:
    memory_app = InMemoryApp()
    await waiting(memory_app)
    memory_app.hospital.chats["wechat"].will("tell", None, failure, None, failure)  # type: ignore[attr-defined]
    await memory_app.live_on(600, step=5)
    assert told(memory_app) == [1, 1, 1]


async def test_a_death_in_the_middle_repeats_at_most_the_one_who_was_being_told() -> None:
    memory_app = InMemoryApp()
    await waiting(memory_app)
    memory_app.hospital.chats["wechat"].will("tell", None, "hang")  # type: ignore[attr-defined]
    memory_app.runner.pace = type(memory_app.runner.pace)(deadline_s=0.01)
    await memory_app.live_on(600, step=5)
    assert told(memory_app) == [1, 1, 1]


async def test_who_left_meanwhile_and_whom_the_platform_refuses_end_their_own_message_only() -> None:
    memory_app = InMemoryApp()
    refund_id, _ = await waiting(memory_app)
    memory_app.hospital.chats["wechat"].will("tell", OutsideRefusal("wechat", "48001"), NotSent("wechat"))  # type: ignore[attr-defined]
    await memory_app.work()
    await memory_app.staff.leave(HOSPITAL, "2002", "9001")
    await memory_app.live_on(600, step=5)
    assert told(memory_app) == [0, 0, 1]
    payment = await memory_app.payment(refund_id[:-3])
    assert [effect for effect in payment.effects if effect.kind == "tell_staff"] == []
