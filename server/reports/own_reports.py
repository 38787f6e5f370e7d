"""Which reports a session may see: the audited ones of the person's bound cards. Every view is a line in the audit chain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.core.days import hospital_day
from server.core.errors import NotFound, OutsideError
from server.core.ports import Clock, Sealer, ShortLivedStore
from server.patients.model import BoundCard, Session
from server.patients.ports import CardStore
from server.patients.visible_cards import bound_cards, some_told, told_and_failed
from server.reports.codes import ReportCodes
from server.reports.model import FileContent, PastValue, Report, ReportHead
from server.reports.ports import ReportOffer, ReportOffers
from server.reports.rules import first_day, is_new, is_report_sensitive, is_sensitive, is_shown, newest_first
from server.reports.texts import NO_SUCH_REPORT, NOT_OFFERED
from server.reports.views import FILE, PAGE, TREND, ReportViews

SEEN_FOR = timedelta(days=60)
_SEEN = "report_seen"


@dataclass(frozen=True, slots=True)
class KnownReport:
    """``key`` names the report in addresses without telling its number. ``is_closed``: sensitive, and no code was given lately."""

    key: str
    head: ReportHead
    is_closed: bool


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """``report`` is None while a code is needed first."""

    key: str
    head: ReportHead
    report: Report | None
    is_sensitive: bool


class ReportService:
    """Asks the HIS each time; nothing of a report is kept. Everything raises NotFound where the hospital shows no reports, and OutsideError."""

    def __init__(
        self,
        offers: ReportOffers,
        cards: CardStore,
        codes: ReportCodes,
        views: ReportViews,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._offers = offers
        self._cards = cards
        self._codes = codes
        self._views = views
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock

    def is_offered(self, hospital: str) -> bool:
        return hospital in self._offers

    async def mine(self, session: Session) -> Sequence[KnownReport]:
        """The newest first. Raises OutsideError when nothing can be known of any card."""
        return (await self.mine_and_failed(session))[0]

    async def mine_and_failed(
        self, session: Session, bound: tuple[BoundCard, ...] | None = None
    ) -> tuple[Sequence[KnownReport], Sequence[OutsideError]]:
        """`mine`, and the errors of the cards of which nothing can be known now. ``bound``: the person's cards, where they have been read."""
        offer, heads, failed = await self._listed(session, bound)
        opened = {card: await self._codes.is_proven(session, card) for card in {head.card_no for head in heads}}
        known = tuple(
            KnownReport(self.key(head), head, is_sensitive(offer.rules, head) and not opened[head.card_no])
            for head in heads
        )
        return known, failed

    async def new(
        self, session: Session, bound: Sequence[BoundCard]
    ) -> tuple[Sequence[ReportHead], Sequence[OutsideError]]:
        """The reports of these cards of the last days that the person has not opened, and the errors of the cards of which nothing can be known now."""
        offer, now = offer_of(self._offers, session.hospital), self._clock.now()
        first, today = hospital_day(now - offer.rules.new_for), hospital_day(now)

        async def of_card(card_no: str) -> Sequence[ReportHead]:
            return await offer.system.reports(card_no, first, today)

        told, failed = await told_and_failed(bound, of_card)
        fresh = [head for head in newest_first(told) if is_new(offer.rules, head, now)]
        seen = await self._seen(session, [self.key(head) for head in fresh])
        return [head for head in fresh if self.key(head) not in seen], failed

    async def open(self, session: Session, key: str, part: str = PAGE) -> OpenedReport:
        """Raises NotFound for one that this session may not see, or that is not audited (any more)."""
        return await self._opened(session, *await self._one(session, key), part)

    async def open_by_code(self, session: Session, key: str, code: str) -> OpenedReport:
        """``code`` opens the patient's sensitive reports for a while. Raises BadInput and TooManyTries for a wrong one, and what ``open`` raises."""
        offer, head = await self._one(session, key)
        await self._codes.prove(session, head.card_no, code)
        return await self._opened(session, offer, head, PAGE)

    async def _opened(self, session: Session, offer: ReportOffer, head: ReportHead, part: str) -> OpenedReport:
        key = self.key(head)
        proven = await self._codes.is_proven(session, head.card_no)
        if is_sensitive(offer.rules, head) and not proven:
            return OpenedReport(key, head, None, True)
        report = await audited(offer, head.card_no, head.report_no)
        sensitive = is_report_sensitive(offer.rules, report)
        if sensitive and not proven:
            return OpenedReport(key, report.head, None, True)
        await self._views.seen(session, key, part)
        await self._short_lived.put(
            _SEEN, self._seen_key(session.hospital, session.identity.key, key), "1", self._clock.now() + SEEN_FOR
        )
        return OpenedReport(key, report.head, report, sensitive)

    async def file(self, session: Session, key: str, file_no: str) -> FileContent:
        """Raises NotFound, also while a code is needed first."""
        opened = await self.open(session, key, FILE)
        return await file_of(offer_of(self._offers, session.hospital), opened.report, file_no)

    async def past_values(self, session: Session, key: str, item_no: str) -> tuple[Report, Sequence[PastValue]]:
        """The item's values in the patient's audited reports, the oldest first. Raises NotFound, also while a code is needed first."""
        report = (await self.open(session, key, TREND)).report
        if report is None or all(item.item_no != item_no for item in report.items):
            raise NotFound("value of a report", user_message=NO_SUCH_REPORT)
        offer, today = offer_of(self._offers, session.hospital), hospital_day(self._clock.now())
        first = first_day(offer.rules, today)
        return report, await offer.system.past_values(report.head.card_no, item_no, first, today)

    async def head(self, session: Session, key: str) -> ReportHead:
        """The report as its list has it: nothing is viewed. Raises NotFound for one that this session may not see."""
        return (await self._one(session, key))[1]

    def key(self, head: ReportHead) -> str:
        """An opaque name of a report for addresses and forms."""
        return self._sealer.lookup("report_key", f"{head.card_no}:{head.report_no}")[:20]

    async def _one(self, session: Session, key: str) -> tuple[ReportOffer, ReportHead]:
        offer, heads, _ = await self._listed(session)
        for head in heads:
            if self.key(head) == key:
                return offer, head
        raise NotFound("report", user_message=NO_SUCH_REPORT)

    async def _listed(
        self, session: Session, bound: tuple[BoundCard, ...] | None = None
    ) -> tuple[ReportOffer, Sequence[ReportHead], Sequence[OutsideError]]:
        offer, today = offer_of(self._offers, session.hospital), hospital_day(self._clock.now())

        async def of_card(card_no: str) -> Sequence[ReportHead]:
            return await offer.system.reports(card_no, first_day(offer.rules, today), today)

        told, failed = await some_told(await bound_cards(self._cards, session, bound), of_card)
        return offer, newest_first(told), failed

    async def _seen(self, session: Session, keys: Sequence[str]) -> Collection[str]:
        """The keys of the reports that were opened, in whatever entrance of the person."""
        places = {self._seen_key(session.hospital, owner, key): key for key in keys for owner in session.owners}
        return {places[place] for place in await self._short_lived.several(_SEEN, list(places), self._clock.now())}

    def _seen_key(self, hospital: str, owner: str, key: str) -> str:
        return self._sealer.lookup(_SEEN, f"{hospital}:{owner}:{key}")


def offer_of(offers: ReportOffers, hospital: str) -> ReportOffer:
    """Raises NotFound where the hospital shows no reports."""
    offer = offers.get(hospital)
    if offer is None:
        raise NotFound("no reports here", user_message=NOT_OFFERED)
    return offer


async def audited(offer: ReportOffer, card_no: str, report_no: str) -> Report:
    """Raises NotFound unless the HIS has it as audited now."""
    report = await offer.system.report(card_no, report_no)
    if report is None or not is_shown(report.head):
        raise NotFound("report", user_message=NO_SUCH_REPORT)
    return report


async def file_of(offer: ReportOffer, report: Report | None, file_no: str) -> FileContent:
    """Only a file that the report itself names, of the kind that it names. Raises NotFound."""
    named = [one for one in report.files if one.file_no == file_no] if report is not None else []
    if report is None or not named:
        raise NotFound("file of a report", user_message=NO_SUCH_REPORT)
    content = await offer.system.file(report.head.card_no, report.head.report_no, file_no)
    if content is None or content.media_type != named[0].media_type:
        raise NotFound("file of a report", user_message=NO_SUCH_REPORT)
    return content
