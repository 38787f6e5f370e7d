"""The audit chain: everything that people did stands in it once, and whatever is done to it is found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.audit.model import AuditEntry, canonical
from server.audit.service import AuditService, mac_of
from server.core.errors import StoreUnavailable
from server.effects.model import Effect, EffectKind
from server.payments.audit_trail import PaymentAudit
from server.staff.audit_trail import StaffAudit
from server.storage.memory_audit import MemoryAudit
from tests.support.audit_chain import chain, checked, refunded
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.employees import an_employee, staff_that_cannot_seal
from tests.support.in_memory_app import InMemoryApp, Unreachable
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def test_a_refund_s_whole_history_and_its_asker_s_are_sealed_and_hold() -> None:
    memory_app = InMemoryApp()
    payment_id = await refunded(memory_app)
    payment = await memory_app.payment(payment_id)
    assert payment.audited_lines == len(payment.history)
    assert not [effect for effect in payment.effects if effect.kind == "seal"]
    ids = [entry.id for entry in chain(memory_app).values()]
    assert len(ids) == len(set(ids))
    assert {f"payment/{payment_id}/{n}" for n in range(len(payment.history))} < set(ids)
    assert {"staff/1001/0", "staff/1001/1", "staff/1001/2"} < set(ids)
    report = await checked(memory_app)
    assert (report.problems, report.entries) == ([], len(ids))


def changed(entries: dict[Any, AuditEntry], number: int, **fields: Any) -> None:
    entries[(HOSPITAL, number)] = replace(entries[(HOSPITAL, number)], **fields)


def swap(entries: dict[Any, AuditEntry]) -> None:
    one, two = entries[(HOSPITAL, 4)], entries[(HOSPITAL, 5)]
    entries[(HOSPITAL, 4)] = replace(two, number=4)
    entries[(HOSPITAL, 5)] = replace(one, number=5)


def rechain(entries: dict[Any, AuditEntry]) -> None:
    """All links right again, but under another key."""
    other = InMemoryApp().sealer.__class__("k1", {"k1": b"1" * 32}, b"3" * 32)
    changed(entries, 4, by="9999")
    previous = entries[(HOSPITAL, 3)].mac
    for number in range(4, len(entries) + 1):
        entry = replace(entries[(HOSPITAL, number)], previous=previous)
        entries[(HOSPITAL, number)] = replace(entry, mac=mac_of(other, entry))
        previous = entries[(HOSPITAL, number)].mac


TAMPERING: dict[str, tuple[Callable[[dict[Any, AuditEntry]], Any], str]] = {
    "who did it": (lambda e: changed(e, 5, by="9999"), "entry 5 .* was changed"),
    "how much": (lambda e: changed(e, 6, detail={"amount_fen": "1"}), "entry 6 .* was changed"),
    "missing": (lambda e: e.pop((HOSPITAL, 5)), "entry 5 is missing"),
    "first one missing": (lambda e: e.pop((HOSPITAL, 1)), "entry 1 is missing"),
    "several missing": (lambda e: [e.pop((HOSPITAL, n)) for n in (5, 6)], "entry 5 to 6 is missing"),
    "swapped": (swap, "entry 4 .* does not follow 3"),
    "moved to another day": (lambda e: changed(e, 5, day=e[(HOSPITAL, 5)].day - timedelta(1)), "before .* one before"),
    "re-chained": (rechain, "entry 4 .* without the key"),
    "cut": (lambda e: e.pop((HOSPITAL, len(e))), "is not in the chain: its entry is missing"),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_whatever_is_done_to_the_chain_is_found(how: str) -> None:
    memory_app = InMemoryApp()
    await refunded(memory_app)
    do, said = TAMPERING[how]
    do(chain(memory_app))
    problems = "\n".join((await checked(memory_app)).problems)
    assert re.search(said, problems), problems


async def test_a_history_that_was_changed_or_deleted_is_found() -> None:
    memory_app = InMemoryApp()
    payment_id = await refunded(memory_app)
    payment = await memory_app.payment(payment_id)
    stored = memory_app.stores.payments.documents  # type: ignore[attr-defined]
    line = replace(payment.history[-1], by="nobody")
    stored[payment_id] = replace(payment, history=(*payment.history[:-1], line))
    assert [p for p in (await checked(memory_app)).problems if f"payment {payment_id} is not what entry" in p]
    stored[payment_id] = replace(payment, history=payment.history[:-1], audited_lines=len(payment.history) - 1)
    assert [p for p in (await checked(memory_app)).problems if "gone from its history" in p]
    del stored[payment_id]
    assert [p for p in (await checked(memory_app)).problems if f"payment {payment_id}, which is gone" in p]


async def test_a_crash_between_the_entries_and_their_record_doubles_nothing() -> None:
    memory_app = InMemoryApp()
    whole = PaymentAudit(memory_app.audit, memory_app.clock)
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    preview = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 500, "other")
    await memory_app.refund_desk.confirm(await cashier.now(), preview.draft.ticket, cashier.proof(), "chat")
    entries: Any = DiesAfter(memory_app.stores.audit, 3)
    dying = PaymentAudit(
        AuditService(entries, memory_app.stores.alerts, memory_app.sealer, memory_app.clock), memory_app.clock
    )
    asked = await memory_app.payment(payment.id)
    seal = next(effect for effect in asked.effects if effect.kind == "seal")
    with pytest.raises(StoreUnavailable):
        await dying.run(asked, seal)
    await whole.run(asked, seal)
    assert (await memory_app.payment(payment.id)).audited_lines == 0, "the record was never written"
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert after.audited_lines == len(after.history)
    assert (await checked(memory_app)).problems == []


class DiesAfter(Unreachable):
    """Lets ``left`` entries in, and after the next one the process never hears that it is stored."""

    def __init__(self, inner: Any, left: int) -> None:
        super().__init__(inner, StoreUnavailable("dead"))
        self._left = left

    async def append(self, entry: AuditEntry) -> None:
        await self.inner.append(entry)
        self._left -= 1
        if self._left < 0:
            raise StoreUnavailable("dead")


async def test_many_processes_at_once_make_one_chain() -> None:
    memory_app = InMemoryApp()
    payment_id = await refunded(memory_app)
    await asyncio.gather(*(an_employee(memory_app, str(number)) for number in range(3000, 3004)))
    payment = await memory_app.payment(payment_id)
    memory_app = InMemoryApp(stores=replace(memory_app.stores, audit=MemoryAudit()))
    workers = [
        AuditService(memory_app.stores.audit, memory_app.stores.alerts, memory_app.sealer, memory_app.clock)
        for _ in range(6)
    ]
    everybody = await memory_app.stores.staff.all(HOSPITAL)
    seal = [
        PaymentAudit(worker, memory_app.clock).run(replace(payment, audited_lines=0), a_seal()) for worker in workers
    ]
    both = [
        StaffAudit(memory_app.stores.staff, worker).changed(replace(one, audited_lines=0))
        for worker, one in zip(workers, everybody, strict=False)
    ]
    await asyncio.gather(*seal, *both, return_exceptions=True)
    report = await checked(memory_app)
    assert [p for p in report.problems if "staff/" not in p and "visit/" not in p] == []
    assert [n for _, n in sorted(chain(memory_app))] == list(range(1, report.entries + 1))


def a_seal() -> Any:
    return Effect(kind=EffectKind.SEAL, due_at=MORNING)


async def test_staff_history_that_a_crash_left_is_swept() -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app)
    staff = staff_that_cannot_seal(memory_app)
    await staff.leave(HOSPITAL, "1001", "9001")
    left = await memory_app.staff.get(HOSPITAL, "1001")
    assert (left.state, left.audited_lines, len(left.history)) == ("left", 3, 4)
    assert (await memory_app.staff_audit.sweep(HOSPITAL), await memory_app.staff_audit.sweep(HOSPITAL)) == (1, 0)
    assert (await checked(memory_app)).problems == []


async def test_a_backup_that_took_history_back_is_alarmed_and_never_rewrites_the_chain() -> None:
    memory_app = InMemoryApp()
    payment_id = await refunded(memory_app)
    payment = await memory_app.payment(payment_id)
    before = dict(chain(memory_app))
    other = replace(payment, history=(*payment.history[:-1], replace(payment.history[-1], by="x")), audited_lines=0)
    await PaymentAudit(memory_app.audit, memory_app.clock).run(other, a_seal())
    assert chain(memory_app) == before
    assert [alert.kind for alert in await memory_app.alerts()] == ["audit_differs"]


async def test_no_two_entries_have_one_text() -> None:
    memory_app = InMemoryApp()
    entry = AuditEntry(
        hospital=HOSPITAL, number=1, day=memory_app.clock.now().date(), id="payment/ZF1/0", at=memory_app.clock.now(), what="a", by="b",
        detail={"c": "d"}, previous="0" * 64,
    )  # fmt: skip
    others = [
        replace(entry, what="ab", by=""), replace(entry, detail={"cd": ""}), replace(entry, detail={}), replace(entry, by="b\n1:c"),
        replace(entry, number=11), replace(entry, hospital="x"), replace(entry, previous="1" * 64),
        replace(entry, at=entry.at + timedelta(milliseconds=1)),
    ]  # fmt: skip
    assert len({canonical(one) for one in (entry, *others)}) == len(others) + 1


async def test_an_entry_from_before_the_chain_had_its_own_key_holds_and_a_forged_one_does_not() -> None:
    memory_app = InMemoryApp()
    await refunded(memory_app)
    entries = chain(memory_app)
    number = max(number for _, number in entries)
    last = entries[(HOSPITAL, number)]
    old = memory_app.sealer.lookup_before("audit", canonical(last))
    assert old != last.mac
    changed(entries, number, mac=old)
    assert (await checked(memory_app)).problems == []
    changed(entries, number, mac=memory_app.sealer.lookup_before("find", canonical(last)))
    assert [problem for problem in (await checked(memory_app)).problems if "made without the key" in problem] != []
