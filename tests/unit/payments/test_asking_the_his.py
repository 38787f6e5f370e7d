"""What the HIS answers when it is asked for a booking or a write-off, and what becomes of the payment then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from server.core.errors import LeaseLost, NotFound, NotSent, OutsideRefusal
from server.effects.model import Effect, EffectKind
from server.payments.asking_his import AskingHis
from server.payments.his_ports import HisCapabilities, RefundAsked
from server.payments.model import Booking, Payment, PaymentState
from server.payments.purpose import Purpose
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from tests.support.builders import TOKEN, a_booking
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.outside import FaithfulHis, a_hospital
from tests.unit.payments.states import in_state

pytestmark = pytest.mark.asyncio
LONGEST = timedelta(seconds=60)
LINES = (RefundLine(charge_no="B1", item_no="1", amount_fen=34),)


class PlayedPurpose:
    """Answers as it is told; an error is raised. ``checks`` are the answers of `check`, one after the other."""

    def __init__(self, *checks: Booking | None, book: object = None, release: object = None) -> None:
        self.checks, self.books, self.releases = list(checks), book, release
        self.asked: list[RefundAsked] = []

    async def check(self, payment: Payment) -> Booking | None:
        assert payment.state is PaymentState.BOOKED
        return self.checks.pop(0)

    async def book(self, payment: Payment) -> object:
        return self._or_raised(self.books)

    async def release(self, payment: Payment, asked: RefundAsked) -> object:
        self.asked.append(asked)
        assert payment.id == asked.out_trade_no
        return self._or_raised(self.releases)

    def _or_raised(self, answer: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer


def asked(payment: Payment, subject: str = "", **fields: object) -> tuple[Payment, Effect]:
    """``payment`` with the question under way."""
    effect = Effect(kind=EffectKind.ASK_HIS, subject=subject, due_at=MORNING, lease=TOKEN, tries=1)
    effect = replace(effect, **fields)  # type: ignore[arg-type]
    return replace(payment, effects=(effect,)), effect


async def answered(payment: Payment, purpose: PlayedPurpose, subject: str = "", **fields: object) -> Payment:
    clock, his = FakeClock(), FaithfulHis()
    his.capabilities = HisCapabilities(longest_call=LONGEST)
    hospital = a_hospital(his=his)
    asking = AskingHis({hospital.id: hospital}, {payment.purpose: cast("Purpose", purpose)}, clock)
    payment, effect = asked(payment, subject, **fields)
    decide = await asking.run(payment, effect)
    with pytest.raises(LeaseLost):
        decide(replace(payment, effects=()))
    after = decide(payment)
    assert after.effects == () or after.effects[0].kind is not EffectKind.ASK_HIS
    return after


def said(payment: Payment) -> tuple[str, dict[str, str]]:
    return payment.history[-1].what, dict(payment.history[-1].detail)


BOOKED = in_state(PaymentState.BOOKED)
KNOWN = a_booking()
ASKED_FEN = BOOKED.amount_fen


def refunded(**fields: object) -> Payment:
    facts: dict[str, object] = {
        "id": f"{BOOKED.id}R01", "amount_fen": 34, "origin": RefundOrigin.STAFF, "reason": "other",
        "state": RefundState.SUCCEEDED, "at": MORNING, "his_refund_no": "W1", "lines": LINES,
    }  # fmt: skip
    return replace(BOOKED, refunds=(Refund(**{**facts, **fields}),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "what", "detail"),
    [
        (KNOWN, "his_asked", {"found": "yes", "his_trade_no": "HIS-1"}),
        (replace(KNOWN, amount_fen=ASKED_FEN), "his_asked", {"found": "yes", "his_trade_no": "HIS-1", "amount_fen": "1234"}),
        (replace(KNOWN, his_trade_no="HIS-2"), "booked_again", {"his_trade_no": "HIS-2"}),
        (replace(KNOWN, his_trade_no="HIS-2", amount_fen=ASKED_FEN), "booked_again", {"his_trade_no": "HIS-2"}),
        (
            replace(KNOWN, his_trade_no="HIS-2", amount_fen=ASKED_FEN + 1),
            "his_asked",
            {"found": "yes", "his_trade_no": "HIS-2", "amount_fen": "1235"},
        ),
    ],
    ids=["the same", "the same amount", "another number", "another number of the same amount", "another amount"],
)  # fmt: skip
async def test_what_the_his_has_is_noted_and_a_second_booking_of_ours_is_kept(
    found: Booking, what: str, detail: dict[str, str]
) -> None:
    after = await answered(BOOKED, PlayedPurpose(found))
    assert said(after) == (what, detail)
    assert after.booking == (found if what == "booked_again" else KNOWN)


async def test_a_booking_that_we_do_not_know_is_kept() -> None:
    after = await answered(replace(BOOKED, booking=None), PlayedPurpose(KNOWN))
    assert (said(after)[0], after.booking) == ("booked_again", KNOWN)


async def test_what_the_his_has_lost_it_is_told_again() -> None:
    after = await answered(BOOKED, PlayedPurpose(None, book=a_booking("HIS-2")))
    assert said(after) == ("booked_again", {"his_trade_no": "HIS-2"})


async def test_what_was_refunded_is_not_told_again() -> None:
    after = await answered(refunded(), PlayedPurpose(None))
    assert said(after) == ("his_asked", {"found": "no"})


async def test_a_no_is_believed_only_after_one_more_look() -> None:
    no = OutsideRefusal("his", "BILL_CHANGED")
    held = await answered(BOOKED, PlayedPurpose(None, a_booking("HIS-2"), book=no))
    assert said(held) == ("booked_again", {"his_trade_no": "HIS-2"})
    lost = await answered(BOOKED, PlayedPurpose(None, None, book=no))
    assert said(lost) == ("his_asked", {"found": "no", "code": "BILL_CHANGED"})


@pytest.mark.parametrize(("ago_s", "believed"), [(59, False), (60, True)])
async def test_no_no_is_believed_while_an_earlier_call_may_still_run(ago_s: int, believed: bool) -> None:
    purpose = PlayedPurpose(None, None, book=OutsideRefusal("his", "REFUSED"))
    unknown_at = MORNING - timedelta(seconds=ago_s)
    if believed:
        assert said(await answered(BOOKED, purpose, unknown_at=unknown_at))[1]["code"] == "REFUSED"
        return
    with pytest.raises(NotSent) as raised:
        await answered(BOOKED, purpose, unknown_at=unknown_at)
    assert raised.value.system == "his"


async def test_a_no_about_the_call_is_for_another_try() -> None:
    with pytest.raises(OutsideRefusal) as raised:
        await answered(BOOKED, PlayedPurpose(None, None, book=OutsideRefusal("his", "SIGNATURE")))
    assert raised.value.reason_code == "SIGNATURE"


async def test_a_write_off_that_the_his_still_has_is_noted() -> None:
    payment, purpose = refunded(), PlayedPurpose(release="W1")
    number = payment.refunds[0].id
    after = await answered(payment, purpose, number)
    assert said(after) == ("his_asked", {"refund": number, "found": "yes", "his_refund_no": "W1"})
    assert purpose.asked == [RefundAsked(out_trade_no=payment.id, out_refund_no=number, amount_fen=34, lines=LINES)]


async def test_a_write_off_that_it_had_lost_has_its_new_number_under_the_number_that_it_was_asked_by() -> None:
    payment, purpose = refunded(written_off_as=f"{BOOKED.id}R00"), PlayedPurpose(release="W2")
    number = payment.refunds[0].id
    after = await answered(payment, purpose, number)
    assert said(after) == ("written_off_again", {"refund": number, "his_refund_no": "W2"})
    assert (after.refunds[0].his_refund_no, after.effects[0].kind) == ("W2", EffectKind.NOTIFY_HIS)
    assert purpose.asked[0].out_refund_no == f"{BOOKED.id}R00"


async def test_a_write_off_that_it_refuses_is_noted_and_one_of_no_refund_is_none() -> None:
    payment = refunded()
    number = payment.refunds[0].id
    after = await answered(payment, PlayedPurpose(release=OutsideRefusal("his", "REFUSED")), number)
    assert said(after) == ("his_asked", {"refund": number, "found": "no", "code": "REFUSED"})
    with pytest.raises(NotFound, match="refund R77"):
        await answered(payment, PlayedPurpose(), "R77")
