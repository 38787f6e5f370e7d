"""What a payment's history does not lead to, found by the bare rules: each line that is missing, and each amount that is another one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from server.core.history import HistoryEvent
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.replay import TAMPERING_ACCEPTED, contradictions, refund_contradictions, unsaid_fen
from tests.support.builders import a_paid, a_payment, with_first
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

PAID = 1234
R01, R02 = f"{a_payment().id}R01", f"{a_payment().id}R02"
BOOKED = in_state(PaymentState.BOOKED)


def line(what: str, by: str = "system", **detail: str) -> HistoryEvent:
    return HistoryEvent(at=MORNING, what=what, by=by, detail=MappingProxyType(detail))


def a_refund(number: str = R01, **fields: Any) -> Refund:
    facts: dict[str, Any] = {
        "id": number, "amount_fen": 300, "origin": RefundOrigin.MERCHANT_CONSOLE, "reason": "other", "state": RefundState.SUCCEEDED,
        "at": MORNING,
    }  # fmt: skip
    return Refund(**{**facts, **fields})


def asked_for(number: str = R01, **fields: Any) -> Refund:
    """One of staff that was sent."""
    facts = {"origin": RefundOrigin.STAFF, "state": RefundState.RELEASED, "asked_by": "staff:1001", "request_id": "x"}
    return a_refund(number, **{**facts, **fields})


def with_refunds(payment: Payment, refunds: Sequence[Refund], *lines: HistoryEvent) -> Payment:
    return replace(payment, refunds=tuple(refunds), history=(*payment.history, *lines))


def asking(number: str = R01, **detail: str) -> HistoryEvent:
    return line("refund_requested", "staff:1001", **{"refund": number, "amount_fen": "300", **detail})


RELEASED = line("refund_released", refund=R01)
GONE = line("refund_succeeded", refund=R01, amount_fen="300")


@pytest.mark.parametrize("state", PaymentState)
def test_each_state_that_transitions_lead_to_is_no_news(state: PaymentState) -> None:
    assert contradictions(in_state(state)) == ()


def test_a_payment_of_nothing_is_paid_from_its_first_line_on_and_no_other_is() -> None:
    nothing = with_first(a_payment(), request=replace(a_payment().parts[0].request, amount_fen=0))
    assert contradictions(replace(nothing, state=PaymentState.PAID)) == ()
    assert contradictions(nothing) == ("it is created, and its history leads to created",)
    said = ("it is paid, and its history leads to created",)
    assert contradictions(replace(a_payment(), state=PaymentState.PAID)) == said
    closed = with_first(in_state(PaymentState.CLOSED), request=nothing.parts[0].request)
    assert contradictions(closed) == (), "only its first line leads to paid"


@pytest.mark.parametrize(("gone_fen", "may_be"), [(PAID - 1, False), (PAID, True)])
def test_paid_money_is_returned_when_all_of_it_went_back(gone_fen: int, may_be: bool) -> None:
    gone = line("refund_succeeded", refund=R01, amount_fen=str(gone_fen))
    returned = replace(a_paid(), state=PaymentState.RETURNED)
    found = contradictions(with_refunds(returned, [a_refund(amount_fen=gone_fen)], gone))
    assert ("it is returned, and its history leads to paid" in found) is not may_be
    assert (found == ()) is may_be
    booked = with_refunds(replace(BOOKED, state=PaymentState.RETURNED), [a_refund(amount_fen=PAID)], gone)
    assert "it is returned, and its history leads to booked" in contradictions(booked)


def test_what_went_back_is_what_the_lines_say() -> None:
    told = with_refunds(BOOKED, [a_refund()], GONE)
    untold = with_refunds(BOOKED, [a_refund(), a_refund(R02, amount_fen=200)], GONE)
    assert (unsaid_fen(told), unsaid_fen(untold)) == (0, 200)
    assert contradictions(told) == ()
    assert "500 fen went back, and its history says 300" in contradictions(untold)
    without_amount = with_refunds(BOOKED, [a_refund()], line("refund_succeeded", refund=R01))
    assert contradictions(without_amount) == ("300 fen went back, and its history says 0",)


@pytest.mark.parametrize(("accepted", "unsaid"), [({}, 0), ({"unsaid_fen": "200"}, -200)])
def test_a_sum_that_two_people_took_as_it_is_counts_with_what_the_lines_say(
    accepted: dict[str, str], unsaid: int
) -> None:
    payment = with_refunds(BOOKED, [a_refund()], GONE, line(TAMPERING_ACCEPTED, **accepted))
    assert unsaid_fen(payment) == unsaid
    first = line(TAMPERING_ACCEPTED, unsaid_fen="999")
    twice = replace(payment, history=(*BOOKED.history, first, *payment.history[len(BOOKED.history) :]))
    assert unsaid_fen(twice) == unsaid, "the last word of the two counts"


def returned(refunds: Sequence[Refund], *lines: HistoryEvent) -> Payment:
    """Its money was to go back, and is said to have gone."""
    return with_refunds(replace(in_state(PaymentState.RETURNING), state=PaymentState.RETURNED), refunds, *lines)


@pytest.mark.parametrize(("told_fen", "said"), [(PAID, None), (800, 800), (300, 300), (0, 300), (PAID + 1, None)])
def test_what_the_channel_tells_of_beyond_the_known_numbers_counts_once(told_fen: int, said: int | None) -> None:
    """A refund of which no line says that it has gone explains nothing of it."""
    told = line("refunded_elsewhere", sum_fen=str(told_fen))
    withdrawn = a_refund(R02, origin=RefundOrigin.AUTOMATIC, state=RefundState.APPROVED)
    found = contradictions(returned([a_refund(), withdrawn], GONE, told))
    sentence = f"it is returned, and its history says that {said} of {PAID} fen went back"
    assert found == (() if said is None else (sentence,))


def test_a_fen_that_did_not_go_back_is_missed() -> None:
    gone = line("refund_succeeded", refund=R01, amount_fen=str(PAID - 1))
    found = contradictions(returned([a_refund(amount_fen=PAID - 1)], gone))
    assert found == (f"it is returned, and its history says that {PAID - 1} of {PAID} fen went back",)


def test_money_that_no_line_brought_is_found() -> None:
    payment = with_first(a_payment(), paid_fen=PAID)
    assert contradictions(payment) == (f"it holds {PAID} fen, and no line says that they came",)


def test_what_was_accepted_is_no_news_whatever_the_history_says_of_it_later() -> None:
    wrong = replace(BOOKED, state=PaymentState.CLOSED)
    accepted = line(TAMPERING_ACCEPTED, differs="it is closed; ")
    assert contradictions(replace(wrong, history=(*wrong.history, accepted))) == ()
    other = replace(wrong, state=PaymentState.PENDING)
    said = ("it is pending, and its history leads to booked",)
    assert contradictions(replace(other, history=(*other.history, accepted))) == said


def test_the_his_s_later_word_changes_nothing_of_the_console_s_refund_and_all_of_another() -> None:
    submitted = line("refund_submitted", refund=R01)
    console = with_refunds(BOOKED, [a_refund()], submitted, GONE, RELEASED)
    assert refund_contradictions(console, console.refunds[0]) == ()
    ours = with_refunds(BOOKED, [a_refund(origin=RefundOrigin.AUTOMATIC)], submitted, GONE, RELEASED)
    said = (f"{R01} is succeeded, and its history leads to refund_released",)
    assert refund_contradictions(ours, ours.refunds[0]) == said


def test_a_refund_that_goes_on_for_another_of_its_request_was_asked_for() -> None:
    """Not for one of another request, of another source, or for itself."""
    first = asked_for(state=RefundState.CLOSED)
    lines = (asking(), line("refund_closed", refund=R01))

    def said(**fields: Any) -> tuple[str, ...]:
        further = asked_for(R02, **fields)
        return refund_contradictions(with_refunds(BOOKED, [first, further], *lines), further)

    assert said() == ()
    nobody = (f"nobody asked for {R02}",)
    assert said(request_id="y") == nobody
    assert said(origin=RefundOrigin.HIS) == nobody
    alone = asked_for(R02)
    assert refund_contradictions(with_refunds(BOOKED, [alone], *lines), alone) == nobody


@pytest.mark.parametrize(
    ("line_says", "refund_is", "said"),
    [
        ({}, {}, ()),
        ({"amount_fen": "301"}, {}, (f"{R01} is of 300 fen, and 301 were asked for",)),
        (
            {},
            {"rest_fen": 1},
            (f"{R01} goes on in other parts, and 0 fen were asked for of them",),
        ),
        ({"rest_fen": "5"}, {"rest_fen": 5}, ()),
        (
            {"rest_fen": "5"},
            {"rest_fen": 6},
            (f"{R01} goes on in other parts, and 5 fen were asked for of them",),
        ),
        ({}, {"asked_by": "staff:1002"}, (f"{R01} was asked for by staff:1001, not by staff:1002",)),
        ({}, {"approval_reasons": ("own",)}, (f"why {R01} needs a second person is not what its history says",)),
        (
            {"second": "own"},
            {"approval_reasons": ("own",)},
            (f"nobody agreed to {R01}, and it is released",),
        ),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_what_is_sent(
    line_says: dict[str, str], refund_is: dict[str, Any], said: tuple[str, ...]
) -> None:
    refund = asked_for(**refund_is)
    assert refund_contradictions(with_refunds(BOOKED, [refund], asking(**line_says), RELEASED), refund) == said


@pytest.mark.parametrize(
    ("agreed_by", "decided_by", "holds"),
    [
        ("staff:2001", "staff:2001", True),
        ("staff:2001", "staff:2002", False),
        ("staff:1001", "staff:1001", False),
        ("", "", False),
    ],
)
def test_another_one_agreed_and_is_named(agreed_by: str, decided_by: str, holds: bool) -> None:
    refund = asked_for(decided_by=decided_by, approval_reasons=("amount",))
    yes = line("refund_approved", agreed_by, refund=R01)
    found = refund_contradictions(with_refunds(BOOKED, [refund], asking(second="amount"), yes, RELEASED), refund)
    assert (found == ()) is holds
    of_another = replace(yes, detail=MappingProxyType({"refund": R02}))
    found = refund_contradictions(with_refunds(BOOKED, [refund], asking(second="amount"), of_another, RELEASED), refund)
    assert found == (f"nobody agreed to {R01}, and it is released",)
