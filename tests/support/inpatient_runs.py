"""Seeded runs of deposits and discharges: the whole app in memory, the real adapter, the sandbox's hospital, and faults at every call.

In the end the hospital's books, the channel's books and what our pages say must agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sandbox.hospital.inpatients import ADMISSION, Inpatients
from sandbox.hospital.ledger import TRADE
from sandbox.hospital.platform import HospitalPlatform
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.deliveries import Deliveries
from sandbox.world.events import Events
from sandbox.world.faults import Faults
from sandbox.world.people import invented_people
from sandbox.world.records import Records
from sandbox.world.scene import Scene
from sandbox.world.wire import Request
from server.core.errors import LostRace, NotFound, NotSent, OutcomeUnknown, OutsideError, Refusal
from server.core.ports import HttpRequest, HttpResponse
from server.effects.model import LOOKS
from server.inpatient.model import DEPOSIT, DISCHARGE
from server.inpatient.rules.plans import Plan
from server.inpatient.rules.standings import ShareState, Standing
from server.patients.model import BoundCard, Session
from server.payments.model import Payment, PaymentState
from server.payments.ports import VerifiedNotification
from server.payments.refund_model import RefundState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.trades import RefundOutcome, TradeState
from server.platforms.his.account import HisConfig
from server.platforms.his.http_json import HttpJsonHis
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import HOSPITAL, a_session
from tests.support.chance import SeededIds
from tests.support.channels import FaithfulChannel
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

KEYS = {"his_key_id": "demo-his-1", "his_secret": "zhenfu-demo-secret"}
STEPS = 50
PEOPLE = (0, 3, 6)
"""Three who are admitted."""
CHANNEL_CALLS = ("order", "query", "close", "refund", "query_refund")
HIS_FAULTS = 0.12


class Line:
    """The HIS behind a line on which calls and answers get lost, as often as ``fault`` says."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.fault = HIS_FAULTS
        self.platform: HospitalPlatform
        self.now: Any

    async def send(self, request: HttpRequest) -> HttpResponse:
        lost = self._dice.random() < self.fault
        if lost and self._dice.random() < 0.5:
            raise NotSent("his", "connection refused") if self._dice.random() < 0.5 else OutcomeUnknown("his", "lost")
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.url.removeprefix("http://his.invalid")
        answer = self.platform.handle(Request(method="POST", target=path, headers=headers, body=request.body))
        if lost:
            raise OutcomeUnknown("his", "answer lost")
        told = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(status=answer.status, headers=told, body=answer.body)


class InpatientRun:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(f"inpatients/{seed}")
        self.line = Line(self.dice)
        config = HisConfig(
            base_url="http://his.invalid/hospital",
            keys={KEYS["his_key_id"]: KEYS["his_secret"]},
            active_key_id=KEYS["his_key_id"],
            inpatient=True,
        )
        his = HttpJsonHis(config, self.line, self, SeededIds())  # type: ignore[arg-type]
        self.channel = FaithfulChannel()
        self.memory_app = InMemoryApp(a_hospital(his=his, channels={"wechat": self.channel}))
        self.line.platform = HospitalPlatform(a_scene(self.now, seed))
        self.line.platform.his.open()
        self.session: Session = a_session("openid-zhang-ceshi")
        self.undelivered: list[VerifiedNotification] = []
        self.seen: list[str] = []
        """What was wrong on the way."""

    def now(self) -> datetime:
        """core.ports.Clock, for the adapter."""
        return self.memory_app.clock.now()

    @property
    def wards(self) -> Inpatients:
        return self.line.platform.his.inpatients

    async def live(self) -> None:
        everybody = invented_people()
        for person in (everybody[one] for one in PEOPLE):
            card = BoundCard(
                hospital=HOSPITAL, owner=self.session.identity.key, card_no=person.cards[0], name=person.name
            )
            await self.memory_app.stores.cards.bind(card)
        for _ in range(STEPS):
            if self.dice.random() < 0.1:
                self.channel.will(self.dice.choice(CHANNEL_CALLS), OutcomeUnknown("played", "lost call"))
            with suppress(Refusal, OutsideError, LostRace, NotFound):
                await self._step()
        await self._come_to_rest()

    async def _step(self) -> None:
        what = self.dice.choices(
            (self._pay_in, self._pay, self._hear, self._time, self._leave, self._settle, self._refund, self._reverse),
            (3, 9, 3, 10, 2, 5, 1, 2),
        )[0]
        await what()

    async def _pay_in(self) -> None:
        for known in await self.memory_app.admissions.mine(self.session):
            quote = await self.memory_app.admissions.system(HOSPITAL).deposit_quote(known.admission.stay)
            if quote.needed_fen:
                fen = self.dice.randint(1, max(1, quote.needed_fen // 3))
                await self.memory_app.payments.start(DEPOSIT, self.session, [known.key, str(fen)], None)

    async def _pay(self) -> None:
        for number, state in self.channel.states.items():
            if state is TradeState.UNPAID:
                told = self.channel.pay(number)
                if self.dice.random() < 0.7:
                    self.undelivered.append(told)

    async def _hear(self) -> None:
        if self.undelivered:
            await self.memory_app.notifications.apply(HOSPITAL, self.dice.choice(self.undelivered))

    async def _time(self) -> None:
        self.memory_app.clock.forward(seconds=self.dice.choice((1, 20, 20, 60, 60, 400, 4000)))
        await self.memory_app.work(rounds=60)

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
                    DISCHARGE, self.session, [known.key, plan.presettlement.number], None
                )

    def _beyond(self, plan: Plan) -> Iterator[str]:
        """Shares that are more than their lot has left, by the channel's books."""
        for share in plan.allocation.returns:
            in_fen, back_fen = self._money(share.number)
            if share.amount_fen > in_fen - back_fen:
                yield f"{share.number}: {share.amount_fen} are planned, {in_fen - back_fen} are left"

    async def _refund(self) -> None:
        """Staff give a part of a deposit back; the HIS may refuse it."""
        able = [one for one in await self._payments() if one.purpose == DEPOSIT and refundable_fen(one)]
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
            trade = self._trades().get(admission.get("settled_by", ""))
            if admission["state"] == "settled" and trade is not None and not trade["amount_fen"]:
                self.wards.settling.take_back(admission)

    async def _come_to_rest(self) -> None:
        self.line.fault = 0.0
        self.channel.next_calls.clear()
        for told in self.undelivered:
            with suppress(Refusal, OutsideError):
                await self.memory_app.notifications.apply(HOSPITAL, told)
        for _ in range(16):
            self.memory_app.clock.forward(seconds=2400)
            await self.memory_app.work(rounds=80)
            for refund_id, (_, outcome) in list(self.channel.refunds.items()):
                if outcome is RefundOutcome.PROCESSING:
                    await self.memory_app.notifications.apply(HOSPITAL, self.channel.settle_refund(refund_id))

    def _admissions(self) -> list[dict[str, Any]]:
        return list(self.line.platform._scene.records.all(ADMISSION))

    def _trades(self) -> Mapping[str, dict[str, Any]]:
        return {trade["out_trade_no"]: trade for trade in self.line.platform._scene.records.all(TRADE)}

    async def _payments(self) -> list[Payment]:
        return list(await self.memory_app.stores.payments.page("", 200))

    # ---- what must hold -----------------------------------------------------------------------------------------------------------

    async def problems(self) -> list[str]:
        payments, trades = await self._payments(), self._trades()
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

    async def _plan(self, payment: Payment) -> Iterator[str] | list[str]:
        """The allocation is the whole rest, and so are the sums that the page shows."""
        [known] = [
            one
            for one in await self.memory_app.admissions.mine(self.session)
            if one.admission.stay.admission_no in payment.personal.subject.numbers
        ]
        view = await self.memory_app.discharges.view(self.session, known.key)
        if view.settlement is None or view.settlement.id != payment.id or view.plan is None or view.standing is None:
            return []  # taken back since
        found, standing, asked = [], view.standing, view.plan.presettlement
        allocated_fen = view.plan.allocation.returns_fen + view.plan.allocation.window_fen
        shown_fen = standing.returned_fen + standing.under_way_fen + standing.window_fen + standing.otherwise_fen
        if not asked.to_return_fen == allocated_fen == shown_fen:
            found.append(f"{payment.id}: {asked.to_return_fen} to return, {allocated_fen} allocated, {shown_fen} shown")
        found += await self._failed_for_nothing(standing)
        if standing.under_way_fen:
            found.append(f"{payment.id}: {standing.under_way_fen} are under way for ever")
        if known.admission.left_fen != standing.window_fen:
            found.append(f"{payment.id}: the HIS owes {known.admission.left_fen}, the page says {standing.window_fen}")
        return found

    async def _failed_for_nothing(self, standing: Standing) -> list[str]:
        """A share fails only where its lot has not enough left, or the HIS has refused."""
        found = []
        for one in standing.shares:
            if one.state is ShareState.FAILED:
                lot = await self.memory_app.payment(one.share.number)
                refused = any(refund.state is RefundState.REJECTED for refund in lot.refunds)
                if not refused and refundable_fen(lot) >= one.share.amount_fen:
                    found.append(f"{lot.id}: {one.share.amount_fen} were never asked back")
        return found


def a_scene(now: Any, seed: int) -> Scene:
    records = Records(None)
    faults = Faults(records)
    return Scene(
        keys=KEYS,
        records=records,
        clock=WorldClock(now),
        dice=Dice(seed),
        faults=faults,
        deliveries=Deliveries(records, faults),
        events=Events(),
        people=invented_people(),
        app_url="http://app.invalid",
        app_public_url="http://app.invalid",
    )


async def problems_of(seed: int) -> list[str]:
    run = InpatientRun(seed)
    await run.live()
    return await run.problems()
