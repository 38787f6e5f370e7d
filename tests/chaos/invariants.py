"""Issue 3's invariants (a) to (f), read from both sides' books. The outside is the truth.

(a) money in − money back = what the HIS holds as paid through us − refunded    (b) nobody owes anything    (c) refunds
(d) everybody was told    (e) claims    (f) our record is the truth, unclaimed money included
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from server.domain.payment import Payment, PaymentState
from server.domain.refund import RefundState
from tests.chaos.books import Books
from tests.simulation.telling import outcomes

STATUS = {
    RefundState.SUCCEEDED: "SUCCESS",
    RefundState.CLOSED: "CLOSED",
    RefundState.ABNORMAL: "ABNORMAL",
    RefundState.SUBMITTED: "PROCESSING",
}


@dataclass(frozen=True, slots=True)
class Violation:
    payment_id: str
    words: str


def violations(books: Books, *, finished: bool = True) -> list[Violation]:
    """``finished``: nothing may be owed any more. Otherwise a payment on its way is only held to what is true at every moment."""
    found: list[Violation] = []
    for payment in books.payments:
        arrived = finished or not _on_its_way(books, payment)
        checks = [*_always(books, payment), *(_at_the_end(books, payment) if arrived else ())]
        found += [Violation(payment.id, words) for words in checks]
    return [*found, *_of_all(books)]


def waiting(books: Books) -> list[Payment]:
    return [payment for payment in books.payments if _on_its_way(books, payment)]


def _on_its_way(books: Books, payment: Payment) -> bool:
    """An attempt that the channel only pretended to close was perhaps paid, and only the notification can tell us before the day ends."""
    comes_back = payment.state is PaymentState.CLOSED and payment.id in books.news_owed
    return bool(payment.effects) or not payment.at_rest() or comes_back


def _always(books: Books, payment: Payment) -> Iterator[str]:
    number = payment.id
    in_fen, back_fen, his_fen = books.in_fen(number), books.back_fen(number), books.his_fen(number)
    if not payment.at_rest() and not payment.effects:
        yield f"(b) {payment.state}, not at rest, and owes nothing: forgotten"
    if back_fen > in_fen:
        yield f"(c) {in_fen} fen came in, {back_fen} went back"
    if his_fen > in_fen - back_fen:
        yield f"(a) the HIS holds {his_fen} fen, the channel keeps {in_fen - back_fen}"
    if payment.refunding_fen > payment.paid_fen:
        yield f"(c) refunds of {payment.refunding_fen} fen for {payment.paid_fen} fen"
    if sum(refund["status"] == "SUCCESS" for refund in books.refunds.get(number, ())) > 1:
        yield "(c) returned more than once"
    for purpose in ("payment_booked", "payment_returning", "payment_returned"):
        if books.sms.get(f"{number}-{purpose}", 0) > 1:
            yield f"(d) {books.sms[f'{number}-{purpose}']} SMS of {purpose}"
    lines = Counter(line.what for line in payment.history)
    for once in ("created", "paid", "booked", "closed", "returning"):
        if lines[once] > 1:
            yield f"history: {once} {lines[once]} times"


def _at_the_end(books: Books, payment: Payment) -> Iterator[str]:
    number = payment.id
    in_fen, his_fen = books.in_fen(number), books.his_fen(number)
    kept_fen = in_fen - books.back_fen(number)
    if kept_fen != his_fen:
        yield f"(a) the channel keeps {kept_fen} fen, the HIS holds {his_fen}"
    if payment.effects or not payment.at_rest():
        owed = ", ".join(f"{effect.key} ({effect.tries} tries, {effect.last_error})" for effect in payment.effects)
        yield f"(b) {payment.state}, still owes {owed}"
    if payment.paid_fen != in_fen:
        yield f"(f) {in_fen} fen came in, we have {payment.paid_fen}"
    trade, his = books.trades.get(number), books.his.get(number)
    if (payment.cash.transaction_id or None) != (trade["transaction_id"] if trade else None):
        yield f"(f) we have transaction {payment.cash.transaction_id}, the channel {trade}"
    if (payment.booking.his_trade_no if payment.booking else None) != (his["his_trade_no"] if his else None):
        yield f"(f) the HIS has {his}, we have {payment.booking}"
    right = _right_state(payment, in_fen, booked=his is not None)
    if payment.state is not right:
        yield f"(f) {payment.state} and should be {right}"
    ours = {refund.id: (refund.amount_fen, STATUS.get(refund.state, str(refund.state))) for refund in payment.refunds}
    theirs = {r["out_refund_no"]: (r["amount_fen"], r["status"]) for r in books.refunds.get(number, ())}
    if ours != theirs:
        yield f"(f) the channel's refunds are {theirs}, ours {ours}"
    yield from _telling(books, payment)
    claims = {f"bill:{bill_no}" for bill_no in payment.bill_nos} if payment.state is PaymentState.BOOKED else set()
    if set(payment.claims) != claims:
        yield f"(e) {payment.state}, claims {payment.claims}"


def _right_state(payment: Payment, in_fen: int, *, booked: bool) -> PaymentState:
    if booked:
        return PaymentState.BOOKED
    return PaymentState.RETURNED if in_fen or payment.amount_fen == 0 else PaymentState.CLOSED


def _telling(books: Books, payment: Payment) -> Iterator[str]:
    """(d). A message that the platform refused for good was alarmed; twice in a chat is only counted, for after a death nobody can know."""
    alarmed = {alert.id for alert in books.alerts}
    for purpose in sorted(outcomes(payment, set(books.his))):
        follows = payment.request.payer.subject in books.followers
        refused = f"{payment.id}:message_refused:{purpose}" in alarmed
        if follows and not refused and not books.told.get((payment.id, purpose)):
            yield f"(d) not told {purpose} in the chat"
        refused = f"{payment.id}:sms_refused:{purpose}" in alarmed
        if payment.personal.phone and not refused and not books.sms.get(f"{payment.id}-{purpose}"):
            yield f"(d) no SMS of {purpose}"


def _of_all(books: Books) -> Iterator[Violation]:
    known = {payment.id for payment in books.payments}
    holders: dict[str, str] = {}
    for payment in books.payments:
        for claim in payment.claims:
            if holders.setdefault(claim, payment.id) != payment.id:
                yield Violation(payment.id, f"(e) {claim} is also held by {holders[claim]}")
    payers = Counter(bill_no for trade in books.his.values() for bill_no in trade["bill_nos"])
    for bill_no, times in payers.items():
        if times > 1:
            yield Violation("", f"(a) the bill {bill_no} was booked {times} times")
    for number, trade in books.trades.items():
        if trade["transaction_id"] and number not in known:
            yield Violation(number, "(f) was paid, and nobody knows it")
    for number in books.his.keys() - known:
        yield Violation(number, "(f) the HIS has booked it, and nobody knows it")
    for money in books.unclaimed:
        yield Violation(money.out_trade_no, f"(f) {money.amount_fen} fen kept as unclaimed: {money.reason}")
