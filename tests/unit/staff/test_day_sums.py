"""The day's limit is one human being's, even where they act under two employee numbers in the same instant."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.core.errors import NotAllowed
from server.payments.sms_choice import sms_to
from server.refunds.permission import RefundPermission
from server.staff.model import RefundLimits
from server.staff.service import StaffService
from tests.support.builders import HOSPITAL, PHONE, a_bill, a_scan, a_session, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
LIMITS = RefundLimits(per_refund_fen=1000, per_day_fen=1100)
EACH_FEN = 600


async def booked(memory_app: InMemoryApp, bill_no: str) -> str:
    memory_app.his.bills[bill_no] = a_bill(bill_no)
    begun = await memory_app.payments.start(
        "bills", a_session("openid-zhang-ceshi", a_scan(bill_no)), [bill_no], sms_to(PHONE)
    )
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id, None))
    await memory_app.work()
    return begun.payment_id


async def two_numbers(memory_app: InMemoryApp) -> list[tuple[Employee, str]]:
    """Two employee numbers of one human being, each with the draft of a refund of 600 fen on a payment of its own."""
    drafts = []
    for number, bill_no in (("1004", "B1"), ("1005", "B2")):
        one = await an_employee(memory_app, number, limits=LIMITS, name=f"收费{number}")
        await memory_app.people.met(HOSPITAL, an_identity(f"openid-{number}", union_id="union-1"))
        drafted = await memory_app.refund_desk.draft(
            await one.now(), await booked(memory_app, bill_no), EACH_FEN, "other"
        )
        drafts.append((one, drafted.draft.ticket))
    return drafts


async def confirmed(memory_app: InMemoryApp, drafts: list[tuple[Employee, str]]) -> list[str]:
    """What each of them is answered: ``done``, or why not."""
    drafts[0][0].proof()  # the clock moves on to a code that neither has used

    async def confirm(one: Employee, ticket: str) -> str:
        try:
            _, refund = await memory_app.refund_desk.confirm(await one.now(), ticket, one.proof_now(), "chat")
        except NotAllowed as refusal:
            return str(refusal)
        return str(refund.state)

    return list(await asyncio.gather(*(confirm(*draft) for draft in drafts)))


def wait_for_each_other(monkeypatch: pytest.MonkeyPatch, where: type, name: str) -> None:
    """Both have come so far before either goes on."""
    barrier, real = asyncio.Barrier(2), getattr(where, name)

    async def both(self: Any, *given: Any, **named: Any) -> Any:
        answer = await real(self, *given, **named)
        await barrier.wait()
        return answer

    monkeypatch.setattr(where, name, both)


@pytest.mark.parametrize("where", [(RefundPermission, "approval_reasons"), (StaffService, "prove")])
async def test_two_numbers_at_once_do_not_spend_one_day_s_limit_twice(
    monkeypatch: pytest.MonkeyPatch, where: tuple[type, str]
) -> None:
    memory_app = InMemoryApp()
    drafts = await two_numbers(memory_app)
    wait_for_each_other(monkeypatch, *where)
    answers = await confirmed(memory_app, drafts)
    spent = sum([(await one.now()).spent_fen for one, _ in drafts])
    assert answers.count("approved") <= 1, answers
    assert spent == EACH_FEN * answers.count("approved"), "what came to nothing is given back"


async def test_one_after_the_other_the_second_one_needs_a_second_person() -> None:
    memory_app = InMemoryApp()
    first, second = await two_numbers(memory_app)
    answers = [*(await confirmed(memory_app, [first])), *(await confirmed(memory_app, [second]))]
    assert answers == ["approved", "requested"]
