"""When a person must look: read off the step from one document to the next, so that no caller can forget it."""

from __future__ import annotations

from server.domain.effects import EffectKind, at_last_resort, find
from server.domain.payment import Payment, RefundOrigin, RefundState

ACCEPTED = frozenset({RefundState.SUBMITTED, RefundState.ABNORMAL})
"""The channel had this refund. If it knows nothing of it later, a person looks while it is sent again."""


def alarms(before: Payment, after: Payment) -> tuple[tuple[str, str], ...]:
    """(kind, subject) of every alarm this step gives rise to; the pair names the alarm within its payment, so raising it twice is once."""
    found: list[tuple[str, str]] = []
    for refund in after.refunds:
        old = before.refund(refund.id)
        if refund.state in {RefundState.ABNORMAL, RefundState.CLOSED} and (
            old is None or old.state is not refund.state
        ):
            found.append((f"refund_{refund.state}", refund.id))
        if old is not None and old.state in ACCEPTED and refund.state is RefundState.APPROVED:
            found.append(("refund_absent", refund.id))
        if refund.origin is RefundOrigin.MERCHANT_CONSOLE and old is None:
            found.append(("refund_in_merchant_console", refund.id))
    for effect in after.effects:
        old_effect = find(before.effects, effect.key)
        failed_now = old_effect is not None and old_effect.lease is not None and effect.lease is None
        waiting = effect.kind in {EffectKind.QUERY, EffectKind.QUERY_REFUND} and effect.last_error is None
        if failed_now and not waiting and at_last_resort(effect):
            found.append(("effect_stuck", effect.key))
    for line in after.history[len(before.history) :]:
        if line.what in {"message_refused", "sms_refused"}:
            found.append((line.what, line.detail.get("about", "")))
    return tuple(found)
