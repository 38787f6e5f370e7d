"""(c), (d) and (i): refunds never exceed payments, what people asked for is what went, what nobody announced is found."""

from __future__ import annotations

from collections import Counter

from server.core.actors import CARD_HOLDER
from server.payments.model import Payment
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.refund_shares import refundable_fen
from tests.simulation.books import Books
from tests.simulation.employees import ALONE
from tests.simulation.own_cards import TWIN

REFUND_WORDS = {
    RefundState.SUCCEEDED: "success",
    RefundState.CLOSED: "closed",
    RefundState.ABNORMAL: "abnormal",
    RefundState.SUBMITTED: "processing",
}
NEVER_SENT = frozenset({RefundState.WITHDRAWN, RefundState.REJECTED, RefundState.EXPIRED})
"""Nothing of these reached the channel."""


def refunds_agree(books: Books, payment: Payment) -> None:
    """(c), and (f) for refunds."""
    name, problem = books.world.shorter(payment.id), books.world.trace.problem
    in_fen, back_fen = books.in_fen(payment.id), books.back_fen(payment.id)
    if back_fen > in_fen:
        problem(f"(c) {name}: {in_fen} fen came in, {back_fen} went back")
    told = [r for r in books.refunds[payment.id] if not r.in_console or payment.id not in books.world.unannounced]
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
    asked_refunds_agree(books, payment)


def unannounced_are_found(books: Books, payment: Payment) -> None:
    """(i) What somebody has refunded in the console without a word is found once the timetable has passed, wherever the channel's word on the
    order shows it: it is alerted, and nobody can refund it again.
    """
    world, name = books.world, books.world.shorter(payment.id)
    if payment.id not in world.unannounced or not books.shows_refunds(payment.id):
        return
    if not any(alert.startswith(f"{payment.id}:refunded_elsewhere:") for alert in books.alerted):
        world.trace.problem(
            f"(i) {name}: {world.unannounced[payment.id]} fen went back unannounced, and nobody has found it"
        )
    left_fen = books.in_fen(payment.id) - books.back_fen(payment.id)
    if refundable_fen(payment) > left_fen:
        world.trace.problem(f"(i) {name}: {refundable_fen(payment)} fen may be refunded, and {left_fen} are left")


def asked_refunds_agree(books: Books, payment: Payment) -> None:
    """One refund for one request (a number that the channel refused for good has a successor); nobody alone over the limits."""
    name, problem = books.world.shorter(payment.id), books.world.trace.problem
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
    by_staff = [refund for refund in asked if refund.asked_by != CARD_HOLDER]
    alone_fen = sum(
        refund.amount_fen for refund in by_staff if not refund.approval_reasons and refund.state not in NEVER_SENT
    )
    if alone_fen > ALONE.per_refund_fen:
        problem(f"(c) {name}: {alone_fen} fen by one person over the limit alone")
    for refund in asked:
        if refund.state is RefundState.REJECTED and not refund.his_words:
            problem(f"(d) {name}: {refund.id[-3:]} is rejected without a reason")
        if refund in by_staff and not refund.approval_reasons and refund.amount_fen > ALONE.per_refund_fen:
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
