"""Those with an old balance whom no message has reached: the list from which the hospital goes on by itself (国卫办财务发〔2025〕5号)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from server.audit.model import CARD
from server.audit.service import AuditService
from server.core.errors import OutcomeUnknown
from server.core.history import AuditableEvent, HistoryEvent, event_id
from server.core.ports import ANSWERS_MAX, Clock, Ids
from server.core.systems import HOSPITAL_SYSTEM
from server.old_balances.model import ListedBalance
from server.old_balances.service import OldBalanceService
from server.old_balances.telling import ABOUT, OLD_BALANCE
from server.patients.card_news import CardNews
from server.patients.ports import CardStore

LISTED = "unreached_listed"
PAGE = 500
PAGES_MAX = 2000
"""A million cards. A longer list is the HIS's mistake: a part of it must not pass for the whole."""


class WhyNot(StrEnum):
    """Why somebody with a balance was not reached."""

    NOBODY_BOUND = "nobody_bound"
    NOT_ARRIVED = "not_arrived"


@dataclass(frozen=True, slots=True)
class Unreached:
    balance: ListedBalance
    why: WhyNot


class UnreachedList:
    def __init__(
        self,
        balances: OldBalanceService,
        cards: CardStore,
        news: CardNews,
        audit: AuditService,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._balances = balances
        self._cards = cards
        self._news = news
        self._audit = audit
        self._clock = clock
        self._ids = ids

    async def told(self, hospital: str, by: str) -> tuple[Unreached, ...]:
        """The whole list, in the order of the HIS's own; that ``by`` has seen it stands in the audit chain first.

        Raises NotFound where the HIS tells of no old balances, OutsideError (OutcomeUnknown for a list without an end), StoreError.
        """
        found = [one async for one in self._all(hospital)]
        line = HistoryEvent(
            at=self._clock.now(), what=LISTED, by=by, detail=MappingProxyType({"lines": str(len(found))})
        )
        await self._audit.append(hospital, [AuditableEvent(id=event_id(CARD, self._ids.text(20), 0), line=line)])
        return tuple(found)

    async def _all(self, hospital: str) -> AsyncIterator[Unreached]:
        his, offset = self._balances.system(hospital), 0
        for _ in range(PAGES_MAX):
            page = await his.balances(offset, PAGE)
            for line in page.lines:
                if line.balance_fen and (why := await self._why_not(hospital, line)) is not None:
                    yield Unreached(line, why)
            offset += len(page.lines)
            if not page.lines or offset >= page.total:
                return
        raise OutcomeUnknown(HOSPITAL_SYSTEM, f"more than {PAGES_MAX} pages of old balances")

    async def _why_not(self, hospital: str, line: ListedBalance) -> WhyNot | None:
        bound = await self._cards.of_card(hospital, line.card_no, ANSWERS_MAX)
        for card in bound:
            if await self._news.reached(card, ABOUT, OLD_BALANCE):
                return None
        return WhyNot.NOT_ARRIVED if bound else WhyNot.NOBODY_BOUND
