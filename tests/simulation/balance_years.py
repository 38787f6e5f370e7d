"""Old balances a year later: what WeChat and Alipay take back no more is named for the window, what they still take goes back in time.

The calendar is set to a moment around the limit of one of the lots, in the middle of the hour that a refund may take; others of the run lie
before and behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from server.old_balances.service import KnownBalance
from server.payments.rules.refund_window import TIME_TO_SEND
from tests.simulation.chance import picked
from tests.simulation.years import LOOKS_END_S, wake_at

if TYPE_CHECKING:
    from tests.simulation.balance_people import BalancePhone
    from tests.simulation.balances import Balances
    from tests.simulation.simulated_world import SimulatedWorld

REFUNDED_WITHIN: Mapping[str, timedelta] = {"wechat": timedelta(days=365), "alipay": timedelta(days=365)}
"""One year, and what the contract with Alipay says (docs/protocols): so long after its payment a refund is taken."""
BEFORE_THE_LIMIT = (timedelta(hours=3), timedelta(minutes=59), timedelta(minutes=20), timedelta(days=-1))
ARRIVES_S, ARRIVES_TIMES = 60.0, 120


class LotsGrowOld:
    def __init__(self, world: SimulatedWorld, balances: Balances) -> None:
        self._world = world
        self._balances = balances

    async def come(self, phone: BalancePhone) -> None:
        """A year goes by after everything else of the run; then everything that can still go back is asked back."""
        limits = self._limits()
        if not limits:
            return
        world = self._world
        await asyncio.sleep(LOOKS_END_S)
        wake_at(world, self._moment(limits), faults=False)
        phone.comes_anew()
        for person in self._balances.family:
            known = await phone.page_of(person.cards[0])
            if known is not None:
                self._shown(known, limits)
            if known is not None and known.returnable_fen and not self._is_less_than_we_know(known):
                await phone.asks(person.cards[0], known.returnable_fen)
        for _ in range(ARRIVES_TIMES):
            await asyncio.sleep(ARRIVES_S)
            if not world.owed():
                return

    def _is_less_than_we_know(self, known: KnownBalance) -> bool:
        """Has somebody refunded a part of it in the console without a word? Its refund gets stuck, and finance, who end it, have gone home."""
        return any(share.number in self._world.unannounced for share in known.allocation.returns)

    def _moment(self, limits: Mapping[str, datetime]) -> datetime:
        """Where a card has several lots, its oldest alone has just become too old."""
        for person in self._balances.family:
            of_card = sorted(limits[one] for one in self._balances.lots_left(person.cards[0]) if one in limits)
            if len(of_card) > 1:
                return of_card[0] - TIME_TO_SEND + timedelta(seconds=1)
        limit = picked(sorted(limits.values()), self._world.chance.share("balances/lot"))
        return limit - picked(BEFORE_THE_LIMIT, self._world.chance.share("balances/limit"))

    def _limits(self) -> dict[str, datetime]:
        """Until when each lot that has something left can go back, by its number."""
        lots = {number for person in self._balances.family for number in self._balances.lots_left(person.cards[0])}
        payments = [one for one in self._world.database.payments() if one.id in lots and one.paid_at is not None]
        return {one.id: one.paid_at + REFUNDED_WITHIN[one.parts[0].channel] for one in payments if one.paid_at}

    def _shown(self, known: KnownBalance, limits: Mapping[str, datetime]) -> None:
        """What goes back by its channel comes there in time; what does not is too old, or was none of our payments."""
        problem, now, notable = self._world.trace.problem, self._world.clock.now(), self._world.notable
        for share in known.allocation.returns:
            notable.add("in time")
            if now + TIME_TO_SEND > limits[share.number]:
                problem(f"{self._world.shorter(share.number)} is offered though {share.way} takes it back no more")
        old = [share for share in known.allocation.window if share.number in limits]
        if old:
            notable.add("some too old" if known.allocation.returns else "too old")
        for share in old:
            if now + TIME_TO_SEND <= limits[share.number]:
                problem(f"{self._world.shorter(share.number)} is sent to the window though {share.way} takes it back")
