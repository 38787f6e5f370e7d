"""A booked payment at the refund desk, and what its people do there."""

from __future__ import annotations

from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.staff.model import Role
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid


async def at_the_desk(memory_app: InMemoryApp) -> tuple[Payment, Employee, Employee]:
    """A booked payment of 1234 fen, a cashier, an approver."""
    payment = await paid(memory_app)
    await memory_app.work()
    return (
        await memory_app.payment(payment.id),
        await an_employee(memory_app),
        await an_employee(memory_app, "2001", Role.APPROVER, name="王审批"),
    )


async def ask(memory_app: InMemoryApp, cashier: Employee, payment: Payment, amount_fen: int | None = None) -> str:
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, amount_fen, "not_done", "未到检查")
    _, refund = await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")
    return refund.id


async def states(memory_app: InMemoryApp, payment: Payment) -> list[RefundState]:
    return [refund.state for refund in (await memory_app.payment(payment.id)).refunds]


async def agree(memory_app: InMemoryApp, who: Employee, refund_id: str) -> None:
    drafted = await memory_app.refund_desk.draft_decision(await who.now(), refund_id, agree=True)
    await memory_app.refund_desk.confirm(await who.now(), drafted.draft.ticket, who.proof(), "console")
