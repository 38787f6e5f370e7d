"""The comparison of the books notices what it is there for: honest books have no violation, each doctored one has its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from server.effects.model import Effect, EffectKind
from server.payments.model import PaymentState
from server.payments.rules.booking import booked
from server.payments.unclaimed_model import UnclaimedMoney
from tests.chaos.books import HOSPITAL, Books
from tests.chaos.full_disk import Told, forgotten
from tests.chaos.invariants import violations, waiting
from tests.support.builders import MERCHANT, TOKEN, TRANSACTION, a_booking, a_paid, leased
from tests.support.clock_and_ids import MORNING

PAID = leased(a_paid(), EffectKind.BOOK, MORNING)
PAYMENT = replace(booked(PAID, TOKEN, a_booking(), MORNING), effects=())
ID = PAYMENT.id
REFUND = {"out_refund_no": f"{ID}R01", "amount_fen": 1234, "status": "SUCCESS"}
TRADE = {"out_trade_no": ID, "transaction_id": TRANSACTION, "amount_fen": 1234}
IN_HIS = {"out_trade_no": ID, "his_trade_no": "HIS-1", "amount_fen": 1234, "bill_nos": ["B1"]}
QUIET = {**REFUND, "out_refund_no": "MERCHANT1", "amount_fen": 1}
STRANGER = UnclaimedMoney(
    hospital=HOSPITAL, id="wechat:1", channel="wechat", out_trade_no="X", transaction_id="1", kind="payment", amount_fen=1,
    reason=MERCHANT, at=MORNING,
)  # fmt: skip


def honest(**changed: Any) -> Books:
    facts: dict[str, Any] = {
        "payments": [PAYMENT],
        "unclaimed": [],
        "alerts": [],
        "trades": {ID: TRADE},
        "refunds": {},
        "his": {ID: IN_HIS},
        "his_refunded_fen": {},
        "bills": {},
        "told": {(ID, "payment_booked"): 1},
        "sms": {f"{ID}-payment_booked": 1},
        "followers": frozenset({PAYMENT.payer.subject}),
        "news_owed": frozenset(),
    }
    return Books(**{**facts, **changed})


def test_honest_books_have_no_violation() -> None:
    assert violations(honest()) == []


DOCTORED: dict[str, tuple[str, Callable[[], Books]]] = {
    "the HIS has another sum": ("(a)", lambda: honest(his={ID: {**IN_HIS, "amount_fen": 1235}})),
    "the HIS has nothing": ("(a)", lambda: honest(his={})),
    "the money went back": ("(a)", lambda: honest(refunds={ID: [REFUND]})),
    "a bill was booked twice": ("(a)", lambda: honest(his={ID: IN_HIS, "X": {**IN_HIS, "out_trade_no": "X"}})),
    "something is owed": ("(b)", lambda: honest(payments=[booked(PAID, TOKEN, a_booking(), MORNING)])),
    "forgotten": ("(b)", lambda: honest(payments=[replace(PAYMENT, state=PaymentState.PAID)])),
    "it went back twice": ("(c)", lambda: honest(refunds={ID: [REFUND, REFUND]})),
    "another refund": (
        "(f)",
        lambda: honest(refunds={ID: [QUIET]}),
    ),
    "a quiet refund that nobody knows": (
        "(f)",
        lambda: honest(refunds={ID: [QUIET]}, quiet=frozenset({QUIET["out_refund_no"]}), looked_at=frozenset({ID})),
    ),
    "not told": ("(d)", lambda: honest(told={})),
    "no SMS": ("(d)", lambda: honest(sms={})),
    "two SMS": ("(d)", lambda: honest(sms={f"{ID}-payment_booked": 2})),
    "claims nothing": ("(e)", lambda: honest(payments=[replace(PAYMENT, claims=())])),
    "two claim it": ("(e)", lambda: honest(payments=[PAYMENT, replace(PAYMENT, id="ZF20261123ABCDEFGHJKMX")])),
    "another transaction": ("(f)", lambda: honest(trades={ID: {**TRADE, "transaction_id": "1"}})),
    "paid and closed": ("(f)", lambda: honest(payments=[replace(PAYMENT, state=PaymentState.CLOSED)], his={})),
    "paid and unknown": ("(f)", lambda: honest(trades={ID: TRADE, "X": {**TRADE, "out_trade_no": "X"}})),
    "kept as unclaimed": ("(f)", lambda: honest(unclaimed=[STRANGER])),
}


@pytest.mark.parametrize("name", DOCTORED)
def test_doctored_books_are_noticed(name: str) -> None:
    letter, books = DOCTORED[name]
    assert any(violation.words.startswith(letter) for violation in violations(books())), violations(books())


def test_news_that_is_still_to_come_excuses_a_payment_until_the_end() -> None:
    """The channel said closed, and the payer had paid: the notification, a minute late, will say so."""
    closed = replace(PAYMENT, state=PaymentState.CLOSED, claims=())
    books = honest(payments=[closed], his={}, news_owed=frozenset({ID}))
    assert (violations(books, finished=False), waiting(books)) == ([], [closed])
    assert violations(books) != []
    elsewhere = replace(books, payments=[PAYMENT])
    assert (violations(elsewhere, finished=False) != [], waiting(elsewhere)) == (True, [])
    told = replace(books, news_owed=frozenset())
    assert (violations(told, finished=False) != [], waiting(told)) == (True, [])


def test_what_was_acknowledged_and_is_not_stored_is_noticed() -> None:
    """After a full disk: a number that a patient has got, and money that the channel need not tell any more."""
    assert forgotten(honest(), Told(started={ID}, taken_in={ID}, owed={ID})) == []
    unpaid = honest(payments=[replace(PAYMENT, parts=tuple(replace(part, paid_fen=0) for part in PAYMENT.parts))])
    assert len(forgotten(unpaid, Told(taken_in={ID}))) == len(forgotten(unpaid, Told(owed={ID}))) == 1
    assert len(forgotten(honest(payments=[]), Told(started={ID}))) == 1


def test_a_look_that_goes_on_for_days_is_not_owed() -> None:
    """Whether the HIS has booked late is asked for eight days (decision 0023); no drill waits for it."""
    look = Effect(kind=EffectKind.LATE_BOOKING, due_at=MORNING)
    books = honest(payments=[replace(PAYMENT, effects=(look,))])
    assert (violations(books), waiting(books)) == ([], [])


def test_a_quiet_refund_is_unknown_until_staff_look() -> None:
    books = honest(refunds={ID: [QUIET]}, quiet=frozenset({QUIET["out_refund_no"]}))
    assert violations(books) == []


def test_a_refund_in_the_console_is_waited_for_until_the_end() -> None:
    books = honest(refunds={ID: [QUIET]})
    assert (violations(books, finished=False), waiting(books)) == ([], [PAYMENT])
    assert violations(books) != []
