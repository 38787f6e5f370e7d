"""What the channel says of unclaimed money on its way back. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.core.errors import LeaseLost, NotAllowed
from server.effects.model import PACE_S, Effect, EffectKind
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from server.payments.rules.unclaimed_returns import (
    REFUSED,
    RETURNED,
    after_failure,
    is_number_of_return,
    return_answered,
    with_effects,
)
from server.payments.unclaimed_model import UnclaimedMoney, UnclaimedState
from tests.support.unclaimed_returns import (
    ASKING,
    ELSEWHERE,
    NOW,
    NUMBER,
    QUERY,
    REFUND_NO,
    RETURNING,
    SEAL,
    SEND,
    SEND_BACK,
    SENDING,
    ended,
    held,
)

Word = RefundOutcome
MANY = len(PACE_S[EffectKind.QUERY_REFUND])


def answered(money: UnclaimedMoney, outcome: Word, asked: Effect | None = None, **fields: Any) -> UnclaimedMoney:
    facts: dict[str, Any] = {"out_trade_no": NUMBER, "out_refund_no": REFUND_NO, "amount_fen": 1234, **fields}
    return return_answered(money, ChannelRefund(outcome=outcome, **facts), NOW, 0.5, asked)


def after_s(seconds: int) -> datetime:
    """With half of the jitter: a tenth later."""
    return NOW + timedelta(seconds=seconds * 1.1)


class TestTheEnd:
    @pytest.mark.parametrize("money", [SENDING, ASKING], ids=["sending", "asking"])
    def test_what_has_arrived_is_settled_and_nothing_more_is_asked(self, money: UnclaimedMoney) -> None:
        after = answered(money, Word.SUCCEEDED)
        line = after.history[-1]
        assert (after.state, after.effects, after.version) == (UnclaimedState.SETTLED, (SEAL,), 6)
        assert (line.what, line.by, line.at) == (RETURNED, "channel:wechat", NOW)
        assert dict(line.detail) == {"refund": REFUND_NO, "amount_fen": "1234"}
        assert after.ended == ended(SEND_BACK)

    def test_a_final_no_opens_it_again_under_the_next_number(self) -> None:
        after = answered(replace(ASKING, refunds_closed=3), Word.CLOSED)
        assert (after.state, after.ended, after.refunds_closed) == (UnclaimedState.OPEN, None, 4)
        assert (after.history[-1].what, after.effects) == (REFUSED, (SEAL,))

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"out_trade_no": "ZF20261123OTHER"}, "another payment"),
            ({"out_refund_no": f"{NUMBER}U02"}, "another payment"),
            ({"amount_fen": 1233}, "another amount"),
        ],
    )
    def test_a_word_that_does_not_fit_moves_nothing(self, fields: dict[str, Any], words: str) -> None:
        with pytest.raises(NotAllowed, match=words):
            answered(ASKING, Word.SUCCEEDED, **fields)

    def test_a_lost_lease_moves_nothing(self) -> None:
        money, asked = held(ASKING, QUERY)
        for lost in (replace(asked, lease="worker-2"), replace(asked, lease=None)):
            with pytest.raises(LeaseLost):
                answered(money, Word.SUCCEEDED, lost)
        assert answered(money, Word.SUCCEEDED, asked).state is UnclaimedState.SETTLED


class TestAfterTheEnd:
    SETTLED = replace(RETURNING, state=UnclaimedState.SETTLED)
    REOPENED = replace(RETURNING, state=UnclaimedState.OPEN, ended=None, refunds_closed=1)

    @pytest.mark.parametrize("outcome", [Word.SUCCEEDED, Word.PROCESSING, Word.UNCONFIRMED, Word.ABSENT])
    def test_stale_news_of_what_went_back_changes_nothing(self, outcome: Word) -> None:
        assert answered(self.SETTLED, outcome) is self.SETTLED

    @pytest.mark.parametrize("outcome", [Word.CLOSED, Word.ABNORMAL])
    def test_a_no_after_the_money_has_arrived_is_for_a_person(self, outcome: Word) -> None:
        with pytest.raises(NotAllowed, match=f"refund {outcome} after succeeded"):
            answered(self.SETTLED, outcome)

    @pytest.mark.parametrize(
        "money",
        [REOPENED, replace(SETTLED, ended=ended(ELSEWHERE)), replace(SETTLED, ended=None)],
        ids=["refused", "settled elsewhere", "settled by nobody"],
    )
    def test_money_that_arrives_after_another_end_left_twice(self, money: UnclaimedMoney) -> None:
        with pytest.raises(NotAllowed, match=f"refund succeeded after {money.state}"):
            answered(money, Word.SUCCEEDED)
        assert answered(money, Word.CLOSED) is money


class TestUnderWay:
    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL, Word.UNCONFIRMED])
    def test_what_the_channel_took_is_asked_for_and_not_sent_again(self, outcome: Word) -> None:
        money, asked = held(SENDING, SEND)
        after = answered(money, outcome, asked)
        assert after.effects == (SEAL, replace(QUERY, due_at=after_s(60), tries=0))
        assert (after.version, after.history, after.state) == (6, (), UnclaimedState.RETURNING)

    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL, Word.UNCONFIRMED])
    def test_a_notification_of_what_is_asked_for_already_changes_nothing(self, outcome: Word) -> None:
        assert answered(ASKING, outcome) is ASKING
        assert [effect.kind for effect in answered(SENDING, outcome).effects] == [
            EffectKind.SEAL,
            EffectKind.QUERY_REFUND,
        ]

    @pytest.mark.parametrize(("tries", "seconds"), [(1, 60), (6, 300), (8, 1200), (50, 1800)])
    def test_it_is_asked_for_ever_more_slowly(self, tries: int, seconds: int) -> None:
        money, asked = held(ASKING, QUERY, tries)
        after = answered(money, Word.PROCESSING, asked)
        assert after.effects == (SEAL, replace(asked, lease=None, due_at=after_s(seconds)))

    @pytest.mark.parametrize(("tries", "sent"), [(MANY - 1, False), (MANY, True)])
    def test_an_arrival_that_is_left_open_for_long_is_sent_again_under_the_same_number(
        self, tries: int, sent: bool
    ) -> None:
        money, asked = held(ASKING, QUERY, tries)
        after = answered(money, Word.UNCONFIRMED, asked)
        assert (after.effects == (SEAL, SEND)) is sent
        assert after.version == 6

    @pytest.mark.parametrize("outcome", [Word.PROCESSING, Word.ABNORMAL])
    def test_what_is_known_to_be_under_way_is_never_sent_again(self, outcome: Word) -> None:
        money, asked = held(ASKING, QUERY, MANY)
        assert [effect.kind for effect in answered(money, outcome, asked).effects][1:] == [EffectKind.QUERY_REFUND]

    def test_a_submission_of_open_outcome_is_asked_for_however_often_it_was_tried(self) -> None:
        money, asked = held(SENDING, SEND, MANY + 9)
        assert [effect.kind for effect in answered(money, Word.UNCONFIRMED, asked).effects] == [
            EffectKind.SEAL,
            EffectKind.QUERY_REFUND,
        ]

    def test_what_the_channel_does_not_have_is_sent(self) -> None:
        money, asked = held(ASKING, QUERY)
        for after in (answered(money, Word.ABSENT, asked, amount_fen=0), answered(ASKING, Word.ABSENT, amount_fen=0)):
            assert (after.effects, after.version) == ((SEAL, SEND), 6)
        assert answered(SENDING, Word.ABSENT, amount_fen=0) is SENDING, "it is to be sent already"

    @pytest.mark.parametrize(("tries", "seconds"), [(1, 1), (10, 600)])
    def test_a_submission_that_the_channel_does_not_know_is_tried_later(self, tries: int, seconds: int) -> None:
        money, asked = held(SENDING, SEND, tries)
        after = answered(money, Word.ABSENT, asked, amount_fen=0)
        again = replace(asked, lease=None, due_at=after_s(seconds), last_error="ABSENT")
        assert (after.effects, after.version) == ((SEAL, again), 6)


def test_the_engine_changes_effects_without_a_line_of_history() -> None:
    assert with_effects(ASKING, (SEND,), 9) == replace(ASKING, effects=(SEND,), version=9)
    assert after_failure(ASKING, (SEND,), SEND, NOW) == replace(ASKING, effects=(SEND,), version=6)


@pytest.mark.parametrize(
    ("number", "is_one"),
    [("U01", True), ("U99", True), ("U1", False), ("U100", False), ("R01", False), ("", False)],
)
def test_a_number_of_a_return_is_the_order_s_with_u_and_two_digits(number: str, is_one: bool) -> None:
    assert is_number_of_return(NUMBER, NUMBER + number) is is_one
    assert not is_number_of_return(NUMBER, f"{NUMBER[:-1]}X{number}"), "of another order"
