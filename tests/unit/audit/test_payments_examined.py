"""What `run.py audit verify` says of payments: changed, contradicting their history, or with lines that the chain does not hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from server.audit.sources import AuditReport, Examination
from server.core.history import AuditableEvent
from server.payments.audit_trail import AuditedPayments
from server.payments.model import Payment, PaymentState, changed
from tests.support.builders import HOSPITAL, a_paid, renumbered
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


class Payments:
    """Answers pages of two of these."""

    def __init__(self, *payments: Payment) -> None:
        self.payments = payments

    async def pages(self) -> AsyncIterator[Sequence[Payment]]:
        for first in range(0, len(self.payments), 2):
            yield self.payments[first : first + 2]


class Noted(Examination):
    """Notes which lines it is asked to find, and how often it rests."""

    def __init__(self, hospital: str = HOSPITAL) -> None:
        self.report = AuditReport(hospital)
        super().__init__(self.report, InMemoryApp().stores.audit, FakeClock())
        self.held: list[tuple[list[str], int]] = []
        self.rests = 0

    async def all_in(self, events: Sequence[AuditableEvent], audited_lines: int) -> None:
        self.held.append(([event.id for event in events], audited_lines))

    async def rest(self) -> None:
        self.rests += 1


async def examined(*payments: Payment, hospital: str = HOSPITAL) -> Noted:
    noted = Noted(hospital)
    await AuditedPayments(Payments(*payments)).examine(noted)  # type: ignore[arg-type]
    return noted


async def test_every_page_is_read_with_a_rest_after_it() -> None:
    payments = Payments(*(renumbered(a_paid(), f"ZF{number}") for number in range(5)))
    noted = Noted()
    await AuditedPayments(payments).examine(noted)  # type: ignore[arg-type]
    assert noted.rests == 3
    assert (noted.report.problems, noted.held) == ([], [])


async def test_what_somebody_changed_and_what_its_history_does_not_lead_to_is_said() -> None:
    payment = a_paid()
    noted = await examined(replace(payment, tampered=True, state=PaymentState.BOOKED))
    assert noted.report.problems[0] == f"{payment.id} was changed in the database by somebody without the key"
    assert len(noted.report.problems) > 1
    assert all(problem.startswith(f"{payment.id}: ") for problem in noted.report.problems[1:])
    assert (await examined(replace(payment, tampered=True), hospital="other")).report.problems == []


async def test_lines_are_looked_for_where_people_had_a_hand_in_it_or_some_are_sealed() -> None:
    looked_at = changed(a_paid(), "viewed", at=MORNING + timedelta(minutes=1), by="staff:1001")
    ids = [f"payment/{looked_at.id}/{number}" for number in range(len(looked_at.history))]
    assert (await examined(looked_at)).held == [(ids, 0)]
    sealed_once = replace(a_paid(), audited_lines=2)
    assert (await examined(sealed_once)).held == [(ids[: len(sealed_once.history)], 2)]
    assert (await examined(a_paid())).held == []


async def test_a_line_of_a_payment_is_held_against_its_entry() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    await memory_app.work()
    seen = changed(await memory_app.payment(payment.id), "viewed", at=memory_app.clock.now(), by="staff:1001")
    await memory_app.payment_store.save(await memory_app.payment(payment.id), seen)
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert after.audited_lines == len(after.history)
    entries = [entry for entry in await memory_app.stores.audit.latest(HOSPITAL, 50) if entry.source[1] == payment.id]
    source = AuditedPayments(memory_app.stores.payments)
    assert [await source.problem_of(entry) for entry in entries] == [""] * len(after.history)
    gone = replace(entries[0], id="payment/nothing/0")
    assert (await source.problem_of(gone)).endswith("is of payment nothing, which is gone")
