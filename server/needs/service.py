"""The first page of a person: every capability is asked at once, and none can make the page wait or fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from server.core.errors import OutsideError, ZhenfuError
from server.core.ports import Clock, Sealer
from server.needs.model import Asked, Home, Member, Place, ShownNeed, Told
from server.needs.ports import NeedSource
from server.needs.rules import shown
from server.patients.model import BoundCard, ScannedBills, Session, mask_card, mask_name
from server.patients.ports import CardStore
from server.patients.relations import Relation
from server.patients.visible_cards import bound_cards, card_key, live_scans

log = logging.getLogger("zhenfu.needs")
ASK_S = 2.0
"""How long the page waits for one source."""


class NeedService:
    def __init__(
        self, sources: Sequence[NeedSource], cards: CardStore, sealer: Sealer, clock: Clock, ask_s: float = ASK_S
    ) -> None:
        self._sources = tuple(sources)
        self._cards = cards
        self._sealer = sealer
        self._clock = clock
        self._ask_s = ask_s

    def places(self, hospital: str) -> tuple[Place, ...]:
        return tuple(place for source in self._sources for place in source.places(hospital))

    async def home(self, session: Session, key: str = "") -> Home:
        """``key`` names the one member who is looked at; one that is not theirs (any more) is as none: all are."""
        bound = await bound_cards(self._cards, session)
        numbers = {card.card_no for card in bound}
        scans = tuple(scan for scan in live_scans(session, self._clock) if scan.card_no not in numbers)
        members = self._members(session, bound, scans)
        chosen = next((number for number, one in members.items() if one.key == key), "")
        asked = Asked(
            session=session,
            cards=tuple(card for card in bound if chosen in {"", card.card_no}),
            scans=tuple(scan for scan in scans if chosen in {"", scan.card_no}),
        )
        told = await asyncio.gather(*(self._ask(source, asked) for source in self._sources))
        needs = shown([need for one in told for need in one.needs], asked.card_nos, own_too=not chosen)
        return Home(
            members=tuple(members.values()),
            chosen=members.get(chosen),
            needs=tuple(ShownNeed(need, members.get(need.card_no)) for need in needs),
            is_whole=all(one.is_whole for one in told),
            is_broken=any(one.is_broken for one in told),
        )

    async def _ask(self, source: NeedSource, asked: Asked) -> Told:
        try:
            async with asyncio.timeout(self._ask_s):
                return await source.needs(asked)
        except Exception as error:
            why = error.code if isinstance(error, ZhenfuError) else type(error).__name__
            log.warning("left out source=%s why=%s", source.name, why)
            return Told(is_whole=False, is_broken=not isinstance(error, OutsideError | TimeoutError))

    def _members(
        self, session: Session, bound: Sequence[BoundCard], scans: Sequence[ScannedBills]
    ) -> dict[str, Member]:
        """By card number: those of bound cards, then those of scans."""
        scanned = {scan.card_no: scan.name for scan in reversed(scans)}
        named: list[tuple[str, str, bool, Relation | None]]
        named = [(card.card_no, card.name, True, card.relation) for card in bound]
        named += [(number, name, False, None) for number, name in scanned.items()]
        return {
            number: Member(
                card_key(self._sealer, session.hospital, number), mask_name(name), mask_card(number), known, relation
            )
            for number, name, known, relation in named
        }
