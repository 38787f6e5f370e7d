"""Broken looks for refunds that nobody announced."""

from __future__ import annotations

from unittest.mock import patch

import server.payments.refund_rounds
from server.payments.model import Payment
from server.payments.refund_looks import RefundLooks
from server.payments.rules.trades import Trade
from tests.simulation.mutants.patching import Patches


def look_ignores_what_it_finds() -> Patches:
    async def learned(self: RefundLooks, payment: Payment, trade: Trade) -> Payment:
        return payment

    return [patch.object(RefundLooks, "_learned", learned)]


def first_day_forgotten() -> Patches:
    later = server.payments.refund_rounds.AGES_DAYS[1:]
    return [patch.object(server.payments.refund_rounds, "AGES_DAYS", later)]
