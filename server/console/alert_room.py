"""告警 in the console: what stands, by kind; a person takes it, or closes it with a reason. Every act goes into the audit chain."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from server.alerts.model import (
    NOTE_CHARS_MAX,
    Alert,
    CloseReason,
    Standing,
    acts_sealed,
    alert_events,
    closed_by_hand,
    taken,
)
from server.alerts.ports import AlertStore
from server.audit.service import AuditService
from server.console.rules import Room, must_enter
from server.core.errors import BadInput, NotSent, StoreError
from server.core.ports import Clock, Sealer
from server.staff.model import Staff

log = logging.getLogger("zhenfu.alerts")
SHOWN_MAX = 100
CLOSED_SHOWN_MAX = 20
NOTE = "alert_note"


class AlertRoom:
    def __init__(self, alerts: AlertStore, audit: AuditService, sealer: Sealer, clock: Clock) -> None:
        self._alerts = alerts
        self._audit = audit
        self._sealer = sealer
        self._clock = clock

    async def standing(self, actor: Staff) -> Sequence[Standing]:
        """Every kind with its count: none hides behind another."""
        must_enter(actor, Room.ALERTS)
        return await self._alerts.standing(actor.hospital)

    async def of_kind(self, actor: Staff, kind: str) -> Sequence[Alert]:
        """The alerts of one kind that are not closed, oldest first, SHOWN_MAX at most: when these are closed the next come."""
        must_enter(actor, Room.ALERTS)
        return await self._alerts.live(actor.hospital, kind, SHOWN_MAX)

    async def closed(self, actor: Staff) -> Sequence[tuple[Alert, str]]:
        """The newest that are closed, each with what the person wrote."""
        must_enter(actor, Room.ALERTS)
        newest = await self._alerts.latest(actor.hospital, SHOWN_MAX)
        closed = [alert for alert in newest if not alert.live][:CLOSED_SHOWN_MAX]
        return [(alert, self._note_of(alert)) for alert in closed]

    async def take(self, actor: Staff, ids: Sequence[str]) -> int:
        """How many are theirs now. One that somebody has closed meanwhile is left alone."""
        now = self._clock.now()
        return await self._each(actor, ids, lambda alert: taken(alert, actor.as_actor, now) if alert.live else alert)

    async def close(self, actor: Staff, ids: Sequence[str], why: str, note: str) -> int:
        """How many are closed. Raises BadInput where the reason is missing."""
        reason = next((one for one in CloseReason if one == why), None)
        if reason is None or not note.strip():
            raise BadInput("reason", user_message="请选择原因，并写明怎么处理的。")
        text, now = note.strip()[:NOTE_CHARS_MAX].encode(), self._clock.now()

        def close(alert: Alert) -> Alert:
            sealed = self._sealer.seal(f"{NOTE}:{alert.id}", text)
            return closed_by_hand(alert, actor.as_actor, reason, sealed, now)

        return await self._each(actor, ids, close)

    async def _each(self, actor: Staff, ids: Sequence[str], act: Callable[[Alert], Alert]) -> int:
        must_enter(actor, Room.ALERTS)
        if not ids:
            raise BadInput("nothing chosen", user_message="请先选择告警。")
        done = 0
        for alert_id in dict.fromkeys(ids[:SHOWN_MAX]):
            after = await self._alerts.change(actor.hospital, alert_id, act)
            done += 1
            await self._seal(after)
        return done

    async def _seal(self, alert: Alert) -> None:
        """What can't be sealed now is sealed by the next round: the act itself stands."""
        try:
            await self._audit.append(alert.hospital, alert_events(alert))
            await self._alerts.change(alert.hospital, alert.id, partial(acts_sealed, upto=len(alert.acts)))
        except (StoreError, NotSent) as error:
            log.warning("alert not sealed yet hospital=%s why=%s", alert.hospital, type(error).__name__)

    def _note_of(self, alert: Alert) -> str:
        return self._sealer.open(f"{NOTE}:{alert.id}", alert.note).decode() if alert.note else ""
