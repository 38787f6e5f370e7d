"""Issue 3's invariants (a) to (f), read from both sides' books. The outside is the truth.

(a) money in − money back = what the HIS holds as paid through us − refunded    (b) nobody owes anything    (c) refunds
(d) everybody was told    (e) claims    (f) our record is the truth, unclaimed money included
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from server.effects.model import LOOKS, Effect
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import NEVER_SENT, RefundOrigin, RefundState
from tests.chaos.books import IN_CONSOLE, Books
from tests.simulation.reading import BY_SMS, IN_CHAT
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
    return bool(_owed(payment)) or not payment.at_rest() or comes_back or _unheard(books, payment)


def _unheard(books: Books, payment: Payment) -> bool:
    """Has somebody refunded in the console, and the channel's notification of it is still on its way?"""
    known = {refund.id for refund in payment.refunds} | books.quiet
    numbers = {refund["out_refund_no"] for refund in books.refunds.get(payment.id, ())}
    return any(number.startswith(IN_CONSOLE) for number in numbers - known)


def _owed(payment: Payment) -> list[Effect]:
    """Without the looks into other people's books, which go on for days and end by themselves."""
    return [effect for effect in payment.effects if effect.kind not in LOOKS]


def _always(books: Books, payment: Payment) -> Iterator[str]:
    number = payment.id
    in_fen, back_fen, his_fen = books.in_fen(number), books.back_fen(number), books.his_fen(number)
    if payment.is_forgotten():
        yield f"(b) {payment.state}, not at rest, and owes nothing: forgotten"
    if back_fen > in_fen:
        yield f"(c) {in_fen} fen came in, {back_fen} went back"
    if his_fen > in_fen - back_fen + books.console_fen(number):  # what a console gave back is written off afterwards
        yield f"(a) the HIS holds {his_fen} fen, the channel keeps {in_fen - back_fen}"
    if payment.refunding_fen > payment.paid_fen:
        yield f"(c) refunds of {payment.refunding_fen} fen for {payment.paid_fen} fen"
    others = {refund.id for refund in payment.refunds if refund.origin is not RefundOrigin.AUTOMATIC}
    returns = [
        r for r in books.refunds.get(number, ()) if r["status"] == "SUCCESS" and r["out_refund_no"] not in others
    ]
    if sum(not refund["out_refund_no"].startswith(IN_CONSOLE) for refund in returns) > 1:
        yield "(c) returned more than once"
    for request_id, times in _requests(payment).items():
        if times > 1:
            yield f"(c) {times} refunds for the request {request_id}"
    for out_id, times in books.sms.items():
        if times > 1 and out_id.startswith(f"{number}-"):
            yield f"(d) {times} SMS of {out_id.partition('-')[2]}"
    lines = Counter(line.what for line in payment.history)
    for once in ("created", "paid", "booked", "closed", "returning"):
        if lines[once] > 1:
            yield f"history: {once} {lines[once]} times"


def _requests(payment: Payment) -> Counter[str]:
    """How many refunds came of each request. A number that the channel refused for good has a successor."""
    gone = {RefundState.CLOSED, RefundState.WITHDRAWN}
    return Counter(refund.request_id for refund in payment.refunds if refund.asked_by and refund.state not in gone)


def _at_the_end(books: Books, payment: Payment) -> Iterator[str]:
    number = payment.id
    in_fen, his_fen = books.in_fen(number), books.his_fen(number)
    kept_fen = in_fen - books.back_fen(number)
    if kept_fen + books.quiet_fen(number) != his_fen:
        yield f"(a) the channel keeps {kept_fen} fen, the HIS holds {his_fen}"
    if _owed(payment) or not payment.at_rest():
        owed = ", ".join(f"{effect.key} ({effect.tries} tries, {effect.last_error})" for effect in _owed(payment))
        yield f"(b) {payment.state}, still owes {owed}"
    if payment.paid_fen != in_fen:
        yield f"(f) {in_fen} fen came in, we have {payment.paid_fen}"
    trade, his = books.trades.get(number), books.his.get(number)
    if (payment.parts[0].transaction_id or None) != (trade["transaction_id"] if trade else None):
        yield f"(f) we have transaction {payment.parts[0].transaction_id}, the channel {trade}"
    if (payment.booking.his_trade_no if payment.booking else None) != (his["his_trade_no"] if his else None):
        yield f"(f) the HIS has {his}, we have {payment.booking}"
    right = _right_state(payment, in_fen, booked=his is not None)
    if payment.state is not right:
        yield f"(f) {payment.state} and should be {right}"
    yield from _refunds(books, payment)
    yield from _telling(books, payment)
    claims = {f"bill:{bill_no}" for bill_no in payment.personal.subject.numbers} if _holds(payment) else set()
    if set(payment.claims) != claims:
        yield f"(e) {payment.state}, claims {payment.claims}"


def _refunds(books: Books, payment: Payment) -> Iterator[str]:
    """(f) for refunds. Of one that nobody told us of only WeChat Pay's order says that it is there, and not once ours are there, too."""
    known = [refund for refund in payment.refunds if refund.state not in NEVER_SENT]
    ours = {refund.id: (refund.amount_fen, STATUS.get(refund.state, str(refund.state))) for refund in known}
    all_theirs = books.refunds.get(payment.id, ())
    theirs = {
        r["out_refund_no"]: (r["amount_fen"], r["status"]) for r in all_theirs if r["out_refund_no"] not in books.quiet
    }
    if ours != theirs:
        yield f"(f) the channel's refunds are {theirs}, ours {ours}"
    seen = payment.parts[0].refunded_unseen or payment.parts[0].told_refunded_fen > 0
    tells = payment.parts[0].request.channel == "wechat" and not theirs and len(all_theirs) > 0
    if tells and payment.id in books.looked_at and not seen:
        yield "(f) somebody refunded in the console, staff looked at the payment, and nobody knows it"


def _holds(payment: Payment) -> bool:
    """Is it still there for its bills?"""
    whole = 0 < payment.paid_fen <= payment.refunded_fen
    return payment.state is PaymentState.BOOKED and not whole


def _right_state(payment: Payment, in_fen: int, *, booked: bool) -> PaymentState:
    if booked:
        return PaymentState.BOOKED
    return PaymentState.RETURNED if in_fen or payment.amount_fen == 0 else PaymentState.CLOSED


def _telling(books: Books, payment: Payment) -> Iterator[str]:
    """(d). A message that the platform refused for good was alarmed; twice in a chat is only counted, for after a death nobody can know."""
    alarmed = {alert.id for alert in books.alerts}
    for purpose in sorted(outcomes(payment, set(books.his))):
        follows = payment.payer.subject in books.followers
        refused = f"{payment.id}:message_refused:{purpose}" in alarmed or _overtaken(payment, IN_CHAT, purpose)
        if follows and not refused and not books.told.get((payment.id, purpose)):
            yield f"(d) not told {purpose} in the chat"
        refused = f"{payment.id}:sms_refused:{purpose}" in alarmed or _overtaken(payment, BY_SMS, purpose)
        if payment.personal.phone and not refused and not books.sms.get(f"{payment.id}-{purpose}"):
            yield f"(d) no SMS of {purpose}"


def _overtaken(payment: Payment, way: str, purpose: str) -> bool:
    """Given up because something had happened since; whether rightly is what the simulation looks at."""
    return any(line.what == f"{way}_overtaken" and line.detail.get("about") == purpose for line in payment.history)


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
