"""The audit chain of the hospital, and a payment with something in it."""

from __future__ import annotations

from typing import Any

from server.audit.model import AuditEntry
from server.audit.sources import AuditReport
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid


async def refunded(memory_app: InMemoryApp, amount_fen: int = 500) -> str:
    """A refund as far as its money is under way; everything that was due is done."""
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, amount_fen, "other")
    await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")
    await memory_app.work()
    return payment.id


def chain(memory_app: InMemoryApp) -> dict[tuple[str, int], AuditEntry]:
    return memory_app.stores.audit.documents  # type: ignore[attr-defined, no-any-return]


async def checked(memory_app: InMemoryApp, **asked: Any) -> AuditReport:
    return await memory_app.services.shared.audit_check.verify(HOSPITAL, **asked)
