"""How much of a payment's money is given back, or spoken for. The sum of all refunds that hold a share never exceeds what was paid:
`open_refund` is the only place that adds one of ours.

A channel may tell of more than we know by number: money that somebody refunded there, which nobody announced.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.errors import NotAllowed
from server.core.money import yuan_text
from server.effects.model import Effect, EffectKind, with_effect
from server.payments.model import Payment, PaymentState, with_refund
from server.payments.refund_model import ACCEPTED, Refund, RefundOrigin, RefundState
from server.payments.rules.refund_numbers import next_refund_id

TAKEN = ACCEPTED | {RefundState.SUCCEEDED}


def taken_fen(payment: Payment) -> int:
    """The refunds that the channel has taken, as far as we know them by number."""
    return sum(refund.amount_fen for refund in payment.refunds if refund.state in TAKEN)


def surely_taken_fen(payment: Payment) -> int:
    """The same without refunds of ours that are still at the channel: they may yet come to nothing there."""
    ours = (r for r in payment.refunds if r.origin is not RefundOrigin.MERCHANT_CONSOLE and r.state in ACCEPTED)
    return taken_fen(payment) - sum(refund.amount_fen for refund in ours)


def elsewhere_fen(payment: Payment) -> int:
    """What the channel says has gone back beyond the refunds that we know. While one is heard of that waits for ours, ours do not explain it."""
    known_fen = surely_taken_fen(payment) if heard_refunds(payment) else taken_fen(payment)
    return max(0, min(payment.told_refunded_fen, payment.paid_fen) - known_fen)


def back_fen(payment: Payment) -> int:
    """What has gone back, under numbers that we know or not."""
    return payment.refunded_fen + elsewhere_fen(payment)


def left_fen(payment: Payment) -> int:
    """What no refund has a share of, and nobody is known to have refunded elsewhere."""
    return payment.paid_fen - payment.refunding_fen - elsewhere_fen(payment)


def unseen(payment: Payment) -> bool:
    """The channel says that there is a refund, not how much it is, and we know none that it could be."""
    return payment.refunded_unseen and not any(refund.state in TAKEN for refund in payment.refunds)


def heard_refunds(payment: Payment) -> tuple[str, ...]:
    """The numbers of refunds that we have heard of and could not place yet."""
    looks = (effect.subject for effect in payment.effects if effect.kind is EffectKind.QUERY_REFUND)
    return tuple(number for number in looks if payment.refund(number) is None)


def open_refund(payment: Payment, amount_fen: int, origin: RefundOrigin, reason: str, due_at: datetime) -> Payment:
    """The payment with one more approved refund that owes its submission (version and history are the caller's).

    Raises NotAllowed when the shares would exceed what was paid.
    """
    if amount_fen <= 0 or amount_fen > left_fen(payment):
        raise NotAllowed("more than is left", user_message="退费金额超过可退金额。")
    refund_id = next_refund_id(payment)
    refund = Refund(
        id=refund_id, amount_fen=amount_fen, origin=origin, reason=reason, state=RefundState.APPROVED, at=due_at
    )
    effects = with_effect(payment.effects, Effect(kind=EffectKind.REFUND, subject=refund_id, due_at=due_at))
    return replace(payment, refunds=with_refund(payment, refund), effects=effects)


def refundable_fen(payment: Payment) -> int:
    """What could still be asked for. Only booked money is: what the HIS never took goes back by itself."""
    return max(0, left_fen(payment)) if payment.state is PaymentState.BOOKED and not unseen(payment) else 0


def must_be_refundable(payment: Payment, amount_fen: int) -> None:
    """Could so much be asked for? Raises NotAllowed with words that name the most."""
    if payment.state is not PaymentState.BOOKED:
        raise NotAllowed("not booked", user_message="这笔支付没有入账，不能人工退费。")
    if unseen(payment):
        raise NotAllowed(
            "refunded elsewhere", user_message="渠道显示这笔支付已在别处退过款，金额待财务核对，暂时不能退费。"
        )
    most_fen = refundable_fen(payment)
    if not most_fen:
        raise NotAllowed("more than is left: nothing is", user_message="这笔支付已经没有可退的金额。")
    if amount_fen <= 0:
        raise NotAllowed("no amount", user_message=f"退费金额要大于 0 元，最多可退 {yuan_text(most_fen)}元。")
    if amount_fen > most_fen:
        raise NotAllowed("more than is left", user_message=f"退费金额超过可退金额，最多可退 {yuan_text(most_fen)}元。")
