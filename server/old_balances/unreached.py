"""Those with an old balance whom no message has reached: the list from which the hospital goes on by itself (国卫办财务发〔2025〕5号)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from server.audit.model import CARD
from server.audit.service import AuditService
from server.core.errors import OutcomeUnknown
from server.core.history import lone_event
from server.core.ports import ANSWERS_MAX, Clock, Ids, Sealer
from server.core.systems import HOSPITAL_SYSTEM
from server.old_balances.model import ListedBalance, Unreached, UnreachedPage, WhyNot
from server.old_balances.places import place_of, place_text
from server.old_balances.service import OldBalanceService
from server.old_balances.telling import ABOUT, OLD_BALANCE
from server.patients.card_news import CardNews
from server.patients.news_marks import Standing
from server.patients.ports import CardStore

LISTED = "unreached_listed"
PAGE = 500
PAGES_MAX = 2000
"""A million cards. A longer list is the HIS's mistake: a part of it must not pass for the whole."""


_WHY = {
    Standing.NO_PHONE: WhyNot.NO_PHONE,
    Standing.NO_SMS: WhyNot.NO_SMS,
    Standing.REFUSED: WhyNot.REFUSED,
    Standing.NOT_DELIVERED: WhyNot.NOT_DELIVERED,
}
_NEAREST = (WhyNot.NOT_DELIVERED, WhyNot.REFUSED, WhyNot.NO_PHONE, WhyNot.NO_SMS, WhyNot.NOT_TOLD)
"""Of several who have bound the card, the reason of whom a message came nearest to."""


class UnreachedList:
    def __init__(
        self,
        balances: OldBalanceService,
        cards: CardStore,
        news: CardNews,
        audit: AuditService,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._balances = balances
        self._cards = cards
        self._news = news
        self._audit = audit
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    def offered(self, hospital: str) -> bool:
        """Does this hospital's HIS tell of old balances?"""
        return self._balances.offered(hospital)

    async def page(self, hospital: str, place: str, limit: int) -> UnreachedPage:
        """Whom nothing reached among some lines of the HIS's list, from the ``next`` of another page on, or from the beginning. Raises NotFound
        where the HIS tells of no old balances, Forged for another ``place``, OutsideError, StoreError.
        """
        system, begins = self._balances.system(hospital), place_of(self._sealer, hospital, place)
        page = await system.balances(begins, limit)
        looked = [await self._looked_at(hospital, line) for line in page.lines if line.balance_fen]
        return UnreachedPage(
            tuple(one for one in looked if one is not None),
            first=page.before + 1,
            last=page.before + len(page.lines),
            total=page.total,
            next=place_text(self._sealer, hospital, page.next),
        )

    async def taken_along(self, hospital: str, by: str) -> AsyncIterator[UnreachedPage]:
        """The whole list, page by page, nobody twice; that ``by`` takes the lines of a page along stands in the audit chain before they are
        told.

        Raises as `page`, and OutcomeUnknown for a list without an end.
        """
        place, told = "", set[str]()
        for _ in range(PAGES_MAX):
            read = await self.page(hospital, place, PAGE)
            page = replace(read, found=tuple(one for one in read.found if one.balance.card_no not in told))
            told.update(one.balance.card_no for one in page.found)
            await self._note(hospital, by, page)
            yield page
            if not page.next:
                return
            place = page.next
        raise OutcomeUnknown(HOSPITAL_SYSTEM, f"more than {PAGES_MAX} pages of old balances")

    async def _note(self, hospital: str, by: str, page: UnreachedPage) -> None:
        detail = {"lines": str(len(page.found)), "from": str(page.first)}
        line = lone_event(CARD, self._ids, at=self._clock.now(), what=LISTED, by=by, detail=detail)
        await self._audit.append(hospital, [line])

    async def _looked_at(self, hospital: str, line: ListedBalance) -> Unreached | None:
        bound = await self._cards.of_card(hospital, line.card_no, ANSWERS_MAX)
        if not bound:
            return Unreached(line, WhyNot.NOBODY_BOUND, None)
        reasons: dict[WhyNot, datetime | None] = {}
        for card in bound:
            mark = await self._news.came_of(card, ABOUT, OLD_BALANCE)
            if mark is not None and mark.has_arrived:
                return None
            why = WhyNot.NOT_TOLD if mark is None else _WHY.get(mark.standing, WhyNot.NOT_TOLD)
            reasons[why] = card.bound_at if mark is None else mark.at
        why = next(one for one in _NEAREST if one in reasons)
        return Unreached(line, why, reasons[why])
