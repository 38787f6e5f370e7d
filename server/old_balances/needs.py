"""门诊余额 on the first page: money of the patient's that is there to be had back."""

from __future__ import annotations

from collections.abc import Sequence

from server.core.money import yuan_text
from server.core.ports import Clock
from server.needs.model import Asked, Need, Place, Told, Urgency
from server.old_balances.model import OldBalance
from server.old_balances.service import OldBalanceService
from server.old_balances.texts import TITLE, TO_GIVE_BACK


class OldBalanceNeeds:
    name = "old_balances"

    def __init__(self, balances: OldBalanceService, clock: Clock) -> None:
        self._balances = balances
        self._clock = clock

    def places(self, hospital: str) -> Sequence[Place]:
        return (Place(TITLE, "balances"),) if self._balances.offered(hospital) else ()

    async def needs(self, asked: Asked) -> Told:
        if not self._balances.offered(asked.session.hospital):
            return Told()
        told, failed = await self._balances.of_cards(asked.session, asked.cards)
        needs = [self._need(asked, balance) for balance in told if balance.balance_fen]
        return Told(tuple(needs), is_whole=not failed)

    def _need(self, asked: Asked, balance: OldBalance) -> Need:
        key = self._balances.key_of(asked.session, balance)
        return Need(
            about=(f"balance:{key}",),
            card_no=balance.card_no,
            title=TO_GIVE_BACK,
            text=f"{TITLE} {yuan_text(balance.balance_fen)} 元",
            page=f"balances/{key}",
            urgency=Urgency.NEWS,
            at=self._clock.now(),
        )
