"""Money that goes back: what the channel may say of a refund, in which order it likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost, NotAllowed
from server.effects.model import PACE_S, Effect, EffectKind, find, with_effect
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.alarms import alarms
from server.payments.rules.going_back import begin_return
from server.payments.rules.refund_numbers import AGAIN_AFTER_S, REFUNDS_MAX, next_refund_id, pause_before_next
from server.payments.rules.refund_shares import open_refund
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import PAYMENT_ID, TOKEN, a_channel_refund, a_paid, leased
from tests.support.chance import MORNING
from tests.unit.payments.states import in_state, kinds, submitted

LATER = MORNING + timedelta(minutes=5)
Word = RefundOutcome
S = RefundState
CONSOLE = "50300806962021020105978994968"


def returning() -> Payment:
    return in_state(PaymentState.RETURNING)


def told(payment: Payment, outcome: RefundOutcome, number: str = "R01", **fields: object) -> Payment:
    """The payment after a notification."""
    return refund_answered(payment, a_channel_refund(payment, outcome, number, **fields), LATER, 0.5)


def state_of(payment: Payment, number: str = "R01") -> RefundState:
    refund = payment.refund(f"{PAYMENT_ID}{number}")
    assert refund is not None
    return refund.state


def abnormal() -> Payment:
    return told(submitted(), Word.ABNORMAL)


def finished() -> Payment:
    return told(returning(), Word.SUCCEEDED)


def given_up() -> Payment:
    return told(returning(), Word.CLOSED)


STARTS = {
    S.APPROVED: returning,
    S.SUBMITTED: submitted,
    S.ABNORMAL: abnormal,
    S.SUCCEEDED: finished,
    S.CLOSED: given_up,
}
SAME = object()
TABLE = [
    (S.APPROVED, Word.PROCESSING, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.APPROVED, Word.UNCONFIRMED, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.APPROVED, Word.SUCCEEDED, S.SUCCEEDED, set()),
    (S.APPROVED, Word.ABNORMAL, S.ABNORMAL, {EffectKind.QUERY_REFUND}),
    (S.APPROVED, Word.CLOSED, S.CLOSED, {EffectKind.REFUND}),
    (S.APPROVED, Word.ABSENT, S.APPROVED, {EffectKind.REFUND}),
    (S.SUBMITTED, Word.PROCESSING, SAME, None),
    (S.SUBMITTED, Word.UNCONFIRMED, SAME, None),
    (S.SUBMITTED, Word.SUCCEEDED, S.SUCCEEDED, set()),
    (S.SUBMITTED, Word.ABNORMAL, S.ABNORMAL, {EffectKind.QUERY_REFUND}),
    (S.SUBMITTED, Word.CLOSED, S.CLOSED, {EffectKind.REFUND}),
    (S.SUBMITTED, Word.ABSENT, S.APPROVED, {EffectKind.REFUND}),
    (S.ABNORMAL, Word.PROCESSING, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.ABNORMAL, Word.UNCONFIRMED, S.SUBMITTED, {EffectKind.QUERY_REFUND}),
    (S.ABNORMAL, Word.SUCCEEDED, S.SUCCEEDED, set()),
    (S.ABNORMAL, Word.ABNORMAL, SAME, None),
    (S.ABNORMAL, Word.CLOSED, S.CLOSED, {EffectKind.REFUND}),
    (S.ABNORMAL, Word.ABSENT, S.APPROVED, {EffectKind.REFUND}),
    (S.SUCCEEDED, Word.PROCESSING, SAME, None),
    (S.SUCCEEDED, Word.UNCONFIRMED, SAME, None),
    (S.SUCCEEDED, Word.SUCCEEDED, SAME, None),
    (S.SUCCEEDED, Word.ABNORMAL, NotAllowed, None),
    (S.SUCCEEDED, Word.CLOSED, NotAllowed, None),
    (S.SUCCEEDED, Word.ABSENT, SAME, None),
    (S.CLOSED, Word.PROCESSING, SAME, None),
    (S.CLOSED, Word.UNCONFIRMED, SAME, None),
    (S.CLOSED, Word.SUCCEEDED, NotAllowed, None),
    (S.CLOSED, Word.ABNORMAL, SAME, None),
    (S.CLOSED, Word.CLOSED, SAME, None),
    (S.CLOSED, Word.ABSENT, SAME, None),
]


@pytest.mark.parametrize(("state", "outcome", "expected", "owes"), TABLE)
def test_every_state_meets_every_word_of_the_channel(
    state: RefundState, outcome: RefundOutcome, expected: object, owes: set[EffectKind] | None
) -> None:
    before = STARTS[state]()
    assert state_of(before) is state
    if expected is NotAllowed:
        with pytest.raises(NotAllowed):
            told(before, outcome)
        return
    after = told(before, outcome)
    if expected is SAME:
        assert after is before
        return
    assert state_of(after) is expected
    assert kinds(after) & {EffectKind.REFUND, EffectKind.QUERY_REFUND} == owes
    assert after.version == before.version + 1
    assert after.refunding_fen <= after.paid_fen
    assert all(effect.lease is None for effect in after.effects)


def test_the_table_is_whole() -> None:
    assert {(state, outcome) for state, outcome, *_ in TABLE} == {
        (state, outcome) for state in STARTS for outcome in Word
    }


@pytest.mark.parametrize("outcome", list(Word))
def test_a_repeated_notification_changes_nothing(outcome: RefundOutcome) -> None:
    once = told(submitted(), outcome)
    assert outcome is Word.ABSENT or told(once, outcome) is once


class TestReturn:
    def test_ends_when_all_is_back(self) -> None:
        after = finished()
        assert after.state is PaymentState.RETURNED
        assert after.refunded_fen == after.paid_fen == 1234
        assert after.at_rest()
        assert kinds(after) == {EffectKind.MESSAGE, EffectKind.SMS, EffectKind.LATE_BOOKING}
        assert {effect.subject for effect in after.effects} == {"payment_returning", "payment_returned", ""}

    def test_counts_what_went_back_in_the_console_before(self) -> None:
        part = told(a_paid(), Word.SUCCEEDED, CONSOLE, amount_fen=234)
        back = begin_return(part, "refused_by_his", LATER)
        assert [refund.amount_fen for refund in back.refunds] == [234, 1000]
        assert back.refunding_fen == back.paid_fen

    def test_with_nothing_left_is_at_its_end(self) -> None:
        free = begin_return(
            replace(a_paid(), parts=(replace(a_paid().parts[0], paid_fen=0),), effects=()), "refused_by_his", LATER
        )
        assert free.state is PaymentState.RETURNED
        assert free.refunds == ()
        assert {effect.subject for effect in free.effects} == {"payment_not_booked"}, (
            "there is no money of which to speak"
        )
        assert free.at_rest()

    def test_waits_for_refunds_that_are_still_on_their_way(self) -> None:
        opened = open_refund(
            in_state(PaymentState.BOOKED),
            in_state(PaymentState.BOOKED).parts[0],
            1234,
            RefundOrigin.STAFF,
            "test",
            MORNING,
        )
        assert begin_return(opened, "refused_by_his", LATER).state is PaymentState.RETURNING


class TestFinalNo:
    def test_is_sent_again_under_a_new_number_after_a_pause(self) -> None:
        after = given_up()
        assert [(refund.id[-3:], refund.state) for refund in after.refunds] == [("R01", S.CLOSED), ("R02", S.APPROVED)]
        effect = find(after.effects, f"refund:{PAYMENT_ID}R02")
        assert effect is not None
        assert effect.due_at == LATER + timedelta(minutes=10)
        assert find(after.effects, f"refund:{PAYMENT_ID}R01") is None
        assert after.refunding_fen == after.paid_fen
        assert ("refund_closed", f"{PAYMENT_ID}R01") in alarms(submitted(), after)

    def test_sends_again_what_the_his_has_written_off(self) -> None:
        asked = open_refund(
            in_state(PaymentState.BOOKED),
            in_state(PaymentState.BOOKED).parts[0],
            1000,
            RefundOrigin.STAFF,
            "asked",
            MORNING,
        )
        after = refund_answered(asked, a_channel_refund(asked, Word.CLOSED), LATER, 0.0)
        assert [(refund.id[-3:], refund.state) for refund in after.refunds] == [("R01", S.CLOSED), ("R02", S.RELEASED)]
        assert find(after.effects, f"refund:{PAYMENT_ID}R02") is not None
        assert (after.refunding_fen, after.at_rest()) == (1000, False)

    def test_gives_every_number_only_once_and_goes_on_after_99(self) -> None:
        payment = returning()
        for number in range(1, 101):
            payment = told(payment, Word.CLOSED, f"R{number:02d}")
        assert len({refund.id for refund in payment.refunds}) == 101
        assert [refund.id[len(PAYMENT_ID) :] for refund in payment.refunds[-3:]] == ["R99", "R100", "R101"]
        assert all(len(refund.id) <= 36 for refund in payment.refunds)
        assert find(payment.effects, f"refund:{PAYMENT_ID}R101") is not None

    def test_slows_down_so_that_the_numbers_outlast_the_channel_s_reach(self) -> None:
        payment, waited = returning(), timedelta()
        for number in range(1, 99):
            payment = told(payment, Word.CLOSED, f"R{number:02d}")
            owed = find(payment.effects, f"refund:{PAYMENT_ID}R{number + 1:02d}")
            assert owed is not None
            assert owed.due_at - LATER == pause_before_next(payment)
            waited += owed.due_at - LATER
        assert list(AGAIN_AFTER_S) == sorted(AGAIN_AFTER_S)
        assert waited > timedelta(days=365)

    def test_a_number_beyond_all_is_refused_to_who_asks(self) -> None:
        last = replace(returning().refunds[0], id=f"{PAYMENT_ID}R{REFUNDS_MAX}")
        with pytest.raises(NotAllowed):
            next_refund_id(replace(returning(), refunds=(last,)))


class TestAbnormal:
    def test_alarms_once_and_keeps_asking(self) -> None:
        before, after = submitted(), abnormal()
        assert alarms(before, after) == (("refund_abnormal", f"{PAYMENT_ID}R01"),)
        assert not after.at_rest()
        held = leased(after, EffectKind.QUERY_REFUND, LATER, f"{PAYMENT_ID}R01")
        asked_by = (f"query_refund:{PAYMENT_ID}R01", TOKEN)
        again = refund_answered(held, a_channel_refund(held, Word.ABNORMAL), LATER, 0.0, asked_by)
        assert alarms(held, again) == ()
        assert kinds(again) >= {EffectKind.QUERY_REFUND}
        assert again.next_due is not None
        assert state_of(again) is S.ABNORMAL

    def test_keeps_its_share(self) -> None:
        with pytest.raises(NotAllowed):
            open_refund(abnormal(), abnormal().parts[0], 1, RefundOrigin.STAFF, "more", LATER)


class TestAskedAgain:
    """Reconciliation asks what became of a refund whose end is known: once, not for ever."""

    @pytest.mark.parametrize(("end", "said"), [(finished, Word.SUCCEEDED), (given_up, Word.CLOSED)])
    def test_a_known_end_answers_the_question(self, end: Callable[[], Payment], said: Word) -> None:
        ended, number = end(), f"{PAYMENT_ID}R01"
        look = Effect(kind=EffectKind.QUERY_REFUND, subject=number, due_at=LATER)
        held = leased(replace(ended, effects=with_effect(ended.effects, look)), EffectKind.QUERY_REFUND, LATER, number)
        after = refund_answered(held, a_channel_refund(held, said), LATER, 0.0, (look.key, TOKEN))
        assert find(after.effects, look.key) is None
        assert (after.refunds, after.history) == (ended.refunds, ended.history)


class TestAbsent:
    def test_is_sent_again_under_the_same_number(self) -> None:
        held = leased(submitted(), EffectKind.QUERY_REFUND, LATER, f"{PAYMENT_ID}R01")
        asked_by = (f"query_refund:{PAYMENT_ID}R01", TOKEN)
        after = refund_answered(held, a_channel_refund(held, Word.ABSENT, amount_fen=0), LATER, 0.0, asked_by)
        effect = find(after.effects, f"refund:{PAYMENT_ID}R01")
        assert effect is not None
        assert effect.due_at == LATER
        assert len(after.refunds) == 1
        assert ("refund_absent", f"{PAYMENT_ID}R01") in alarms(held, after), "accepted, then unknown: a person looks"

    def test_to_a_submission_waits_longer_each_time(self) -> None:
        payment, now, key = returning(), LATER, f"refund:{PAYMENT_ID}R01"
        waits = []
        for _ in range(12):
            held = leased(payment, EffectKind.REFUND, now, f"{PAYMENT_ID}R01")
            payment = refund_answered(held, a_channel_refund(held, Word.ABSENT), now, 0.0, (key, TOKEN))
            effect = find(payment.effects, key)
            assert effect is not None
            waits.append((effect.due_at - now).total_seconds())
            now = effect.due_at
        assert waits == sorted(waits)
        assert waits[0] >= 1
        assert waits[-1] == 600


class TestLease:
    @pytest.mark.parametrize("outcome", list(Word))
    def test_only_under_its_own(self, outcome: RefundOutcome) -> None:
        held = leased(returning(), EffectKind.REFUND, LATER, f"{PAYMENT_ID}R01")
        with pytest.raises(LeaseLost):
            refund_answered(held, a_channel_refund(held, outcome), LATER, 0.0, (f"refund:{PAYMENT_ID}R01", "another"))

    def test_a_notification_overtakes_the_submission(self) -> None:
        held = leased(returning(), EffectKind.REFUND, LATER, f"{PAYMENT_ID}R01")
        done = told(held, Word.SUCCEEDED)
        assert done.state is PaymentState.RETURNED
        with pytest.raises(LeaseLost):
            refund_answered(
                done, a_channel_refund(held, Word.PROCESSING), LATER, 0.0, (f"refund:{PAYMENT_ID}R01", TOKEN)
            )


class TestDifference:
    @pytest.mark.parametrize("outcome", [Word.SUCCEEDED, Word.PROCESSING, Word.ABNORMAL, Word.CLOSED])
    def test_of_amount_is_not_believed(self, outcome: RefundOutcome) -> None:
        with pytest.raises(NotAllowed, match="amount"):
            told(submitted(), outcome, amount_fen=1)

    def test_of_merchant_is_not_believed(self) -> None:
        with pytest.raises(NotAllowed, match="merchant"):
            told(submitted(), Word.SUCCEEDED, merchant_id="1")
        with pytest.raises(NotAllowed, match="merchant"):
            told(submitted(), Word.SUCCEEDED, merchant_id="")

    def test_of_payment_is_not_believed(self) -> None:
        with pytest.raises(NotAllowed):
            told(submitted(), Word.SUCCEEDED, out_trade_no="ZF20261123ZZZZZZZZZZZZ")


class TestShares:
    def test_failed_refunds_keep_theirs_and_ended_ones_do_not(self) -> None:
        payment = in_state(PaymentState.BOOKED)
        for state in RefundState:
            refund = Refund(
                id=f"{PAYMENT_ID}R01", amount_fen=1234, origin=RefundOrigin.STAFF, reason="", state=state, at=MORNING
            )
            free = replace(payment, refunds=(refund,)).refunding_fen == 0
            assert free == (state in {S.CLOSED, S.REJECTED, S.WITHDRAWN, S.EXPIRED})

    @pytest.mark.parametrize("amount_fen", [0, -1, 1235])
    def test_an_amount_that_cannot_be(self, amount_fen: int) -> None:
        with pytest.raises(NotAllowed):
            open_refund(
                in_state(PaymentState.BOOKED),
                in_state(PaymentState.BOOKED).parts[0],
                amount_fen,
                RefundOrigin.STAFF,
                "",
                LATER,
            )


class TestArrivalLeftOpen:
    """The channel has the refund, and does not say that its money has arrived (Alipay without ``refund_status``)."""

    def asked(self, payment: Payment, tries: int, number: str = f"{PAYMENT_ID}R01") -> Payment:
        held = leased(payment, EffectKind.QUERY_REFUND, LATER, number)
        key = f"query_refund:{number}"
        effects = tuple(replace(e, tries=tries) if e.key == key else e for e in held.effects)
        answer = a_channel_refund(held, Word.UNCONFIRMED, number.removeprefix(PAYMENT_ID))
        return refund_answered(replace(held, effects=effects), answer, LATER, 0.0, (key, TOKEN))

    def test_ends_nothing_and_is_asked_for_again(self) -> None:
        after = self.asked(submitted(), 1)
        assert (after.state, state_of(after)) == (PaymentState.RETURNING, S.SUBMITTED)
        assert find(after.effects, f"query_refund:{PAYMENT_ID}R01") is not None

    def test_is_sent_again_under_its_own_number_once_it_was_asked_long_enough(self) -> None:
        before = submitted()
        after = self.asked(before, len(PACE_S[EffectKind.QUERY_REFUND]))
        assert [(refund.id, refund.state) for refund in after.refunds] == [(f"{PAYMENT_ID}R01", S.APPROVED)]
        assert find(after.effects, f"refund:{PAYMENT_ID}R01") is not None
        assert after.history[-1].what == "refund_unconfirmed"
        assert ("refund_absent", f"{PAYMENT_ID}R01") in alarms(before, after)

    def test_somebody_else_s_is_only_asked_for(self) -> None:
        found = told(in_state(PaymentState.BOOKED), Word.UNCONFIRMED, CONSOLE, amount_fen=1234)
        after = self.asked(found, 99, CONSOLE)
        assert find(after.effects, f"refund:{CONSOLE}") is None
        assert find(after.effects, f"query_refund:{CONSOLE}") is not None


class TestHistory:
    """Every step of money says who did it, to what, and when it was done where that happened."""

    def line(self, payment: Payment, what: str) -> tuple[str, dict[str, str]]:
        found = next(line for line in payment.history if line.what == what)
        return found.by, dict(found.detail)

    def test_of_a_return_says_why(self) -> None:
        assert self.line(begin_return(a_paid(), "paid_after_close", LATER), "returning")[1] == {
            "why": "paid_after_close"
        }

    def test_of_an_arrival_names_the_channel_the_refund_and_the_amount(self) -> None:
        detail = {"refund": f"{PAYMENT_ID}R01", "amount_fen": "1234"}
        assert self.line(finished(), "refund_succeeded") == ("channel:wechat", detail)

    def test_of_a_final_no_names_the_channel_and_the_refund(self) -> None:
        assert self.line(given_up(), "refund_closed") == ("channel:wechat", {"refund": f"{PAYMENT_ID}R01"})
        assert given_up().refunds[0].finished_at == LATER

    def test_an_arrival_is_of_the_channel_s_time_and_of_now_where_it_tells_none(self) -> None:
        at = MORNING + timedelta(minutes=1)
        assert told(returning(), Word.SUCCEEDED, finished_at=at).refunds[0].finished_at == at
        assert told(returning(), Word.SUCCEEDED, finished_at=None).refunds[0].finished_at == LATER

    @pytest.mark.parametrize(
        ("outcome", "what"), [(Word.PROCESSING, "refund_submitted"), (Word.ABNORMAL, "refund_abnormal")]
    )
    def test_of_a_refund_under_way_names_it(self, outcome: RefundOutcome, what: str) -> None:
        assert self.line(told(returning(), outcome), what)[1] == {"refund": f"{PAYMENT_ID}R01"}

    def test_of_an_absent_one_names_it(self) -> None:
        assert self.line(told(submitted(), Word.ABSENT), "refund_absent")[1] == {"refund": f"{PAYMENT_ID}R01"}

    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL, Word.SUCCEEDED])
    def test_the_channel_s_own_number_is_kept(self, outcome: RefundOutcome) -> None:
        assert told(returning(), outcome, channel_refund_id="C-7").refunds[0].channel_refund_id == "C-7"
        before = told(returning(), Word.PROCESSING, channel_refund_id="C-7")
        assert told(before, outcome, channel_refund_id="").refunds[0].channel_refund_id == "C-7"
