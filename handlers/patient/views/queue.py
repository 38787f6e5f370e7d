"""What the pages of check-in and queue show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.patient.views.registration import appointment_card
from server.registration.appointments import OwnAppointment
from server.registration.model import QueuePlace, QueueState
from server.registration.queueing import OwnQueue
from server.registration.texts import IN_QUEUE, QUEUE_STATES

LOOKS: Mapping[QueueState, str] = {
    QueueState.BOOKED: "warn",
    QueueState.CHECKED_IN: "success",
    QueueState.CALLED: "success",
    QueueState.USED: "info",
    QueueState.MISSED: "warn",
}


def queue_page(base: str, told: OwnQueue) -> dict[str, object]:
    place = told.place
    return {
        "one": appointment_card(base, told.own),
        "state": QUEUE_STATES[place.state],
        "look": LOOKS[place.state],
        "now_number": now_text(place.now_number),
        "ahead": ahead_text(place),
        "place": place.place,
        "can_check_in": place.can_check_in,
        "check_in_url": f"{base}/appointments/{told.own.payment.id}/check-in" if told.by_place else "",
        "own_url": f"{base}/appointments/{told.own.payment.id}/queue",
    }


def now_text(number: int) -> str:
    """Which number is seen now."""
    return f"{number} 号" if number else "还没有开始"


def ahead_text(place: QueuePlace) -> str:
    """How many are before the patient; empty where that does not count."""
    return f"{place.ahead} 人" if place.state in IN_QUEUE else ""


def check_in_page(base: str, own: Sequence[OwnAppointment], point: str) -> dict[str, object]:
    cards = [
        {**appointment_card(base, one), "check_in_url": f"{base}/appointments/{one.payment.id}/check-in"} for one in own
    ]
    return {"appointments": cards, "point": point}
