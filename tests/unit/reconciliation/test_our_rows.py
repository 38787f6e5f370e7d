"""Our own leg of a day: which of a payment's orders and refunds belong to it, under which number, and who else must have them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.history import HistoryEvent
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.reconciliation.model import Leg, Row, RowKind, RowState
from server.reconciliation.rules.our_rows import numbers_in_his, our_rows, renumbered, sent_at, taken_over_later
from tests.support.builders import PAYMENT_ID, TRANSACTION, a_booking, a_paid, a_pending, with_first
from tests.unit.reconciliation.days import payment as row_of_payment
from tests.unit.reconciliation.days import refund as row_of_refund

EVENING = datetime(2026, 11, 23, 23, 50, tzinfo=HOSPITAL_ZONE)
NIGHT = EVENING + timedelta(minutes=20)
DAY, NEXT = hospital_day(EVENING), hospital_day(NIGHT)
R01, R02 = f"{PAYMENT_ID}R01", f"{PAYMENT_ID}R02"
BOTH, CHANNEL, HIS = frozenset({Leg.CHANNEL, Leg.HIS}), frozenset({Leg.CHANNEL}), frozenset({Leg.HIS})


def line(what: str, at: datetime, refund: str = "") -> HistoryEvent:
    return HistoryEvent(at=at, what=what, detail={"refund": refund} if refund else {})


def a_refund(**fields: Any) -> Refund:
    facts: dict[str, Any] = {
        "id": R01, "amount_fen": 34, "origin": RefundOrigin.STAFF, "reason": "other", "state": RefundState.SUBMITTED, "at": EVENING,
    }  # fmt: skip
    return Refund(**{**facts, **fields})


def booked(*refunds: Refund, history: tuple[HistoryEvent, ...] = (), **fields: Any) -> Payment:
    payment = replace(a_paid(), paid_at=EVENING.astimezone(UTC), booking=a_booking(), state=PaymentState.BOOKED)
    return replace(payment, refunds=refunds, history=history, **fields)


def rows(payment: Payment, channel: str = "wechat") -> list[tuple[int, Row]]:
    """Of the evening's day (0) and of the next (1)."""
    return [(n, row) for n, day in enumerate((DAY, NEXT)) for row in our_rows(payment, channel, day)]


def only(payment: Payment) -> tuple[int, Row]:
    (found,) = rows(payment)
    return found


def refund_row(payment: Payment) -> tuple[int, Row]:
    (found,) = [(n, row) for n, row in rows(payment) if row.kind is RowKind.REFUND]
    return found


def test_a_payment_belongs_to_the_hospital_s_day_on_which_it_was_paid_and_to_its_channel() -> None:
    day, row = only(booked())
    assert (day, row.number, row.payment_number, row.amount_fen) == (0, PAYMENT_ID, PAYMENT_ID, 1234)
    assert (row.channel_no, row.state, row.expected_in, row.booked_on) == (TRANSACTION, RowState.DONE, BOTH, None)
    assert only(booked(paid_at=NIGHT))[0] == 1
    assert rows(booked(), channel="alipay") == []


def test_what_nobody_has_paid_is_no_row() -> None:
    assert rows(a_pending()) == []
    assert rows(with_first(booked(), paid_fen=0)) == []


@pytest.mark.parametrize(
    ("state", "booking", "expected"),
    [
        (PaymentState.PAID, None, BOTH),
        (PaymentState.BOOKED, a_booking(), BOTH),
        (PaymentState.RETURNING, None, CHANNEL),
        (PaymentState.RETURNED, a_booking(), BOTH),
    ],
)
def test_the_his_must_have_what_was_booked_or_is_about_to_be(
    state: PaymentState, booking: Any, expected: frozenset[Leg]
) -> None:
    assert only(booked(state=state) if booking else booked(state=state, booking=None))[1].expected_in == expected


@pytest.mark.parametrize("what", ["booked", "booked_as_is", "booked_again"])
def test_what_the_his_took_over_after_midnight_stands_in_its_list_of_that_day(what: str) -> None:
    later = NIGHT + timedelta(days=1)
    assert only(booked(history=(line(what, NIGHT),)))[1].booked_on == NEXT
    assert only(booked(history=(line(what, EVENING),)))[1].booked_on is None
    assert only(booked(history=(line(what, NIGHT), line(what, later))))[1].booked_on == hospital_day(later)
    assert only(booked(history=(line(what, NIGHT, R01),)))[1].booked_on is None, "that line is about a refund"


@pytest.mark.parametrize("what", ["refund_released", "written_off_again"])
def test_a_refund_that_was_written_off_after_midnight_stands_in_the_his_s_list_of_that_day(what: str) -> None:
    sent = line("refund_submitted", EVENING, R01)
    assert refund_row(booked(a_refund(), history=(sent, line(what, NIGHT, R01))))[1].booked_on == NEXT
    assert refund_row(booked(a_refund(), history=(sent, line(what, NIGHT, R02))))[1].booked_on is None
    assert refund_row(booked(a_refund(), history=(sent, line(what, NIGHT))))[1].booked_on is None


def test_what_an_earlier_day_would_have_carried_stands_there_as_the_channel_has_it_too() -> None:
    late = booked(history=(line("booked", NIGHT),))
    (each,) = taken_over_later(late, "wechat", NEXT)
    ((_, row),) = rows(late)
    assert (each.key, each.since, each.counted) == (row.key, hospital_day(row.at), False)
    assert each.rows == (row, row._replace(leg=Leg.CHANNEL))
    assert list(taken_over_later(late, "alipay", NEXT)) == []
    told_later = [
        list(taken_over_later(late, "wechat", day)) for day in (hospital_day(row.at), NEXT + timedelta(days=1))
    ]
    assert told_later == [[], []], "not of its own day, and not of a day after the HIS had it"
    assert list(taken_over_later(booked(history=(line("booked", EVENING),)), "wechat", NEXT)) == []
    heard_later = booked(history=(line("booked", NIGHT + timedelta(days=1)),))
    assert [each.key for each in taken_over_later(heard_later, "wechat", NEXT)] == [row.key]


def test_of_a_refund_that_was_written_off_later_only_what_went_is_carried() -> None:
    sent, released = line("refund_submitted", EVENING, R01), line("refund_released", NIGHT, R01)
    (each,) = taken_over_later(booked(a_refund(), history=(sent, released)), "wechat", NEXT)
    assert [(row.leg, row.number) for row in each.rows] == [(Leg.OURS, R01), (Leg.CHANNEL, R01)]
    closed = replace(a_refund(), state=RefundState.CLOSED)
    assert list(taken_over_later(booked(closed, history=(sent, released)), "wechat", NEXT)) == []


# ---- refunds --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "sent"),
    [
        (RefundState.REQUESTED, False), (RefundState.APPROVED, False), (RefundState.RELEASED, False),
        (RefundState.REJECTED, False), (RefundState.WITHDRAWN, False), (RefundState.EXPIRED, False),
        (RefundState.SUBMITTED, True), (RefundState.SUCCEEDED, True), (RefundState.ABNORMAL, True), (RefundState.CLOSED, True),
    ],
)  # fmt: skip
def test_a_refund_that_never_reached_the_channel_is_no_row(state: RefundState, sent: bool) -> None:
    found = [row for _, row in rows(booked(a_refund(state=state))) if row.kind is RowKind.REFUND]
    lasting = state in {RefundState.SUBMITTED, RefundState.SUCCEEDED}
    assert [row.state for row in found] == ([RowState.DONE if lasting else RowState.FAILED] if sent else [])


@pytest.mark.parametrize("what", ["refund_submitted", "refund_abnormal", "refund_succeeded", "refund_closed"])
def test_a_refund_belongs_to_the_day_on_which_the_channel_first_had_it(what: str) -> None:
    asked = line("refund_requested", EVENING - timedelta(days=9), R01)
    another = line(what, EVENING - timedelta(days=9), R02)
    first, second = line(what, NIGHT, R01), line("refund_succeeded", NIGHT + timedelta(days=3), R01)
    refund = a_refund(state=RefundState.SUCCEEDED, at=EVENING - timedelta(days=9))
    payment = booked(refund, history=(asked, another, first, second))
    assert (sent_at(payment, refund), refund_row(payment)[0]) == (NIGHT, 1)


def test_a_refund_that_ended_before_we_knew_of_it_belongs_to_the_day_of_its_end() -> None:
    refund = a_refund(state=RefundState.SUCCEEDED, finished_at=EVENING, at=NIGHT)
    assert sent_at(booked(history=(line("refund_succeeded", NIGHT, R01),)), refund) == EVENING
    late = replace(refund, finished_at=NIGHT)
    assert sent_at(booked(history=(line("refund_submitted", EVENING, R01),)), late) == EVENING
    assert sent_at(booked(), replace(refund, finished_at=None)) == NIGHT, "nothing is noted: when it was made"


def test_a_refund_has_its_own_number_at_the_channel_or_its_payment_s() -> None:
    assert refund_row(booked(a_refund(channel_refund_id="50")))[1].channel_no == "50"
    _, row = refund_row(booked(a_refund()))
    assert (row.channel_no, row.number, row.payment_number, row.amount_fen) == (TRANSACTION, R01, PAYMENT_ID, 34)
    assert refund_row(with_first(booked(a_refund()), transaction_id=None))[1].channel_no == ""
    assert only(with_first(booked(), transaction_id=None))[1].channel_no == ""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, BOTH),
        ({"origin": RefundOrigin.HIS}, BOTH),
        ({"origin": RefundOrigin.MERCHANT_CONSOLE}, BOTH),
        ({"origin": RefundOrigin.AUTOMATIC}, CHANNEL),
        ({"origin": RefundOrigin.ELSEWHERE, "covered_fen": 34}, HIS),
    ],
)
def test_who_else_must_have_a_refund(fields: dict[str, Any], expected: frozenset[Leg]) -> None:
    assert refund_row(booked(a_refund(**fields)))[1].expected_in == expected


def test_the_his_never_had_a_refund_of_what_it_never_had() -> None:
    payment = booked(a_refund(), state=PaymentState.RETURNED, booking=None)
    assert refund_row(payment)[1].expected_in == CHANNEL


def test_a_transfer_of_money_that_the_his_never_had_is_no_row() -> None:
    payment = booked(a_refund(origin=RefundOrigin.ELSEWHERE, state=RefundState.SUCCEEDED))
    assert [row.kind for _, row in rows(payment)] == [RowKind.PAYMENT]


# ---- the HIS's numbers ----------------------------------------------------------------------------------------------------------


def test_the_his_s_number_of_a_refund_leads_to_the_one_that_brought_the_money_back() -> None:
    followed = a_refund(id=R02, written_off_as=R01)
    assert numbers_in_his(booked(followed)) == {R01: R02}
    assert numbers_in_his(booked(a_refund(written_off_as=R01))) == {}
    assert numbers_in_his(booked(a_refund())) == {}
    refused = a_refund(id=R02, written_off_as=R01, state=RefundState.CLOSED)
    assert numbers_in_his(booked(refused)) == {}
    assert numbers_in_his(booked(a_refund(covered_by="CONSOLE1"))) == {R01: "CONSOLE1"}
    gave_way = a_refund(id=R02, written_off_as=R01, covered_by="CONSOLE1", state=RefundState.WITHDRAWN)
    assert numbers_in_his(booked(gave_way)) == {R01: "CONSOLE1"}


def test_only_refunds_of_the_his_are_renumbered() -> None:
    found = [
        row_of_refund(Leg.HIS, "ZH1", 5), row_of_refund(Leg.CHANNEL, "ZH1", 5), row_of_refund(Leg.HIS, "ZH2", 5),
        row_of_payment(Leg.HIS, "ZH1R01", 5),
    ]  # fmt: skip
    assert [row.number for row in renumbered(found, {"ZH1R01": "ZH1R02"})] == ["ZH1R02", "ZH1R01", "ZH2R01", "ZH1R01"]
