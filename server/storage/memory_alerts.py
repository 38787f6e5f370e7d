"""Alerts in memory: the twin of `mongo.alerts`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from server.alerts.model import Alert, AlertState, Standing, raised
from server.core.errors import NotFound
from server.storage.precision import kept
from server.storage.rules import check_alert_step, check_limit


class MemoryAlerts:
    """ports.AlertStore."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], Alert] = {}

    async def raise_alert(self, alert: Alert) -> None:
        key = (alert.hospital, alert.id)
        self.documents[key] = kept(raised(self.documents.get(key), alert))

    async def get(self, hospital: str, alert_id: str) -> Alert | None:
        return self.documents.get((hospital, alert_id))

    async def change(self, hospital: str, alert_id: str, decide: Callable[[Alert], Alert]) -> Alert:
        before = self.documents.get((hospital, alert_id))
        if before is None:
            raise NotFound("alert", user_message="没有这条告警。")
        after = decide(before)
        if after is not before:
            check_alert_step(before, after)
            self.documents[(hospital, alert_id)] = after = kept(after)
        return after

    async def latest(self, hospital: str, limit: int) -> Sequence[Alert]:
        newest = sorted(self._of(hospital), key=lambda alert: (alert.at, alert.id), reverse=True)
        return newest[: check_limit(limit)]

    async def live(self, hospital: str, kind: str, limit: int) -> Sequence[Alert]:
        found = [alert for alert in self._of(hospital) if alert.live and alert.kind == kind]
        return sorted(found, key=lambda alert: (alert.at, alert.id))[: check_limit(limit)]

    async def live_page(self, hospital: str, after: str, limit: int) -> Sequence[Alert]:
        found = [alert for alert in self._of(hospital) if alert.live and alert.id > after]
        return sorted(found, key=lambda alert: alert.id)[: check_limit(limit)]

    async def standing(self, hospital: str) -> Sequence[Standing]:
        by_kind: defaultdict[str, list[Alert]] = defaultdict(list)
        for alert in self._of(hospital):
            if alert.live:
                by_kind[alert.kind].append(alert)
        return [
            Standing(
                kind=kind,
                open=sum(alert.state is AlertState.OPEN for alert in alerts),
                taken=sum(alert.state is AlertState.TAKEN for alert in alerts),
                oldest=min(alert.at for alert in alerts),
            )
            for kind, alerts in sorted(by_kind.items())
        ]

    async def to_say(self, hospital: str, now: datetime, limit: int) -> Sequence[Alert]:
        due = [(alert.due_at, alert.id, alert) for alert in self._of(hospital) if alert.due_at and alert.due_at <= now]
        return [alert for _, _, alert in sorted(due, key=lambda one: one[:2])[: check_limit(limit)]]

    async def unaudited(self, hospital: str, limit: int) -> Sequence[Alert]:
        found = [alert for alert in self._of(hospital) if alert.audited_lines < len(alert.acts)]
        return sorted(found, key=lambda alert: alert.id)[: check_limit(limit)]

    def _of(self, hospital: str) -> list[Alert]:
        return [alert for alert in self.documents.values() if alert.hospital == hospital]
