"""A ward from which somebody is discharged."""

from __future__ import annotations

from server.inpatient.discharge import Discharge
from server.inpatient.model import DEPOSIT, DISCHARGE, AdmissionState
from server.patients.model import BoundCard, Session
from server.payments.model import Payment
from server.payments.rules.trades import RefundOutcome
from server.payments.sms_choice import NO_SMS
from server.refunds.rules.shares import ShareState
from tests.support.builders import CARD, HOSPITAL, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.outside import FaithfulHis, a_hospital


class Ward:
    """One person with one admission, who has paid in at the window (1,000.00 in cash) and here."""

    def __init__(self) -> None:
        self.his = FaithfulInpatients()
        self.memory_app = InMemoryApp(a_hospital(his=FaithfulHis(inpatient=self.his)))
        self.session: Session = a_session("openid-zhang-ceshi")
        self.key = ""

    async def enter(self) -> None:
        owner = self.session.identity.key
        await self.memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
        [known] = await self.memory_app.admissions.mine(self.session)
        self.key = known.key

    async def pay_in(self, amount_fen: int) -> str:
        begun = await self.memory_app.payments.start(DEPOSIT, self.session, [self.key, str(amount_fen)], NO_SMS)
        await self._paid(begun.payment_id)
        return begun.payment_id

    async def leave(self, own_fen: int) -> None:
        self.his.own_fen = own_fen
        self.his.changes(state=AdmissionState.DISCHARGED, discharged_at=self.memory_app.clock.now())

    async def view(self) -> Discharge:
        return await self.memory_app.discharges.view(self.session, self.key)

    async def settle(self) -> Payment:
        plan = (await self.view()).plan
        assert plan is not None
        begun = await self.memory_app.payments.start(
            DISCHARGE, self.session, [self.key, plan.presettlement.number], NO_SMS
        )
        if plan.presettlement.to_pay_fen:
            await self._paid(begun.payment_id)
        await self.memory_app.work()
        return await self.memory_app.payment(begun.payment_id)

    async def money_arrives(self) -> None:
        for refund_id, (_, outcome) in list(self.memory_app.channel.refunds.items()):
            if outcome is RefundOutcome.PROCESSING:
                await self.memory_app.notifications.apply(HOSPITAL, self.memory_app.channel.settle_refund(refund_id))
        await self.memory_app.work()

    async def _paid(self, payment_id: str) -> None:
        await self.memory_app.notifications.apply(HOSPITAL, self.memory_app.channel.pay(payment_id))
        await self.memory_app.work()
        self.memory_app.clock.forward(seconds=3600)


def states(view: Discharge) -> list[ShareState]:
    assert view.standing is not None
    return [one.state for one in view.standing.shares]


def sums(view: Discharge) -> tuple[int, int, int]:
    """Returned, under way, at the window."""
    assert view.standing is not None
    return view.standing.returned_fen, view.standing.under_way_fen, view.standing.window_fen
