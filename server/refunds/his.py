"""What the HIS says of a refund that is only drafted. The write-off asks again; this only saves the way there."""

from __future__ import annotations

import asyncio

from server.core.errors import OutsideError
from server.payments.his_ports import RefundAsked
from server.payments.model import Payment
from server.payments.purpose import Purpose
from server.payments.rules.refund_numbers import next_refund_id
from server.refunds.drafts import Draft

HIS_ASKED_S_MAX = 2.0


async def his_word(purpose: Purpose, payment: Payment, draft: Draft) -> tuple[str, bool]:
    """(its reason against it, whether it did not answer in time)."""
    asked = RefundAsked(
        out_trade_no=payment.id,
        out_refund_no=next_refund_id(payment),
        amount_fen=draft.amount_fen,
        lines=draft.lines,
    )
    try:
        async with asyncio.timeout(HIS_ASKED_S_MAX):
            return await purpose.may_release(payment, asked), False
    except (OutsideError, TimeoutError):
        return "", True
