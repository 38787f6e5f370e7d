"""The lines of one employee held against the chain: which of them must stand there, and what is said of one that is not as it was sealed."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from server.audit.model import BEGINNING, AuditEntry
from server.audit.sources import AuditReport, Examination
from server.core.errors import LostRace, NotFound
from server.core.history import HistoryEvent
from server.staff.audit_trail import AuditedStaff
from server.staff.model import Role, Staff, invited
from server.staff.rules.auth_events import with_auth_event
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.employees import LIMITS, an_employee, staff_that_cannot_seal
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
CAME = HistoryEvent(at=MORNING, what="staff_proved", by="staff:1001", detail={"asked": "login"})
WENT = replace(CAME, what="staff_logged_out", detail={})


def somebody(*waiting: HistoryEvent, sealed: int = 0) -> Staff:
    """Invited; ``sealed`` visits stand in the chain and these wait for it."""
    new = invited(HOSPITAL, "1001", "李收费", Role.CASHIER, LIMITS, "cli:root", MORNING)
    return replace(new, auth_events=waiting, audited_auth_events=sealed)


def entry(source: str, line: HistoryEvent) -> AuditEntry:
    return AuditEntry(
        hospital=HOSPITAL, number=9, day=MORNING.date(), id=source, at=line.at, what=line.what, by=line.by,
        detail=line.detail, previous=BEGINNING,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("staff", "of", "problem"),
    [
        (somebody(CAME, WENT, sealed=2), entry("visit/1001/1", WENT), ""),
        (somebody(CAME, WENT, sealed=2), entry("visit/1001/2", CAME), ""),
        (somebody(CAME, WENT, sealed=2), entry("visit/1001/3", WENT), ""),
        (
            somebody(CAME, WENT, sealed=2),
            entry("visit/1001/2", WENT),
            "visit 2 of staff 1001 is not what entry 9 sealed: staff_logged_out was changed",
        ),
        (
            somebody(CAME, WENT, sealed=2),
            entry("visit/1001/4", CAME),
            "entry 9 seals visit 4 of staff 1001, whose record counts fewer",
        ),
        (somebody(), entry("visit/1002/0", CAME), "entry 9 is of staff 1002, which is gone"),
        (somebody(), entry("staff/1002/0", CAME), "entry 9 is of staff 1002, which is gone"),
        (somebody(), entry("staff/1001/0", somebody().history[0]), ""),
        (
            somebody(),
            entry("staff/1001/0", CAME),
            "line 0 of staff 1001 is not what entry 9 sealed: staff_proved was changed",
        ),
        (
            somebody(),
            entry("staff/1001/1", CAME),
            "entry 9 seals line 1 of staff 1001, which is gone from its history",
        ),
    ],
)
async def test_an_entry_is_held_against_the_employee_s_record(staff: Staff, of: AuditEntry, problem: str) -> None:
    memory_app = InMemoryApp()
    await memory_app.stores.staff.insert(staff)
    assert await AuditedStaff(memory_app.stores.staff).problem_of(of) == problem


async def test_lines_that_never_came_to_the_chain_are_said_after_an_hour() -> None:
    memory_app = InMemoryApp()
    await memory_app.stores.staff.insert(with_auth_event(somebody(sealed=1), "staff_proved", MORNING))

    async def said() -> list[str]:
        report = AuditReport(HOSPITAL)
        examination = Examination(report, memory_app.stores.audit, memory_app.clock)
        await AuditedStaff(memory_app.stores.staff).examine(examination)
        return report.problems

    missing = "visit/1001/0 is not in the chain: its entry is missing"
    memory_app.clock.forward(timedelta(hours=1).total_seconds() - 1)
    assert await said() == [missing]
    memory_app.clock.forward(1)
    why = "is not in the chain: it was never sealed (is a worker running?)"
    assert await said() == [f"staff/1001/0 (staff_invited) {why}", f"visit/1001/1 (staff_proved) {why}", missing]


async def test_what_can_not_be_sealed_at_once_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    memory_app = InMemoryApp()
    one = await an_employee(memory_app)
    with caplog.at_level(logging.WARNING, "zhenfu.audit"):
        await staff_that_cannot_seal(memory_app).leave(HOSPITAL, one.number, "staff:9001")
    assert [line.getMessage() for line in caplog.records] == ["staff not sealed yet hospital=demo why=StoreUnavailable"]


async def test_a_record_that_somebody_changed_meanwhile_is_marked_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory_app = InMemoryApp()
    await memory_app.stores.staff.insert(somebody())
    save = memory_app.stores.staff.save

    async def lost(before: Staff, after: Staff) -> None:
        monkeypatch.setattr(memory_app.stores.staff, "save", save)
        raise LostRace("staff")

    monkeypatch.setattr(memory_app.stores.staff, "save", lost)
    assert await memory_app.staff_audit.sweep(HOSPITAL) == 1
    assert (await memory_app.staff.get(HOSPITAL, "1001")).audited_lines == 1


async def test_a_record_that_is_gone_when_it_is_to_be_marked_is_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    await memory_app.stores.staff.insert(somebody())

    async def lost(before: Staff, after: Staff) -> None:
        memory_app.stores.staff.documents.clear()  # type: ignore[attr-defined]
        raise LostRace("staff")

    monkeypatch.setattr(memory_app.stores.staff, "save", lost)
    with pytest.raises(NotFound, match="staff"):
        await memory_app.staff_audit.sweep(HOSPITAL)
