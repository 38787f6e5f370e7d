"""The numbers of a payment's refunds, and how fast they are used up."""

from __future__ import annotations

import re
from datetime import timedelta

from server.core.errors import NotAllowed
from server.payments.model import Payment
from server.payments.refund_model import RefundState

REFUNDS_MAX = 999
"""Two digits, and three from the hundredth on: an id of 32 characters stays far below the 64 that channels take."""
AGAIN_AFTER_S = (600, 600, 1800, 7200, 21_600, 86_400, 86_400, 259_200, 604_800)
"""How long after the channel's first, second … final no the money is sent again under a new number. From the ninth on it is a week, so that
ninety-nine numbers last longer than a channel refunds at all.
"""


def next_refund_id(payment: Payment) -> str:
    """The payment's id + R + at least two digits; a number once given is never given again, whoever told us of it."""
    ours = re.compile(re.escape(payment.id) + r"R([0-9]{2,3})")
    taken = [int(found[1]) for refund in payment.refunds if (found := ours.fullmatch(refund.id))]
    number = max(taken, default=0) + 1
    if number > REFUNDS_MAX:
        raise NotAllowed("no refund number left", user_message="这笔支付的退费次数已达上限，请联系财务处理。")
    return f"{payment.id}R{number:02d}"


def pause_before_next(payment: Payment) -> timedelta:
    """How long to wait before money goes under a new number, by how many the channel has refused for good already."""
    refused = sum(refund.state is RefundState.CLOSED for refund in payment.refunds)
    nth = min(max(refused, 1), len(AGAIN_AFTER_S))
    return timedelta(seconds=AGAIN_AFTER_S[nth - 1])
