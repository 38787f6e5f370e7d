"""What staff say to the chat account, and how they confirm."""

from __future__ import annotations

import re

from server.patients.contact_ports import ChatMessage
from server.staff.model import RefundLimits
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import Employee
from tests.support.in_memory_app import InMemoryApp

SMALL = RefundLimits(per_refund_fen=1000, per_day_fen=1000)


def message(subject: str, text: str, number: str = "") -> ChatMessage:
    said_by = an_identity(subject)
    return ChatMessage(id=number or f"{subject}:{text}", sender=said_by, account="gh_1", kind="text", text=text)


async def say(memory_app: InMemoryApp, employee: Employee | str, text: str, number: str = "") -> str:
    subject = employee if isinstance(employee, str) else f"openid-{employee.number}"
    number = number or memory_app.ids.text(12)
    return (await memory_app.chat.answer(HOSPITAL, "wechat", message(subject, text, number))).text


async def confirmed(memory_app: InMemoryApp, employee: Employee) -> str:
    """Say 确认, open the page, type PIN and code; the refund's number."""
    return await confirmed_by(memory_app, employee, await say(memory_app, employee, "确认"))


async def confirmed_by(memory_app: InMemoryApp, employee: Employee, told: str) -> str:
    """Open the page that ``told`` leads to, type PIN and code; the refund's number."""
    ticket = re.search(r"/staff/confirm/([0-9A-Z]+)", told)
    assert ticket
    payment, refund = await memory_app.refund_desk.confirm(await employee.now(), ticket[1], employee.proof(), "chat")
    await memory_app.staff_chat.tell_done(memory_app.hospital, await employee.now(), payment, refund)
    return refund.id
