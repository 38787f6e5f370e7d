"""告警巡视: ends alerts whose cause is gone, and tells finance what stands, at a pace and gathered in one message."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from server.alerts.model import (
    CAUSE_GONE,
    LAPSED,
    Alert,
    acts_sealed,
    alert_events,
    closed_by_itself,
    lapsed,
    said,
    settled,
)
from server.alerts.ports import AlertStore
from server.alerts.texts import News, news_text, template_values
from server.audit.service import AuditService
from server.core.errors import OutsideError, OutsideRefusal, Unreadable
from server.core.ports import Clock, ShortLivedStore
from server.effects.recurring import PIECE, Piece
from server.patients.contact_ports import OutgoingMessage
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.ports import PaymentStore, UnclaimedStore
from server.payments.rules.causes import cause_is_gone, lasts
from server.payments.rules.telling import ALERTS_STANDING
from server.payments.rules.unclaimed_returns import money_told_of, unclaimed_cause_is_gone
from server.payments.unclaimed_model import UnclaimedMoney
from server.staff.model import Role, Staff, StaffState
from server.staff.ports import StaffStore
from server.staff.reach import reached

log = logging.getLogger("zhenfu.alerts")
EVERY = timedelta(minutes=1)
PAGE = 100
SAID_AT_ONCE_MAX = 200
GATHERED_FOR = timedelta(minutes=10)
"""At most one message in so long: what comes meanwhile stands in the next one."""
_TOLD = "alerts_told"


class AlertRounds:
    """The task ALERT_ROUND of a hospital's timetable."""

    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        unclaimed: UnclaimedStore,
        alerts: AlertStore,
        short_lived: ShortLivedStore,
        employees: StaffStore,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._unclaimed = unclaimed
        self._alerts = alerts
        self._short_lived = short_lived
        self._employees = employees
        self._audit = audit
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Ends alerts page by page; ``place`` is the last one that was looked at. Behind the last page it tells what stands.

        Raises StoreError, and NotSent where the audit chain can't be reached.
        """
        if not place:
            await self._seal(hospital)
        place = await self._end(hospital, place)
        if place:
            return Piece(place, more=True)
        await self._look_again(hospital)
        await self._say(hospital)
        return Piece()

    async def _seal(self, hospital: str) -> None:
        """What a crash left of the acts of people."""
        for alert in await self._alerts.unaudited(hospital, PAGE):
            await self._audit.append(hospital, alert_events(alert))
            await self._alerts.change(hospital, alert.id, partial(acts_sealed, upto=len(alert.acts)))

    async def _end(self, hospital: str, after: str) -> str:
        """Close what has no cause any more, and what nobody can mend any more. Where to go on; empty behind the last page."""
        until = self._clock.now() + PIECE
        while page := await self._alerts.live_page(hospital, after, PAGE):
            for alert in page:
                why = await self._ended(alert)
                if why:
                    await self._close(alert, why)
            after = page[-1].id
            if self._clock.now() >= until:
                return after
        return ""

    async def _ended(self, alert: Alert) -> str:
        """Why it ends now; empty while it stands."""
        now = self._clock.now()
        if not settled(alert, now):
            return ""
        if lapsed(alert, now):
            return LAPSED
        return CAUSE_GONE if await self._cause_stands(alert) is False else ""

    async def _cause_stands(self, alert: Alert) -> bool | None:
        """None where an alert of this kind has no cause that could end, or where nothing is known of what it tells of."""
        money_id, subject = money_told_of(alert)
        if money_id:
            money = await self._money(alert.hospital, money_id)
            return None if money is None else not unclaimed_cause_is_gone(money, alert.kind, subject)
        payment = await self._payment(alert)
        if payment is None or not lasts(alert.kind):
            return None
        return not cause_is_gone(payment, alert.kind, alert.subject)

    async def _money(self, hospital: str, money_id: str) -> UnclaimedMoney | None:
        try:
            return await self._unclaimed.get(hospital, money_id)
        except Unreadable:
            return None

    async def _payment(self, alert: Alert) -> Payment | None:
        """The payment that the alert tells of; None for no payment, and for one that can't be read, about which nothing is known."""
        try:
            return await self._payments.get(alert.hospital, alert.payment_id) if alert.payment_id else None
        except Unreadable:
            return None

    async def _close(self, alert: Alert, why: str) -> None:
        """Unless it was raised again since we looked."""
        now, seen = self._clock.now(), _newest_raising(alert)
        await self._alerts.change(
            alert.hospital,
            alert.id,
            lambda current: closed_by_itself(current, why, now) if _newest_raising(current) == seen else current,
        )

    async def _look_again(self, hospital: str) -> None:
        """What a person closed a day ago while its cause was there opens again if it still is."""
        now = self._clock.now()
        for alert in await self._alerts.to_say(hospital, now, SAID_AT_ONCE_MAX):
            if alert.live or alert.end_unsaid:
                continue
            if await self._cause_stands(alert):
                await self._alerts.raise_alert(replace(alert, at=now))
            else:
                await self._alerts.change(hospital, alert.id, lambda current: said(current, now))

    async def _say(self, hospital: str) -> None:
        now = self._clock.now()
        found = await self._alerts.to_say(hospital, now, SAID_AT_ONCE_MAX)
        due, over = [one for one in found if one.live], [one for one in found if one.end_unsaid]
        told = (*due, *over)
        if not told or not await self._short_lived.put_once(_TOLD, hospital, "", now, now + GATHERED_FOR):
            return
        news = News(await self._alerts.standing(hospital), frozenset(alert.kind for alert in due), over)
        log.warning("alerts hospital=%s standing=%d said=%d over=%d", hospital, news.count, len(due), len(over))
        if await self._told(hospital, news):
            for alert in told:
                await self._alerts.change(hospital, alert.id, partial(_said_as, alert, now=now))

    async def _told(self, hospital: str, news: News) -> bool:
        """False if somebody can be told later only. Admins are told where nobody in finance can be."""
        everybody = [one for one in await self._employees.all(hospital) if one.state is StaffState.ACTIVE]
        for role in (Role.FINANCE, Role.ADMIN):
            told = later = False
            for person in [one for one in everybody if one.role is role]:
                try:
                    told |= await self._reached(hospital, person, news)
                except OutsideRefusal as refusal:
                    log.warning("alerts refused hospital=%s code=%s", hospital, refusal.reason_code)
                except OutsideError as error:
                    log.warning("alerts not told hospital=%s why=%s", hospital, type(error).__name__)
                    later = True
            if told or later:
                return told
        log.warning("alerts hospital=%s nobody can be told: they stand in the console", hospital)
        return True

    async def _reached(self, hospital: str, person: Staff, news: News) -> bool:
        there, now = self._hospitals[hospital], self._clock.now()
        notice = OutgoingMessage(purpose=ALERTS_STANDING, values={"hospital": there.name, **template_values(news)})
        dedupe = f"{ALERTS_STANDING}-{now:%Y%m%d%H%M}-{person.number}"
        return await reached(there, person, news_text(news), notice, dedupe)


def _said_as(told: Alert, current: Alert, now: datetime) -> Alert:
    """``current`` as one of which staff have heard what ``told`` says; one that has ended, or come again, since then is still to be told."""
    return said(current, now) if current.live is told.live else current


def _newest_raising(alert: Alert) -> tuple[datetime | None, int]:
    """Another one says that its cause was met again."""
    return alert.raised_at, alert.opened
