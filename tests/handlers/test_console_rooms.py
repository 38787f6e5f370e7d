"""The rooms of the console: who may enter, and that nothing is done without PIN and TOTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.console import audit_room
from server.staff.model import Role
from tests.handlers.conftest import Browser, text_of
from tests.handlers.console import asked_ticket, booked, phone_of, sit_down
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.payment_fixtures import told

pytestmark = pytest.mark.gen_test


ROOMS = {
    "/console/payments": {Role.CASHIER, Role.APPROVER, Role.FINANCE},
    "/console/payments/waiting": {Role.CASHIER, Role.APPROVER, Role.FINANCE},
    "/console/alerts": {Role.FINANCE, Role.ADMIN},
    "/console/money": {Role.FINANCE},
    "/console/reconciliation": {Role.FINANCE},
    "/console/reconciliation/differences": {Role.FINANCE},
    "/console/figures": {Role.FINANCE},
    "/console/staff": {Role.ADMIN},
    "/console/staff/invite": {Role.ADMIN},
    "/console/staff/employee/1001": {Role.ADMIN},
    "/console/audit": {Role.FINANCE, Role.ADMIN},
    "/console/manual": set(Role),
}


@pytest.mark.parametrize("role", list(Role))
async def test_each_room_is_only_for_its_roles(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    payment = await booked(memory_app)
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    for path, roles in ROOMS.items():
        assert (path, (await desk.get(path)).code) == (path, 200 if role in roles else 403)
    sees = 200 if role in ROOMS["/console/payments"] else 403
    page = await desk.get(f"/console/payments/{payment.id}")
    assert page.code == sees
    manual = await desk.get("/console/manual")
    for path, form, allowed in (
        (f"/console/payments/{payment.id}/ask", {"whom": "his"}, sees == 200),
        (f"/console/payments/{payment.id}/refund", {"how": "all", "reason": "other"}, sees == 200),
        ("/console/payments", {"words": payment.id}, sees == 200),
        ("/console/audit/verify", {"day": ""}, role in ROOMS["/console/audit"]),
        ("/console/staff/employee/1001/leave", {"pin": "1", "totp": "1"}, False),
        (
            "/console/staff/invite",
            {"number": "7", "name": "甲", "role": "cashier", "per_refund": "1", "per_day": "1"},
            False,
        ),
    ):
        answer = await desk.submit(manual, path, form)
        assert (path, answer.code == 403) == (path, not allowed)


async def test_no_form_without_its_token(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await booked(memory_app)
    await sit_down(memory_app, desk, await an_employee(memory_app))
    await desk.get("/console/payments")
    for path in (
        "/console/payments",
        f"/console/payments/{payment.id}/ask",
        f"/console/payments/{payment.id}/refund",
        "/console/refunds/X/agree",
        "/console/refunds/X/withdraw",
        "/console/confirm/X",
        "/console/staff/invite",
        "/console/staff/employee/1001/leave",
        "/console/audit/verify",
        "/console/figures/file",
        "/console/reconciliation",
        "/console/reconciliation/wechat-2026-11-22",
        "/console/logout",
    ):
        assert (path, (await desk.post(path, {"a": "b"})).code) == (path, 403)
    assert (await desk.get("/console/payments")).code == 200, "nobody was logged out"


class TestAudit:
    async def checked(self, desk: Browser, **form: str) -> str:
        page = await desk.get("/console/audit")
        return text_of(await desk.submit(page, "/console/audit/verify", {"day": "", "head": "", **form}))

    async def test_a_chain_that_holds_and_the_head_that_finance_was_told(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务"))
        last = await memory_app.stores.audit.last(HOSPITAL)
        assert last is not None
        told = " ".join(last.mac[at : at + 4] for at in range(0, 16, 4))
        for form in ({}, {"head": told}, {"day": "2026-11-23", "head": told}):
            page = await self.checked(desk, **form)
            assert "校验通过，共3条" in page
            assert told in page
        assert "发现1处不一致" in await self.checked(desk, day="2026-11-23", head="0" * 16)
        assert "日期不正确" in await self.checked(desk, day="yesterday")

    async def test_lines_are_found_by_person_object_kind_and_days(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await booked(memory_app)
        await an_employee(memory_app, "1001", name="李收费")
        await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务"))
        of_1001 = text_of(await desk.get("/console/audit?about=1001"))
        assert "工号1001" in of_1001.partition("<tbody>")[2]
        assert "工号3001" not in of_1001.partition("<tbody>")[2]
        for query in ("kind=alert", "until=2026-11-22", "since=2026-11-24", "person=nobody"):
            page = text_of(await desk.get(f"/console/audit?{query}"))
            assert "没有符合的记录。" in page, query
        assert (await desk.get("/console/audit?kind=x")).code == 400
        assert "日期不正确" in text_of(await desk.get("/console/audit?since=yesterday"))

    async def test_a_changed_history_is_found(self, memory_app: InMemoryApp, desk: Browser) -> None:
        finance = await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务")
        await sit_down(memory_app, desk, finance)
        before = await finance.now()
        tampered = replace(before, history=(replace(before.history[0], by="9999"), *before.history[1:]))
        memory_app.stores.staff.documents[(HOSPITAL, "3001")] = tampered  # type: ignore[attr-defined]
        page = await self.checked(desk)
        assert "发现1处不一致" in page
        assert "line 0 of staff 3001" in page

    async def test_a_chain_that_is_too_long_for_a_page(
        self, memory_app: InMemoryApp, desk: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务"))

        async def hang(*asked: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(audit_room, "CHECK_S_MAX", 0.01)
        monkeypatch.setattr(memory_app.stores.audit, "page", hang)
        assert "网页上来不及校验" in await self.checked(desk)


async def test_money_that_nobody_claims_and_alerts(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await booked(memory_app)
    memory_app.channel.orders["ZF20261123STRANGE"] = memory_app.channel.orders[payment.id]
    memory_app.channel.states["ZF20261123STRANGE"] = memory_app.channel.states[payment.id]
    await memory_app.notifications.apply(HOSPITAL, told(memory_app.channel.trade("ZF20261123STRANGE")))
    await sit_down(memory_app, desk, await an_employee(memory_app, role=Role.FINANCE))
    page = text_of(await desk.get("/console/money"))
    assert "ZF20261123STRANGE" in page
    assert "有款项无法认领" in page


class TestSeveralHospitals:
    @pytest.fixture
    def memory_app(self) -> InMemoryApp:
        return InMemoryApp(a_hospital(), a_hospital("second", name="第二医院"))

    async def test_the_hospital_is_chosen_and_the_session_knows_it(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        chosen = text_of(await desk.get("/console/login"))
        assert "/console/login?hospital=second" in chosen
        assert "第二医院" in chosen
        assert (await desk.get("/console/login?hospital=third")).code == 404
        ticket = asked_ticket(await desk.get("/console/login?hospital=second"))
        cashier = await an_employee(memory_app)
        phone = await phone_of(memory_app, desk, cashier)
        assert (await phone.get(f"/h/demo/staff/console/{ticket}")).code == 410, "it is the other hospital's code"
        assert (await phone.get(f"/h/second/staff/console/{ticket}")).code == 302, "nobody is logged in there"
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, cashier)
        assert (await desk.get(f"/console/payments/{payment.id}")).code == 200
        stranger = replace(await cashier.now(), hospital="second", version=1, identity=None)
        await memory_app.stores.staff.insert(stranger)
        desk.cookies["__Host-console"] = await memory_app.console.sessions.open(stranger)
        assert "第二医院" in text_of(await desk.get("/console/payments"))
        assert (await desk.get(f"/console/payments/{payment.id}")).code == 404


async def test_errors_look_like_the_console_and_tell_nothing(memory_app: InMemoryApp, desk: Browser) -> None:
    await sit_down(memory_app, desk, await an_employee(memory_app))
    missing = await desk.get("/console/payments/ZF0")
    assert "没有找到这笔支付" in text_of(missing)
    assert "编号" in text_of(missing)
    assert "unsafe" not in missing.headers["Content-Security-Policy"]
    for path in ("/console/payments", "/console/payments/waiting", "/console/manual", "/console/payments/ZF0"):
        page = text_of(await desk.get(path))
        for markup in ("<style", " style=", " onclick"):
            assert markup not in page
