"""What is kept of alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from server.alerts.model import Alert, Standing


class AlertStore(Protocol):
    """Alerts by (hospital, id); what may become of one is decided in `alerts.model`."""

    async def raise_alert(self, alert: Alert) -> None:
        """Open it, or open it again, by `alerts.model.raised`. Repeatable by id, from any number of processes."""

    async def get(self, hospital: str, alert_id: str) -> Alert | None: ...

    async def change(self, hospital: str, alert_id: str, decide: Callable[[Alert], Alert]) -> Alert:
        """What ``decide`` makes of it, decided again if somebody else was faster; the very same object is no change.

        Raises NotFound, LostRace, and what ``decide`` raises.
        """

    async def latest(self, hospital: str, limit: int) -> Sequence[Alert]:
        """Newest first, closed ones among them."""

    async def live(self, hospital: str, kind: str, limit: int) -> Sequence[Alert]:
        """The alerts of one kind that are not closed, oldest first."""

    async def live_page(self, hospital: str, after: str, limit: int) -> Sequence[Alert]:
        """Everything that is not closed in the order of its id, after ``after``."""

    async def standing(self, hospital: str) -> Sequence[Standing]:
        """How many are not closed, by kind, in the order of the kinds."""

    async def to_say(self, hospital: str, now: datetime, limit: int) -> Sequence[Alert]:
        """The alerts that staff must be told of (again), longest overdue first."""

    async def unaudited(self, hospital: str, limit: int) -> Sequence[Alert]:
        """The alerts with acts that do not stand in the audit chain yet."""
