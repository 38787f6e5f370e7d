"""Money on its way back: what is asked again and under which lease, whose share it is, and what the history says."""

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
from server.payments.rules.refund_shares import open_refund
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import PAYMENT_ID, TOKEN, a_channel_refund, a_paid, leased
from tests.support.clock_and_ids import MORNING
from tests.support.returning import LATER, finished, given_up, returning, state_of, told
from tests.unit.payments.states import in_state, submitted

Word = RefundOutcome
S = RefundState
CONSOLE = "50300806962021020105978994968"


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
