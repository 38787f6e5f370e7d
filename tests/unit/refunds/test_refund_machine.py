"""Refunds in any order: asked, agreed to, refused, withdrawn, at the window, in the console, with workers that die and answers that get lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from server.core.days import hospital_day
from server.core.errors import NotAllowed, NotSent, OutcomeUnknown
from server.effects.model import take
from server.payments.model import Payment, bumped
from server.payments.refund_model import SHARE_FREE, Refund, RefundOrigin, RefundState
from server.payments.rules.trades import RefundOutcome
from server.refunds.window_service import WrittenOff
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

AMOUNTS = st.sampled_from([1, 300, 500, 700, 1234])
SMALL = RefundLimits(per_refund_fen=500, per_day_fen=800)
WHO = st.sampled_from([0, 1, 2])


class Refunds(RuleBasedStateMachine):
    """One booked payment of 1234 fen, a cashier with small limits, one with large ones, an approver."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.memory_app = InMemoryApp()
        self.staff: list[Employee] = []
        self.windows: dict[str, int] = {}
        self.do(self._open())

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(act)

    async def _open(self) -> None:
        self.id = (await paid(self.memory_app)).id
        await self.memory_app.work()
        self.staff = [
            await an_employee(self.memory_app, "1001", limits=SMALL),
            await an_employee(self.memory_app, "1002", name="孙收费"),
            await an_employee(self.memory_app, "2001", Role.APPROVER, name="王审批"),
        ]

    @property
    def payment(self) -> Payment:
        found: Payment = self.do(self.memory_app.payment(self.id))
        return found

    def waiting(self) -> list[Refund]:
        return [refund for refund in self.payment.refunds if refund.state is RefundState.REQUESTED]

    # ---- people --------------------------------------------------------------------------------------------------------------------

    @rule(who=WHO, amount_fen=AMOUNTS, twice=st.booleans())
    def ask(self, who: int, amount_fen: int, twice: bool) -> None:
        async def asking() -> None:
            one, desk = self.staff[who], self.memory_app.refund_desk
            drafted = await desk.draft(await one.now(), self.id, amount_fen, "other")
            for _ in range(1 + twice):
                await desk.confirm(await one.now(), drafted.draft.ticket, one.proof(), "chat")

        with suppress(NotAllowed):
            self.do(asking())

    @precondition(lambda self: self.waiting())
    @rule(who=WHO, agree=st.booleans(), data=st.data())
    def decide(self, who: int, agree: bool, data: st.DataObject) -> None:
        refund = data.draw(st.sampled_from([refund.id for refund in self.waiting()]))

        async def deciding() -> None:
            one, desk = self.staff[who], self.memory_app.refund_desk
            drafted = await desk.draft_decision(await one.now(), refund, agree=agree, words="" if agree else "已经做了")
            await desk.confirm(await one.now(), drafted.draft.ticket, one.proof(), "chat")

        with suppress(NotAllowed):
            self.do(deciding())

    @precondition(lambda self: self.waiting())
    @rule(who=WHO)
    def withdraw(self, who: int) -> None:
        with suppress(NotAllowed):
            self.do(self._withdraw(who, self.waiting()[0].id))

    async def _withdraw(self, who: int, refund: str) -> None:
        await self.memory_app.refund_desk.withdraw(await self.staff[who].now(), refund)

    @rule(number=st.sampled_from(["HR-1", "HR-2"]), amount_fen=AMOUNTS)
    def window(self, number: str, amount_fen: int) -> None:
        told = WrittenOff(
            out_trade_no=self.id, his_refund_no=number, amount_fen=amount_fen, lines=(), reason="window", operator="w7"
        )
        with suppress(NotAllowed):
            self.do(self.memory_app.window_refunds.make(HOSPITAL, told))

    # ---- the outside ---------------------------------------------------------------------------------------------------------------

    @rule(where=st.sampled_from(["release", "refund", "query", "notify"]), lost=st.booleans())
    def trouble(self, where: str, lost: bool) -> None:
        error = OutcomeUnknown("outside") if lost else NotSent("outside")
        if where in {"release", "notify"}:
            self.memory_app.his.will(f"refund_{where}", error)
        else:
            self.memory_app.channel.will("refund" if where == "refund" else "query_refund", error)

    @rule(words=st.sampled_from(["", "药品已发出"]))
    def his_opinion(self, words: str) -> None:
        self.memory_app.his.forbids = words

    @precondition(lambda self: self.under_way())
    @rule(
        outcome=st.sampled_from([RefundOutcome.SUCCEEDED, RefundOutcome.CLOSED, RefundOutcome.ABNORMAL]),
        told=st.integers(0, 2),
    )
    def channel_decides(self, outcome: RefundOutcome, told: int) -> None:
        news = self.memory_app.channel.settle_refund(self.under_way()[0], outcome)
        for _ in range(told):
            self.do(self.memory_app.notifications.apply(HOSPITAL, news))

    def under_way(self) -> list[str]:
        open_ends = {RefundOutcome.PROCESSING, RefundOutcome.ABNORMAL}
        return [name for name, (_, outcome) in self.memory_app.channel.refunds.items() if outcome in open_ends]

    # ---- workers -------------------------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0, 5, 90, 4000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.memory_app.clock.forward(seconds)
        self.do(self.memory_app.work(60))

    @rule()
    def a_worker_dies_with_a_lease(self) -> None:
        now = self.memory_app.clock.now()
        due = next((effect for effect in self.payment.effects if effect.due_at <= now), None)
        if due is not None:
            self.do(self._die(due.key))

    async def _die(self, key: str) -> None:
        now = self.memory_app.clock.now()
        await self.memory_app.transitions.apply(
            HOSPITAL,
            self.id,
            lambda p: bumped(p, effects=take(p.effects, key, token="dead", now=now, lease=timedelta(seconds=60))),
        )

    # ---- what always holds -----------------------------------------------------------------------------------------------------------

    @invariant()
    def never_more_back_than_paid(self) -> None:
        sent = self.memory_app.channel.refunds.values()
        assert sum(fen for fen, outcome in sent if outcome is not RefundOutcome.CLOSED) <= 1234
        assert self.payment.refunding_fen <= self.payment.paid_fen == 1234

    @invariant()
    def never_two_for_one_request(self) -> None:
        held = Counter(refund.request_id for refund in self.payment.refunds if refund.state not in SHARE_FREE)
        assert not [name for name, count in held.items() if count > 1]

    @invariant()
    def his_first_money_second(self) -> None:
        for refund in self.payment.refunds:
            if refund.origin is RefundOrigin.STAFF and refund.id in self.memory_app.channel.refunds:
                assert refund.written_off_as in self.memory_app.his.released

    @invariant()
    def nobody_alone_over_their_limits(self) -> None:
        alone = {
            r.request_id: r for r in self.payment.refunds if r.asked_by == "staff:1001" and not r.approval_reasons
        }.values()
        spent: Counter[object] = Counter()
        for refund in alone:
            assert refund.amount_fen <= SMALL.per_refund_fen
            spent[hospital_day(refund.at)] += refund.amount_fen
        assert all(fen <= SMALL.per_day_fen for fen in spent.values())
        gone_fen = sum(refund.amount_fen for refund in alone if refund.state not in SHARE_FREE)
        assert gone_fen <= SMALL.per_refund_fen, "cut into pieces"
        assert all(
            refund.decided_by != refund.asked_by
            for refund in self.payment.refunds
            if refund.state is not RefundState.WITHDRAWN
        )

    @invariant()
    def nothing_is_forgotten(self) -> None:
        assert not self.payment.is_forgotten()

    def teardown(self) -> None:
        """In the end everybody answers: nobody is owed anything, and the chain holds."""
        try:
            self.do(self._rest())
        finally:
            self.loop.close()

    async def _rest(self) -> None:
        for _ in range(40):
            for name in self.under_way():
                self.memory_app.channel.settle_refund(name)
            self.memory_app.clock.forward(3600)
            await self.memory_app.work(60)
            if (await self.memory_app.payment(self.id)).at_rest() and not (
                await self.memory_app.payment(self.id)
            ).effects:
                break
        payment = await self.memory_app.payment(self.id)
        assert payment.at_rest(), payment.effects
        assert payment.effects == ()
        assert payment.audited_lines == (len(payment.history) if payment.audited else payment.audited_lines)
        assert (await self.memory_app.services.shared.audit_check.verify(HOSPITAL)).problems == []


Refunds.TestCase.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRefunds = Refunds.TestCase
