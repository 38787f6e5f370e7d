"""Unclaimed money at each step of its way back, as plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from server.effects.model import Effect, EffectKind
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney, UnclaimedState
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

NOW = MORNING + timedelta(hours=1)
ONE, OTHER = "staff:3001", "staff:3002"
NUMBER = "ZF20261123LOST"
REFUND_NO = f"{NUMBER}U01"
SEND_BACK, ELSEWHERE = UnclaimedAct.SEND_BACK, UnclaimedAct.SETTLED_ELSEWHERE
SEND = Effect(kind=EffectKind.REFUND, subject=REFUND_NO, due_at=NOW)
QUERY = Effect(kind=EffectKind.QUERY_REFUND, subject=REFUND_NO, due_at=NOW, tries=1)
SEAL = Effect(kind=EffectKind.SEAL, due_at=NOW)


def ended(act: UnclaimedAct) -> UnclaimedEnding:
    return UnclaimedEnding(act=act, by=ONE, at=NOW, mark=0, ticket="t", agreed_by=OTHER)


MONEY = UnclaimedMoney(
    hospital=HOSPITAL, id="wechat:42", channel="wechat", out_trade_no=NUMBER, transaction_id="42", kind="payment",
    amount_fen=1234, reason="no such payment", at=MORNING, version=5,
)  # fmt: skip
RETURNING = replace(MONEY, state=UnclaimedState.RETURNING, refund_no=REFUND_NO, ended=ended(SEND_BACK))
SENDING = replace(RETURNING, effects=(SEAL, SEND))
ASKING = replace(RETURNING, effects=(SEAL, QUERY))


def held(money: UnclaimedMoney, effect: Effect, tries: int = 1) -> tuple[UnclaimedMoney, Effect]:
    """``money`` that owes ``effect`` under a lease, and that effect."""
    asked = replace(effect, lease="worker-1", tries=tries)
    return replace(money, effects=(SEAL, asked)), asked
