"""告警巡视: ends alerts whose cause is gone, and tells finance what stands, at a pace and gathered in one message."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from server.alerts.model import (
    CAUSE_GONE,
    LAPSED,
    Alert,
    Standing,
    acts_sealed,
    alert_events,
    closed_by_itself,
    lapsed,
    said,
    settled,
)
from server.alerts.ports import AlertStore
from server.alerts.texts import short
from server.audit.service import AuditService
from server.core.days import hospital_time
from server.core.errors import NotSent, OutsideError, OutsideRefusal, Unreadable
from server.core.ports import ShortLivedStore, SureClock
from server.effects.rounds import repeat
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
ROUND_S = 60.0
PAGE = 100
SAID_AT_ONCE_MAX = 200
KINDS_SHOWN = 6
GATHERED_FOR = timedelta(minutes=10)
"""At most one message in so long: what comes meanwhile stands in the next one."""
_TOLD = "alerts_told"


class AlertRounds:
    """Runs in every worker. `once` is one round over all hospitals; two workers at once do no harm."""

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
        clock: SureClock,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._unclaimed = unclaimed
        self._alerts = alerts
        self._short_lived = short_lived
        self._employees = employees
        self._audit = audit
        self._clock = clock

    async def run(self) -> None:
        """For ever."""
        await repeat(self.once, ROUND_S, self._clock, log, "alert round", NotSent)

    async def once(self) -> None:
        """Raises ClockOff where this machine's clock is wrong: how long an alert stands decides what becomes of it."""
        await self._clock.must_agree()
        for hospital in self._hospitals:
            await self._seal(hospital)
            await self._end(hospital)
            await self._look_again(hospital)
            await self._say(hospital)

    async def _seal(self, hospital: str) -> None:
        """What a crash left of the acts of people."""
        for alert in await self._alerts.unaudited(hospital, PAGE):
            await self._audit.append(hospital, alert_events(alert))
            await self._alerts.change(hospital, alert.id, partial(acts_sealed, upto=len(alert.acts)))

    async def _end(self, hospital: str) -> None:
        """Close what has no cause any more, and what nobody can mend any more."""
        after = ""
        while page := await self._alerts.live_page(hospital, after, PAGE):
            for alert in page:
                why = await self._ended(alert)
                if why:
                    await self._close(alert, why)
            after = page[-1].id

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
        """Of whom the alert tells; None for nobody, and for one that can't be read, about which nothing is known."""
        try:
            return await self._payments.get(alert.hospital, alert.payment_id) if alert.payment_id else None
        except Unreadable:
            return None

    async def _close(self, alert: Alert, why: str) -> None:
        """Unless it was raised again since we looked."""
        now = self._clock.now()
        await self._alerts.change(
            alert.hospital,
            alert.id,
            lambda current: closed_by_itself(current, why, now) if _unraised(alert, current) else current,
        )

    async def _look_again(self, hospital: str) -> None:
        """What a person closed a day ago while its cause was there opens again if it still is."""
        now = self._clock.now()
        for alert in await self._alerts.to_say(hospital, now, SAID_AT_ONCE_MAX):
            if alert.live:
                continue
            if await self._cause_stands(alert):
                await self._alerts.raise_alert(replace(alert, at=now))
            else:
                await self._alerts.change(hospital, alert.id, lambda current: said(current, now))

    async def _say(self, hospital: str) -> None:
        now = self._clock.now()
        due = [one for one in await self._alerts.to_say(hospital, now, SAID_AT_ONCE_MAX) if one.live]
        if not due or not await self._short_lived.put_once(_TOLD, hospital, "", now, now + GATHERED_FOR):
            return
        standing = await self._alerts.standing(hospital)
        log.warning("alerts hospital=%s standing=%d said=%d", hospital, _count(standing), len(due))
        if await self._told(hospital, standing, {alert.kind for alert in due}):
            for alert in due:
                await self._alerts.change(hospital, alert.id, lambda current: said(current, now))

    async def _told(self, hospital: str, standing: Sequence[Standing], kinds: set[str]) -> bool:
        """False if somebody can be told later only. Admins are told where nobody in finance can be."""
        everybody = [one for one in await self._employees.all(hospital) if one.state is StaffState.ACTIVE]
        for role in (Role.FINANCE, Role.ADMIN):
            told = later = 0
            for person in [one for one in everybody if one.role is role]:
                try:
                    told += await self._reached(hospital, person, standing, kinds)
                except OutsideRefusal as refusal:
                    log.warning("alerts refused hospital=%s code=%s", hospital, refusal.reason_code)
                except OutsideError as error:
                    log.warning("alerts not told hospital=%s why=%s", hospital, type(error).__name__)
                    later += 1
            if told or later:
                return bool(told)
        log.warning("alerts hospital=%s nobody can be told: they stand in the console", hospital)
        return True

    async def _reached(self, hospital: str, person: Staff, standing: Sequence[Standing], kinds: set[str]) -> bool:
        there, now = self._hospitals[hospital], self._clock.now()
        values = {
            "hospital": there.name,
            "count": str(_count(standing)),
            "reason": "、".join(short(kind) for kind in sorted(kinds)),
            "time": f"{hospital_time(min(one.oldest for one in standing)):%Y-%m-%d %H:%M}" if standing else "",
        }
        notice = OutgoingMessage(purpose=ALERTS_STANDING, values=values)
        dedupe = f"{ALERTS_STANDING}-{now:%Y%m%d%H%M}-{person.number}"
        return await reached(there, person, alerts_text(standing, kinds), notice, dedupe)


def alerts_text(standing: Sequence[Standing], kinds: set[str]) -> str:
    """Every kind with its count, those that are said now first; the console has the rest."""
    ordered = sorted(standing, key=lambda one: (one.kind not in kinds, one.oldest))
    lines = [
        f"{short(one.kind)} {one.open + one.taken}项，最早{hospital_time(one.oldest):%m月%d日 %H:%M}"
        for one in ordered[:KINDS_SHOWN]
    ]
    rest = len(ordered) - KINDS_SHOWN
    more = [f"另有{rest}类"] if rest > 0 else []
    return "\n".join((f"告警：{_count(standing)}项没有处理完", *lines, *more, "请登录控制台，打开“告警”处理。"))


def _unraised(then: Alert, now: Alert) -> bool:
    """Its cause was not met again since ``then``."""
    return (now.raised_at, now.opened) == (then.raised_at, then.opened)


def _count(standing: Sequence[Standing]) -> int:
    return sum(one.open + one.taken for one in standing)
