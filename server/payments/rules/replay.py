"""Does a payment's history lead to the state that it is in? What the chain proves is the history; this proves the rest by it.

A state without a line that leads there, a refund that nobody asked for or agreed to, and sums that the lines do not have were made by
somebody, or by a fault of ours. Lines that are not known here say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from server.core.actors import with_source
from server.core.history import HistoryEvent
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.ending_elsewhere import SETTLED_ELSEWHERE
from server.payments.rules.refund_shares import refunds_of
from server.payments.rules.told_sums import may_be_of, told_fen

_STATE_AFTER = {
    "created": {PaymentState.CREATED},
    "ordered": {PaymentState.PENDING},
    "part_paid": {PaymentState.PENDING, PaymentState.RETURNING, PaymentState.RETURNED},
    "part_closed": {PaymentState.CREATED, PaymentState.PENDING, PaymentState.RETURNING, PaymentState.RETURNED},
    "paid": {PaymentState.PAID},
    "booked": {PaymentState.BOOKED},
    "booked_as_is": {PaymentState.BOOKED},
    "closed": {PaymentState.CLOSED},
    "returning": {PaymentState.RETURNING, PaymentState.RETURNED},
}
_REFUND_AFTER = {
    "refund_requested": {RefundState.REQUESTED, RefundState.APPROVED, RefundState.RELEASED},
    "refund_approved": {RefundState.APPROVED},
    "refund_released": {RefundState.RELEASED},
    "refund_submitted": {RefundState.SUBMITTED},
    "refund_abnormal": {RefundState.ABNORMAL},
    "refund_succeeded": {RefundState.SUCCEEDED},
    SETTLED_ELSEWHERE: {RefundState.SUCCEEDED},
    "refund_closed": {RefundState.CLOSED},
    "refund_absent": {RefundState.APPROVED, RefundState.RELEASED},
    "refund_unconfirmed": {RefundState.APPROVED, RefundState.RELEASED},
    "refund_rejected": {RefundState.REJECTED},
    "refund_withdrawn": {RefundState.WITHDRAWN},
    "refund_expired": {RefundState.EXPIRED},
}
_BY_ITSELF = {RefundState.APPROVED, RefundState.RELEASED}
"""Where a refund begins that no line of its own asked for: the automatic ones, and what goes on for another under a new number."""
_GIVES_WAY = {RefundState.CLOSED, RefundState.WITHDRAWN}
"""What becomes of refunds that are stuck when two people say that the money has reached the payer another way."""
_NO_SECOND = {RefundState.REQUESTED, RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.EXPIRED}
ASKED_FOR = {RefundOrigin.STAFF, RefundOrigin.HIS}
TAMPERING_ACCEPTED = "tampering_accepted"
"""Two people took the payment as somebody had left it (`rules.tampering`): what its history did not lead to then is no news."""


def contradictions(payment: Payment) -> tuple[str, ...]:
    """A sentence of codes and numbers for each thing that the history of ``payment`` does not lead to."""
    accepted = _accepted(payment)
    found = (*_payment(payment), *(said for refund in payment.refunds for said in _refund(payment, refund)))
    return tuple(said for said in found if not accepted.intersection(heads_of((said,))))


def refund_contradictions(payment: Payment, refund: Refund) -> tuple[str, ...]:
    """The contradictions of one refund."""
    return tuple(_refund(payment, refund))


def heads_of(said: Iterable[str]) -> tuple[str, ...]:
    """What each sentence is about, without what the history says of it."""
    return tuple(sentence.partition(", and ")[0] for sentence in said)


def unsaid_fen(payment: Payment) -> int:
    """How much more has gone back than its history says."""
    return payment.refunded_fen - _said_fen(payment)


def _accepted(payment: Payment) -> frozenset[str]:
    lines = _of(payment.history, TAMPERING_ACCEPTED)
    return frozenset(head for line in lines for head in line.detail.get("differs", "").split("; ") if head)


def _said_fen(payment: Payment) -> int:
    accepted = list(_of(payment.history, TAMPERING_ACCEPTED))
    unsaid = int(accepted[-1].detail.get("unsaid_fen", 0)) if accepted else 0
    return sum(_said_by_number(payment).values()) + unsaid


def _said_by_number(payment: Payment) -> dict[str, int]:
    """What the lines say has gone back in fen, by the numbers of the refunds."""
    gone = [line for line in payment.history if line.what in {"refund_succeeded", SETTLED_ELSEWHERE}]
    return {line.detail.get("refund", ""): int(line.detail.get("amount_fen") or 0) for line in gone}


def _said_elsewhere_fen(payment: Payment) -> int:
    """What the lines say has gone back beyond those numbers: of each part what the channel has told of in all, less what they explain."""
    said = _said_by_number(payment)
    explained = {
        part.kind: sum(said.get(one.id, 0) for one in refunds_of(payment, part) if may_be_of(payment, part, one))
        for part in payment.parts
    }
    return sum(max(0, min(told_fen(payment, part), part.paid_fen) - explained[part.kind]) for part in payment.parts)


def _payment(payment: Payment) -> Iterator[str]:
    lines = payment.history
    last = next((line.what for line in reversed(lines) if line.what in _STATE_AFTER), "")
    may_be = set(_STATE_AFTER.get(last, set()))
    back_fen = _said_fen(payment)
    if not payment.amount_fen and last == "created":
        may_be = {PaymentState.PAID}
    if last == "paid" and back_fen >= payment.paid_fen:
        may_be.add(PaymentState.RETURNED)  # refunded in the merchant's console before the HIS had heard of it
    if payment.state not in may_be:
        yield f"it is {payment.state}, and its history leads to {last or 'nothing'}"
    if payment.paid_fen and not any(line.what in {"paid", "part_paid", "returning"} for line in lines):
        yield f"it holds {payment.paid_fen} fen, and no line says that they came"
    for paid in (line for line in lines if line.what in {"paid", "part_paid"}):
        said, part = paid.detail.get("transaction_id"), payment.part_for(paid.detail.get("order", ""))
        if said != part.transaction_id:
            yield f"its transaction is {part.transaction_id}, and its history says {said}"
    if back_fen != payment.refunded_fen:
        yield f"{payment.refunded_fen} fen went back, and its history says {back_fen}"
    gone_fen = back_fen + _said_elsewhere_fen(payment)
    if payment.state is PaymentState.RETURNED and gone_fen < payment.paid_fen:
        yield f"it is returned, and its history says that {gone_fen} of {payment.paid_fen} fen went back"


def _refund(payment: Payment, refund: Refund) -> Iterator[str]:
    own = [line for line in payment.history if refund.id in line.detail.get("refund", "").split(",")]
    moves = [line for line in own if line.what in _REFUND_AFTER and not _only_written_off(line, refund)]
    if moves:
        may_be = _REFUND_AFTER[moves[-1].what]
    elif refund.origin is RefundOrigin.MERCHANT_CONSOLE:
        may_be = {RefundState.APPROVED, RefundState.SUBMITTED}
    else:
        may_be = _BY_ITSELF
    if any(_of(payment.history, SETTLED_ELSEWHERE)):
        may_be = may_be | _GIVES_WAY
    if refund.origin is RefundOrigin.AUTOMATIC and any(
        "late" in line.detail for line in _of(payment.history, "booked")
    ):
        may_be = may_be | {RefundState.WITHDRAWN}  # the HIS had it after all (`rules.late_bookings`)
    if refund.state not in may_be:
        after = moves[-1].what if moves else "nothing"
        yield f"{refund.id} is {refund.state}, and its history leads to {after}"
    if refund.origin in ASKED_FOR:
        yield from _asked(payment, refund, own)


def _only_written_off(line: HistoryEvent, refund: Refund) -> bool:
    """The HIS hears later of money that somebody sent in the merchant's console."""
    return line.what == "refund_released" and refund.origin is RefundOrigin.MERCHANT_CONSOLE


def _asked(payment: Payment, refund: Refund, own: list[HistoryEvent]) -> Iterator[str]:
    """Somebody asked for it, or for the one that it goes on for, and another one agreed where that was needed."""
    asked = next(_of(own, "refund_requested"), None)
    first = refund
    if asked is None:
        first, asked = _goes_on_for(payment, refund)
    if asked is None:
        yield f"nobody asked for {refund.id}"
        return
    if first is refund and asked.detail.get("amount_fen") != str(refund.amount_fen):
        yield f"{refund.id} is of {refund.amount_fen} fen, and {asked.detail.get('amount_fen')} were asked for"
    if _of_later_parts_fen(payment, first) > int(asked.detail.get("rest_fen") or 0):
        yield f"{refund.id} goes on in other parts, and {asked.detail.get('rest_fen', 0)} fen were asked for of them"
    asker = _who(asked)
    if asker != refund.asked_by:
        yield f"{refund.id} was asked for by {asker}, not by {refund.asked_by}"
    if asked.detail.get("second", "") != " ".join(refund.approval_reasons):
        yield f"why {refund.id} needs a second person is not what its history says"
    agreed = next((line for line in payment.history if _is_yes(line, first)), None)
    if agreed is None and asked.detail.get("second") and refund.state not in _NO_SECOND:
        yield f"nobody agreed to {refund.id}, and it is {refund.state}"
    if agreed is None or refund.state in _NO_SECOND:  # one that came to nothing names who ended it
        return
    if _who(agreed) in {asker, ""} or _who(agreed) != refund.decided_by:
        yield f"{_who(agreed)} agreed to {refund.id}, asked for by {asker}, and it says {refund.decided_by}"


def _of_later_parts_fen(payment: Payment, first: Refund) -> int:
    """What goes back of other parts, or is to, by the request that began with ``first``."""
    mine = [r for r in payment.refunds if (r.request_id, r.origin) == (first.request_id, first.origin)]
    later = {one.part: one.amount_fen for one in reversed(mine) if one.part != first.part}
    return sum(later.values()) + sum(one.rest_fen for one in mine if one.state is not RefundState.CLOSED)


def _goes_on_for(payment: Payment, refund: Refund) -> tuple[Refund, HistoryEvent | None]:
    """The refund of the same request whose asking has a line, and that line."""
    for other in payment.refunds:
        if other.request_id == refund.request_id and other.origin is refund.origin and other.id != refund.id:
            for line in _of(payment.history, "refund_requested"):
                if line.detail.get("refund") == other.id:
                    return other, line
    return refund, None


def _who(line: HistoryEvent) -> str:
    return with_source(line.by, line.detail.get("door", ""))


def _is_yes(line: HistoryEvent, refund: Refund) -> bool:
    return line.what == "refund_approved" and line.detail.get("refund") == refund.id


def _of(lines: tuple[HistoryEvent, ...] | list[HistoryEvent], what: str) -> Iterator[HistoryEvent]:
    return (line for line in lines if line.what == what)
