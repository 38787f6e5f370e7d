"""The outcome as a person reads it: what was tried, what became of it, and of every violation the payment's whole history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from server.payments.model import Payment
from tests.chaos.books import Books
from tests.chaos.drill import Outcome

SHOWN_MAX = 10


def table(outcome: Outcome) -> str:
    books = outcome.books
    assert books is not None
    states = Counter(str(payment.state) for payment in books.payments)
    in_fen = sum(books.in_fen(payment.id) for payment in books.payments)
    back_fen = sum(books.back_fen(payment.id) for payment in books.payments)
    twice = sum(times - 1 for times in books.told.values())
    rows = [
        ("seed", str(outcome.seed)),
        ("kills", f"{outcome.kills.total()}: {_listed(outcome.kills)}"),
        ("frozen", f"{outcome.freezes} (longer than a lease, then going on)"),
        ("ended by themselves", f"{outcome.restarts} (began while the database was dead)"),
        ("faults struck", f"{outcome.struck.total()}: {_listed(outcome.struck)}"),
        ("patients", _listed(outcome.did)),
        ("staff", _listed(outcome.gave_back)),
        ("payments", f"{len(books.payments)}: {_listed(states)}"),
        ("money", f"{in_fen} fen in, {back_fen} back, {sum(map(books.his_fen, books.his))} in the HIS"),
        ("refunds", str(sum(map(len, books.refunds.values())))),
        ("by channel", _listed(Counter(payment.parts[0].request.channel for payment in books.payments))),
        ("unclaimed", str(len(books.unclaimed))),
        ("told twice in chat", str(twice)),
        ("still waiting", str(outcome.waiting)),
        ("duration", f"{outcome.killing_s:.0f} s of killing, {outcome.settling_s:.0f} s until nothing was owed"),
        ("violations", str(len(outcome.violations))),
    ]
    return "\n".join(f"{name:<20} {value}" for name, value in rows)


def stories(outcome: Outcome) -> str:
    """Every violation, and what both sides know of its payment."""
    books = outcome.books
    assert books is not None
    payments = {payment.id: payment for payment in books.payments}
    text = [f"{violation.payment_id or 'all'}: {violation.words}" for violation in outcome.violations]
    for number in list(dict.fromkeys(violation.payment_id for violation in outcome.violations))[:SHOWN_MAX]:
        if number in payments:
            text += ["", *_story(books, payments[number])]
    return "\n".join(text)


def _story(books: Books, payment: Payment) -> Iterable[str]:
    yield f"{payment.id} {payment.state} {payment.amount_fen} fen, bills {', '.join(payment.personal.subject.numbers)}, claims {payment.claims}"
    for line in payment.history:
        yield f"  {line.at:%H:%M:%S.%f} {line.what} by {line.by.partition(':')[0]} {dict(line.detail)}"
    for effect in payment.effects:
        yield f"  owes {effect.key}, due {effect.due_at:%H:%M:%S}, {effect.tries} tries, {effect.last_error}"
    for refund in payment.refunds:
        yield f"  refund {refund.id} {refund.state} {refund.amount_fen} fen"
    yield f"  channel: {books.trades.get(payment.id)} {books.refunds.get(payment.id, [])}"
    yield f"  HIS: {books.his.get(payment.id)} {[books.bills.get(bill_no) for bill_no in payment.personal.subject.numbers]}"


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in counted.most_common()) or "none"
