"""What a channel says has gone back under numbers that nobody told us: what is stored of it, and what ends. Pure, fen by fen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState, changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.refunded_elsewhere import (
    bank_arrival_told,
    given_back,
    heard_of_nothing,
    perhaps_taken,
    refund_heard,
    sum_told,
    unseen_refund,
)
from server.payments.rules.told_sums import told_fen
from server.payments.rules.trades import BankArrival, ChannelRefund, RefundOutcome
from tests.support.builders import PAYMENT_ID, a_part, a_pending, a_request, with_first
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

LATER = MORNING + timedelta(minutes=5)
R01, R02 = f"{PAYMENT_ID}R01", f"{PAYMENT_ID}R02"
CONSOLE = "50300806962021020105978994968"
SECOND = "ZF20261123SECOND"
State = RefundState
Origin = RefundOrigin
Word = RefundOutcome


def a_refund(number: str, amount_fen: int, state: State, origin: Origin = Origin.STAFF, **fields: str) -> Refund:
    return Refund(id=number, amount_fen=amount_fen, origin=origin, reason="other", state=state, at=MORNING, **fields)  # type: ignore[arg-type]


def holding(*refunds: Refund, state: PaymentState = PaymentState.BOOKED) -> Payment:
    return replace(in_state(state), refunds=refunds, effects=())


def returning(amount_fen: int) -> Payment:
    """So much of 1234 fen is about to be sent back."""
    payment = holding(a_refund(R01, amount_fen, State.APPROVED, Origin.AUTOMATIC), state=PaymentState.RETURNING)
    return replace(payment, effects=(Effect(kind=EffectKind.REFUND, subject=R01, due_at=MORNING),))


def of_two_parts(payment: Payment, **fields: object) -> Payment:
    """With 500 fen more, paid on an order of its own."""
    request = replace(a_request(channel="alipay"), amount_fen=500)
    second = replace(
        a_part(SECOND, kind="account", request=request, paid_fen=500, undo_order=1), state=payment.parts[0].state
    )
    return replace(payment, parts=(*payment.parts, replace(second, **fields)))  # type: ignore[arg-type]


def details(payment: Payment) -> list[tuple[str, str, dict[str, str]]]:
    """Of the last line: what, by whom, and its numbers."""
    return [(line.what, line.by, dict(line.detail)) for line in payment.history[-1:] if line.at == LATER]


class TestASum:
    @pytest.mark.parametrize("sum_fen", [0, 233, 234])
    def test_what_the_known_refunds_explain_changes_nothing(self, sum_fen: int) -> None:
        known = holding(a_refund(R01, 234, State.SUCCEEDED))
        assert sum_told(known, sum_fen, LATER) is known
        told = with_first(holding(), told_refunded_fen=234)
        assert sum_told(told, sum_fen, LATER) is told

    def test_nothing_has_gone_back_of_what_was_not_paid(self) -> None:
        pending = a_pending()
        assert sum_told(pending, 1, LATER) is pending

    def test_a_fen_beyond_them_is_stored_with_who_said_so(self) -> None:
        after = sum_told(holding(a_refund(R01, 234, State.SUCCEEDED)), 235, LATER)
        assert after.parts[0].told_refunded_fen == 235
        assert details(after) == [("refunded_elsewhere", "channel:wechat", {"sum_fen": "235", "amount_fen": "1"})]

    def test_the_sum_of_a_later_part_names_its_order(self) -> None:
        after = sum_told(of_two_parts(holding()), 400, LATER, SECOND)
        assert [part.told_refunded_fen for part in after.parts] == [0, 400]
        numbers = {"sum_fen": "400", "amount_fen": "400", "order": SECOND}
        assert details(after) == [("refunded_elsewhere", "channel:alipay", numbers)]
        assert [told_fen(after, part) for part in after.parts] == [0, 400]


class TestAReturn:
    def test_what_leaves_room_for_the_return_lets_it_go_on(self) -> None:
        before = returning(1000)
        after = sum_told(before, 234, LATER)
        assert (after.refunds, after.effects, after.state) == (before.refunds, before.effects, PaymentState.RETURNING)

    @pytest.mark.parametrize("sum_fen", [235, 1233])
    def test_what_leaves_less_room_lets_only_the_rest_be_returned(self, sum_fen: int) -> None:
        after = sum_told(returning(1000), sum_fen, LATER)
        assert [(r.id, r.amount_fen, r.state, r.reason) for r in after.refunds] == [
            (R01, 1000, State.WITHDRAWN, "other"),
            (R02, 1234 - sum_fen, State.APPROVED, "refused_by_his"),
        ]
        assert [(effect.key, effect.due_at) for effect in after.effects] == [(f"refund:{R02}", LATER)]
        assert [line.what for line in after.history[-2:]] == ["refunded_elsewhere", "refund_withdrawn"]
        assert dict(after.history[-1].detail) == {"refund": R01}
        assert after.state is PaymentState.RETURNING

    def test_a_return_without_a_reason_goes_on_without_one(self) -> None:
        after = sum_told(replace(returning(1000), return_reason=None), 235, LATER)
        assert after.refunds[-1].reason == ""

    def test_what_leaves_none_ends_it_and_the_payer_is_told(self) -> None:
        after = sum_told(returning(1234), 1234, LATER)
        assert after.state is PaymentState.RETURNED
        assert [effect.key for effect in after.effects] == ["message:payment_returned", "sms:payment_returned"]

    def test_a_part_that_is_all_back_lets_the_next_one_go(self) -> None:
        after = sum_told(of_two_parts(returning(1234)), 1234, LATER)
        assert [(r.amount_fen, r.part, r.state) for r in after.refunds] == [
            (1234, "cash", State.WITHDRAWN),
            (500, "account", State.APPROVED),
        ]

    def test_what_the_channel_may_have_taken_is_not_withdrawn(self) -> None:
        taken = changed(returning(1234), "refund_submitted", at=MORNING, detail={"refund": R01})
        before = replace(taken, refunds=(a_refund(R01, 1234, State.SUBMITTED, Origin.AUTOMATIC),))
        after = sum_told(replace(before, effects=()), 1235, LATER)
        assert [(r.id, r.state) for r in after.refunds] == [(R01, State.SUBMITTED)]
        assert [line.what for line in after.history[-1:]] == ["refunded_elsewhere"]
        assert after.state is PaymentState.RETURNING


class TestPerhapsTaken:
    @pytest.mark.parametrize(
        ("state", "tries", "asked_for"),
        [
            (State.APPROVED, 0, False),
            (State.APPROVED, 1, True),
            (State.RELEASED, 1, True),
            (State.SUBMITTED, 0, True),
            (State.ABNORMAL, 0, True),
            (State.SUCCEEDED, 1, False),
            (State.CLOSED, 1, False),
            (State.WITHDRAWN, 1, False),
        ],
    )
    def test_the_channel_is_asked_for_what_it_may_have(self, state: State, tries: int, asked_for: bool) -> None:
        send = Effect(kind=EffectKind.REFUND, subject=R01, due_at=MORNING, tries=tries)
        payment = replace(holding(a_refund(R01, 234, state)), effects=(send,))
        assert perhaps_taken(payment, payment.parts[0]) == ((R01,) if asked_for else ())
        of_another = replace(payment, refunds=(a_refund(R01, 234, state, part="account"),))
        assert perhaps_taken(of_another, payment.parts[0]) == ()

    def test_a_look_at_a_refund_is_not_its_submission(self) -> None:
        look = Effect(kind=EffectKind.QUERY_REFUND, subject=R01, due_at=MORNING, tries=1)
        payment = replace(holding(a_refund(R01, 234, State.APPROVED)), effects=(look,))
        assert perhaps_taken(payment, payment.parts[0]) == ()


class TestUnseen:
    def test_a_refund_without_its_amount_is_stored_once(self) -> None:
        after = unseen_refund(holding(), (), LATER)
        assert after.parts[0].refunded_unseen
        assert details(after) == [("refunded_elsewhere", "channel:wechat", {"sum_fen": "unknown"})]
        assert unseen_refund(after, (), LATER) is after

    @pytest.mark.parametrize("state", [State.SUCCEEDED, State.SUBMITTED, State.CLOSED])
    def test_one_of_ours_at_the_channel_may_be_meant(self, state: State) -> None:
        payment = holding(a_refund(R01, 234, state))
        assert unseen_refund(payment, (), LATER) is payment

    @pytest.mark.parametrize(("absent", "stored"), [((), False), ((R01,), True), ((R02,), False)])
    def test_one_of_ours_under_way_may_be_meant_unless_the_channel_does_not_have_it(
        self, absent: tuple[str, ...], stored: bool
    ) -> None:
        send = Effect(kind=EffectKind.REFUND, subject=R01, due_at=MORNING, tries=1)
        payment = replace(holding(a_refund(R01, 234, State.APPROVED)), effects=(send,))
        assert unseen_refund(payment, absent, LATER).parts[0].refunded_unseen is stored


def heard(payment: Payment, outcome: Word = Word.SUCCEEDED, order: str = PAYMENT_ID, amount_fen: int = 300) -> Payment:
    answer = ChannelRefund(out_trade_no=order, out_refund_no=CONSOLE, outcome=outcome, amount_fen=amount_fen)
    return refund_heard(payment, answer, LATER)


class TestHeard:
    def test_it_counts_beside_what_is_surely_gone_and_is_asked_for_in_twenty_seconds(self) -> None:
        before = holding(a_refund(R01, 100, State.SUCCEEDED), a_refund(R02, 200, State.SUBMITTED))
        after = heard(before)
        assert after.parts[0].told_refunded_fen == 400
        asking = Effect(kind=EffectKind.QUERY_REFUND, subject=CONSOLE, due_at=LATER + timedelta(seconds=20))
        assert after.effects[0] == asking
        numbers = {"refund": CONSOLE, "amount_fen": "300"}
        assert details(after) == [("refund_heard", "channel:wechat", numbers)]
        assert heard(after) is after

    def test_what_was_told_before_may_be_more(self) -> None:
        assert heard(with_first(holding(), told_refunded_fen=301)).parts[0].told_refunded_fen == 301

    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL, Word.UNCONFIRMED])
    def test_what_has_not_arrived_does_not_count_yet(self, outcome: Word) -> None:
        assert heard(holding(), outcome).parts[0].told_refunded_fen == 0

    def test_of_a_later_part_it_names_the_order(self) -> None:
        after = heard(of_two_parts(holding()), order=SECOND)
        assert [part.told_refunded_fen for part in after.parts] == [0, 300]
        numbers = {"refund": CONSOLE, "amount_fen": "300", "order": SECOND}
        assert details(after) == [("refund_heard", "channel:alipay", numbers)]

    def test_what_came_to_nothing_is_not_asked_for_any_more(self) -> None:
        asking = Effect(kind=EffectKind.QUERY_REFUND, subject=CONSOLE, due_at=LATER, lease="worker-1", tries=3)
        other = Effect(kind=EffectKind.QUERY_REFUND, subject=R01, due_at=LATER)
        before = replace(holding(), effects=(asking, other))
        after = heard_of_nothing(before, CONSOLE, asking.key, "worker-1", LATER)
        assert (after.effects, after.version) == ((other,), before.version + 1)
        with pytest.raises(LeaseLost):
            heard_of_nothing(before, CONSOLE, asking.key, "worker-2", LATER)

    def test_a_look_that_waited_for_it_is_due_at_once(self) -> None:
        look = Effect(kind=EffectKind.REFUND_LOOK, due_at=LATER + timedelta(hours=1), lease="worker-1", tries=1)
        asking = Effect(kind=EffectKind.QUERY_REFUND, subject=CONSOLE, due_at=LATER)
        before = replace(holding(), effects=(look, asking))
        after = heard_of_nothing(before, CONSOLE, look.key, "worker-1", LATER)
        assert after.effects == (replace(look, lease=None, due_at=LATER),)
        assert given_back(before, look.key, "worker-2", LATER) is before
        assert given_back(before, "book", "worker-1", LATER) is before


class TestTheBank:
    @pytest.mark.parametrize(("arrived", "what"), [(True, "refund_at_bank"), (False, "refund_refused_by_bank")])
    @pytest.mark.parametrize(("amount_fen", "more"), [(234, {"amount_fen": "234"}), (0, {})])
    def test_its_word_is_stored_once(self, arrived: bool, what: str, amount_fen: int, more: dict[str, str]) -> None:
        told = BankArrival(out_trade_no=PAYMENT_ID, out_refund_no=R01, arrived=arrived, amount_fen=amount_fen)
        after = bank_arrival_told(holding(), told, LATER)
        assert details(after) == [(what, "channel:wechat", {"refund": R01, **more})]
        assert bank_arrival_told(after, told, LATER) is after
        for another in (replace(told, out_refund_no=R02), replace(told, arrived=not arrived)):
            assert len(bank_arrival_told(after, another, LATER).history) == len(after.history) + 1

    def test_of_a_later_part_its_channel_said_so(self) -> None:
        told = BankArrival(out_trade_no=SECOND, out_refund_no=R01, arrived=True, amount_fen=0)
        assert details(bank_arrival_told(of_two_parts(holding()), told, LATER))[0][1] == "channel:alipay"
