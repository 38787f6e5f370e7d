"""Broken ends of money that fits no payment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import server.console.unclaimed_desk
import server.payments.rules.unclaimed_acts
import server.payments.unclaimed_returns
from server.effects.model import EffectKind, without
from server.payments.rules.trades import RefundOutcome
from server.payments.unclaimed_model import UnclaimedMoney
from server.refunds.permission import RefundPermission
from server.storage.memory_unclaimed import MemoryUnclaimed
from tests.simulation.mutants.patching import Patches


def window_money_goes_back() -> Patches:
    """Every number counts as ours."""
    real = server.payments.rules.unclaimed_acts._sent_back

    def sent_back(money: UnclaimedMoney, sides: Any, now: Any) -> UnclaimedMoney:
        return real(money, replace(sides, ours=True), now)

    return [patch.object(server.payments.rules.unclaimed_acts, "_sent_back", sent_back)]


def unclaimed_return_not_owed() -> Patches:
    """Agreed to, and nothing is owed for it."""
    real = server.payments.rules.unclaimed_acts._sent_back

    def sent_back(money: UnclaimedMoney, sides: Any, now: Any) -> UnclaimedMoney:
        after = real(money, sides, now)
        return replace(after, effects=without(after.effects, EffectKind.REFUND))

    return [patch.object(server.payments.rules.unclaimed_acts, "_sent_back", sent_back)]


def unclaimed_return_done_when_taken() -> Patches:
    """That the channel has taken the refund counts as its arrival."""
    real = server.payments.unclaimed_returns.return_answered

    def answered(money: UnclaimedMoney, answer: Any, *more: Any) -> UnclaimedMoney:
        taken = answer.outcome is RefundOutcome.PROCESSING
        return real(money, replace(answer, outcome=RefundOutcome.SUCCEEDED) if taken else answer, *more)

    return [patch.object(server.payments.unclaimed_returns, "return_answered", answered)]


def changed_unclaimed_money_is_sent() -> Patches:
    return [patch.object(MemoryUnclaimed, "_read", lambda self, money: money)]


def unclaimed_ended_by_one() -> Patches:
    """Nobody looks whether a second person agrees."""
    real = server.console.unclaimed_desk.agree

    def agree(money: UnclaimedMoney, by: str, *more: Any) -> UnclaimedMoney:
        return real(replace(money, ending=replace(money.ending, by="staff:0000")) if money.ending else money, by, *more)

    async def anybody(self: RefundPermission, *given: Any) -> None:
        return None

    return [
        patch.object(server.console.unclaimed_desk, "agree", agree),
        patch.object(RefundPermission, "must_be_second_without_payment", anybody),
    ]
