"""What a channel has told of an order's refunds in all, and of which refunds that sum can be. Pure.

The sum is of a moment: what goes back afterwards is not in it. The payment's history says what came first.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.core.history import HistoryEvent
from server.payments.model import Payment, about
from server.payments.part import Part
from server.payments.refund_model import Refund, RefundOrigin

REFUNDED_ELSEWHERE = "refunded_elsewhere"
"""The line of the history that has the sum."""
REFUND_HEARD = "refund_heard"
"""The line of the history that says which order a refund is of that can't be placed yet. Its amount may be counted into the sum."""
UNKNOWN = "unknown"
_TAKEN = frozenset({"refund_submitted", "refund_abnormal", "refund_succeeded"})


def told_fen(payment: Payment, part: Part) -> int:
    """The largest such sum that the history of the payment has for ``part``."""
    return max((_fen(line) for _, line in _sums(payment, part)), default=0)


def may_be_of(payment: Payment, part: Part, refund: Refund) -> bool:
    """Can ``refund`` be in the sum that was told last? One of ours that the channel took only afterwards can't: each that it might have had
    was asked for before the sum was stored.
    """
    if refund.origin is RefundOrigin.MERCHANT_CONSOLE:
        return True
    sums = [which for which, _ in _sums(payment, part)]
    told = sums or [which for which, line in enumerate(payment.history) if line.what == REFUND_HEARD]
    return not told or any(line.what in _TAKEN and _is_of(line, refund) for line in payment.history[: max(told)])


def _sums(payment: Payment, part: Part) -> Iterator[tuple[int, HistoryEvent]]:
    """The lines that have a sum of ``part``, counted from 0."""
    order = about(payment, part)
    for which, line in enumerate(payment.history):
        if (
            line.what == REFUNDED_ELSEWHERE
            and line.detail.get("order", "") == order
            and line.detail["sum_fen"] != UNKNOWN
        ):
            yield which, line


def _fen(line: HistoryEvent) -> int:
    return int(line.detail["sum_fen"])


def _is_of(line: HistoryEvent, refund: Refund) -> bool:
    return line.detail.get("refund") == refund.id
