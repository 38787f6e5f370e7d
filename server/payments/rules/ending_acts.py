"""了结: how people end a payment that no rule can end. A few typed acts; one person of finance proposes, another agrees. All pure.

An act is decided upon what every side says at that moment (`Sides`), asked again when the second person agrees. None of them lets more
go back than was paid, and none is taken while a call is under way whose outcome nobody knows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.actors import HIS
from server.core.errors import NotAllowed
from server.effects.model import EffectKind, without
from server.payments.ending_model import Ending, EndingAct
from server.payments.model import VIEWED, Payment, PaymentState, changed
from server.payments.refund_model import Refund
from server.payments.rules.booking import BOOKING_LASTS
from server.payments.rules.ending_elsewhere import settled_elsewhere
from server.payments.rules.ending_rest import AGREED, rest_refunded
from server.payments.rules.ending_sides import Sides, his_word
from server.payments.rules.ending_write_offs import given_up, unanswered_write_offs, waiting_fen, written_off_by_proof
from server.payments.rules.late_bookings import cancelled_in_his
from server.payments.rules.outside_refunds import to_be_written_off
from server.payments.rules.refund_shares import left_fen
from server.payments.rules.telling import PAYMENT_BOOKED, is_of_a_message, tell
from server.payments.texts import PAYMENT_NUMBER, PAYMENT_STATES

PROPOSED, DROPPED = "ending_proposed", "ending_dropped"
OUTDATED = "提出以后这笔支付有变化，不能同意。请点“不同意”或“撤回”，重新提出。"
_DECIDE_NOTHING = frozenset({VIEWED, PROPOSED, BOOKING_LASTS})


def seen_mark(payment: Payment) -> int:
    """Changes with everything of the payment that an act is decided upon, not with a lease, a retry, a look or what the payer is told of
    it: whoever acts says which one they saw.
    """
    return sum(line.what not in _DECIDE_NOTHING and not is_of_a_message(line) for line in payment.history)


def is_outdated(payment: Payment) -> bool:
    """Has the payment changed since its ending was proposed? Then nobody can agree to it any more: it is dropped, and proposed anew."""
    return payment.ending is not None and payment.ending.mark != seen_mark(payment)


def propose(payment: Payment, ending: Ending, sides: Sides, now: datetime) -> Payment:
    """One person wants it ended so. Raises NotAllowed, with words, where the payment or what a side says does not allow it."""
    if payment.ending is not None:
        raise NotAllowed("another ending", user_message="这笔支付已有等待复核的了结申请。")
    _must_be_as_seen(payment, ending.mark)
    _end(payment, ending, sides, now)
    detail = {"act": str(ending.act), "amount_fen": str(ending.amount_fen)}
    return changed(payment, PROPOSED, at=now, by=ending.by, detail=detail, ending=ending)


def agree(payment: Payment, by: str, mark: int, sides: Sides, now: datetime) -> Payment:
    """A second person agrees: the payment ends as proposed, in this one step."""
    ending = proposed(payment)
    if ending.by == by:
        raise NotAllowed("own proposal", user_message="不能复核自己提出的了结。")
    _must_be_as_seen(payment, mark)
    if is_outdated(payment):
        raise NotAllowed("changed since proposed", user_message=OUTDATED)
    if any(refund.asked_by == by for refund in decided_refunds(payment, ending)):
        raise NotAllowed("own request", user_message="不能复核自己发起的退费。")
    after = _end(payment, replace(ending, agreed_by=by), sides, now)
    detail = {"act": str(ending.act), "amount_fen": str(ending.amount_fen), "proposed_by": ending.by}
    return changed(after, AGREED, at=now, by=by, detail=detail, ending=None)


def drop(payment: Payment, by: str, now: datetime) -> Payment:
    """Taken back by whoever proposed it, or refused by another. Nothing of the payment's money changes."""
    ending = proposed(payment)
    detail = {"act": str(ending.act), "proposed_by": ending.by}
    return changed(payment, DROPPED, at=now, by=by, detail=detail, ending=None)


def out_fen(payment: Payment, ending: Ending) -> int:
    """What leaves, or is said to have left, on the word of whoever agrees."""
    match ending.act:
        case EndingAct.BOOK_AS_IS | EndingAct.GIVEN_UP | EndingAct.CANCELLED_IN_HIS:
            return 0
        case EndingAct.WRITTEN_OFF:
            return waiting_fen(payment)
        case EndingAct.REFUND_REST:
            return left_fen(payment)
        case EndingAct.SETTLED_ELSEWHERE:
            return ending.amount_fen


def decided_refunds(payment: Payment, ending: Ending) -> tuple[Refund, ...]:
    """The refunds that people asked for and whose fate this act decides: whoever asked for one does not agree."""
    decides = ending.act in {EndingAct.WRITTEN_OFF, EndingAct.GIVEN_UP}
    return unanswered_write_offs(payment) if decides else ()


# ---- the acts ------------------------------------------------------------------------------------------------------------------


def _end(payment: Payment, ending: Ending, sides: Sides, now: datetime) -> Payment:
    match ending.act:
        case EndingAct.BOOK_AS_IS:
            return _booked_as_is(payment, sides, now)
        case EndingAct.REFUND_REST:
            return rest_refunded(payment, sides, now)
        case EndingAct.SETTLED_ELSEWHERE:
            return settled_elsewhere(payment, ending, sides, now)
        case EndingAct.WRITTEN_OFF:
            if sides.trade is None or not sides.trade.has_money:
                raise NotAllowed("no money at the channel", user_message="渠道没有确认收到这笔钱，不能退费。")
            return written_off_by_proof(payment, ending.agreed_by or ending.by, now)
        case EndingAct.GIVEN_UP:
            return given_up(payment, ending.agreed_by or ending.by, sides.longest_call, now)
        case EndingAct.CANCELLED_IN_HIS:
            if his_word(sides) is not None:
                raise NotAllowed(
                    "in the HIS", user_message=f"医院系统里还有这个{PAYMENT_NUMBER}，请先在医院系统里撤销。"
                )
            return cancelled_in_his(payment, ending.agreed_by or ending.by, now)


def _booked_as_is(payment: Payment, sides: Sides, now: datetime) -> Payment:
    """The HIS holds our number at another amount: its record is accepted, the difference stays written down."""
    booking = his_word(sides)
    if payment.state is not PaymentState.PAID:
        raise NotAllowed(
            "not paid", user_message=f"只有“{PAYMENT_STATES[PaymentState.PAID]}”的支付可以按医院记录入账。"
        )
    if sides.trade is None or not sides.trade.has_money:
        raise NotAllowed("no money at the channel", user_message="渠道没有确认收到这笔钱，不能入账。")
    if booking is None:
        raise NotAllowed("not in the HIS", user_message=f"医院系统里没有这个{PAYMENT_NUMBER}，不能按医院记录入账。")
    effects = tell(payment, PAYMENT_BOOKED, now)
    for refund in payment.refunds:
        effects = to_be_written_off(effects, refund, now) if refund.unsettled else effects
    his_fen = payment.paid_fen if booking.amount_fen is None else booking.amount_fen
    detail = {"his_trade_no": booking.his_trade_no, "his_fen": str(his_fen), "paid_fen": str(payment.paid_fen)}
    return changed(
        payment,
        "booked_as_is",
        at=now,
        by=HIS,
        detail=detail,
        state=PaymentState.BOOKED,
        booking=booking,
        effects=without(effects, EffectKind.BOOK),
    )


def proposed(payment: Payment) -> Ending:
    """What waits for a second person. Raises NotAllowed."""
    if payment.ending is None:
        raise NotAllowed("no proposal", user_message="没有等待复核的了结申请。")
    return payment.ending


def _must_be_as_seen(payment: Payment, mark: int) -> None:
    if seen_mark(payment) != mark:
        raise NotAllowed("changed meanwhile", user_message="这笔支付刚有变化，请重新查看后再办理。")
