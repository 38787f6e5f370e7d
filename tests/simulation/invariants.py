"""The books of both sides, compared after the faults have stopped: issue 3, (a) to (f). The outside is the truth.

(a) money in − money back = what the HIS holds as paid through us − refunded    (b) nobody owes anything    (c) refunds
(d) everybody was told    (e) claims    (f) our record is the truth, unclaimed money included    (g) alerts end with their causes
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from server.effects.model import LOOKS
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundOrigin
from server.payments.rules.causes import cause_is_gone, lasts
from tests.simulation.books import Books
from tests.simulation.line import at_once
from tests.simulation.refund_invariants import refunds_agree, unannounced_are_found
from tests.simulation.telling import check_telling

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


def check(world: SimulatedWorld) -> None:
    """Every difference is a problem of the run."""
    books = Books(world)
    for payment in books.payments:
        _money(books, payment)
        _at_rest(books, payment)
        _same_record(books, payment)
        refunds_agree(books, payment)
        unannounced_are_found(books, payment)
    _claims(books)
    _unclaimed(books)
    _alerts(books)
    late = {payment.id for payment in books.payments if payment.late_trade_no}
    check_telling(world, books.payments, {number for number in books.his} - late)


def _money(books: Books, payment: Payment) -> None:
    """(a). What a person has refunded in the console of a booked payment is written off in the HIS afterwards; what the HIS refuses then
    (the drugs are handed out) was alerted."""
    name = books.world.shorter(payment.id)
    kept_fen = books.in_fen(payment.id) - books.back_fen(payment.id)
    his = books.his.get(payment.id)
    his_fen = 0 if his is None else his["amount_fen"] - his["released_fen"]
    # What two people ended: money that went another way, and the HIS's own amount that they accepted.
    kept_fen += books.world.unannounced.get(payment.id, 0)  # the HIS hears of it when finance has seen to it
    kept_fen -= sum(refund.amount_fen for refund in payment.refunds if refund.origin is RefundOrigin.ELSEWHERE)
    if any(line.what == "booked_as_is" for line in payment.history) and his is not None:
        kept_fen += his["amount_fen"] - payment.paid_fen
    if books.lost(payment):
        kept_fen -= payment.paid_fen
    if kept_fen + books.refused_fen(payment) + books.late_fen(payment) != his_fen:
        books.world.trace.problem(f"(a) {name}: the channel keeps {kept_fen} fen, the HIS holds {his_fen}")
    for bill_no in payment.personal.subject.numbers if his is not None else ():
        bill = books.bills[bill_no]
        right = "paid" if his_fen or not payment.amount_fen else "refunded"
        if bill["status"] != right or bill.get("out_trade_no") != payment.id:
            books.world.trace.problem(f"(a) {name}: its bill {bill_no} is {bill['status']} in the HIS")


def _at_rest(books: Books, payment: Payment) -> None:
    """(b)"""
    if any(effect.kind not in LOOKS for effect in payment.effects):
        owed = ", ".join(f"{effect.key} ({effect.tries} tries, {effect.last_error})" for effect in payment.effects)
        books.world.trace.problem(f"(b) {books.world.shorter(payment.id)} {payment.state} still owes {owed}")
    if not payment.at_rest():
        books.world.trace.problem(f"(b) {books.world.shorter(payment.id)} is {payment.state}, not at rest")


def _same_record(books: Books, payment: Payment) -> None:
    """(f) for payments: transaction, amount, the HIS's number, and the state that follows from them."""
    name, problem = books.world.shorter(payment.id), books.world.trace.problem
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
            books.world.trace.problem(f"history of {books.world.shorter(payment.id)}: {once} {counted[once]} times")
    for first, then in (("created", "paid"), ("paid", "booked"), ("returning", "refund_succeeded")):
        automatic = then != "refund_succeeded" or not any("console" in refund.origin for refund in payment.refunds)
        if first in counted and then in counted and automatic and lines.index(first) > lines.index(then):
            books.world.trace.problem(f"history of {books.world.shorter(payment.id)}: {then} before {first}")


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
            name = books.world.shorter(payment.id)
            books.world.trace.problem(f"(e) {name} ({payment.state}) claims {payment.claims}, not {sorted(right)}")
        for claim in payment.claims:
            if holders.setdefault(claim, payment.id) != payment.id:
                books.world.trace.problem(f"(e) {claim} is held twice")


def _alerts(books: Books) -> None:
    """(g) An alert whose cause is gone is closed, and what still has one stands."""
    world = books.world
    payments = {payment.id: payment for payment in books.payments}
    for alert in at_once(world.database.stores.alerts.latest(world.hospital_id, 1000)):
        payment = payments.get(alert.payment_id)
        if payment is None or not lasts(alert.kind):
            continue
        gone = cause_is_gone(payment, alert.kind, alert.subject)
        if gone is alert.live:
            now = "gone" if gone else "there"
            world.trace.problem(f"(g) {alert.kind} of {world.shorter(payment.id)} is {alert.state}, its cause is {now}")


def _unclaimed(books: Books) -> None:
    """(f) for money without a payment: what strangers paid, and what a platform wrongly told of; nothing else, nothing missing."""
    world = books.world
    kept = at_once(world.database.stores.unclaimed.latest(world.hospital_id, 1000))
    ours = {money.out_trade_no: money.amount_fen for money in kept if money.kind == "payment"}
    for number, amount_fen in world.strangers.items():
        if ours.get(number) != amount_fen and not (number in ours and number in world.lied_about):
            world.trace.problem(f"(f) {number}: {amount_fen} fen of a stranger, unclaimed we have {ours.get(number)}")
    known = {payment.id for payment in books.payments} | world.closing.others
    for number in ours:
        if number not in world.strangers:
            world.trace.problem(f"(f) {world.shorter(number)} is kept as unclaimed and is not")
    for number in books.his:
        if number not in known:
            world.trace.problem(f"(f) {world.shorter(number)} is booked in the HIS and is no payment of ours")
    for number, trade in books.trades.items():
        if trade.transaction_id and number not in known and number not in world.strangers:
            world.trace.problem(f"(f) {number} was paid and nobody knows it")
