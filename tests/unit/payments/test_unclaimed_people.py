"""Two people end money that fits no payment: by hand, within their limits, and what is written down of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.alerts.model import AlertState
from server.core.errors import NotAllowed, NotFound, OutcomeUnknown, Tampered
from server.payments.model import PaymentState
from server.payments.rules.trades import RefundOutcome
from server.payments.sms_choice import sms_to
from server.payments.unclaimed_model import UnclaimedMoney, UnclaimedState
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, PHONE, a_scan, a_session
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import told
from tests.support.unclaimed import (
    ELSEWHERE,
    IN_PAYMENT,
    LOST,
    REFUND_NO,
    WIDE,
    WINDOW,
    agreed,
    alert_of,
    paid_astray,
    proposed,
    the_money,
    two_of_finance,
)

pytestmark = pytest.mark.asyncio


class TestEndedByHand:
    async def test_money_that_our_payment_holds_by_now(self, memory_app: InMemoryApp) -> None:
        begun = await memory_app.payments.start(
            "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
        )
        paid = memory_app.channel.pay(begun.payment_id)
        await memory_app.services.shared.unclaimed.keep(HOSPITAL, "wechat", paid.content, "a doubt")  # type: ignore[arg-type]
        await memory_app.notifications.apply(HOSPITAL, paid)
        await memory_app.work()
        assert (await memory_app.payment(begun.payment_id)).state is PaymentState.BOOKED
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one, IN_PAYMENT)
        await agreed(memory_app, other)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED
        await memory_app.notifications.apply(HOSPITAL, paid)
        assert memory_app.channel.refunds == {}

    async def test_told_again_after_it_was_ended_it_alarms_no_more(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app, WINDOW)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one, ELSEWHERE)
        await agreed(memory_app, other)
        await memory_app.live_on(600)
        await memory_app.alert_rounds.once()
        await memory_app.notifications.apply(HOSPITAL, told(memory_app.channel.trade(WINDOW)))
        assert await alert_of(memory_app, money) is AlertState.CLOSED

    async def test_an_alert_that_is_closed_without_an_act_comes_again(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        await memory_app.console.alerts.close(await one.now(), [f"unclaimed:{money.id}"], "handled", "done")
        memory_app.clock.forward(25 * 3600)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.OPEN

    async def test_a_stuck_return_gives_way_and_one_on_its_way_does_not(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        with pytest.raises(NotAllowed, match="on its way"):
            await proposed(memory_app, one, ELSEWHERE)
        memory_app.channel.settle_refund(REFUND_NO, RefundOutcome.ABNORMAL)
        await proposed(memory_app, one, ELSEWHERE)
        await agreed(memory_app, other)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(REFUND_NO))
        twice = [one for one in await memory_app.unclaimed() if one.kind == "refund"]
        assert [one.reason for one in twice] == ["refund succeeded after settled"], "it left twice: a person must look"

    async def test_a_call_of_unknown_outcome_is_waited_for(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        memory_app.channel.will("refund", *[OutcomeUnknown("wechat", "timeout")] * 9)
        await memory_app.live_on(60, step=1)
        memory_app.channel.refunds.clear()
        with pytest.raises(NotAllowed, match="being sent"):
            await proposed(memory_app, one, ELSEWHERE)


class TestTwoPeople:
    async def test_not_the_same_number_nor_the_same_human_being(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        twin = await an_employee(memory_app, "3003", Role.FINANCE, WIDE, name="钱财务")
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="own proposal"):
            await agreed(memory_app, one)
        with pytest.raises(NotAllowed, match="perhaps own"):
            await agreed(memory_app, twin)

    @pytest.mark.parametrize("role", [Role.CASHIER, Role.ADMIN])
    async def test_nobody_else_looks_or_decides(self, memory_app: InMemoryApp, role: Role) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        stranger = await an_employee(memory_app, "1009", role, WIDE)
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="role"):
            await agreed(memory_app, stranger)

    async def test_an_approver_agrees_and_does_not_propose(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        approver = await an_employee(memory_app, "2001", Role.APPROVER, WIDE, name="周审批")
        with pytest.raises(NotAllowed, match="role"):
            await proposed(memory_app, approver)
        await proposed(memory_app, one)
        assert (await agreed(memory_app, approver)).state is UnclaimedState.RETURNING

    async def test_not_beyond_the_second_person_s_limit(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        small = await an_employee(
            memory_app, "3004", Role.FINANCE, RefundLimits(per_refund_fen=1000, per_day_fen=9000), "吴财务"
        )
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="limit"):
            await agreed(memory_app, small)

    async def test_not_their_own_money(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        payer = memory_app.channel.orders[LOST].payer
        memory_app.channel.orders[LOST] = replace(
            memory_app.channel.orders[LOST], payer=replace(payer, subject=f"openid-{other.number}")
        )
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="own money"):
            await agreed(memory_app, other)
        await memory_app.console.unclaimed.drop(await other.now(), (await the_money(memory_app)).id)
        with pytest.raises(NotAllowed, match="own money"):
            await proposed(memory_app, other)

    async def test_what_changed_meanwhile_is_not_agreed_to_unseen(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="changed meanwhile"):
            await memory_app.console.unclaimed.agree(await other.now(), money.id, 7, other.proof())
        await memory_app.console.unclaimed.drop(await other.now(), money.id)
        with pytest.raises(NotAllowed, match="no proposal"):
            await agreed(memory_app, other)

    async def test_who_proposed_is_told_to_and_the_alert_ends_with_the_answer(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        assert "unclaimed_waits" in {alert.kind for alert in await memory_app.alerts()}
        await agreed(memory_app, other)
        memory_app.clock.forward(600)
        await memory_app.alert_rounds.once()
        waits = [alert for alert in await memory_app.alerts() if alert.kind == "unclaimed_waits"]
        assert [alert.state for alert in waits] == [AlertState.CLOSED]

    async def test_another_hospital_s_money_is_not_found(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        with pytest.raises(NotFound):
            await memory_app.console.unclaimed.look(await one.now(), "wechat:unknown")


class TestWhatIsWrittenDown:
    async def test_every_act_stands_in_the_chain_and_the_check_holds(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(REFUND_NO))
        await memory_app.work()
        chain = await memory_app.stores.audit.latest(HOSPITAL, 50)
        lines = [entry for entry in chain if entry.source[0] == "unclaimed"]
        assert [entry.what for entry in reversed(lines)] == [
            "unclaimed_proposed",
            "unclaimed_agreed",
            "unclaimed_returned",
        ]
        assert lines[1].source[1] == money.id
        assert (lines[1].by, lines[1].detail["proposed_by"]) == ("staff:3002", "staff:3001")
        report = await memory_app.services.shared.audit_check.verify(HOSPITAL)
        assert report.problems == []

    async def test_the_proof_is_sealed_and_opened_for_the_second_person(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        money = await proposed(memory_app, one)
        assert money.ending is not None
        assert "0042" not in money.ending.proof
        assert memory_app.console.unclaimed.proof_of(money) == "receipt 0042"


class TestTampered:
    async def tamper(self, memory_app: InMemoryApp, **fields: object) -> UnclaimedMoney:
        money = await the_money(memory_app)
        store = memory_app.stores.unclaimed
        store.documents[(HOSPITAL, money.id)] = replace(money, **fields)  # type: ignore[attr-defined]
        return money

    async def test_nothing_is_sent_and_a_person_is_told(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await self.tamper(memory_app, refund_no=f"{LOST}U09")
        await memory_app.live_on(7200)
        assert memory_app.channel.named("refund") == []
        assert "unclaimed_tampered" in {alert.kind for alert in await memory_app.alerts()}
        assert any("was changed" in said for said in (await self.verified(memory_app)))

    async def test_settled_by_an_intruder_it_alarms_and_is_no_one_s_to_end(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        await self.tamper(memory_app, state=UnclaimedState.SETTLED)
        with pytest.raises((NotAllowed, Tampered)):
            await proposed(memory_app, one, ELSEWHERE)
        assert [found.id for found in await memory_app.stores.unclaimed.unsettled(HOSPITAL, 5)] == [money.id]
        memory_app.clock.forward(600)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.OPEN

    async def verified(self, memory_app: InMemoryApp) -> list[str]:
        return (await memory_app.services.shared.audit_check.verify(HOSPITAL)).problems
