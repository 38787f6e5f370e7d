"""The rooms of the console, and who may enter which, whatever the page shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.payment import VIEWED, Payment, changed
from server.domain.refund_rules import SEES, must_be
from server.domain.staff import Role, Staff

LOOK_NOTED_FOR = timedelta(hours=1)


class Room(StrEnum):
    PAYMENTS = "payments"
    ALERTS = "alerts"
    MONEY = "money"
    STAFF = "staff"
    AUDIT = "audit"
    MANUAL = "manual"


MAY_ENTER: dict[Room, tuple[Role, ...]] = {
    Room.PAYMENTS: SEES,
    Room.ALERTS: (Role.FINANCE, Role.ADMIN),
    Room.MONEY: (Role.FINANCE,),
    Room.STAFF: (Role.ADMIN,),
    Room.AUDIT: (Role.FINANCE, Role.ADMIN),
    Room.MANUAL: tuple(Role),
}


def must_enter(actor: Staff, room: Room) -> None:
    """Raises NotAllowed."""
    must_be(actor, MAY_ENTER[room])


def rooms_of(actor: Staff) -> tuple[Room, ...]:
    return tuple(room for room, roles in MAY_ENTER.items() if actor.role in roles)


def viewed(payment: Payment, by: str, now: datetime, door: str) -> Payment:
    """A member of staff looks at a page of this payment that shows personal data; the audit chain keeps who and when. Again within the hour
    it is the same look: what was noted is the only thing that says so, so nothing can be shown and not noted.
    """
    if any(line.what == VIEWED and line.by == by and now - line.at < LOOK_NOTED_FOR for line in payment.history):
        return payment
    return changed(payment, VIEWED, at=now, by=by, detail={"door": door})
