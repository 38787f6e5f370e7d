"""By which words staff find payments: the end of its number, of the phone's, the card, and what waits or was asked on a day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from server.domain.actors import staff_number
from server.domain.days import hospital_day
from server.domain.payment import Payment
from server.domain.refund import RefundOrigin, RefundState

TAIL_CHARS = 6
PHONE_TAIL_CHARS = 4
WAITING = "waiting"
RUNNING = "running"
UNDER_WAY = frozenset({RefundState.APPROVED, RefundState.RELEASED, RefundState.SUBMITTED, RefundState.ABNORMAL})


class FindBy(StrEnum):
    """``PHONE_TAIL`` and ``CARD`` are personal: stores keep only keyed hashes of them. ``TAG`` is one of `tags`."""

    TAIL = "tail"
    PHONE_TAIL = "phone_tail"
    CARD = "card"
    TAG = "tag"


def fixed_marks(payment: Payment) -> tuple[tuple[FindBy, str], ...]:
    """By what the payment is found all its life."""
    phone, card = payment.personal.phone, payment.personal.card_no
    marks = [(FindBy.TAIL, payment.id[-TAIL_CHARS:])]
    if phone:
        marks.append((FindBy.PHONE_TAIL, phone[-PHONE_TAIL_CHARS:]))
    if card:
        marks.append((FindBy.CARD, card))
    return tuple(marks)


def asked_on(number: str, moment: datetime) -> str:
    """The tag of payments of which this member of staff asked for a refund on that hospital day."""
    return asked_tag(number, hospital_day(moment))


def asked_tag(number: str, day: date) -> str:
    return f"asked:{number}:{day:%Y%m%d}"


def his_tag(his_refund_no: str) -> str:
    """The tag of the one payment whose refund the HIS gave this number."""
    return f"his_refund:{his_refund_no}"


def tags(payment: Payment) -> tuple[str, ...]:
    """What staff look for that changes: refunds waiting for a second person, refunds under way, who asked on which day, and the HIS's
    own numbers of window refunds.
    """
    found: dict[str, None] = {}
    for refund in payment.refunds:
        if refund.state is RefundState.REQUESTED:
            found[WAITING] = None
        if refund.state in UNDER_WAY:
            found[RUNNING] = None
        if refund.origin is RefundOrigin.STAFF:
            found[asked_on(staff_number(refund.asked_by), refund.at)] = None
        if refund.origin is RefundOrigin.HIS:
            found[his_tag(refund.request_id)] = None
    return tuple(found)
