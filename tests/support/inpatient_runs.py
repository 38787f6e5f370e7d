"""Seeded runs of deposits and discharges: the whole app in memory, the real adapter, the sandbox's hospital, and faults at every call.

In the end the hospital's books, the channel's books and what our pages say must agree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.hospital.inpatients import ADMISSION, Inpatients
from server.effects.model import LOOKS
from server.inpatient.model import DEPOSIT, DISCHARGE
from server.inpatient.rules.plans import Plan
from server.patients.model import Session
from server.payments.model import Payment, PaymentState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.trades import TradeState
from server.payments.sms_choice import NO_SMS
from server.platforms.his.http_json import HttpJsonHis
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import HOSPITAL, a_session
from tests.support.hospital_runs import HospitalRun
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.settlements import settlement_problems

PEOPLE = (0, 3, 6)
"""Three who are admitted."""


class InpatientRun(HospitalRun):
    STEPS = 50
    PAUSES_S = (1, 20, 20, 60, 60, 400, 4000)
    INPATIENT = True

    def __init__(self, seed: int) -> None:
        super().__init__("inpatients", seed)
        self.session: Session = a_session("openid-zhang-ceshi")

    def app(self, his: HttpJsonHis) -> InMemoryApp:
        return InMemoryApp(a_hospital(his=his, channels={"wechat": self.channel}))

    def cards(self) -> Sequence[tuple[Session, int]]:
        return [(self.session, person) for person in PEOPLE]

    @property
    def wards(self) -> Inpatients:
        return self.line.platform.his.inpatients

    def acts(self) -> tuple[Sequence[Callable[[], Awaitable[None]]], Sequence[float]]:
        acts = (self._pay_in, self._pay, self.hear, self.wait, self._leave, self._settle, self._refund, self._reverse)
        return acts, (3, 9, 3, 10, 2, 5, 1, 2)

    async def _pay_in(self) -> None:
        for known in await self.memory_app.admissions.mine(self.session):
            quote = await self.memory_app.admissions.system(HOSPITAL).deposit_quote(known.admission.stay)
            if quote.needed_fen:
                fen = self.dice.randint(1, max(1, quote.needed_fen // 3))
                await self.memory_app.payments.start(DEPOSIT, self.session, [known.key, str(fen)], NO_SMS)

    async def _pay(self) -> None:
        for number, state in self.channel.states.items():
            if state is TradeState.UNPAID:
                told = self.channel.pay(number)
                if self.dice.random() < 0.7:
                    self.undelivered.append(told)

    async def _leave(self) -> None:
        for admission in self._admissions():
            if admission["state"] == "admitted" and admission["trades"]:
                self.wards.discharge(admission["card_no"])

    async def _settle(self) -> None:
        for known in await self.memory_app.admissions.mine(self.session):
            view = await self.memory_app.discharges.view(self.session, known.key)
            plan = view.plan
            if plan is not None and view.settlement is None:
                self.seen += self._beyond(plan)
                await self.memory_app.payments.start(
                    DISCHARGE, self.session, [known.key, plan.presettlement.number], NO_SMS
                )

    def _beyond(self, plan: Plan) -> Iterator[str]:
        """Shares that are more than their lot has left, by the channel's books."""
        for share in plan.allocation.returns:
            in_fen, back_fen = self._money(share.number)
            if share.amount_fen > in_fen - back_fen:
                yield f"{share.number}: {share.amount_fen} are planned, {in_fen - back_fen} are left"

    async def _refund(self) -> None:
        """Staff give a part of a deposit back; the HIS may refuse it."""
        able = [one for one in await self.payments() if one.purpose == DEPOSIT and refundable_fen(one)]
        if able:
            lot, now = self.dice.choice(able), self.memory_app.clock.now()
            ask = RefundAsk(
                request_id=f"tap-{self.dice.random()}", amount_fen=self.dice.randint(1, refundable_fen(lot)), lines=(), reason="other", note="",
                by="staff:1001", requested_via="chat", approval_reasons=(),
            )  # fmt: skip
            await self.memory_app.transitions.apply(HOSPITAL, lot.id, lambda one: request_refund(one, ask, now, now))

    async def _reverse(self) -> None:
        """The window takes a settlement back that had nothing to pay."""
        for admission in self._admissions():
            trade = self.trades().get(admission.get("settled_by", ""))
            if admission["state"] == "settled" and trade is not None and not trade["amount_fen"]:
                self.wards.settling.take_back(admission)

    def _admissions(self) -> list[dict[str, Any]]:
        return list(self.line.platform.scene.records.all(ADMISSION))

    # ---- what must hold -----------------------------------------------------------------------------------------------------------

    async def problems(self) -> list[str]:
        payments, trades = await self.payments(), self.trades()
        found = list(self.seen)
        found += [problem for payment in payments for problem in self._of(payment, trades.get(payment.id))]
        found += [
            f"{number} is in the HIS and nowhere else" for number in trades if all(one.id != number for one in payments)
        ]
        for admission in self._admissions():
            found += self._balance(admission, payments)
        for payment in payments:
            if payment.purpose == DISCHARGE and payment.state is PaymentState.BOOKED:
                found += await self._plan(payment)
        return found

    def _money(self, number: str) -> tuple[int, int]:
        """What came and what went back at the channel."""
        in_fen = self.channel.amounts.get(number, 0)
        gone = [
            fen for refund, (fen, _) in self.channel.refunds.items() if self.channel.refund_orders[refund] == number
        ]
        return in_fen, sum(gone)

    def _of(self, payment: Payment, trade: Mapping[str, Any] | None) -> Iterator[str]:
        in_fen, back_fen = self._money(payment.id)
        held_fen = 0 if trade is None else trade["amount_fen"] - trade["released_fen"]
        if in_fen - back_fen != held_fen:
            yield f"{payment.id} {payment.purpose}: {in_fen} came, {back_fen} went back, the HIS holds {held_fen}"
        if (payment.state is PaymentState.BOOKED) != (trade is not None):
            yield f"{payment.id} {payment.purpose} is {payment.state}, and the HIS has {trade is not None}"
        if not payment.at_rest() or any(effect.kind not in LOOKS for effect in payment.effects):
            yield f"{payment.id}: {payment.state} still owes {[effect.key for effect in payment.effects]}"

    def _balance(self, admission: Mapping[str, Any], payments: list[Payment]) -> Iterator[str]:
        """Deposits less what was given back of them is the HIS's balance; nothing below the own part has gone back after a settlement."""
        ours = [
            one
            for one in payments
            if one.purpose == DEPOSIT and one.personal.subject.numbers == (admission["admission_no"],)
        ]
        moved = [self._money(one.id) for one in ours if one.state is PaymentState.BOOKED]
        cash_fen = sum(one["amount_fen"] for one in admission["window"])
        expected_fen = cash_fen + sum(in_fen - back_fen for in_fen, back_fen in moved)
        if self.wards.paid_in_fen(dict(admission)) != expected_fen:
            yield f"{admission['admission_no']}: the HIS's balance is not deposits less refunds"

    async def _plan(self, payment: Payment) -> list[str]:
        """The allocation is the whole rest, and so are the sums that the page shows."""
        [known] = [
            one
            for one in await self.memory_app.admissions.mine(self.session)
            if one.admission.stay.admission_no in payment.personal.subject.numbers
        ]
        view = await self.memory_app.discharges.view(self.session, known.key)
        return list(settlement_problems(view, payment, {one.id: one for one in await self.payments()}))
