"""Whoever has bound a card on which an old balance lies is told once, and again after a while.

The HIS's own list of balances is walked, not the bound cards: so the cards that nobody has bound are known, too.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.money import yuan_text
from server.core.ports import ANSWERS_MAX, Clock, Sealer
from server.effects.recurring import PIECE, Piece
from server.old_balances.model import ListedBalance
from server.old_balances.places import place_kept, place_text
from server.old_balances.ports import OldBalanceSystems
from server.old_balances.texts import TITLE
from server.patients.card_news import CardNews, News
from server.patients.ports import CardStore

OLD_BALANCE = "old_balance"
ABOUT = "balance"
EVERY = timedelta(days=1)
AT_ONCE = 20
"""So many lines of the list are asked for at a time while people are told: what is told was true seconds ago."""


class BalanceNews:
    def __init__(
        self, systems: OldBalanceSystems, cards: CardStore, news: CardNews, sealer: Sealer, clock: Clock
    ) -> None:
        self._systems = systems
        self._cards = cards
        self._news = news
        self._sealer = sealer
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Tells from this ``place`` of the list on. Raises OutsideError, StoreError: the round then goes on at this place."""
        if hospital not in self._systems:
            return Piece()
        goes_on, until = place_kept(self._sealer, hospital, place), self._clock.now() + PIECE
        while True:
            page = await self._systems[hospital].balances(goes_on, AT_ONCE)
            for line in page.lines:
                await self._tell(hospital, line)
            if page.next is None:
                return Piece()
            goes_on = page.next
            if self._clock.now() >= until:
                return Piece(place_text(self._sealer, hospital, goes_on), more=True)

    async def _tell(self, hospital: str, line: ListedBalance) -> None:
        if not line.balance_fen:
            return
        guide = f"{TITLE} {yuan_text(line.balance_fen)} 元可以退还"
        news = News(purpose=OLD_BALANCE, about=ABOUT, patient_name=line.patient_name, guide=guide, page="balances")
        for card in await self._cards.of_card(hospital, line.card_no, ANSWERS_MAX):
            with suppress(OutcomeUnknown, OutsideRefusal):  # about this card the next round tells
                await self._news.tell(card, news)
