"""What must hold of old balances when everything is over, beside what holds of all bills. The channels' and the HIS's books are the truth.

What was paid in, less what was spent, paid out at the window and sent back by the channels, is what the HIS holds; the page says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.hospital.old_balances import BALANCE
from sandbox.world.wire import Record
from server.app.wiring import Composition
from server.patients.model import Session
from server.payments.refund_model import NEVER_SENT, RefundOrigin, RefundState
from server.payments.rules.outside_refunds import gone_fen
from server.refunds.rules.shares import ShareState
from tests.simulation.balance_people import BalancePhone
from tests.simulation.balance_years import LotsGrowOld
from tests.simulation.balances import Balances, is_asked_back
from tests.simulation.books import Books

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

OVER = frozenset({ShareState.RETURNED, ShareState.ELSEWHERE})


class BalanceBooks:
    def __init__(self, world: SimulatedWorld, balances: Balances) -> None:
        self._world = world
        self._balances = balances
        self._books = Books(world)

    async def check(self) -> None:
        """When the run is over; again after what comes a year later."""
        phone = next(one for one in self._world.phones if isinstance(one, BalancePhone))
        await self._now(phone)
        await self._balances.news.check()
        await LotsGrowOld(self._world, self._balances).come(phone)
        self._books = Books(self._world)
        await self._now(phone)

    async def _now(self, phone: BalancePhone) -> None:
        for person in self._balances.family:
            if (known := self._world.outside.scene.records.get(BALANCE, person.cards[0])) is not None:
                for told in self._money(known):
                    self._world.trace.problem(f"{known['card_no']}: {told}")
        for told in await phone.looks(self._pages):
            self._world.trace.problem(told)

    def _money(self, known: Record) -> Iterator[str]:
        """(a) of a card."""
        card_no = known["card_no"]
        paid_in_fen = sum(lot["amount_fen"] for lot in known["paid_in"])
        on_card_fen = sum(self._brought_fen(number) for number in known["moved"])
        gone_fen = known["spent_fen"] + self._balances.paid_out_fen.get(card_no, 0)
        expected_fen = max(paid_in_fen + on_card_fen - gone_fen, 0)
        left_fen = self._balances.left_fen(card_no)
        if left_fen != expected_fen:
            yield f"(a) {expected_fen} should lie on it, and the HIS says {left_fen}"

    def _brought_fen(self, number: str) -> int:
        """What a payment that was put onto the card has there still: what its channel keeps of it."""
        trade = self._books.his.get(number)
        if trade is None:
            return 0  # lost, and finance knows
        payment = self._world.database.payment(number)
        kept_fen = self._books.in_fen(number) - self._books.back_fen(number) + self._world.unannounced.get(number, 0)
        elsewhere = (one.amount_fen for one in payment.refunds if one.origin is RefundOrigin.ELSEWHERE)
        kept_fen += self._books.refused_fen(payment) - sum(elsewhere)
        return (
            kept_fen
            if self._books.in_fen(number) == trade["amount_fen"]
            else trade["amount_fen"] - trade["released_fen"]
        )

    async def _pages(self, parts: Composition, session: Session) -> list[str]:
        """Everything that was asked back has come to rest, and each page says what the HIS holds."""
        found = []
        told, _ = await parts.services.old_balances.mine(session)
        for balance in told:
            known = await parts.services.old_balances.one(session, parts.services.old_balances.key_of(session, balance))
            card_no = balance.card_no
            if known.left_fen != self._balances.left_fen(card_no):
                found.append(f"{card_no}: its page says {known.left_fen}, the HIS {self._balances.left_fen(card_no)}")
            returned_fen = sum(one.amount_fen for one in known.returning if one.state in OVER)
            if returned_fen != self._returned_fen(card_no):
                found.append(f"{card_no}: {self._returned_fen(card_no)} have come back, its page says {returned_fen}")
            if any(one.state is ShareState.UNDER_WAY for one in known.returning):
                found.append(f"(b) {card_no}: something is on its way for ever")
        return found

    def _returned_fen(self, card_no: str) -> int:
        return sum(
            gone_fen(payment, refund)
            for payment in self._books.payments
            if payment.personal.card_no == card_no
            for refund in payment.refunds
            if is_asked_back(refund) and (refund.covered_by or refund.state not in {*NEVER_SENT, RefundState.CLOSED})
        )
