"""What a person must look at for as long as it is so: read off a payment as it stands, so that an alert ends with its cause.

A kind of alert that is not here has happened once and stays until a person closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from server.effects.model import PACE_S, Effect, EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RUNNING, Refund, RefundOrigin, RefundState

Holds = Callable[[Payment, str], bool]


def stuck(effect: Effect) -> bool:
    """Every try up to the slowest pace has failed, and it still fails. A lease that is held is a try without an outcome yet."""
    ended = effect.tries if effect.lease is None else effect.tries - 1
    return ended >= len(PACE_S[effect.kind]) and effect.last_error is not None


def _effect_stuck(payment: Payment, key: str) -> bool:
    effect = find(payment.effects, key)
    return effect is not None and stuck(effect)


def _refund_abnormal(payment: Payment, refund_id: str) -> bool:
    refund = payment.refund(refund_id)
    return refund is not None and refund.state is RefundState.ABNORMAL


def _refund_absent(payment: Payment, refund_id: str) -> bool:
    """The channel had it and knows nothing of it, and it has not been taken again."""
    refund = payment.refund(refund_id)
    waits = refund is not None and refund.state in {RefundState.APPROVED, RefundState.RELEASED}
    return waits and any(
        line.what in {"refund_absent", "refund_unconfirmed"} and line.detail.get("refund") == refund_id
        for line in payment.history
    )


def _refund_closed(payment: Payment, refund_id: str) -> bool:
    """The channel's final no, and its money has not gone another way: by the number that follows it, or with the whole return."""
    refund = payment.refund(refund_id)
    if refund is None or refund.state is not RefundState.CLOSED:
        return False
    if _gone_another_way(payment, refund):
        return False
    return refund.origin is not RefundOrigin.MERCHANT_CONSOLE or any(
        other.state in RUNNING for other in payment.refunds
    )


def _gone_another_way(payment: Payment, refund: Refund) -> bool:
    if refund.covered_by:
        return True
    if refund.origin is RefundOrigin.AUTOMATIC:
        return payment.state is PaymentState.RETURNED
    later = payment.refunds[payment.refunds.index(refund) + 1 :]
    followers = (r for r in later if r.request_id == refund.request_id)
    return any(follower.state is RefundState.SUCCEEDED or follower.covered_by for follower in followers)


def _money_doubted(payment: Payment, transaction_id: str) -> bool:
    """The channel has not said yet what it really holds."""
    return any(effect.kind in {EffectKind.QUERY, EffectKind.CLOSE} for effect in payment.effects)


def _ending_waits(payment: Payment, ticket: str) -> bool:
    return payment.ending is not None and payment.ending.ticket == ticket


def _held_in_his(payment: Payment, his_trade_no: str) -> bool:
    """The HIS still holds money that has gone back."""
    return payment.late_trade_no == his_trade_no


def _unreadable(payment: Payment, _: str) -> bool:
    """Whoever holds it in hand has read it."""
    return False


def _tampered(payment: Payment, _: str) -> bool:
    """Nobody has restored it, and no two people have taken it as it stands."""
    return payment.tampered


CAUSES: dict[str, Holds] = {
    "payment_tampered": _tampered,
    "tampering_waits": _tampered,
    "ending_waits": _ending_waits,
    "his_holds_returned": _held_in_his,
    "payment_unreadable": _unreadable,
    "effect_stuck": _effect_stuck,
    "refund_abnormal": _refund_abnormal,
    "refund_absent": _refund_absent,
    "refund_closed": _refund_closed,
    "notification_differs": _money_doubted,
}


def lasts(kind: str) -> bool:
    """Does an alert of this kind end with its cause?"""
    return kind in CAUSES


def cause_is_gone(payment: Payment, kind: str, subject: str) -> bool:
    """True if alerts of this kind end with their cause and ``payment`` no longer has it."""
    holds = CAUSES.get(kind)
    return holds is not None and not holds(payment, subject)


def causes(payment: Payment) -> Iterator[tuple[str, str]]:
    """(kind, subject) of everything in ``payment`` that must have a standing alert."""
    for effect in payment.effects:
        if stuck(effect):
            yield "effect_stuck", effect.key
    if payment.ending is not None:
        yield "ending_waits", payment.ending.ticket
    if payment.late_trade_no:
        yield "his_holds_returned", payment.late_trade_no
    for refund in payment.refunds:
        for kind in ("refund_abnormal", "refund_absent", "refund_closed"):
            if CAUSES[kind](payment, refund.id):
                yield kind, refund.id
