"""退还余额: what is left of a payment goes back to its payer, because people of finance say so. All pure.

It is for money that the HIS does not have: never taken over, or lost there and not taken again. The other acts are in `ending_acts`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.errors import NotAllowed
from server.effects.model import EffectKind, find, without
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState, changed
from server.payments.refund_model import RUNNING
from server.payments.rules.booking import refusal_is_believed
from server.payments.rules.ending_sides import Sides, his_word
from server.payments.rules.going_back import begin_return
from server.payments.rules.his_asked import is_asking, is_lost
from server.payments.rules.late_bookings import ENDED_BY_FINANCE, with_late_look
from server.payments.rules.refund_shares import left_fen, rest_returned
from server.payments.texts import PAYMENT_NUMBER

AGREED = "ending_agreed"


def rest_refunded(payment: Payment, sides: Sides, now: datetime) -> Payment:
    """Raises NotAllowed with words where the payment, or what a side says, does not allow it."""
    if his_word(sides) is not None:
        raise NotAllowed("in the HIS", user_message=f"医院系统里有这个{PAYMENT_NUMBER}，请先在医院系统里撤销，再退回。")
    if left_fen(payment) <= 0:
        raise NotAllowed("nothing left", user_message="没有可退的余额。")
    if payment.state is PaymentState.PAID:
        return _never_booked(payment, sides, now)
    if payment.state is PaymentState.BOOKED:
        return _lost_by_his(payment, sides, now)
    if payment.state is not PaymentState.RETURNING or _refunds_run(payment):
        raise NotAllowed("refunds under way", user_message="还有退费在办理，或这笔支付的钱不该自动退回，不能这样了结。")
    opened = rest_returned(payment, now)
    if opened is payment:
        raise NotAllowed("a part may still be paid", user_message="还有一部分款项正在渠道关闭，请稍后再试。")
    return changed(opened, "rest_refunded", at=now, detail={"amount_fen": str(opened.refunds[-1].amount_fen)})


def sent_back(payment: Payment, by: str, agreed_by: str, difference: str, sides: Sides, now: datetime) -> Payment:
    """Two people have decided about a ``difference`` of a reconciliation day that the payment's money goes back. The very same object when it
    has been done. Raises NotAllowed as `rest_refunded`.
    """
    if any(line.what == AGREED and line.detail.get("difference") == difference for line in payment.history):
        return payment
    if by == agreed_by:
        raise NotAllowed("own proposal", user_message="请由另一人复核。")
    if payment.ending is not None:
        raise NotAllowed("another ending", user_message="这笔支付已有等待复核的了结申请。")
    detail = {
        "act": str(EndingAct.REFUND_REST), "amount_fen": str(left_fen(payment)), "proposed_by": by, "difference": difference,
    }  # fmt: skip
    return changed(rest_refunded(payment, sides, now), AGREED, at=now, by=agreed_by, detail=detail)


def _never_booked(payment: Payment, sides: Sides, now: datetime) -> Payment:
    book = find(payment.effects, str(EffectKind.BOOK))
    if book is not None and (book.lease is not None or not refusal_is_believed(book, now, sides.longest_call)):
        raise NotAllowed("booking under way", user_message="正在通知医院入账，请过一分钟再试。")
    looked_for = replace(payment, effects=with_late_look(payment, now))
    without_book = replace(looked_for, effects=without(looked_for.effects, EffectKind.BOOK))
    return begin_return(without_book, ENDED_BY_FINANCE, now)


def _lost_by_his(payment: Payment, sides: Sides, now: datetime) -> Payment:
    """Booked once. The HIS is told again first (decision 0054); what it does not take then may go back."""
    if is_asking(payment, "") or not is_lost(payment):
        told = "医院系统丢了这笔入账，系统会先请它补记。补记不成，才能退回。请稍后再试。"
        raise NotAllowed("may be booked again", user_message=told)
    if sides.trade is None or not sides.trade.has_money:
        raise NotAllowed("no money at the channel", user_message="渠道没有确认收到这笔钱，不能退回。")
    if _refunds_run(payment):
        raise NotAllowed("refunds under way", user_message="还有退费在办理，办完以后再退回。")
    unbooked = replace(payment, booking=None, effects=with_late_look(payment, now))
    return begin_return(unbooked, ENDED_BY_FINANCE, now)


def _refunds_run(payment: Payment) -> bool:
    return any(refund.state in RUNNING for refund in payment.refunds)
