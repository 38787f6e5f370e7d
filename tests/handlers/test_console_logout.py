"""How a session of the console ends: by its person, by time, and when its owner may come in no more."""

from __future__ import annotations

import pytest

from server.staff.model import RefundLimits, Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.test_console_login import confirmed, form
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


class TestTheEnd:
    async def _in(self, memory_app: InMemoryApp, desk: Browser, employee: Employee) -> None:
        page = await confirmed(memory_app, desk, employee)
        await desk.submit(page, "/console/login", form(employee.proof()))
        assert (await desk.get("/console/manual")).code == 200

    async def _is_out(self, desk: Browser) -> bool:
        answer = await desk.get("/console/manual")
        return answer.code == 302 and place(answer) == "/console/login"

    async def test_idle_for_a_quarter_of_an_hour(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await self._in(memory_app, desk, await an_employee(memory_app))
        for _ in range(3):
            memory_app.clock.forward(minutes=14)
            assert not await self._is_out(desk), "using it keeps it"
        memory_app.clock.forward(minutes=15)
        assert await self._is_out(desk)

    async def test_after_eight_hours_whatever_is_done(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await self._in(memory_app, desk, await an_employee(memory_app))
        for _ in range(8 * 6 - 1):
            memory_app.clock.forward(minutes=10)
            assert not await self._is_out(desk)
        memory_app.clock.forward(minutes=10)
        assert await self._is_out(desk)

    async def test_at_once_for_who_leaves(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await self._in(memory_app, desk, await an_employee(memory_app))
        await memory_app.staff.leave(HOSPITAL, "1001", "9001")
        assert await self._is_out(desk)

    async def test_at_once_with_another_role_but_not_with_other_limits(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        await self._in(memory_app, desk, await an_employee(memory_app))
        limits = RefundLimits(per_refund_fen=1, per_day_fen=1)
        await memory_app.staff.propose(HOSPITAL, "1001", Role.CASHIER, limits, "9001")
        await memory_app.staff.agree(HOSPITAL, "1001", "9002")
        assert not await self._is_out(desk)
        await memory_app.staff.propose(HOSPITAL, "1001", Role.APPROVER, limits, "9001")
        await memory_app.staff.agree(HOSPITAL, "1001", "9002")
        assert await self._is_out(desk)

    async def test_at_once_for_a_new_phone(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await self._in(memory_app, desk, await an_employee(memory_app))
        await an_employee(memory_app)
        assert await self._is_out(desk)

    async def test_by_logging_out_also_for_who_kept_the_cookie(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await self._in(memory_app, desk, await an_employee(memory_app))
        kept = desk.cookies["__Host-console"]
        page = await desk.get("/console/manual")
        assert "已退出" in text_of(await desk.submit(page, "/console/logout", {}))
        assert "__Host-console" not in desk.cookies
        desk.cookies["__Host-console"] = kept
        assert await self._is_out(desk)
