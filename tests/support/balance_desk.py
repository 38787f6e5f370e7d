"""A person whose card has an old balance, and the window that puts money onto it."""

from __future__ import annotations

from dataclasses import replace

from server.old_balances.service import KnownBalance
from server.patients.model import BoundCard, Session
from server.payments.model import Payment
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import CARD, HOSPITAL, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.old_balances import FaithfulOldBalances, an_old_balance, moved
from tests.support.outside import FaithfulHis, a_hospital
from tests.support.payment_fixtures import paid


class BalanceDesk:
    """``his`` has one balance: 100.00 in cash on the card of the person in front."""

    def __init__(self, his: FaithfulOldBalances | None = None) -> None:
        self.his = his or FaithfulOldBalances()
        self.memory_app = InMemoryApp(a_hospital(his=FaithfulHis(old_balances=self.his)))
        self.session: Session = a_session("openid-zhang-ceshi")
        self.key = ""

    async def enter(self) -> None:
        owner = self.session.identity.key
        await self.memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
        [[balance], _] = await self.memory_app.old_balances.mine(self.session)
        self.key = self.memory_app.old_balances.key_of(self.session, balance)

    async def a_bill_is_moved(self, amount_fen: int | None = None) -> Payment:
        """A bill is paid here, and the window puts its money (or so much of it) onto the card."""
        payment = await paid(self.memory_app)
        await self.memory_app.work()
        payment = await self.memory_app.payment(payment.id)
        lot, balance = moved(payment, amount_fen), self.his.known[CARD]
        self.his.known[CARD] = replace(
            balance, balance_fen=balance.balance_fen + lot.amount_fen, lots=(*balance.lots, lot)
        )
        return payment

    async def view(self) -> KnownBalance:
        return await self.memory_app.old_balances.one(self.session, self.key)

    async def give_back(self) -> None:
        shown_fen = (await self.view()).returnable_fen
        await self.memory_app.old_balances.give_back(self.session, self.key, shown_fen)

    async def money_arrives(self) -> None:
        for refund_id, (_, outcome) in list(self.memory_app.channel.refunds.items()):
            if outcome is RefundOutcome.PROCESSING:
                await self.memory_app.notifications.apply(HOSPITAL, self.memory_app.channel.settle_refund(refund_id))
        await self.memory_app.work()

    def balance_is(self, **fields: object) -> None:
        self.his.known[CARD] = replace(self.his.known.get(CARD) or an_old_balance(), **fields)  # type: ignore[arg-type]
