"""Which act is proposed to finance for a payment that no rule can end, by what each side says. Advice only; the acts check for themselves."""

from __future__ import annotations

from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RUNNING
from server.payments.rules.ending_sides import Sides, stuck_refunds
from server.payments.rules.ending_write_offs import unanswered_write_offs
from server.payments.rules.refund_shares import left_fen

CANCEL_FIRST = "cancel_in_his_first"
ASK_THE_HIS = "ask_the_his"


def advised(payment: Payment, sides: Sides) -> tuple[EndingAct | None, str]:
    """The act, and what people have to find out or to do first (CANCEL_FIRST, ASK_THE_HIS); each may be empty."""
    in_his = sides.booking is not None
    if payment.late_trade_no:
        held = in_his or sides.his_silent
        return (None, CANCEL_FIRST) if held else (EndingAct.CANCELLED_IN_HIS, "")
    if unanswered_write_offs(payment):
        return None, ASK_THE_HIS
    if stuck_refunds(payment):
        return EndingAct.SETTLED_ELSEWHERE, ""
    if sides.his_silent:
        return None, ""
    if payment.state is PaymentState.PAID:
        return (EndingAct.BOOK_AS_IS if in_his else EndingAct.REFUND_REST), ""
    running = any(refund.state in RUNNING for refund in payment.refunds)
    if payment.state is PaymentState.RETURNING and left_fen(payment) > 0 and not running and not in_his:
        return EndingAct.REFUND_REST, ""
    return None, ""
