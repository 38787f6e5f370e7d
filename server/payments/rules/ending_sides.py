"""What each side says of a payment that people want to end, and which of its refunds are stuck. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from server.core.errors import NotAllowed
from server.effects.model import EffectKind
from server.payments.model import Booking, Payment
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.booking import SETTLE
from server.payments.rules.trades import ChannelRefund, Trade

_STUCK = frozenset({RefundState.APPROVED, RefundState.RELEASED, RefundState.ABNORMAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What the channel and the HIS say right now. ``trade`` is None where the channel did not answer, a refund's answer likewise (of
    several parts ``trade`` is of the one that holds least);
    ``booking`` is None where the HIS does not have our number, and says nothing while ``his_silent``. ``longest_call`` is how long a call of
    ours may run there.
    """

    trade: Trade | None
    refunds: Mapping[str, ChannelRefund | None]
    booking: Booking | None
    his_silent: bool = False
    longest_call: timedelta = SETTLE


def stuck_refunds(payment: Payment) -> tuple[Refund, ...]:
    """Refunds of ours whose money does not go: not taken by the channel, or stuck there."""
    sending = {effect.subject for effect in payment.effects if effect.kind is EffectKind.REFUND}
    return tuple(
        refund
        for refund in payment.refunds
        if refund.state in _STUCK and (refund.state is RefundState.ABNORMAL or refund.id in sending)
    )


def his_word(sides: Sides) -> Booking | None:
    """What the HIS has under our number. Raises NotAllowed with words while it says nothing."""
    if sides.his_silent:
        raise NotAllowed("silent HIS", user_message="医院系统没有应答，请稍后再试。")
    return sides.booking
