"""Old balances of a run: what lies on the family's cards in the HIS, what the window does with it, and what a page may say of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.hospital.errors import No
from sandbox.hospital.his import COUNTER, Hospital
from sandbox.hospital.ledger import RELEASE, TRADE
from sandbox.hospital.old_balances import BALANCE, OldBalances
from sandbox.world.people import Person
from sandbox.world.records import Records
from sandbox.world.wire import Record
from server.old_balances.rules import REQUEST
from server.old_balances.service import KnownBalance
from server.payments.model import Payment
from server.payments.refund_model import SHARE_FREE, Refund, RefundState
from server.refunds.rules.allocation import Share
from server.refunds.rules.shares import ShareState
from tests.simulation.balance_asks import Asks
from tests.simulation.balance_news import NewsOfBalances
from tests.simulation.chance import picked
from tests.simulation.stays import PATIENTS

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

BILLS = (0, 0, 0, 0, 1, 1)
"""Whose the bills are that this hospital has beside the usual ones: one card has several lots."""
FIRST_NUMBER = 50
WAYS = ("cash", "wechat", "card")
NOT_WRITTEN_OFF = frozenset({RefundState.REQUESTED, RefundState.APPROVED})


def is_asked_back(refund: Refund) -> bool:
    """Was it asked for as a part of an old balance?"""
    return refund.request_id.startswith(f"{REQUEST}-")


class Balances:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self.family = world.people[:PATIENTS]
        self._moved_at: dict[str, float] = {}
        """By card: when something else than a return of its balance last changed what lies on it."""
        self._learned_at: dict[str, float] = {}
        """By card: when we last learned that the HIS has written off a part of its balance."""
        self.asks = Asks(world.loop.time)
        self.paid_out_fen: dict[str, int] = {}
        dice = random.Random(f"balances/{world.seed}")
        for person in self.family:
            self._puts_in(dice, person)
        self._records.put(COUNTER, "bills", {"last": FIRST_NUMBER})
        for owner in BILLS:
            world.bills.append(self._his.issue(self.family[owner].cards[0])["bill_no"])
        world.database.saved.append(self._saved)
        self.news = NewsOfBalances(world, self.family)

    @property
    def _his(self) -> Hospital:
        return self._world.outside.hospital.his

    @property
    def desk(self) -> OldBalances:
        return self._his.old_balances

    @property
    def _records(self) -> Records:
        return self._world.outside.scene.records

    def _puts_in(self, dice: random.Random, person: Person) -> None:
        """What kiosks and windows took long ago, and how much of it was spent since."""
        lots = [self._paid_in(dice, f"{person.number}{place}") for place in range(dice.randint(0, 2))]
        spent_fen = dice.randint(0, sum(lot["amount_fen"] for lot in lots))
        known = {
            "card_no": person.cards[0], "patient_name": person.name, "phone": person.phone, "paid_in": lots, "spent_fen": spent_fen, "moved": [],
        }  # fmt: skip
        self._records.put(BALANCE, person.cards[0], known)

    def _paid_in(self, dice: random.Random, name: str) -> Record:
        way = dice.choice(WAYS)
        at = self._world.clock.now() - self._world.days(dice.randint(620, 1100))
        return {
            "his_trade_no": f"YC{name}", "receipt_no": f"YCS{name}", "way": way, "amount_fen": dice.randint(1, 30_000), "returned_fen": 0,
            "paid_at": at.isoformat(timespec="seconds"), "out_trade_no": f"KIOSK{name}" if way == "wechat" else "",
        }  # fmt: skip

    # ---- what the window does ------------------------------------------------------------------------------------------------------

    def move(self, dial: float) -> str:
        """What is left of a bill's payment is put onto its card instead of going back. Empty while there is none."""
        able = [one["out_trade_no"] for one in self._records.all(TRADE) if "on_card" not in one and self._left_of(one)]
        if not able:
            return ""
        number = picked(able, dial)
        card_no = self.desk.move(number)["card_no"]
        self._moves(card_no)
        return f"{self._world.shorter(number)} lies on {card_no}"

    def spend(self, dial: float) -> str:
        """Something is paid with the card at a window."""
        known, left_fen = self._one_with_money(dial)
        if known is None:
            return "nothing to spend"
        fen = left_fen if dial * 100 % 1 < 0.2 else 1 + int((left_fen - 1) * (dial * 100 % 1) / 2)
        self._records.put(BALANCE, known["card_no"], {**known, "spent_fen": known["spent_fen"] + fen})
        self._moves(known["card_no"])
        self._world.notable.add("spent")
        return f"{fen} of {known['card_no']} spent"

    def pay_out(self, dial: float) -> str:
        """A window pays out in cash what was not paid through the app."""
        card_no = picked(self.family, dial).cards[0]
        try:
            fen = self.desk.pay_out(card_no)
        except No as refused:
            return refused.code
        self._moves(card_no)
        self.paid_out_fen[card_no] = self.paid_out_fen.get(card_no, 0) + fen
        self._world.notable.add("paid out")
        return f"{fen} of {card_no} paid out"

    def _one_with_money(self, dial: float) -> tuple[Record | None, int]:
        able = [one for one in self._records.all(BALANCE) if self.left_fen(one["card_no"])]
        one = picked(able, dial) if able else None
        return one, 0 if one is None else self.left_fen(one["card_no"])

    def _left_of(self, trade: Record) -> int:
        return int(trade["amount_fen"] - trade["released_fen"])

    def _moves(self, card_no: str) -> None:
        self._moved_at[card_no] = self._world.loop.time()

    def is_still(self, card_no: str, since: float) -> bool:
        """Has nothing but returns of the balance changed what lies on the card since then?"""
        return self._moved_at.get(card_no, -1.0) < since

    def left_fen(self, card_no: str) -> int:
        """What the HIS says."""
        return int(self.desk.query({"card_no": card_no})["balance"]["balance_fen"])

    def lots_left(self, card_no: str) -> list[str]:
        """Our payments that have something left on the card."""
        known = self._records.get(BALANCE, card_no) or {"moved": []}
        trades = [self._records.get(TRADE, number) for number in known["moved"]]
        return [trade["out_trade_no"] for trade in trades if trade is not None and self._left_of(trade)]

    def waiting_fen(self, card_no: str) -> int:
        """What was asked back and the HIS has not written off yet."""
        return sum(one.amount_fen for one in self._asked_back(card_no) if not self._is_written_off(one))

    def _unheard_fen(self, card_no: str) -> int:
        """What the HIS has written off and we have not heard of: a page may leave it out once more, and asks no other lot for it."""
        asked = (one for one in self._asked_back(card_no) if one.state in NOT_WRITTEN_OFF)
        return sum(one.amount_fen for one in asked if self._is_written_off(one))

    def _asked_back(self, card_no: str) -> list[Refund]:
        return [
            refund
            for payment in self._world.database.payments()
            if payment.personal.card_no == card_no
            for refund in payment.refunds
            if is_asked_back(refund) and refund.state not in SHARE_FREE
        ]

    def _is_written_off(self, refund: Refund) -> bool:
        return self._records.get(RELEASE, refund.written_off_as or refund.id) is not None

    # ---- what must hold --------------------------------------------------------------------------------------------------------------

    def shown(self, known: KnownBalance, since: float) -> None:
        """A page that was asked for at ``since`` says where the money goes: every fen that was not asked back, each lot by the channel that
        brought it and no more than it can carry; and what it calls returned has arrived.
        """
        problem, card_no, allocation = self._world.trace.problem, known.balance.card_no, known.allocation
        if self.is_still(card_no, since) and self._learned_at.get(card_no, -1.0) < since:
            left_fen = self.left_fen(card_no) - self.waiting_fen(card_no)
            before = {left_fen + fen for fen in self.asks.meanwhile(card_no, since)}
            if known.left_fen not in {left_fen, max(left_fen - self._unheard_fen(card_no), 0), *before}:
                problem(f"{card_no}: {left_fen} were not asked back, {known.left_fen} are shown")
        for share in allocation.returns:
            self._can_carry(share, problem)
        for one in known.returning:
            if one.state is ShareState.RETURNED and one.amount_fen not in self._arrived_fen(card_no):
                problem(f"{card_no}: {one.amount_fen} are called returned and have not arrived")

    def _can_carry(self, share: Share, problem: Callable[[str], None]) -> None:
        lot = self._world.database.payment(share.number)
        trade = self._records.get(TRADE, share.number)
        if lot is None or trade is None or share.way != lot.parts[0].channel:
            problem(f"{self._world.shorter(share.number)} is no lot of {share.way}")
        elif share.amount_fen > trade["amount_fen"] - trade.get("released_before_fen", 0):
            problem(f"{self._world.shorter(share.number)}: {share.amount_fen} are shown, it brought less onto the card")

    def _arrived_fen(self, card_no: str) -> set[int]:
        """The amounts that have come back of this card's payments."""
        numbers = {one.id for one in self._world.database.payments() if one.personal.card_no == card_no}
        return {
            one.amount_fen
            for channel in self._world.channels
            for one in channel.refunds()
            if one.out_trade_no in numbers and one.state == "success"
        }

    def _saved(self, before: Payment | None, after: Payment) -> None:
        """Something is asked back: never more than lies on the card, unless something moved since it was asked for."""
        known = {} if before is None else {one.id: one.state for one in before.refunds}
        changed = [one for one in after.refunds if known.get(one.id) is not one.state]
        card_no, now = after.personal.card_no, self._world.loop.time()
        if any(not is_asked_back(one) or one.state in SHARE_FREE for one in changed):
            self._moves(card_no)
        if any(known.get(one.id) in NOT_WRITTEN_OFF for one in changed):
            self._learned_at[card_no] = now
        new = [one for one in changed if is_asked_back(one) and one.id not in known]
        if not new:
            return
        self.asks.stored(card_no, sum(one.amount_fen for one in new))
        if not self.is_still(card_no, self.asks.since(card_no)):
            return
        left_fen, waiting_fen = self.left_fen(card_no), self.waiting_fen(card_no)
        if waiting_fen > left_fen:
            self._world.trace.problem(f"{card_no}: {waiting_fen} are asked back, {left_fen} lie on it")
