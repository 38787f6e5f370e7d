"""Transitions for a call of ours that lands in the HIS after its refusal was believed (docs/his-interface.md section 5): the HIS holds a
payment whose money goes back.

It is booked after all while no money has gone; else a person has to undo it in the HIS.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.actors import HIS
from server.core.errors import NotAllowed
from server.effects.model import PACE_S, Effect, EffectKind, find, held, later, next_try, with_effect, without
from server.payments.model import Booking, Payment, PaymentState, bumped, changed
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.refund_shares import TAKEN, elsewhere_fen
from server.payments.rules.telling import PAYMENT_RETURNING, taken, tell

REFUSED_BY_HIS = "refused_by_his"
ENDED_BY_FINANCE = "ended_by_finance"
NOT_IN_HIS = frozenset({REFUSED_BY_HIS, ENDED_BY_FINANCE})
"""Why money goes back that a call of ours may still book in the HIS."""
HIS_HOLDS_RETURNED = "his_holds_returned"


def with_late_look(payment: Payment, now: datetime) -> tuple[Effect, ...]:
    """The payment's effects plus: ask the HIS later whether it has our number after all."""
    return with_effect(payment.effects, _later(Effect(kind=EffectKind.LATE_BOOKING, due_at=now, tries=1), now, 0.0))


def must_ask_his(payment: Payment, effect: Effect) -> bool:
    """Is ``effect`` about to send money back that the HIS has refused or does not have, and has surely none of it gone?"""
    return payment.return_reason in NOT_IN_HIS and nothing_sent(payment, effect)


def nothing_sent(payment: Payment, ours: Effect) -> bool:
    """True while nothing of the money can have gone: the channel knows no refund, no call that sends one is under way or of unknown outcome,
    and nobody has got it another way. ``ours`` is the effect in our own hands.
    """
    if any(refund.state in TAKEN for refund in payment.refunds):
        return False
    if elsewhere_fen(payment) or any(part.refunded_unseen for part in payment.parts):
        return False
    sends = (effect for effect in payment.effects if effect.kind is EffectKind.REFUND)
    return all(effect.unknown_at is None and effect.lease in {None, ours.lease} for effect in sends)


def his_has_it(payment: Payment, key: str, token: str, booking: Booking, now: datetime) -> Payment:
    """The HIS holds our number: found by the effect ``key`` under ``token``."""
    ours = held(payment.effects, key, token)
    if payment.state is PaymentState.RETURNING and nothing_sent(payment, ours):
        return _booked_after_all(payment, booking, now)
    effects = without(payment.effects, EffectKind.LATE_BOOKING)
    if find(effects, key) is not None:
        effects = with_effect(effects, later(ours, now))
    if payment.late_trade_no:
        return bumped(payment, effects=effects)
    detail = {"his_trade_no": booking.his_trade_no, "amount_fen": str(payment.amount_fen)}
    late = {"late_trade_no": booking.his_trade_no}
    return changed(payment, HIS_HOLDS_RETURNED, at=now, by=HIS, detail=detail, effects=effects, **late)


def not_in_his(payment: Payment, token: str, now: datetime, jitter: float) -> Payment:
    """Asked, and the HIS does not have it: asked again ever later, and in the end no more."""
    effect = held(payment.effects, str(EffectKind.LATE_BOOKING), token)
    if effect.tries >= len(PACE_S[EffectKind.LATE_BOOKING]):
        return bumped(payment, effects=without(payment.effects, EffectKind.LATE_BOOKING))
    return bumped(payment, effects=with_effect(payment.effects, _later(effect, now, jitter)))


def cancelled_in_his(payment: Payment, by: str, now: datetime) -> Payment:
    """What the HIS held of returned money is cancelled there: ``by`` has seen to it. Raises NotAllowed with words where nothing is held."""
    if not payment.late_trade_no:
        raise NotAllowed("nothing held", user_message="医院系统没有入账已退回的款项，不能这样了结。")
    detail = {"his_trade_no": payment.late_trade_no}
    return changed(payment, "cancelled_in_his", at=now, by=by, detail=detail, late_trade_no="")


def _later(effect: Effect, now: datetime, jitter: float) -> Effect:
    return later(effect, next_try(effect, now, jitter))


def _booked_after_all(payment: Payment, booking: Booking, now: datetime) -> Payment:
    """No money has gone: nothing goes any more. What was claimed is free since the return began, and stays so: the HIS itself has the bill
    as paid.
    """
    refunds = tuple(
        replace(refund, state=RefundState.WITHDRAWN, finished_at=now)
        if refund.origin is RefundOrigin.AUTOMATIC and refund.state is RefundState.APPROVED
        else refund
        for refund in payment.refunds
    )
    effects = without(payment.effects, EffectKind.REFUND, EffectKind.LATE_BOOKING, EffectKind.FREE)
    effects = without(effects, EffectKind.MESSAGE, EffectKind.SMS, subject=PAYMENT_RETURNING)
    after = replace(payment, refunds=refunds, effects=effects, return_reason=None)
    owed = tell(after, taken(after), now)
    detail = {"his_trade_no": booking.his_trade_no, "late": "yes"}
    state = PaymentState.BOOKED
    return changed(after, "booked", at=now, by=HIS, detail=detail, state=state, booking=booking, effects=owed)
