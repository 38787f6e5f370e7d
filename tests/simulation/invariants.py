"""The books of both sides, compared after the faults have stopped: issue 3, (a) to (f). The outside is the truth.

(a) money in − money back = what the HIS holds as paid through us − refunded    (b) nobody owes anything    (c) refunds
(d) everybody was told    (e) claims    (f) our record is the truth, unclaimed money included    (g) alerts end with their causes
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from server.effects.model import LOOKS
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.causes import cause_is_gone, lasts
from server.payments.rules.his_asked import HIS_ASKED
from server.payments.rules.refund_shares import refundable_fen
from tests.simulation.channels import Refund, Trade
from tests.simulation.employees import ALONE, TWIN
from tests.simulation.line import at_once
from tests.simulation.telling import check_telling

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

REFUND_WORDS = {
    RefundState.SUCCEEDED: "success",
    RefundState.CLOSED: "closed",
    RefundState.ABNORMAL: "abnormal",
    RefundState.SUBMITTED: "processing",
}
NEVER_SENT = frozenset({RefundState.WITHDRAWN, RefundState.REJECTED, RefundState.EXPIRED})
"""Nothing of these reached the channel."""


class Books:
    """Both sides' books at the end of a run."""

    def __init__(self, town: SimulatedWorld) -> None:
        self.town = town
        self.payments = town.database.payments()
        self.trades: dict[str, Trade] = {t.out_trade_no: t for c in town.channels for t in c.trades()}
        self.refunds: defaultdict[str, list[Refund]] = defaultdict(list)
        for channel in town.channels:
            for refund in channel.refunds():
                self.refunds[refund.out_trade_no].append(refund)
        town.outside.hospital.queue.land_due()
        books = town.outside.hospital.his.books()
        self.his = {trade["out_trade_no"]: trade for trade in books["trades"]}
        alerts = at_once(town.database.stores.alerts.latest(town.hospital_id, 1000))
        self.alerted = {alert.id for alert in alerts}
        self.released = {release["out_refund_no"]: release for release in books["refunds"]}
        self.bills = {bill["bill_no"]: bill for bill in books["bills"]}

    def refused_fen(self, payment: Payment) -> int:
        """Refunded in the console, refused by the HIS for good, and finance knows."""
        told = (
            refund
            for refund in payment.refunds
            if f"{payment.id}:console_refund_not_written_off:{refund.id}" in self.alerted
            and refund.id not in self.released
        )
        return sum(refund.amount_fen - refund.covered_fen for refund in told)

    def late_fen(self, payment: Payment) -> int:
        """Booked by a call that hung in the HIS for longer than it states, and landed after the money had gone back; finance knows."""
        his = self.his.get(payment.id) if payment.id in self.town.hung_beyond else None
        told = f"{payment.id}:his_holds_returned:{payment.late_trade_no}" in self.alerted
        return his["amount_fen"] if his is not None and his["his_trade_no"] == payment.late_trade_no and told else 0

    def lost(self, payment: Payment) -> bool:
        """Has the HIS lost the booking, and refused it when it was asked? Then finance has decided about it on its day."""
        asked = any(line.what == HIS_ASKED and line.detail.get("code") for line in payment.history)
        return asked and payment.id in self.town.closing.forgotten and payment.id not in self.his

    def back_fen(self, number: str) -> int:
        return sum(refund.amount_fen for refund in self.refunds[number] if refund.state == "success")

    def shows_refunds(self, number: str) -> bool:
        """Does the channel say of the order that something was refunded?"""
        return any(channel.shows_refunds(number) for channel in self.town.channels)

    def in_fen(self, number: str) -> int:
        trade = self.trades.get(number)
        return trade.amount_fen if trade is not None and trade.transaction_id else 0


def check(town: SimulatedWorld) -> None:
    """Every difference is a problem of the run."""
    books = Books(town)
    for payment in books.payments:
        _money(books, payment)
        _at_rest(books, payment)
        _same_record(books, payment)
        _refunds(books, payment)
        _unannounced(books, payment)
    _claims(books)
    _unclaimed(books)
    _alerts(books)
    late = {payment.id for payment in books.payments if payment.late_trade_no}
    check_telling(town, books.payments, {number for number in books.his} - late)


def _money(books: Books, payment: Payment) -> None:
    """(a). What a person has refunded in the console of a booked payment is written off in the HIS afterwards; what the HIS refuses then
    (the drugs are handed out) was alerted."""
    name = books.town.shorter(payment.id)
    kept_fen = books.in_fen(payment.id) - books.back_fen(payment.id)
    his = books.his.get(payment.id)
    his_fen = 0 if his is None else his["amount_fen"] - his["released_fen"]
    # What two people ended: money that went another way, and the HIS's own amount that they accepted.
    kept_fen += books.town.unannounced.get(payment.id, 0)  # the HIS hears of it when finance has seen to it
    kept_fen -= sum(refund.amount_fen for refund in payment.refunds if refund.origin is RefundOrigin.ELSEWHERE)
    if any(line.what == "booked_as_is" for line in payment.history) and his is not None:
        kept_fen += his["amount_fen"] - payment.paid_fen
    if books.lost(payment):
        kept_fen -= payment.paid_fen
    if kept_fen + books.refused_fen(payment) + books.late_fen(payment) != his_fen:
        books.town.trace.problem(f"(a) {name}: the channel keeps {kept_fen} fen, the HIS holds {his_fen}")
    for bill_no in payment.personal.subject.numbers if his is not None else ():
        bill = books.bills[bill_no]
        right = "paid" if his_fen or not payment.amount_fen else "refunded"
        if bill["status"] != right or bill.get("out_trade_no") != payment.id:
            books.town.trace.problem(f"(a) {name}: its bill {bill_no} is {bill['status']} in the HIS")


def _at_rest(books: Books, payment: Payment) -> None:
    """(b)"""
    if any(effect.kind not in LOOKS for effect in payment.effects):
        owed = ", ".join(f"{effect.key} ({effect.tries} tries, {effect.last_error})" for effect in payment.effects)
        books.town.trace.problem(f"(b) {books.town.shorter(payment.id)} {payment.state} still owes {owed}")
    if not payment.at_rest():
        books.town.trace.problem(f"(b) {books.town.shorter(payment.id)} is {payment.state}, not at rest")


def _same_record(books: Books, payment: Payment) -> None:
    """(f) for payments: transaction, amount, the HIS's number, and the state that follows from them."""
    name, problem = books.town.shorter(payment.id), books.town.trace.problem
    trade, his = books.trades.get(payment.id), books.his.get(payment.id)
    in_fen = books.in_fen(payment.id)
    if payment.paid_fen != in_fen:
        problem(f"(f) {name}: {in_fen} fen came in, we have {payment.paid_fen}")
    if (payment.parts[0].transaction_id or "") != (trade.transaction_id if trade else ""):
        problem(f"(f) {name}: we have transaction {payment.parts[0].transaction_id}, the channel {trade}")
    in_his = payment.booking.his_trade_no if payment.booking else payment.late_trade_no or None
    if in_his != (his["his_trade_no"] if his else None) and not books.lost(payment):
        problem(
            f"(f) {name}: the HIS has booked it as {his['his_trade_no'] if his else None}, we have {payment.booking}"
        )
    if (his is not None and not payment.late_trade_no) or books.lost(payment):
        right = PaymentState.BOOKED
    elif in_fen or payment.amount_fen == 0:
        right = PaymentState.RETURNED
    else:
        right = PaymentState.CLOSED
    if payment.state is not right:
        problem(f"(f) {name} is {payment.state} and should be {right}")
    _history(books, payment)


def _history(books: Books, payment: Payment) -> None:
    """Told once and in order: no state is entered twice, and what follows another comes after it."""
    lines = [line.what for line in payment.history]
    counted = Counter(lines)
    for once in ("created", "paid", "booked", "closed", "returning"):
        if counted[once] > 1:
            books.town.trace.problem(f"history of {books.town.shorter(payment.id)}: {once} {counted[once]} times")
    for first, then in (("created", "paid"), ("paid", "booked"), ("returning", "refund_succeeded")):
        automatic = then != "refund_succeeded" or not any("console" in refund.origin for refund in payment.refunds)
        if first in counted and then in counted and automatic and lines.index(first) > lines.index(then):
            books.town.trace.problem(f"history of {books.town.shorter(payment.id)}: {then} before {first}")


def _refunds(books: Books, payment: Payment) -> None:
    """(c), and (f) for refunds."""
    name, problem = books.town.shorter(payment.id), books.town.trace.problem
    in_fen, back_fen = books.in_fen(payment.id), books.back_fen(payment.id)
    if back_fen > in_fen:
        problem(f"(c) {name}: {in_fen} fen came in, {back_fen} went back")
    told = [r for r in books.refunds[payment.id] if not r.in_console or payment.id not in books.town.unannounced]
    theirs = {refund.out_refund_no: (refund.amount_fen, refund.state) for refund in told}
    known = [r for r in payment.refunds if r.state not in NEVER_SENT and r.origin is not RefundOrigin.ELSEWHERE]
    ours = {refund.id: (refund.amount_fen, REFUND_WORDS.get(refund.state, str(refund.state))) for refund in known}
    if any(
        refund.origin is RefundOrigin.ELSEWHERE for refund in payment.refunds
    ):  # what gave way stays stuck at the channel
        ours = {number: (fen, "abnormal" if state == "closed" else state) for number, (fen, state) in ours.items()}
        theirs = {number: (fen, "abnormal" if state == "closed" else state) for number, (fen, state) in theirs.items()}
    if ours != theirs:
        problem(f"(f) {name}: refunds are {theirs}, we have {ours}")
    asked = {refund.id for refund in payment.refunds if refund.asked_by}
    done = [refund for refund in books.refunds[payment.id] if refund.state == "success" and not refund.in_console]
    automatic = [refund for refund in done if refund.out_refund_no not in asked]
    if len(automatic) > 1:
        problem(f"(c) {name}: sent back {len(automatic)} times")
    _staff_refunds(books, payment)


def _unannounced(books: Books, payment: Payment) -> None:
    """(i) What somebody has refunded in the console without a word is found once the timetable has passed, wherever the channel's word on the
    order shows it: it is alerted, and nobody can refund it again.
    """
    town, name = books.town, books.town.shorter(payment.id)
    if payment.id not in town.unannounced or not books.shows_refunds(payment.id):
        return
    if not any(alert.startswith(f"{payment.id}:refunded_elsewhere:") for alert in books.alerted):
        town.trace.problem(
            f"(i) {name}: {town.unannounced[payment.id]} fen went back unannounced, and nobody has found it"
        )
    left_fen = books.in_fen(payment.id) - books.back_fen(payment.id)
    if refundable_fen(payment) > left_fen:
        town.trace.problem(f"(i) {name}: {refundable_fen(payment)} fen may be refunded, and {left_fen} are left")


def _staff_refunds(books: Books, payment: Payment) -> None:
    """One refund for one request (a number that the channel refused for good has a successor); nobody alone over the limits."""
    name, problem = books.town.shorter(payment.id), books.town.trace.problem
    gone = {RefundState.CLOSED, RefundState.WITHDRAWN}
    asked = [
        refund
        for refund in payment.refunds
        if refund.asked_by and refund.state not in gone and refund.origin is not RefundOrigin.ELSEWHERE
    ]
    for refund in payment.refunds:
        if (
            refund.covered_by
            and books.released.get(refund.written_off_as or refund.id, {}).get("outcome") != "succeeded"
        ):
            problem(f"(a) {name}: the HIS was not told that the money of {refund.id[-3:]} has gone another way")
    for request_id, times in Counter(refund.request_id for refund in asked).items():
        if times > 1:
            problem(f"(c) {name}: {times} refunds for the request {request_id}")
    alone_fen = sum(
        refund.amount_fen for refund in asked if not refund.approval_reasons and refund.state not in NEVER_SENT
    )
    if alone_fen > ALONE.per_refund_fen:
        problem(f"(c) {name}: {alone_fen} fen by one person over the limit alone")
    for refund in asked:
        if refund.state is RefundState.REJECTED and not refund.his_words:
            problem(f"(d) {name}: {refund.id[-3:]} is rejected without a reason")
        if not refund.approval_reasons and refund.amount_fen > ALONE.per_refund_fen:
            problem(f"(c) {name}: {refund.id[-3:]} over one person's limit alone")
        if refund.approval_reasons and refund.state not in NEVER_SENT and refund.decided_by in {"", refund.asked_by}:
            problem(f"(c) {name}: {refund.id[-3:]} without a second person")
        if refund.decided_by == f"staff:{TWIN}" and refund.state not in NEVER_SENT:
            problem(f"(c) {name}: {refund.id[-3:]} agreed to by the very person who asked")
        written = books.released.get(refund.written_off_as or refund.id)
        if (written is not None) != (refund.state not in NEVER_SENT):
            problem(
                f"(a) {name}: {refund.id[-3:]} is {refund.state}, the HIS has {'it' if written else 'it not'} written off"
            )
        if written is not None and written["outcome"] != "succeeded":
            problem(f"(a) {name}: the HIS was not told that {refund.id[-3:]} has gone")


def _claims(books: Books) -> None:
    """(e)"""
    holders: dict[str, str] = {}
    for payment in books.payments:
        whole = payment.paid_fen > 0 and payment.refunded_fen >= payment.paid_fen
        freed = any(
            line.what == "returning" for line in payment.history
        )  # booked after all: the HIS itself has the bill as paid
        holds = payment.state is PaymentState.BOOKED and not whole and not freed
        right = {f"bill:{bill_no}" for bill_no in payment.personal.subject.numbers} if holds else set()
        if set(payment.claims) != right:
            name = books.town.shorter(payment.id)
            books.town.trace.problem(f"(e) {name} ({payment.state}) claims {payment.claims}, not {sorted(right)}")
        for claim in payment.claims:
            if holders.setdefault(claim, payment.id) != payment.id:
                books.town.trace.problem(f"(e) {claim} is held twice")


def _alerts(books: Books) -> None:
    """(g) An alert whose cause is gone is closed, and what still has one stands."""
    town = books.town
    payments = {payment.id: payment for payment in books.payments}
    for alert in at_once(town.database.stores.alerts.latest(town.hospital_id, 1000)):
        payment = payments.get(alert.payment_id)
        if payment is None or not lasts(alert.kind):
            continue
        gone = cause_is_gone(payment, alert.kind, alert.subject)
        if gone is alert.live:
            now = "gone" if gone else "there"
            town.trace.problem(f"(g) {alert.kind} of {town.shorter(payment.id)} is {alert.state}, its cause is {now}")


def _unclaimed(books: Books) -> None:
    """(f) for money without a payment: what strangers paid, and what a platform wrongly told of; nothing else, nothing missing."""
    town = books.town
    kept = at_once(town.database.stores.unclaimed.latest(town.hospital_id, 1000))
    ours = {money.out_trade_no: money.amount_fen for money in kept if money.kind == "payment"}
    for number, amount_fen in town.strangers.items():
        if ours.get(number) != amount_fen and not (number in ours and number in town.lied_about):
            town.trace.problem(f"(f) {number}: {amount_fen} fen of a stranger, unclaimed we have {ours.get(number)}")
    known = {payment.id for payment in books.payments} | town.closing.others
    for number in ours:
        if number not in town.strangers:
            town.trace.problem(f"(f) {town.shorter(number)} is kept as unclaimed and is not")
    for number, trade in books.trades.items():
        if trade.transaction_id and number not in known and number not in town.strangers:
            town.trace.problem(f"(f) {number} was paid and nobody knows it")
