"""Broken looks for refunds that nobody announced."""

from __future__ import annotations

from unittest.mock import patch

import server.services.refund_rounds
from server.domain.payment import Payment
from server.domain.trades import Trade
from server.services.refund_looks import RefundLooks
from tests.simulation.mutants.patching import Patches


def look_ignores_what_it_finds() -> Patches:
    async def learned(self: RefundLooks, payment: Payment, trade: Trade) -> Payment:
        return payment

    return [patch.object(RefundLooks, "_learned", learned)]


def first_day_forgotten() -> Patches:
    later = server.services.refund_rounds.AGES_DAYS[1:]
    return [patch.object(server.services.refund_rounds, "AGES_DAYS", later)]
