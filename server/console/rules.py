"""The rooms of the console, and who may enter which, whatever the page shows."""

from __future__ import annotations

from enum import StrEnum

from server.refunds.rules.permissions import SEES, must_be
from server.staff.model import Role, Staff


class Room(StrEnum):
    PAYMENTS = "payments"
    ALERTS = "alerts"
    MONEY = "money"
    DAYS = "reconciliation"
    FIGURES = "figures"
    STAFF = "staff"
    AUDIT = "audit"
    MANUAL = "manual"


MAY_ENTER: dict[Room, tuple[Role, ...]] = {
    Room.PAYMENTS: SEES,
    Room.ALERTS: (Role.FINANCE, Role.ADMIN),
    Room.MONEY: (Role.FINANCE,),
    Room.DAYS: (Role.FINANCE,),
    Room.FIGURES: (Role.FINANCE,),
    Room.STAFF: (Role.ADMIN,),
    Room.AUDIT: (Role.FINANCE, Role.ADMIN),
    Room.MANUAL: tuple(Role),
}


def must_enter(actor: Staff, room: Room) -> None:
    """Raises NotAllowed."""
    must_be(actor, MAY_ENTER[room])


def rooms_of(actor: Staff) -> tuple[Room, ...]:
    return tuple(room for room, roles in MAY_ENTER.items() if actor.role in roles)
