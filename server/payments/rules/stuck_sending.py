"""Money of a refund that can't be on its way to the payer: only then may people say that it reached them otherwise. Pure."""

from __future__ import annotations

from datetime import datetime

from server.core.errors import NotAllowed
from server.effects.model import Effect
from server.payments.rules.booking import SETTLE
from server.payments.rules.trades import ChannelRefund, RefundOutcome

_NOT_GOING = frozenset({RefundOutcome.ABSENT, RefundOutcome.CLOSED, RefundOutcome.ABNORMAL})


def must_not_go(answer: ChannelRefund | None, owed: Effect | None, name: str, now: datetime) -> None:
    """``answer`` is the channel's of this moment (None: it does not answer), ``owed`` our effect that sends it, ``name`` what staff call it.

    Raises NotAllowed, with words, where it may be on its way.
    """
    if answer is None:
        raise NotAllowed("silent channel", user_message="渠道没有应答，请稍后再试。")
    if answer.outcome not in _NOT_GOING:
        raise NotAllowed("on its way", user_message=f"渠道已受理这笔{name}，钱可能已经在路上，不能另行了结。")
    unsure = owed is not None and owed.unknown_at is not None and now - owed.unknown_at < SETTLE
    if owed is not None and (owed.lease is not None or unsure):
        raise NotAllowed("being sent", user_message=f"正在向渠道提交这笔{name}，请过一分钟再试。")
