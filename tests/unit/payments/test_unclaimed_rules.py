"""The acts that end unclaimed money, one by one: what each refuses, with which words, and what it writes down. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.booking import SETTLE
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.payments.rules.unclaimed_acts import (
    AGREED,
    DROPPED,
    OUTDATED,
    PROPOSED,
    UnclaimedSides,
    agree,
    drop,
    is_outdated,
    out_fen,
    propose,
)
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney, UnclaimedState
from tests.support.builders import HOSPITAL, a_paid, a_pending
from tests.support.clock_and_ids import MORNING

NOW = MORNING + timedelta(hours=1)
ONE, OTHER = "staff:3001", "staff:3002"
SEND_BACK, ELSEWHERE, IN_PAYMENT = UnclaimedAct.SEND_BACK, UnclaimedAct.SETTLED_ELSEWHERE, UnclaimedAct.IN_PAYMENT
NUMBER = "ZF20261123LOST"
SEND = Effect(kind=EffectKind.REFUND, subject=f"{NUMBER}U01", due_at=NOW)
MONEY = UnclaimedMoney(
    hospital=HOSPITAL, id="wechat:42", channel="wechat", out_trade_no=NUMBER, transaction_id="42", kind="payment",
    amount_fen=1234, reason="no such payment", at=MORNING,
)  # fmt: skip
RETURNING = replace(MONEY, state=UnclaimedState.RETURNING, refund_no=f"{NUMBER}U01", effects=(SEND,))
TRADE = Trade(out_trade_no=NUMBER, state=TradeState.PAID, amount_fen=1234, transaction_id="42")
SIDES = UnclaimedSides(trade=TRADE, refund=None, payment=None, ours=True)
ABNORMAL = ChannelRefund(out_trade_no=NUMBER, out_refund_no=f"{NUMBER}U01", outcome=RefundOutcome.ABNORMAL)


def ending(act: UnclaimedAct, mark: int = 0) -> UnclaimedEnding:
    return UnclaimedEnding(act=act, by=ONE, at=NOW, mark=mark, ticket="t")


def proposed(money: UnclaimedMoney, act: UnclaimedAct, sides: UnclaimedSides = SIDES) -> UnclaimedMoney:
    return propose(money, ending(act), sides, NOW)


def agreed(money: UnclaimedMoney, act: UnclaimedAct, sides: UnclaimedSides = SIDES) -> UnclaimedMoney:
    return agree(replace(money, ending=ending(act)), OTHER, 0, sides, NOW)


REFUSED = {
    "这笔钱已有等待复核的了结申请。": (replace(MONEY, ending=ending(ELSEWHERE)), ELSEWHERE, SIDES),
    "这笔钱已经了结。": (replace(MONEY, state=UnclaimedState.SETTLED), ELSEWHERE, SIDES),
    "退费不能再退回，请选其他方式。": (replace(MONEY, kind="refund"), SEND_BACK, SIDES),
    "这笔钱正在退回。": (RETURNING, SEND_BACK, SIDES),
    "这个单号不是本系统的，请由收款的系统退回。": (MONEY, SEND_BACK, replace(SIDES, ours=False)),
    "本系统有这个单号的支付，请在那笔支付上办理。": (MONEY, SEND_BACK, replace(SIDES, payment=a_pending())),
    "渠道多次拒绝退回，请用其他方式退还。": (replace(MONEY, refunds_closed=99), SEND_BACK, SIDES),
    "渠道没有应答，请稍后再试。": (MONEY, SEND_BACK, replace(SIDES, trade=None)),
    "渠道显示这笔钱已有退费，请先与渠道账单核对。": (
        MONEY,
        SEND_BACK,
        replace(SIDES, trade=replace(TRADE, state=TradeState.REFUNDED)),
    ),
    "渠道现在没有这笔钱，或单号、金额不符，不能退回。": (
        MONEY,
        SEND_BACK,
        replace(SIDES, trade=replace(TRADE, currency="USD")),
    ),
    "渠道已受理这笔退回，钱可能已经在路上，不能另行了结。": (
        RETURNING,
        ELSEWHERE,
        replace(SIDES, refund=replace(ABNORMAL, outcome=RefundOutcome.UNCONFIRMED)),
    ),
    "正在向渠道提交这笔退回，请过一分钟再试。": (
        replace(RETURNING, effects=(replace(SEND, lease="somebody's"),)),
        ELSEWHERE,
        replace(SIDES, refund=ABNORMAL),
    ),
    "本系统的支付里没有这笔钱，不能这样了结。": (MONEY, IN_PAYMENT, SIDES),
    "这笔钱刚有变化，请重新查看后再办理。": (
        replace(MONEY, history=(HistoryEvent(at=NOW, what=DROPPED),)),
        ELSEWHERE,
        SIDES,
    ),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused_and_with_which_words(words: str) -> None:
    money, act, sides = REFUSED[words]
    with pytest.raises(NotAllowed) as refused:
        propose(money, ending(act), sides, NOW)
    assert refused.value.user_message == words


def test_a_return_under_way_is_in_no_payment_and_a_silent_channel_lets_nobody_settle_it() -> None:
    with pytest.raises(NotAllowed) as refused:
        proposed(RETURNING, IN_PAYMENT)
    assert refused.value.user_message == "这笔钱正在退回。"
    with pytest.raises(NotAllowed) as refused:
        proposed(RETURNING, ELSEWHERE)
    assert refused.value.user_message == "渠道没有应答，请稍后再试。"


def test_the_last_number_is_the_ninety_ninth() -> None:
    assert agreed(replace(MONEY, refunds_closed=98), SEND_BACK).refund_no == f"{NUMBER}U99"


def test_a_proposal_is_written_down_and_moves_nothing() -> None:
    after = proposed(MONEY, SEND_BACK)
    line = after.history[-1]
    assert (line.what, line.by, line.at, dict(line.detail)) == (PROPOSED, ONE, NOW, {"act": "send_back"})
    assert (after.version, after.state, after.ending) == (2, UnclaimedState.OPEN, ending(SEND_BACK))
    assert [effect.kind for effect in after.effects] == [EffectKind.SEAL]


@pytest.mark.parametrize(
    ("act", "more"), [(SEND_BACK, {"refund": f"{NUMBER}U01"}), (ELSEWHERE, {})], ids=["sent back", "elsewhere"]
)
def test_what_was_agreed_to_is_written_down(act: UnclaimedAct, more: dict[str, str]) -> None:
    after = agreed(MONEY, act)
    line = after.history[-1]
    assert (line.what, line.by) == (AGREED, OTHER)
    assert dict(line.detail) == {"act": str(act), "proposed_by": ONE, "amount_fen": "1234", **more}
    assert after.ended == replace(ending(act), agreed_by=OTHER)
    assert after.ending is None


def test_who_drops_a_proposal_is_written_down() -> None:
    after = drop(replace(MONEY, ending=ending(SEND_BACK)), OTHER, NOW)
    line = after.history[-1]
    assert (line.what, line.by, dict(line.detail)) == (DROPPED, OTHER, {"act": "send_back", "proposed_by": ONE})
    assert (after.ending, after.state) == (None, UnclaimedState.OPEN)
    with pytest.raises(NotAllowed) as refused:
        drop(MONEY, OTHER, NOW)
    assert refused.value.user_message == "没有等待复核的了结申请。"


def test_nobody_agrees_to_their_own_proposal_nor_to_what_they_did_not_see() -> None:
    waiting = replace(MONEY, ending=ending(ELSEWHERE))
    with pytest.raises(NotAllowed) as refused:
        agree(waiting, ONE, 0, SIDES, NOW)
    assert refused.value.user_message == "不能复核自己提出的了结。"
    moved = replace(waiting, history=(HistoryEvent(at=NOW, what="unclaimed_refund_closed"),))
    with pytest.raises(NotAllowed, match="changed meanwhile"):
        agree(moved, OTHER, 0, SIDES, NOW)
    assert (is_outdated(waiting), is_outdated(moved), is_outdated(MONEY)) == (False, True, False)
    with pytest.raises(NotAllowed, match="changed since proposed") as refused:
        agree(moved, OTHER, 1, SIDES, NOW)
    assert refused.value.user_message == OUTDATED


def test_only_what_is_sent_back_leaves_on_somebody_s_word() -> None:
    assert [out_fen(MONEY, ending(act)) for act in (SEND_BACK, ELSEWHERE, IN_PAYMENT)] == [1234, 0, 0]


@pytest.mark.parametrize(("age", "goes"), [(SETTLE - timedelta(milliseconds=1), False), (SETTLE, True)])
def test_a_call_of_unknown_outcome_may_land_for_a_while(age: timedelta, goes: bool) -> None:
    unsure = replace(RETURNING, effects=(replace(SEND, unknown_at=NOW - age),))
    sides = replace(SIDES, refund=ABNORMAL)
    if not goes:
        with pytest.raises(NotAllowed, match="being sent"):
            agreed(unsure, ELSEWHERE, sides)
        return
    after = agreed(unsure, ELSEWHERE, sides)
    assert (after.state, [effect.kind for effect in after.effects]) == (UnclaimedState.SETTLED, [EffectKind.SEAL])


def a_refund_of(payment: Payment, **fields: object) -> UnclaimedSides:
    facts: dict[str, object] = {
        "id": "CONSOLE1", "amount_fen": 500, "origin": RefundOrigin.MERCHANT_CONSOLE, "reason": "merchant_console",
        "state": RefundState.SUCCEEDED, "at": NOW, "channel_refund_id": "5042",
    }  # fmt: skip
    refund = Refund(**{**facts, **fields})  # type: ignore[arg-type]
    return replace(SIDES, payment=replace(payment, refunds=(refund,)))


@pytest.mark.parametrize(
    ("told_as", "fields", "holds"),
    [
        ("5042", {}, True),
        ("CONSOLE1", {}, True),
        ("5043", {}, False),
        ("5042", {"amount_fen": 501}, False),
        ("5042", {"state": RefundState.CLOSED}, False),
    ],
)
def test_a_refund_stands_in_a_payment_by_its_number_and_amount(
    told_as: str, fields: dict[str, object], holds: bool
) -> None:
    money = replace(MONEY, kind="refund", transaction_id=told_as, amount_fen=500)
    sides = a_refund_of(a_paid(), **fields)
    if not holds:
        with pytest.raises(NotAllowed, match="in no payment"):
            agreed(money, IN_PAYMENT, sides)
        return
    assert agreed(money, IN_PAYMENT, sides).state is UnclaimedState.SETTLED
