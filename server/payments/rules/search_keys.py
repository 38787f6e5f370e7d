"""The words under which stores find payments: whose they are, what they claim, numbers that people hold, and what waits or happened on a day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from server.core.actors import staff_number
from server.core.days import hospital_day
from server.core.typed import number_key
from server.payments.model import Payment
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.numbers_held import TAIL_CHARS, NumberKind, numbers_held

WAITING = "waiting"
RUNNING = "running"
UNDER_WAY = frozenset({RefundState.APPROVED, RefundState.RELEASED, RefundState.SUBMITTED, RefundState.ABNORMAL})


class FindBy(StrEnum):
    """Kinds of words. ``CHARGE``, ``CARD``, ``PHONE`` and ``NUMBER`` (any other) are whole numbers, ``TAIL`` the last four characters of any;
    all of them by `typed.number_key`. ``TAG`` is one of `tags`, ``OWNER`` whose payment it is, ``CLAIM`` what must not be paid twice while
    it lives. Stores keep keyed hashes of all.
    """

    CHARGE = "bill"
    CARD = "card"
    PHONE = "phone"
    NUMBER = "number"
    TAIL = "end"
    TAG = "tag"
    OWNER = "owner"
    CLAIM = "claim"


SearchKey = tuple[FindBy, str]
_WHOLE = {NumberKind.CHARGE: FindBy.CHARGE, NumberKind.CARD: FindBy.CARD, NumberKind.PHONE: FindBy.PHONE}


def search_keys_of(payment: Payment) -> tuple[SearchKey, ...]:
    """By what ``payment`` is found now; each once. It changes as the payment gets numbers, so a transition writes it."""
    search_keys: dict[SearchKey, None] = {}
    for kind, text in numbers_held(payment):
        key = number_key(text)
        if key and kind is not NumberKind.NUMBER:  # that one is the document's own id
            search_keys[_WHOLE.get(kind, FindBy.NUMBER), key] = None
        if len(key) >= TAIL_CHARS:
            search_keys[FindBy.TAIL, key[-TAIL_CHARS:]] = None
    search_keys.update(dict.fromkeys((FindBy.TAG, tag) for tag in tags(payment)))
    search_keys[FindBy.OWNER, payment.owner] = None
    search_keys.update(dict.fromkeys((FindBy.CLAIM, claim) for claim in payment.claims))
    return tuple(search_keys)


def whole_keys(typed: str) -> tuple[SearchKey, ...]:
    """Every kind of whole number that ``typed`` may be."""
    key = number_key(typed)
    return tuple((by, key) for by in (FindBy.CHARGE, FindBy.CARD, FindBy.PHONE, FindBy.NUMBER)) if key else ()


def tail_key(typed: str) -> SearchKey | None:
    """The end by which a tail is found; None for fewer characters than four."""
    key = number_key(typed)
    return (FindBy.TAIL, key[-TAIL_CHARS:]) if len(key) >= TAIL_CHARS else None


def asked_on(number: str, moment: datetime) -> str:
    """The tag of payments of which this member of staff asked for a refund on that hospital day."""
    return asked_tag(number, hospital_day(moment))


def asked_tag(number: str, day: date) -> str:
    return f"asked:{number}:{day:%Y%m%d}"


def his_tag(his_refund_no: str) -> str:
    """The tag of the one payment whose refund the HIS gave this number."""
    return f"his_refund:{his_refund_no}"


def moved_tag(day: date) -> str:
    """The tag of payments whose money came, or a refund of which was finished, on that hospital day."""
    return f"moved:{day:%Y%m%d}"


def tags(payment: Payment) -> tuple[str, ...]:
    """What staff look for that is no number: the days on which money moved, refunds waiting for a second person, refunds under way, who
    asked on which day, and the HIS's own numbers of window refunds.
    """
    moments = (payment.paid_at, *(refund.finished_at for refund in payment.refunds))
    found: dict[str, None] = {moved_tag(hospital_day(moment)): None for moment in moments if moment is not None}
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
