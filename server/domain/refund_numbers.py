"""The numbers of a payment's refunds."""

from __future__ import annotations

import re

from server.domain.errors import NotAllowed
from server.domain.payment import Payment

REFUNDS_MAX = 99


def next_refund_id(payment: Payment) -> str:
    """The payment's id + R + two digits; a number once given is never given again, whoever told us of it."""
    ours = re.compile(re.escape(payment.id) + r"R([0-9]{2})")
    taken = [int(found[1]) for refund in payment.refunds if (found := ours.fullmatch(refund.id))]
    number = max(taken, default=0) + 1
    if number > REFUNDS_MAX:
        raise NotAllowed("no refund number left", person="这笔支付的退费次数已达上限，请联系财务处理。")
    return f"{payment.id}R{number:02d}"
