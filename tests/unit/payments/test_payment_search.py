"""What staff ask of payments beside a number, and the numbers by which one is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from server.core.errors import BadInput
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.numbers_held import NumberKind, found_by
from server.payments.rules.search import Order, PaymentSearch, as_facts, filters_text, from_facts
from server.payments.rules.search_keys import FindBy, search_keys_of, tags, tail_key, whole_keys
from tests.support.builders import CARD, PHONE, TRANSACTION, a_bill, a_booking, a_paid, paying_for
from tests.support.clock_and_ids import MORNING

TODAY = date(2026, 11, 23)
OTHER_PHONE = "13912345678"


def a_whole_one() -> Payment:
    """Paid, booked, with a refund, and another phone for the SMS than the patient's."""
    paid = a_paid()
    refund = Refund(
        id=f"{paid.id}R01", amount_fen=100, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED,
        at=MORNING, channel_refund_id="50300000002026112300005555", his_refund_no="TF0099", asked_by="staff:1001",
    )  # fmt: skip
    return replace(
        paid,
        state=PaymentState.BOOKED,
        booking=a_booking(),
        refunds=(refund,),
        personal=replace(paid.personal, patient_phone=OTHER_PHONE),
    )


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        (a_paid().id, NumberKind.NUMBER),
        (a_paid().id[-5:], NumberKind.NUMBER),
        (f"{a_paid().id[-6:]}R01", NumberKind.REFUND),
        ("50300000002026112300005555", NumberKind.REFUND),
        ("tf-0099", NumberKind.REFUND),
        ("B1", NumberKind.CHARGE),
        (TRANSACTION, NumberKind.TRANSACTION),
        (TRANSACTION[-9:], NumberKind.TRANSACTION),
        (a_booking().receipt_no, NumberKind.RECEIPT),
        (PHONE, NumberKind.PHONE),
        ("139 1234 5678", NumberKind.PHONE),
        (OTHER_PHONE[-4:], NumberKind.PHONE),
        (CARD.lower(), NumberKind.CARD),
        ("678", None),
        ("", None),
        (PHONE + "1", None),
    ],
)
def test_every_number_that_people_hold_is_known_whole_or_by_four_at_its_end(
    typed: str, kind: NumberKind | None
) -> None:
    payment = a_whole_one()
    assert found_by(payment, typed) is kind
    if kind not in {None, NumberKind.NUMBER}:
        marks = set(search_keys_of(payment))
        assert marks & {*whole_keys(typed), tail_key(typed)}


def test_marks_are_whole_numbers_and_the_last_four_of_each() -> None:
    marks = search_keys_of(a_whole_one())
    assert len(marks) == len(set(marks))
    assert (FindBy.PHONE, OTHER_PHONE) in marks
    assert (FindBy.TAIL, OTHER_PHONE[-4:]) in marks
    assert {len(text) for by, text in marks if by is FindBy.TAIL} == {4}
    assert not [text for by, text in marks if text == a_paid().id], "that is the document's own id"


@pytest.mark.parametrize(
    ("search", "fits"),
    [
        ({"since": TODAY, "until": TODAY}, True),
        ({"until": date(2026, 11, 22)}, False),
        ({"since": date(2026, 11, 24)}, False),
        ({"channel": "wechat"}, True),
        ({"channel": "alipay"}, False),
        ({"state": "booked"}, True),
        ({"state": "refunded"}, True),
        ({"state": "refunding"}, False),
        ({"state": "unpaid"}, False),
        ({"department": "内 科"}, True),
        ({"department": "外科"}, False),
        ({"least_fen": 1234, "most_fen": 1234}, True),
        ({"least_fen": 1235}, False),
        ({"most_fen": 1233}, False),
    ],
)
def test_every_field_must_fit(search: dict[str, object], fits: bool) -> None:
    wanted = PaymentSearch(**search)  # type: ignore[arg-type]
    assert wanted.fits(a_whole_one()) is fits
    assert from_facts(as_facts(wanted)) == wanted
    assert wanted.has_filter


def test_the_order_is_the_one_asked_for() -> None:
    first = a_whole_one()
    second = replace(
        first,
        id=f"{first.id[:-1]}Z",
        created_at=MORNING + timedelta(minutes=1),
        parts=(replace(first.parts[0], paid_fen=5),),
        personal=paying_for(first, a_bill(own_fen=5)).personal,
    )
    expected = {
        Order.NEWEST: (second, first), Order.OLDEST: (first, second), Order.MOST: (first, second), Order.LEAST: (second, first),
    }  # fmt: skip
    for order, payments in expected.items():
        assert PaymentSearch(order=order).ordered([first, second]) == payments


def test_equal_amounts_are_of_the_newest_first() -> None:
    """And what is least stands first, whenever it began."""
    old, middle, new = (
        replace(a_whole_one(), id=f"{number}", created_at=MORNING + timedelta(minutes=number), parts=(part,))
        for number, part in enumerate(replace(a_whole_one().parts[0], paid_fen=fen) for fen in (5, 7, 7))
    )
    assert PaymentSearch(order=Order.LEAST).ordered([new, old, middle]) == (old, new, middle)
    assert PaymentSearch(order=Order.MOST).ordered([old, middle, new]) == (new, middle, old)


@pytest.mark.parametrize(("refunded_fen", "fits"), [(0, False), (1, True)])
def test_a_refunded_payment_has_a_fen_that_went_back(refunded_fen: int, fits: bool) -> None:
    refund = replace(a_whole_one().refunds[0], amount_fen=refunded_fen)
    assert PaymentSearch(state="refunded").fits(replace(a_whole_one(), refunds=(refund,))) is fits


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (TODAY, TODAY),
        (TODAY - timedelta(days=92), TODAY),
        (date(2000, 1, 1), date(2000, 1, 2)),
        (date(2199, 12, 30), date(2199, 12, 31)),
    ],
)
def test_so_many_days_may_be_looked_through(since: date, until: date) -> None:
    assert PaymentSearch(since=since, until=until).within(TODAY) == (since, until)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (TODAY, TODAY - timedelta(days=1), "开始日期不能晚于结束日期。"),
        (TODAY - timedelta(days=93), TODAY, "一次最多查 93 天，请缩小日期范围。"),
        (date(1999, 12, 31), date(2000, 1, 1), "一次最多查 93 天，请缩小日期范围。"),
        (date(2200, 1, 1), date(2200, 1, 1), "一次最多查 93 天，请缩小日期范围。"),
    ],
)
def test_staff_are_told_which_days_can_not_be_looked_through(since: date, until: date, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        PaymentSearch(since=since, until=until).within(TODAY)
    assert refused.value.user_message == words


def test_a_payment_is_found_by_its_owner_and_its_claims_and_by_a_number_of_four_at_its_end() -> None:
    short = paying_for(replace(a_paid(), claims=("bill:1", "bill:2")), a_bill("B001"), a_bill("B02"))
    marks = search_keys_of(short)
    assert {text for by, text in marks if by is FindBy.CLAIM} == {"bill:1", "bill:2"}
    assert (FindBy.OWNER, short.owner) in marks
    assert (FindBy.TAG, "moved:20261123") in marks
    assert (FindBy.TAIL, "B001") in marks
    assert (FindBy.CHARGE, "B02") in marks
    assert (FindBy.TAIL, "B02") not in marks


def tagged(**refund: Any) -> set[str]:
    """The tags of the booked payment with its refund changed so."""
    return set(tags(replace(a_whole_one(), refunds=(replace(a_whole_one().refunds[0], **refund),))))


def test_a_payment_is_tagged_by_what_its_refunds_wait_for() -> None:
    own = {"moved:20261123", "asked:1001:20261123"}
    assert tagged(state=RefundState.SUCCEEDED) == own
    assert tagged(state=RefundState.REQUESTED) == {*own, "waiting"}
    for state in (RefundState.APPROVED, RefundState.RELEASED, RefundState.SUBMITTED, RefundState.ABNORMAL):
        assert tagged(state=state) == {*own, "running"}


def test_a_payment_is_tagged_by_who_asked_and_by_the_days_on_which_money_moved() -> None:
    next_day = MORNING + timedelta(days=1)
    assert tagged(finished_at=next_day) == {"moved:20261123", "moved:20261124", "asked:1001:20261123"}
    assert tagged(origin=RefundOrigin.HIS, request_id="TF1") == {"moved:20261123", "his_refund:TF1"}
    assert tagged(origin=RefundOrigin.AUTOMATIC) == {"moved:20261123"}
    assert tags(replace(a_whole_one(), paid_at=None, refunds=())) == ()


def test_days_have_a_bound_and_a_month_by_themselves() -> None:
    assert PaymentSearch(state="paid").within(TODAY) == (date(2026, 10, 24), TODAY)
    assert PaymentSearch(since=date(2026, 11, 1)).within(TODAY) == (date(2026, 11, 1), TODAY)
    for since, until in ((TODAY, date(2026, 11, 1)), (date(2026, 1, 1), TODAY), (date(1999, 1, 1), date(1999, 1, 2))):
        with pytest.raises(BadInput):
            PaymentSearch(since=since, until=until).within(TODAY)


def test_what_is_kept_of_a_search_names_nobody() -> None:
    search = PaymentSearch(words=PHONE, since=TODAY, channel="wechat", state="booked", department="某科", least_fen=10)
    assert filters_text(search) == "2026-11-23/ wechat booked 10-"
