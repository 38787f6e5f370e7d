"""What whoever paid by a code that a finder may hold is shown of the payment."""

from __future__ import annotations

from dataclasses import replace

from server.patients.model import WRISTBAND
from server.payments.answers import as_payers_see
from server.payments.model import Origin, PaymentState
from tests.support.builders import a_booking
from tests.unit.payments.states import in_state


def test_a_wristband_s_payment_shows_no_receipt_and_no_guide() -> None:
    """Whatever is stored of it: payments that were booked by an earlier version kept the receipt."""
    booked = replace(in_state(PaymentState.BOOKED), booking=a_booking())
    assert as_payers_see(booked) == booked
    shown = as_payers_see(replace(booked, origin=Origin(entrance=WRISTBAND)))
    assert shown.booking == replace(a_booking(), receipt_url="", guide_text="")
    assert shown.personal.card_no == ""
    assert {charge.number for charge in shown.personal.subject.charges} == {""}


def test_one_that_is_not_booked_has_nothing_to_leave_out() -> None:
    begun = replace(in_state(PaymentState.CREATED), origin=Origin(entrance=WRISTBAND))
    assert as_payers_see(begun).booking is None
