"""A link by which somebody without an account sees one report: it names nobody, ends by itself, and can be ended at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.core.errors import BadInput, LinkExpired, NotFound
from server.core.ports import Clock, Ids, Sealer, ShortLivedStore
from server.patients.model import Session
from server.patients.ports import CardStore
from server.patients.visible_cards import bound_cards
from server.reports.model import FileContent, Report
from server.reports.own_reports import ReportService, audited, file_of, offer_of
from server.reports.ports import ReportOffers
from server.reports.rules import is_report_sensitive
from server.reports.texts import LINK_ENDED, NO_SUCH_REPORT, NOT_SHARED
from server.reports.views import SHARED_FILE, SHARED_PAGE, ReportViews

_SHARE, _SHARE_OF = "report_share", "report_share_of"
SHARE_ID_LENGTH = 26


@dataclass(frozen=True, slots=True)
class Share:
    """``sealed`` stands in the address."""

    sealed: str
    until: datetime


class ReportSharing:
    """The address holds a sealed number and nothing else; which report it is stands in the short-lived store, from which it can be taken.
    One person has one link to a report at a time, in all entrances together; it lives as long as the card is bound where it was.
    """

    def __init__(
        self,
        *,
        offers: ReportOffers,
        own: ReportService,
        cards: CardStore,
        views: ReportViews,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._offers = offers
        self._own = own
        self._cards = cards
        self._views = views
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def of(self, session: Session, key: str) -> Share | None:
        """The person's living link to this report, whatever the entrance in which it was made."""
        for owner in session.owners:
            if (share := await self._kept(session.hospital, owner, key)) is not None:
                return share
        return None

    async def share(self, session: Session, key: str) -> None:
        """A new link; the one before it ends. Raises NotFound, and BadInput for a sensitive report."""
        opened = await self._own.open(session, key)
        if opened.report is None or opened.is_sensitive:
            raise BadInput("sensitive report", user_message=NOT_SHARED)
        head = opened.report.head
        card = next((one for one in await bound_cards(self._cards, session) if one.card_no == head.card_no), None)
        if card is None:  # unbound since it was opened
            raise NotFound("card of the report", user_message=NO_SUCH_REPORT)
        await self._end(session, key)
        until = self._clock.now() + offer_of(self._offers, session.hospital).rules.shared_for
        sealed = self._sealer.seal(_SHARE, self._ids.text(SHARE_ID_LENGTH).encode())
        told = [session.hospital, card.owner, head.card_no, head.report_no, session.identity.key, key]
        await self._views.shared(session, key, self._name(sealed))
        await self._short_lived.put(_SHARE, self._name(sealed), json.dumps(told), until)
        kept = json.dumps([sealed, until.isoformat()])
        await self._short_lived.put(_SHARE_OF, self._of_key(session.hospital, session.identity.key, key), kept, until)

    async def end(self, session: Session, key: str) -> None:
        """Nobody sees the report by the link any more. Repeatable."""
        for share in await self._end(session, key):
            await self._views.unshared(session, key, self._name(share.sealed))

    async def open(self, hospital: str, sealed: str, part: str = SHARED_PAGE) -> Report:
        """Raises LinkExpired for what is no link of ours or one that has ended, whose card is no longer bound, or whose report is no longer audited."""
        offer = offer_of(self._offers, hospital)
        kept = await self._short_lived.get(_SHARE, self._name(sealed), self._clock.now())
        of_hospital, owner, card_no, report_no, *by = json.loads(kept) if kept is not None else ("", "", "", "")
        bound = {card.card_no for card in await self._cards.of_owner(hospital, owner)} if owner else set()
        if of_hospital != hospital or card_no not in bound or not await self._is_latest(hospital, sealed, by):
            raise LinkExpired("link has ended", user_message=LINK_ENDED)
        try:
            report = await audited(offer, card_no, report_no)
        except NotFound:
            raise LinkExpired("report is gone", user_message=LINK_ENDED) from None
        if is_report_sensitive(offer.rules, report):
            raise LinkExpired("report is sensitive by now", user_message=LINK_ENDED)
        await self._views.seen_by_link(hospital, self._own.key(report.head), self._name(sealed), part)
        return report

    async def _is_latest(self, hospital: str, sealed: str, by: Sequence[str]) -> bool:
        """Is it the one link that whoever made it has? Of two that were made at once only the last can be found and ended, so the other one
        opens nothing. ``by``: who and which report; a link of a Zhenfu before this one does not say.
        """
        if not by:
            return True
        latest = await self._kept(hospital, by[0], by[1])
        return latest is not None and latest.sealed == sealed

    async def file(self, hospital: str, sealed: str, file_no: str) -> FileContent:
        """Raises LinkExpired and NotFound."""
        report = await self.open(hospital, sealed, SHARED_FILE)
        return await file_of(offer_of(self._offers, hospital), report, file_no)

    async def _end(self, session: Session, key: str) -> Sequence[Share]:
        """In every entrance of the person; what has ended."""
        ended = []
        for owner in session.owners:
            if (share := await self._kept(session.hospital, owner, key)) is not None:
                await self._short_lived.drop(_SHARE, self._name(share.sealed))
                await self._short_lived.drop(_SHARE_OF, self._of_key(session.hospital, owner, key))
                ended.append(share)
        return ended

    async def _kept(self, hospital: str, owner: str, key: str) -> Share | None:
        kept = await self._short_lived.get(_SHARE_OF, self._of_key(hospital, owner, key), self._clock.now())
        if kept is None:
            return None
        sealed, until = json.loads(kept)
        return Share(sealed, datetime.fromisoformat(until))

    def _name(self, sealed: str) -> str:
        """The store and the audit chain never hold what opens the link."""
        return self._sealer.lookup(_SHARE, sealed)[:40]

    def _of_key(self, hospital: str, owner: str, key: str) -> str:
        return self._sealer.lookup(_SHARE_OF, f"{hospital}:{owner}:{key}")
