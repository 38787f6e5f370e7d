"""The desk of payments that were changed in the database: each no in its words, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.console import tampered
from server.core.errors import BadInput, NotAllowed, Refusal
from server.effects.ledger import tampered_alert
from server.payments.model import Payment
from server.staff.model import Role
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.unclaimed import two_of_finance
from tests.unit.payments.test_tampered import booked, tamper

pytestmark = pytest.mark.asyncio
TAMPERED_WAITS = "这笔支付已有等待复核的确认申请。"
CHANGED = "这笔支付刚又有变化，请重新查看后再办理。"


async def said(asked: Awaitable[object], kind: type[Refusal] = NotAllowed) -> str:
    with pytest.raises(Refusal) as raised:
        await asked
    assert type(raised.value) is kind
    return raised.value.user_message


class TestTampered:
    async def review(self, memory_app: InMemoryApp, who: Employee, payment: Payment) -> tampered.Review:
        return await memory_app.console.tampered.look(await who.now(), payment.id)

    async def test_every_no_has_its_words(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, other = await two_of_finance(memory_app)
        desk = memory_app.console.tampered
        assert await said(desk.look(await one.now(), payment.id)) == "这笔支付没有被改动，不用确认。"
        await tamper(memory_app, payment.id, return_reason="other")
        seen = (await self.review(memory_app, one, payment)).seen
        asked = desk.agree(await other.now(), payment.id, seen, other.proof())
        assert await said(asked) == "没有等待复核的确认申请。"
        assert await said(desk.propose(await one.now(), payment.id, "x", "核对过", one.proof())) == CHANGED
        empty = desk.propose(await one.now(), payment.id, seen, "  ", one.proof())
        assert await said(empty, BadInput) == "请写明谁改动了什么、怎么核对的。"
        wrong = desk.propose(await one.now(), payment.id, seen, "核对过", one.proof(pin="908172"))
        assert await said(wrong) == "PIN或动态码不正确。"
        assert (await self.review(memory_app, one, payment)).waiting is None
        await desk.propose(await one.now(), payment.id, seen, "核对过", one.proof())
        again = desk.propose(await one.now(), payment.id, seen, "核对过", one.proof())
        assert await said(again) == TAMPERED_WAITS
        assert await said(desk.agree(await other.now(), payment.id, "x", other.proof())) == CHANGED

    async def test_a_proposal_waits_for_a_day_with_its_words(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, other = await two_of_finance(memory_app)
        await tamper(memory_app, payment.id, return_reason="other")
        desk, seen = memory_app.console.tampered, (await self.review(memory_app, one, payment)).seen
        await desk.propose(await one.now(), payment.id, seen, f" {'核' * 201} ", one.proof())
        at = memory_app.clock.now()
        waiting = (await self.review(memory_app, other, payment)).waiting
        assert waiting == tampered.Waiting(by="staff:3001", at=at, seen=seen, words="核" * 200)
        [alert] = [one for one in await memory_app.alerts() if one.kind == "tampering_waits"]
        assert (alert.text, alert.at, len(alert.subject)) == (payment.id, at, 24)
        memory_app.clock.forward(timedelta(days=1).total_seconds() - 1)
        assert (await self.review(memory_app, other, payment)).waiting == waiting
        memory_app.clock.forward(1)
        assert (await self.review(memory_app, other, payment)).waiting is None

    async def test_of_two_proposals_at_once_one_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, _ = await two_of_finance(memory_app)
        await tamper(memory_app, payment.id, return_reason="other")
        seen = (await self.review(memory_app, one, payment)).seen

        async def taken(*given: object) -> bool:
            return False

        monkeypatch.setattr(memory_app.stores.short_lived, "put_once", taken)
        asked = memory_app.console.tampered.propose(await one.now(), payment.id, seen, "核对过", one.proof())
        assert await said(asked) == TAMPERED_WAITS
        assert [one.kind for one in await memory_app.alerts() if one.kind == "tampering_waits"] == []

    async def test_lines_that_differ_and_lines_that_are_gone_are_counted(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, _ = await two_of_finance(memory_app)
        await memory_app.console.payments.look(await one.now(), payment.id)
        await memory_app.work()
        lines = (await memory_app.payment(payment.id)).history
        for history, count in (
            (lines, 0),
            ((replace(lines[0], by="x"), *lines[1:]), 1),
            (lines[:-1], 1),
            ((*lines, replace(lines[0], what="x")), 0),
        ):
            await tamper(memory_app, payment.id, history=history, return_reason="other")
            assert (await self.review(memory_app, one, payment)).lines_changed == count

    async def test_what_is_dropped_waits_no_more(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, other = await two_of_finance(memory_app)
        before = await tamper(memory_app, payment.id, return_reason="other")
        seen = (await self.review(memory_app, one, payment)).seen
        await memory_app.console.tampered.propose(await one.now(), payment.id, seen, "核对过", one.proof())
        await memory_app.console.tampered.drop(await other.now(), payment.id)
        assert (await self.review(memory_app, one, payment)).waiting is None
        assert await memory_app.payment(payment.id) == before

    async def test_finance_proposes_and_not_about_their_own(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        approver = await an_employee(memory_app, "2001", Role.APPROVER, name="王审批")
        namesake = await an_employee(memory_app, "3003", Role.FINANCE, name="张测试")
        await tamper(memory_app, payment.id, return_reason="other")
        desk, seen = memory_app.console.tampered, (await self.review(memory_app, approver, payment)).seen
        for who, words in ((approver, "您的岗位不能进行这个操作。"), (namesake, "不能办理与本人有关的支付。")):
            asked = desk.propose(await who.now(), payment.id, seen, "核对过", who.proof())
            assert await said(asked) == words
        cashier = await an_employee(memory_app)
        for asked in (desk.look(await cashier.now(), payment.id), desk.drop(await cashier.now(), payment.id)):
            assert await said(asked) == "您的岗位不能进行这个操作。"

    async def test_a_second_proposal_uses_no_code_up(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, other = await two_of_finance(memory_app)
        await tamper(memory_app, payment.id, return_reason="other")
        desk, seen = memory_app.console.tampered, (await self.review(memory_app, one, payment)).seen
        await desk.propose(await one.now(), payment.id, seen, "核对过", one.proof())
        proof = other.proof()
        assert await said(desk.propose(await other.now(), payment.id, seen, "核对过", proof)) == TAMPERED_WAITS
        await desk.agree(await other.now(), payment.id, seen, proof)

    async def test_what_was_agreed_to_is_over_with_its_alert_and_words(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, other = await two_of_finance(memory_app)
        await tamper(memory_app, payment.id, return_reason="other")
        alert = tampered_alert("payment", payment, memory_app.clock.now())
        await memory_app.stores.alerts.raise_alert(alert)
        desk, seen = memory_app.console.tampered, (await self.review(memory_app, one, payment)).seen
        await desk.propose(await one.now(), payment.id, seen, "核对过", one.proof())
        after = await desk.agree(await other.now(), payment.id, seen, other.proof())
        assert (after.tampered, after.history[-1].by) == (False, "staff:3002")
        closed = {each.kind: (each, note) for each, note in await memory_app.console.alerts.closed(await one.now())}
        ended, note = closed["payment_tampered"]
        assert (ended.closed_by, ended.why, ended.closed_at, note) == (
            "staff:3002", "handled", memory_app.clock.now(), "核对过",
        )  # fmt: skip
        await tamper(memory_app, payment.id, return_reason="again")
        assert (await self.review(memory_app, one, payment)).waiting is None, "another change takes another word"

    async def test_where_nobody_had_met_it_there_is_no_alert_to_close(self) -> None:
        memory_app = InMemoryApp()
        payment = await booked(memory_app)
        one, other = await two_of_finance(memory_app)
        await tamper(memory_app, payment.id, return_reason="other")
        desk, seen = memory_app.console.tampered, (await self.review(memory_app, one, payment)).seen
        await desk.propose(await one.now(), payment.id, seen, "核对过", one.proof())
        assert not (await desk.agree(await other.now(), payment.id, seen, other.proof())).tampered
        assert [each.kind for each in await memory_app.alerts()] == ["tampering_waits"]
