"""退还门诊余额: what is left on a person's cards, which part of it goes back by its channel, and asking for that.

The HIS comes first, the money second, as with every refund: each lot's refund is written off by the HIS, which says no to more than is left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from server.core.actors import CARD_HOLDER
from server.core.errors import ChargeChanged, NotAllowed, NotFound, OutsideError
from server.core.ports import Clock, Sealer
from server.old_balances.model import OldBalance
from server.old_balances.ports import OldBalanceSystem, OldBalanceSystems
from server.old_balances.rules import Returning, by_our_books, is_lot_of, request_of, returning_of
from server.old_balances.texts import CHANGED, NOT_FOUND, NOT_OFFERED, NOTHING
from server.patients.model import BoundCard, Session
from server.patients.ports import CardStore
from server.patients.visible_cards import bound_cards, card_key, card_of_key, some_told, told_and_failed
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.refunds.lots import LotReader
from server.refunds.rules.allocation import Allocation, Share, allocate
from server.refunds.rules.requests import RefundAsk, request_refund

DOOR = "page"
REASON = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBalance:
    """``key`` names the card in addresses without telling its number. ``allocation``: where all that was not asked back yet would go.
    ``returning``: what was. ``foreign``: the lots that somebody else had paid.
    """

    key: str
    balance: OldBalance
    allocation: Allocation
    returning: tuple[Returning, ...] = ()
    foreign: frozenset[str] = frozenset()

    @property
    def returnable_fen(self) -> int:
        """What goes back by its channel when it is asked for."""
        return sum(share.amount_fen for share in self.allocation.returns)

    @property
    def left_fen(self) -> int:
        """What was not asked back yet."""
        return self.returnable_fen + self.allocation.window_fen


class OldBalanceService:
    def __init__(
        self,
        systems: OldBalanceSystems,
        cards: CardStore,
        lots: LotReader,
        transitions: Transitions,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._systems = systems
        self._cards = cards
        self._lots = lots
        self._transitions = transitions
        self._sealer = sealer
        self._clock = clock

    @property
    def systems(self) -> OldBalanceSystems:
        """By hospital, those whose HIS tells of old balances."""
        return self._systems

    def offered(self, hospital_id: str) -> bool:
        """Does this hospital's HIS tell of old balances?"""
        return hospital_id in self._systems

    def system(self, hospital_id: str) -> OldBalanceSystem:
        """Raises NotFound where the hospital's HIS does not tell of old balances."""
        his = self._systems.get(hospital_id)
        if his is None:
            raise NotFound("no old balances here", user_message=NOT_OFFERED)
        return his

    async def mine(
        self, session: Session, bound: tuple[BoundCard, ...] | None = None
    ) -> tuple[tuple[OldBalance, ...], tuple[OutsideError, ...]]:
        """The balances of the person's cards (``bound``, where they have been read), and the errors of the cards of which nothing can be
        known now. Raises OutsideError when nothing can be known of any card.
        """
        his = self.system(session.hospital)
        told, failed = await some_told(await bound_cards(self._cards, session, bound), _each(his))
        return told, tuple(failed)

    async def of_cards(
        self, session: Session, bound: tuple[BoundCard, ...]
    ) -> tuple[tuple[OldBalance, ...], tuple[OutsideError, ...]]:
        """The balances of these cards, and the errors of the cards of which nothing can be known now."""
        told, failed = await told_and_failed(bound, _each(self.system(session.hospital)))
        return told, tuple(failed)

    def key_of(self, session: Session, balance: OldBalance) -> str:
        """An opaque name of the card for addresses."""
        return card_key(self._sealer, session.hospital, balance.card_no)

    async def one(self, session: Session, key: str) -> KnownBalance:
        """Raises NotFound for a card that is not bound here or has no balance, OutsideError."""
        known, _ = await self._look(session, key)
        return known

    async def give_back(self, session: Session, key: str, shown_fen: int) -> None:
        """Asks each lot for its share; from there each goes its own way. ``shown_fen`` is what the page said would go back.

        Raises NotFound, NotAllowed when nothing can be asked back, ChargeChanged when it is another sum by now, OutsideError.
        """
        known, ours = await self._look(session, key)
        if not known.returnable_fen:
            raise NotAllowed("nothing to give back", user_message=NOTHING)
        if known.returnable_fen != shown_fen:
            raise ChargeChanged("another sum than was shown", user_message=CHANGED)
        refused = [refusal for share in known.allocation.returns if (refusal := await self._refusal(ours, share))]
        if len(refused) == len(known.allocation.returns):
            raise refused[0]

    async def _refusal(self, ours: Mapping[str, Payment], share: Share) -> NotAllowed | None:
        """Asks for this share; the refusal where its lot does not allow it (any more): the others go on without it."""
        try:
            await self._ask_back(ours[share.number], share)
        except NotAllowed as refusal:
            return refusal
        return None

    async def _look(self, session: Session, key: str) -> tuple[KnownBalance, Mapping[str, Payment]]:
        his = self.system(session.hospital)
        card = card_of_key(self._sealer, session.hospital, await bound_cards(self._cards, session), key)
        balance = None if card is None else await his.balance(card.card_no)
        if balance is None:
            raise NotFound("old balance", user_message=NOT_FOUND)
        card_no = balance.card_no

        def is_lot(payment: Payment) -> bool:
            return is_lot_of(payment, card_no)

        numbers = [lot.out_trade_no for lot in balance.lots if lot.out_trade_no]
        ours = await self._lots.payments(session.hospital, numbers, is_lot)
        told, on_its_way_fen = by_our_books(balance.lots, ours)
        lots = self._lots.lots_of(session.hospital, told, ours)
        allocation = allocate(max(balance.balance_fen - on_its_way_fen, 0), lots, balance.order)
        foreign = frozenset(number for number, lot in ours.items() if lot.owner not in session.owners)
        known = KnownBalance(
            key=key, balance=balance, allocation=allocation, returning=returning_of(ours), foreign=foreign
        )
        return known, ours

    async def _ask_back(self, payment: Payment, share: Share) -> None:
        now = self._clock.now()
        ask = RefundAsk(
            request_id=request_of(payment),
            amount_fen=share.amount_fen,
            lines=(),
            reason=REASON,
            note="",
            by=CARD_HOLDER,
            requested_via=DOOR,
            approval_reasons=(),
        )
        await self._transitions.apply(payment.hospital, share.number, lambda lot: request_refund(lot, ask, now, now))


def _each(his: OldBalanceSystem) -> Callable[[str], Awaitable[Sequence[OldBalance]]]:
    async def ask(card_no: str) -> Sequence[OldBalance]:
        balance = await his.balance(card_no)
        return () if balance is None else (balance,)

    return ask
