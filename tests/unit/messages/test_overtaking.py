"""Which messages still tell the truth, and the order in which one payment's messages are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import Effect, EffectKind, find
from server.messages.rules import overtaken, still_true
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import REASONS, Refund, RefundState
from server.payments.rules.booking import booked
from server.payments.rules.going_back import begin_return
from server.payments.rules.outside_refunds import gone_fen
from server.payments.rules.returning import refund_answered
from server.payments.rules.telling import ahead_of, must_wait, tell, without_message
from server.payments.rules.trades import RefundOutcome
from server.refunds.rules.requests import RefundAsk, request_refund, written_off
from tests.support.builders import TOKEN, a_booking, a_channel_refund, a_paid, leased, with_first
from tests.support.clock_and_ids import MORNING

LATER = MORNING + timedelta(minutes=1)
CONSOLE = "CONSOLE1"
WHOLE = 1234
assert "not_done" in REASONS


def a_booked() -> Payment:
    return booked(leased(a_paid(), EffectKind.BOOK, MORNING), TOKEN, a_booking(), MORNING)


def asked(payment: Payment, amount_fen: int, request_id: str = "tap-1") -> Payment:
    ask = RefundAsk(
        request_id=request_id, amount_fen=amount_fen, lines=(), reason="not_done", note="", by="1001", requested_via="chat", approval_reasons=()
    )  # fmt: skip
    return request_refund(payment, ask, LATER, LATER)


def written(payment: Payment, number: str = "R01") -> Payment:
    refund_id = f"{payment.id}{number}"
    held = leased(payment, EffectKind.RELEASE, LATER, subject=refund_id)
    return written_off(held, refund_id, TOKEN, f"HIS-{number}", LATER)


def told(payment: Payment, outcome: RefundOutcome, number: str = "R01", **fields: int) -> Payment:
    return refund_answered(payment, a_channel_refund(payment, outcome, number, **fields), LATER, 0.0)


def subjects(payment: Payment, kind: EffectKind = EffectKind.SMS) -> list[str]:
    return [effect.subject for effect in payment.effects if effect.kind is kind]


def dropped(payment: Payment, subject: str, kind: EffectKind = EffectKind.SMS) -> Payment:
    return overtaken(leased(payment, kind, LATER, subject=subject), f"{kind}:{subject}", TOKEN, LATER)


class TestBooked:
    def test_is_true_while_the_hospital_holds_any_of_it(self) -> None:
        payment = a_booked()
        assert still_true(payment, "payment_booked")
        part = written(asked(payment, WHOLE - 1))
        assert still_true(part, "payment_booked")
        assert still_true(told(part, RefundOutcome.SUCCEEDED), "payment_booked")

    def test_is_true_while_staff_only_ask(self) -> None:
        assert still_true(asked(a_booked(), WHOLE), "payment_booked")

    @pytest.mark.parametrize("outcome", [None, *RefundOutcome])
    def test_is_no_longer_once_all_of_it_is_written_off(self, outcome: RefundOutcome | None) -> None:
        payment = written(asked(a_booked(), WHOLE))
        after = payment if outcome is None else told(payment, outcome)
        assert not still_true(after, "payment_booked")

    def test_is_no_longer_once_two_parts_are_written_off(self) -> None:
        one = written(asked(a_booked(), 1000))
        both = written(asked(one, 234, "tap-2"), "R02")
        assert still_true(one, "payment_booked")
        assert not still_true(both, "payment_booked")

    def test_of_a_free_bill_is_true_once_the_hospital_has_it(self) -> None:
        free = replace(a_booked(), parts=(replace(a_booked().parts[0], paid_fen=0),))
        assert still_true(free, "payment_booked")

    def test_is_no_longer_when_all_went_back_in_the_console_and_that_is_told_instead(self) -> None:
        payment = told(a_booked(), RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=WHOLE)
        assert not still_true(payment, "payment_booked")
        after = dropped(payment, "payment_booked")
        assert subjects(after) == ["payment_returned"]
        assert subjects(after, EffectKind.MESSAGE) == ["payment_booked"], "each way for itself"
        assert (after.history[-1].what, after.history[-1].detail["about"]) == ("sms_overtaken", "payment_booked")

    def test_is_true_while_the_console_s_refund_is_on_its_way(self) -> None:
        assert still_true(told(a_booked(), RefundOutcome.PROCESSING, CONSOLE, amount_fen=WHOLE), "payment_booked")

    def test_dropped_for_a_refund_of_ours_adds_nothing_since_that_is_told(self) -> None:
        after = dropped(written(asked(a_booked(), WHOLE)), "payment_booked")
        assert subjects(after) == ["refund_accepted.R01"]

    def test_is_true_while_one_fen_is_held_and_the_rest_only_asked_for(self) -> None:
        part = asked(written(asked(a_booked(), WHOLE - 1)), 1, "tap-2")
        assert part.refunds[-1].state is RefundState.APPROVED
        assert still_true(part, "payment_booked")

    def test_counts_what_the_channel_says_has_gone_elsewhere(self) -> None:
        elsewhere = with_first(a_booked(), told_refunded_fen=WHOLE)
        assert not still_true(elsewhere, "payment_booked")
        assert still_true(with_first(a_booked(), told_refunded_fen=WHOLE - 1), "payment_booked")
        assert subjects(dropped(elsewhere, "payment_booked")) == ["payment_returned"]

    def test_is_not_told_as_returned_while_some_is_still_on_its_way(self) -> None:
        part = told(written(asked(a_booked(), 1000)), RefundOutcome.PROCESSING)
        both = told(part, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=234)
        assert not still_true(both, "payment_booked")
        assert subjects(dropped(both, "payment_booked")) == ["refund_accepted.R01"]

    @pytest.mark.parametrize("number", ["R01", CONSOLE])
    def test_of_what_a_refund_of_ours_tells_is_not_told_as_returned(self, number: str) -> None:
        payment = told(written(asked(a_booked(), WHOLE)), RefundOutcome.SUCCEEDED, number, amount_fen=WHOLE)
        assert subjects(dropped(payment, "payment_booked")) == ["refund_accepted.R01", "refund_arrived.R01"]

    def test_one_fen_elsewhere_is_told_of_too(self) -> None:
        part = told(written(asked(a_booked(), WHOLE - 1)), RefundOutcome.SUCCEEDED)
        after = with_first(part, told_refunded_fen=WHOLE)
        assert subjects(dropped(after, "payment_booked"))[-1] == "payment_returned"


class TestLate:
    def test_do_not_pay_again_is_not_said_of_money_that_has_all_gone_back(self) -> None:
        """Refunded in the merchant console while the hospital did not take the bill: seed 3013489."""
        paid = leased(a_paid(), EffectKind.BOOK, MORNING)
        assert still_true(told(paid, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=WHOLE - 1), "payment_late")
        assert not still_true(told(paid, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=WHOLE), "payment_late")
        assert not still_true(with_first(paid, told_refunded_fen=WHOLE), "payment_late")
        assert not still_true(a_booked(), "payment_late")


class TestReturning:
    def test_is_true_until_the_money_is_back(self) -> None:
        payment = begin_return(a_paid(), "refused_by_his", LATER)
        assert still_true(payment, "payment_returning")
        back = told(told(payment, RefundOutcome.PROCESSING), RefundOutcome.SUCCEEDED)
        assert back.state is PaymentState.RETURNED
        assert not still_true(back, "payment_returning")
        assert still_true(back, "payment_returned")


class TestAccepted:
    @pytest.mark.parametrize("outcome", [RefundOutcome.PROCESSING, RefundOutcome.ABNORMAL])
    def test_is_true_until_the_money_has_arrived(self, outcome: RefundOutcome) -> None:
        payment = written(asked(a_booked(), WHOLE))
        assert still_true(payment, "refund_accepted.R01")
        assert still_true(told(payment, outcome), "refund_accepted.R01")
        assert not still_true(told(payment, RefundOutcome.SUCCEEDED), "refund_accepted.R01")
        assert still_true(told(payment, RefundOutcome.SUCCEEDED), "refund_arrived.R01")

    def test_is_true_while_the_money_goes_under_a_later_number(self) -> None:
        payment = told(written(asked(a_booked(), WHOLE)), RefundOutcome.CLOSED)
        assert payment.refunds[-1].state is RefundState.RELEASED
        assert still_true(payment, "refund_accepted.R01")
        assert not still_true(told(payment, RefundOutcome.SUCCEEDED, "R02"), "refund_accepted.R01")

    def test_is_true_until_the_console_s_refund_that_goes_instead_has_arrived(self) -> None:
        payment = told(written(asked(a_booked(), WHOLE)), RefundOutcome.PROCESSING, CONSOLE, amount_fen=WHOLE)
        assert still_true(payment, "refund_accepted.R01")
        assert not still_true(told(payment, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=WHOLE), "refund_accepted.R01")


class TestAmounts:
    def refund(self, payment: Payment, number: str) -> Refund:
        refund = payment.refund(f"{payment.id}{number}")
        assert refund is not None
        return refund

    def test_of_one_that_the_console_covers_in_part_each_number_says_its_own(self) -> None:
        """1000 asked for, 534 of them go in the console: the patient was told of 1000 and then of 466 more."""
        payment = told(written(asked(a_booked(), 1000)), RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=768)
        assert gone_fen(payment, self.refund(payment, "R01")) == 534
        assert gone_fen(payment, self.refund(payment, "R02")) == 466

    def test_of_one_that_the_console_covers_wholly(self) -> None:
        payment = told(written(asked(a_booked(), 1000)), RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=WHOLE)
        assert gone_fen(payment, self.refund(payment, "R01")) == 1000

    def test_of_any_other(self) -> None:
        payment = written(asked(written(asked(a_booked(), 200)), 300, "tap-2"), "R02")
        assert [gone_fen(payment, refund) for refund in payment.refunds] == [200, 300]


class TestOrder:
    def queue(self, *subjects: str, kind: EffectKind = EffectKind.SMS) -> tuple[Effect, ...]:
        return tuple(Effect(kind=kind, subject=subject, due_at=MORNING) for subject in subjects)

    def test_is_that_in_which_they_came_to_be_owed(self) -> None:
        first, second = effects = self.queue("payment_booked", "refund_accepted.R01")
        assert ahead_of(effects, first) is None
        assert ahead_of(effects, second) is first

    def test_a_try_of_the_first_one_does_not_put_it_behind(self) -> None:
        payment = leased(written(asked(a_booked(), 100)), EffectKind.SMS, LATER, subject="payment_booked")
        second = find(payment.effects, "sms:refund_accepted.R01")
        assert second is not None
        ahead = ahead_of(payment.effects, second)
        assert ahead is not None
        assert ahead.subject == "payment_booked"

    def test_is_each_way_s_own(self) -> None:
        effects = (*self.queue("payment_booked", kind=EffectKind.MESSAGE), *self.queue("refund_accepted.R01"))
        assert ahead_of(effects, effects[1]) is None
        owed = (Effect(kind=EffectKind.BOOK, due_at=MORNING), *self.queue("payment_booked"))
        assert ahead_of(owed, owed[1]) is None

    def test_is_each_one_s_own_among_staff(self) -> None:
        names = ("refund_waiting.R01.2001", "refund_result.R01.1001", "refund_result.R02.1001", "refund_waiting.R02")
        effects = self.queue(*names, kind=EffectKind.TELL_STAFF)
        ahead = [ahead_of(effects, effect) for effect in effects]
        assert [one.subject if one else None for one in ahead] == [None, None, "refund_result.R01.1001", None]

    def test_one_that_waits_is_due_no_sooner_than_the_one_before_it(self) -> None:
        payment = replace(
            a_booked(), effects=(replace(self.queue("payment_booked")[0], due_at=MORNING + timedelta(hours=1)),)
        )
        told = [effect for effect in tell(payment, "refund_accepted.R01", LATER) if effect.kind is EffectKind.SMS]
        assert [effect.due_at for effect in told] == [MORNING + timedelta(hours=1)] * 2

    def test_waiting_is_no_try(self) -> None:
        payment = replace(a_booked(), effects=self.queue("payment_booked", "refund_accepted.R01"))
        held = leased(payment, EffectKind.SMS, MORNING, subject="refund_accepted.R01")
        after = find(must_wait(held, "sms:refund_accepted.R01", TOKEN, LATER).effects, "sms:refund_accepted.R01")
        assert after is not None
        assert (after.tries, after.lease, after.last_error) == (0, None, None)
        assert after.due_at == LATER + timedelta(seconds=1), "no hot loop"

    def test_the_next_one_is_due_as_soon_as_the_one_before_it_is_done(self) -> None:
        first, second = self.queue("payment_booked", "refund_accepted.R01")
        waiting = replace(second, due_at=MORNING + timedelta(hours=1))
        assert without_message((first, waiting), first, LATER) == (replace(second, due_at=LATER),)
        early = replace(second, due_at=MORNING)
        assert without_message((first, early), first, LATER) == (early,)


def test_where_nothing_was_to_pay_there_is_no_money_of_which_to_speak() -> None:
    """It said that 0.00 was returned."""
    free = replace(a_paid(), parts=(replace(a_paid().parts[0], paid_fen=0),), effects=())
    assert subjects(begin_return(free, "refused_by_his", LATER)) == ["payment_not_booked"]
    all_back = told(a_paid(), RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=WHOLE)
    assert subjects(all_back) == ["payment_returned"]
