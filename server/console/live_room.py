"""实时单边 in the console: money that stands on one side right now for longer than the hospital's limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.alerts.model import Alert
from server.alerts.ports import AlertStore
from server.console.rules import Room, must_enter
from server.reconciliation.live_sides import KIND
from server.staff.model import Staff

SHOWN_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingMoney:
    """``what`` is one of the words of `reconciliation.rules.live`; ``since`` is when the alert was raised."""

    payment_id: str
    what: str
    fen: int
    since: datetime


class LiveRoom:
    def __init__(self, alerts: AlertStore) -> None:
        self._alerts = alerts

    async def standing(self, actor: Staff) -> tuple[StandingMoney, ...]:
        """Oldest first, SHOWN_MAX at most; as of the last round of a worker."""
        must_enter(actor, Room.DAYS)
        alerts = await self._alerts.live(actor.hospital, KIND, SHOWN_MAX)
        return tuple(sorted(map(_money_of, alerts), key=lambda money: money.since))


def _money_of(alert: Alert) -> StandingMoney:
    """The alert's text is the payment, what stands, and its fen (`LiveSides`)."""
    payment_id, said, fen = alert.text.split()
    return StandingMoney(payment_id=payment_id, what=said.partition(":")[0], fen=int(fen), since=alert.at)
