"""Does what a reconciliation day owes: fetch, match, report, close, and its lines into the audit chain."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from server.alerts.model import CAUSE_GONE, Alert, closed_by_itself
from server.alerts.ports import AlertStore
from server.audit.model import AuditEntry
from server.audit.service import AuditService
from server.audit.sources import Examination, line_problem
from server.core.errors import NotFound
from server.core.history import auditable_events
from server.core.ports import Clock
from server.effects.document import DocumentKind
from server.effects.engine import Runner
from server.effects.ledger import Ledger
from server.effects.model import Effect, EffectKind
from server.reconciliation.day_model import FINAL, RECONCILIATION, ReconciliationDay, bumped, day_id
from server.reconciliation.legs import LegFetcher
from server.reconciliation.matcher import DayMatcher
from server.reconciliation.ports import DayStore
from server.reconciliation.repairs import Repairs
from server.reconciliation.rules import days as rules
from server.reconciliation.rules.anew import carried_anew
from server.reconciliation.texts import LEGS

log = logging.getLogger("zhenfu.reconciliation")
Decide = Callable[[ReconciliationDay], ReconciliationDay]
DIFFERS, WAITS = "day_differs", "day_waits"
PAGE = 200


class DayWork:
    """The runners of a day's effects. Each answers with a pure decision (`effects.engine`)."""

    def __init__(
        self,
        ledger: Ledger[ReconciliationDay],
        fetcher: LegFetcher,
        matcher: DayMatcher,
        repairs: Repairs,
        alerts: AlertStore,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._fetcher = fetcher
        self._matcher = matcher
        self._repairs = repairs
        self._alerts = alerts
        self._audit = audit
        self._clock = clock

    def runners(self) -> dict[EffectKind, Runner[ReconciliationDay]]:
        return {
            EffectKind.FETCH_LEGS: self.fetch,
            EffectKind.MATCH_DAY: self.match,
            EffectKind.REPORT_DAY: self.report,
            EffectKind.CLOSE_DAY: self.close,
            EffectKind.SEAL: self.seal,
        }

    async def fetch(self, day: ReconciliationDay, effect: Effect) -> Decide:
        legs, token, now = await self._fetcher.missing_legs(day), effect.lease or "", self._clock.now()
        waited = [LEGS[leg.leg] for leg in legs if leg.answer not in FINAL]
        if waited and now >= day.created_at + rules.PATIENCE:
            await self._alert(day, WAITS, f"{day.channel} {day.day} {' '.join(waited)}", now)
        return lambda current: rules.fetched(current, legs, token, now)

    async def match(self, day: ReconciliationDay, effect: Effect) -> Decide:
        """Raises NotSent while the day before has no result."""
        (result, legs), token, now = await self._matcher.matched(day), effect.lease or "", self._clock.now()
        return lambda current: rules.matched(current, result, legs, token, now)

    async def report(self, day: ReconciliationDay, effect: Effect) -> Decide:
        """Finance hears that the day differs; what Zhenfu may mend itself is set going. A next day that has been compared already takes over
        what waits for it now.
        """
        open_ones, token, now = rules.undecided(day), effect.lease or "", self._clock.now()
        repaired = await self._repairs.set_going(day, open_ones) if rules.may_repair(day) else []
        if open_ones:
            await self._alert(day, DIFFERS, f"{day.channel} {day.day} {len(open_ones)}", now)
        await self._ended(day, WAITS, now)
        await self._carry_on(day, now)
        return lambda current: rules.reported(current, repaired, token, now)

    async def close(self, day: ReconciliationDay, effect: Effect) -> Decide:
        token, now = effect.lease or "", self._clock.now()
        if not rules.undecided(day):
            await self._ended(day, DIFFERS, now)
        return lambda current: rules.closed(current, token, now)

    async def seal(self, day: ReconciliationDay, effect: Effect) -> Decide:
        """Raises NotSent when the end of the chain moves faster than it can be reached."""
        await self._audit.append(day.hospital, auditable_events(RECONCILIATION, day.id, day.history, day.audited_lines))
        upto, token, now = len(day.history), effect.lease or "", self._clock.now()
        return lambda current: rules.history_audited(current, upto, token, now)

    async def _carry_on(self, day: ReconciliationDay, now: datetime) -> None:
        with suppress(NotFound):
            next_day = day_id(day.channel, day.day + timedelta(days=1))
            await self._ledger.apply(day.hospital, next_day, lambda current: carried_anew(current, now))

    async def _alert(self, day: ReconciliationDay, kind: str, text: str, now: datetime) -> None:
        await self._alerts.raise_alert(
            Alert(hospital=day.hospital, id=f"{kind}:{day.id}", kind=kind, text=text, at=now)
        )

    async def _ended(self, day: ReconciliationDay, kind: str, now: datetime) -> None:
        try:
            await self._alerts.change(
                day.hospital, f"{kind}:{day.id}", lambda alert: closed_by_itself(alert, CAUSE_GONE, now)
            )
        except NotFound:
            return


def day_kind() -> DocumentKind[ReconciliationDay]:
    """What the engine of owed work knows of a day."""

    def with_effects(day: ReconciliationDay, effects: tuple[Effect, ...], version: int) -> ReconciliationDay:
        return replace(day, effects=effects, version=version)

    def after_failure(
        day: ReconciliationDay, effects: tuple[Effect, ...], effect: Effect, now: datetime
    ) -> ReconciliationDay:
        return bumped(day, effects=effects)

    def alarms(before: ReconciliationDay, after: ReconciliationDay) -> Iterable[tuple[str, str]]:
        return ()

    return DocumentKind(
        name="reconciliation_day",
        not_found="没有找到这一天的对账。",
        with_effects=with_effects,
        after_failure=after_failure,
        alarms=alarms,
    )


class AuditedDays:
    """The days whose history the audit chain holds."""

    kinds = frozenset({RECONCILIATION})

    def __init__(self, days: DayStore) -> None:
        self._days = days

    async def problem_of(self, entry: AuditEntry) -> str:
        """Why ``entry`` is of no line of a day's history; empty when the line stands there unchanged. Raises Unreadable."""
        _, whose, _ = entry.source
        day = await self._days.get(entry.hospital, whose)
        return line_problem(entry, None if day is None else day.history)

    async def examine(self, examination: Examination) -> None:
        """Each day is what Zhenfu wrote, and its lines stand in the chain."""
        before, seen = None, set[str]()
        while page := await self._days.latest(examination.hospital, PAGE, before):
            new = [day for day in page if day.id not in seen]
            if not new:
                return
            for day in new:
                seen.add(day.id)
                if day.tampered:
                    examination.say(f"{day.id} was changed in the database by somebody without the key")
                await examination.all_in(auditable_events(RECONCILIATION, day.id, day.history), day.audited_lines)
            before = page[-1].day + timedelta(days=1)  # the other channels of the last day may stand on the next page
            await examination.rest()
