"""A phone on which the cards of the whole family are bound, and whose pages are opened again when they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from server.app.wiring import Composition
from server.core.errors import BadInput, ZhenfuError
from server.patients.model import BoundCard, Session
from tests.simulation.phones import Phone
from tests.simulation.process import ConnectionLost
from tests.simulation.stays import PATIENTS

AGAIN_S = (2.0, 8.0, 40.0)


class FamilyPhone(Phone):
    _carded = False

    async def _logged_in(self) -> str:
        session_id = await super()._logged_in()
        if not self._carded:
            await self.ask(lambda parts: self._with(parts, session_id, self._bind_cards))
            self._carded = True
        return session_id

    async def _bind_cards(self, session: Session) -> None:
        """As if done long ago, without a fault."""
        for person in self.world.people[:PATIENTS]:
            card = BoundCard(
                hospital=self.world.hospital_id,
                owner=session.identity.key,
                card_no=person.cards[0],
                name=person.name,
                bound_at=self.world.clock.now(),
            )
            await self.world.database.stores.cards.bind(card)

    async def _until_it_works(self, act: Callable[[], Awaitable[str]]) -> str:
        """A page that fails is opened again, a few times."""
        for pause_s in AGAIN_S:
            try:
                return await act()
            except BadInput:
                raise
            except (ConnectionLost, ZhenfuError):
                await asyncio.sleep(pause_s)
        return await act()

    def comes_anew(self) -> None:
        """So late that nothing of before is there on this phone any more."""
        self._session, self._carded = None, False

    async def looks(self, look: Callable[[Composition, Session], Awaitable[list[str]]]) -> list[str]:
        """What ``look`` finds with this phone's session, when everything is over."""
        self.comes_anew()
        session_id = await self._logged_in()
        return await self.ask(lambda parts: self._with(parts, session_id, partial(look, parts)))
