"""When a person must look: read off the step from one document to the next, so that no caller can forget it."""

from __future__ import annotations

from server.effects.rules import failed_at_last
from server.payments.model import Payment
from server.payments.refund_model import ACCEPTED, RefundOrigin, RefundState


def alarms(before: Payment, after: Payment) -> tuple[tuple[str, str], ...]:
    """(kind, subject) of every alarm this step gives rise to; the pair names the alarm within its payment, so raising it twice is once."""
    found: list[tuple[str, str]] = []
    for refund in after.refunds:
        old = before.refund(refund.id)
        if refund.state in {RefundState.ABNORMAL, RefundState.CLOSED} and (
            old is None or old.state is not refund.state
        ):
            found.append((f"refund_{refund.state}", refund.id))
        # The channel had it and knows nothing of it now: a person looks while it is sent again.
        if old is not None and old.state in ACCEPTED and refund.state in {RefundState.APPROVED, RefundState.RELEASED}:
            found.append(("refund_absent", refund.id))
        if refund.origin is RefundOrigin.MERCHANT_CONSOLE and old is None:
            found.append(("refund_in_merchant_console", refund.id))
    for key in failed_at_last(before.effects, after.effects):
        found.append(("effect_stuck", key))
    for line in after.history[len(before.history) :]:
        if line.what in {"message_refused", "sms_refused"}:
            found.append((line.what, line.detail.get("about", "")))
        if line.what == "his_holds_returned":
            found.append((line.what, line.detail.get("his_trade_no", "")))
        if line.what == "refund_heard":
            found.append(("refund_in_merchant_console", line.detail.get("refund", "")))
        if line.what == "refunded_elsewhere":
            found.append((line.what, line.detail.get("sum_fen", "")))
        if line.what == "console_refund_not_written_off":
            found.append((line.what, line.detail.get("refund", "")))
    if after.ending is not None and after.ending != before.ending:
        found.append(("ending_waits", after.ending.ticket))
    return tuple(found)
