"""How people end money that fits no payment: three typed acts; one person of finance proposes, another person agrees. All pure.

An act is decided upon what every side says at that moment (`UnclaimedSides`), asked again when the second person agrees. Money of
another system on the same merchant account is never sent back by us, and none goes back that a payment of ours may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from server.core.actors import SYSTEM
from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, find, with_effect, without
from server.payments.model import Payment
from server.payments.refund_model import SHARE_FREE
from server.payments.rules.stuck_sending import must_not_go
from server.payments.rules.trades import ChannelRefund, Trade, TradeState
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney, UnclaimedState

PROPOSED, AGREED, DROPPED = "unclaimed_proposed", "unclaimed_agreed", "unclaimed_dropped"
OUTDATED = "提出以后这笔钱有变化，不能同意。请点“不同意”或“撤回”，重新提出。"
REFUND_NUMBERS_MAX = 99
CURRENCY = "CNY"
_MOVES = (EffectKind.REFUND, EffectKind.QUERY_REFUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedSides:
    """What the channel says now of the order and of our refund of it (each None where it does not answer, or where there is nothing to
    ask), and what we hold ourselves: ``payment`` has this order's number, ``ours`` says that the number begins as this hospital's do.
    """

    trade: Trade | None
    refund: ChannelRefund | None
    payment: Payment | None
    ours: bool


def seen_mark(money: UnclaimedMoney) -> int:
    """Changes with everything that people can see of it, not with a lease or a retry: whoever acts says which one they saw."""
    return sum(line.what != PROPOSED for line in money.history)


def is_outdated(money: UnclaimedMoney) -> bool:
    """Has the money changed since its ending was proposed? Then nobody can agree to it any more: it is dropped, and proposed anew."""
    return money.ending is not None and money.ending.mark != seen_mark(money)


def propose(money: UnclaimedMoney, ending: UnclaimedEnding, sides: UnclaimedSides, now: datetime) -> UnclaimedMoney:
    """One person wants it ended so. Raises NotAllowed, with words, where the money or what a side says does not allow it."""
    if money.ending is not None:
        raise NotAllowed("another ending", user_message="这笔钱已有等待复核的了结申请。")
    _must_be_as_seen(money, ending.mark)
    _end(money, ending, sides, now)
    return changed(money, PROPOSED, at=now, by=ending.by, detail={"act": str(ending.act)}, ending=ending)


def agree(money: UnclaimedMoney, by: str, mark: int, sides: UnclaimedSides, now: datetime) -> UnclaimedMoney:
    """A second person agrees: it is done as proposed, in this one step."""
    ending = proposed(money)
    if ending.by == by:
        raise NotAllowed("own proposal", user_message="不能复核自己提出的了结。")
    _must_be_as_seen(money, mark)
    if is_outdated(money):
        raise NotAllowed("changed since proposed", user_message=OUTDATED)
    agreed = replace(ending, agreed_by=by)
    after = replace(_end(money, agreed, sides, now), ending=None, ended=agreed)
    detail = {"act": str(ending.act), "proposed_by": ending.by, "amount_fen": str(money.amount_fen)}
    detail |= {"refund": after.refund_no} if ending.act is UnclaimedAct.SEND_BACK else {}
    return changed(after, AGREED, at=now, by=by, detail=detail)


def drop(money: UnclaimedMoney, by: str, now: datetime) -> UnclaimedMoney:
    """Taken back by whoever proposed it, or refused by another. Nothing moves."""
    ending = proposed(money)
    detail = {"act": str(ending.act), "proposed_by": ending.by}
    return changed(money, DROPPED, at=now, by=by, detail=detail, ending=None)


def out_fen(money: UnclaimedMoney, ending: UnclaimedEnding) -> int:
    """What leaves on the word of whoever agrees."""
    return money.amount_fen if ending.act is UnclaimedAct.SEND_BACK else 0


def changed(
    money: UnclaimedMoney,
    what: str,
    *,
    at: datetime,
    by: str = SYSTEM,
    detail: Mapping[str, str] | None = None,
    **fields: object,
) -> UnclaimedMoney:
    """``money`` one version on with one line of history more. Its history begins with what people did, so every line of it goes into
    the audit chain.
    """
    line = HistoryEvent(at=at, what=what, by=by, detail=MappingProxyType(dict(detail or {})))
    after = replace(money, version=money.version + 1, history=(*money.history, line), **fields)  # type: ignore[arg-type]
    if find(after.effects, str(EffectKind.SEAL)) is None:
        after = replace(after, effects=(*after.effects, Effect(kind=EffectKind.SEAL, due_at=at)))
    return after


# ---- the acts ------------------------------------------------------------------------------------------------------------------


def _end(money: UnclaimedMoney, ending: UnclaimedEnding, sides: UnclaimedSides, now: datetime) -> UnclaimedMoney:
    if money.state is UnclaimedState.SETTLED:
        raise NotAllowed("settled", user_message="这笔钱已经了结。")
    match ending.act:
        case UnclaimedAct.SEND_BACK:
            return _sent_back(money, sides, now)
        case UnclaimedAct.SETTLED_ELSEWHERE:
            return _settled_elsewhere(money, sides, now)
        case UnclaimedAct.IN_PAYMENT:
            return _in_payment(money, sides)


def _sent_back(money: UnclaimedMoney, sides: UnclaimedSides, now: datetime) -> UnclaimedMoney:
    """All of it goes back under a number of its own. The channel holds it now, whole, and no payment of ours does or may."""
    if money.kind != "payment":
        raise NotAllowed("a refund", user_message="退费不能再退回，请选其他方式。")
    if money.state is not UnclaimedState.OPEN:
        raise NotAllowed("returning", user_message="这笔钱正在退回。")
    if not sides.ours:
        raise NotAllowed("not our number", user_message="这个单号不是本系统的，请由收款的系统退回。")
    _must_hold_it(money, sides.trade)
    payment = sides.payment
    if payment is not None and (payment.tampered or payment.paid_fen or payment.may_be_paid):
        raise NotAllowed("a payment has this number", user_message="本系统有这个单号的支付，请在那笔支付上办理。")
    if money.refunds_closed >= REFUND_NUMBERS_MAX:
        raise NotAllowed("no number left", user_message="渠道多次拒绝退回，请用其他方式退还。")
    number = f"{money.out_trade_no}U{money.refunds_closed + 1:02d}"
    effects = with_effect(money.effects, Effect(kind=EffectKind.REFUND, subject=number, due_at=now))
    return replace(money, state=UnclaimedState.RETURNING, refund_no=number, effects=effects)


def _must_hold_it(money: UnclaimedMoney, trade: Trade | None) -> None:
    if trade is None:
        raise NotAllowed("silent channel", user_message="渠道没有应答，请稍后再试。")
    if trade.state is TradeState.REFUNDED:
        raise NotAllowed("refunded there", user_message="渠道显示这笔钱已有退费，请先与渠道账单核对。")
    same = (trade.transaction_id, trade.amount_fen) == (money.transaction_id, money.amount_fen)
    if trade.state is not TradeState.PAID or not same or trade.currency != CURRENCY:
        raise NotAllowed("not at the channel", user_message="渠道现在没有这笔钱，或单号、金额不符，不能退回。")


def _settled_elsewhere(money: UnclaimedMoney, sides: UnclaimedSides, now: datetime) -> UnclaimedMoney:
    """Settled by hand, with proof. A refund of ours that does not go gives way; one that may be on its way does not."""
    if money.state is UnclaimedState.RETURNING:
        must_not_go(sides.refund, find(money.effects, f"{EffectKind.REFUND}:{money.refund_no}"), "退回", now)
    return replace(money, state=UnclaimedState.SETTLED, effects=without(money.effects, *_MOVES))


def _in_payment(money: UnclaimedMoney, sides: UnclaimedSides) -> UnclaimedMoney:
    """It was told before our payment knew of it, and stands there by now, with the same number and amount."""
    payment = sides.payment
    if money.state is not UnclaimedState.OPEN:
        raise NotAllowed("returning", user_message="这笔钱正在退回。")
    if payment is None or payment.tampered or not _holds(payment, money):
        raise NotAllowed("in no payment", user_message="本系统的支付里没有这笔钱，不能这样了结。")
    return replace(money, state=UnclaimedState.SETTLED)


def _holds(payment: Payment, money: UnclaimedMoney) -> bool:
    if money.kind == "payment":
        wanted = (money.transaction_id, money.amount_fen)
        return any((part.transaction_id, part.paid_fen) == wanted for part in payment.parts)
    return any(
        money.transaction_id in {refund.id, refund.channel_refund_id} and refund.amount_fen == money.amount_fen
        for refund in payment.refunds
        if refund.state not in SHARE_FREE
    )


def proposed(money: UnclaimedMoney) -> UnclaimedEnding:
    """What waits for a second person. Raises NotAllowed."""
    if money.ending is None:
        raise NotAllowed("no proposal", user_message="没有等待复核的了结申请。")
    return money.ending


def _must_be_as_seen(money: UnclaimedMoney, mark: int) -> None:
    if seen_mark(money) != mark:
        raise NotAllowed("changed meanwhile", user_message="这笔钱刚有变化，请重新查看后再办理。")
