"""Broken money: what comes, what the HIS is told, what goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

import server.effects.model
import server.payments.rules.alarms
import server.payments.rules.paying
import server.payments.rules.returning
import server.payments.rules.trades
from server.core.errors import OutsideRefusal
from server.effects.ledger import Ledger
from server.effects.model import Effect, EffectKind
from server.payments.booking import BookingService
from server.payments.ledger import Decide
from server.payments.model import Payment, PaymentState
from server.payments.ports import PaidOrder
from server.payments.purposes.bills.purpose import BillsPurpose
from server.payments.rules.booking import refused
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade
from server.payments.unclaimed import UnclaimedMoneyKeeper
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.platforms.wechat.pay.signing import PlatformVerifier
from tests.simulation.mutants.patching import Patches, everywhere


def amount_not_compared() -> Patches:
    real = server.payments.rules.trades.differences
    return everywhere(real, lambda payment, trade: tuple(name for name in real(payment, trade) if name != "amount_fen"))


def signature_not_checked() -> Patches:
    return [patch.object(PlatformVerifier, "check", lambda *given: None)]


def money_after_close_ignored() -> Patches:
    real = server.payments.rules.paying.money_arrived

    def money_arrived(payment: Payment, trade: Trade, now: datetime, *, at_the_source: bool) -> Payment:
        return (
            payment if payment.state is PaymentState.CLOSED else real(payment, trade, now, at_the_source=at_the_source)
        )

    return everywhere(real, money_arrived)


def unclaimed_money_dropped() -> Patches:
    async def keep(self: UnclaimedMoneyKeeper, *given: Any) -> None:
        return None

    return [patch.object(UnclaimedMoneyKeeper, "keep", keep)]


# ---- the HIS


def already_paid_believed() -> Patches:
    real = BookingService.run

    async def run(self: BookingService, payment: Payment, effect: Effect) -> Decide:
        try:
            booking = await self._purposes[payment.purpose].book(payment)
        except OutsideRefusal as refusal:
            if refusal.reason_code != "ALREADY_PAID":
                return await real(self, payment, effect)
            now, token = self._clock.now(), effect.lease or ""
            return lambda current: refused(current, token, "ALREADY_PAID", now)
        return self._booked(effect.lease or "", booking)

    return [patch.object(BookingService, "run", run)]


def not_found_returns_money() -> Patches:
    real = BookingService.run

    async def run(self: BookingService, payment: Payment, effect: Effect) -> Decide:
        purpose = self._purposes[payment.purpose]
        if effect.unknown_at is not None and await purpose.check(payment) is None:
            now, token = self._clock.now(), effect.lease or ""
            return lambda current: refused(current, token, "NOT_FOUND", now)
        return await real(self, payment, effect)

    return [patch.object(BookingService, "run", run)]


def new_number_per_booking_try() -> Patches:
    real = BillsPurpose._request

    def request(self: BillsPurpose, payment: Payment) -> Any:
        tries = next((effect.tries for effect in payment.effects if effect.kind is EffectKind.BOOK), 1)
        asked = real(self, payment)
        return asked if tries == 1 else replace(asked, out_trade_no=f"{payment.id}T{tries}")

    return [patch.object(BillsPurpose, "_request", request)]


# ---- refunds


def new_refund_number_per_try() -> Patches:
    real = WechatPayChannel.refund

    async def refund(
        self: WechatPayChannel, order: PaidOrder, refund_id: str, amount_fen: int, why: str
    ) -> ChannelRefund:
        told = await real(self, order, f"{refund_id}T{self._ids.text(4)}", amount_fen, why)
        return replace(told, out_refund_no=refund_id)

    return [patch.object(WechatPayChannel, "refund", refund)]


def stuck_refund_frees_its_share() -> Patches:
    real = server.payments.rules.returning._running

    def running(payment: Payment, refund: Any, answer: ChannelRefund, now: datetime, *more: Any) -> Payment:
        if answer.outcome is RefundOutcome.ABNORMAL:
            return server.payments.rules.returning._closed(payment, refund, now)
        return real(payment, refund, answer, now, *more)

    return [patch.object(server.payments.rules.returning, "_running", running)]


def closed_refund_forgotten() -> Patches:
    real = server.payments.rules.returning._closed

    def closed(payment: Payment, refund: Any, now: datetime) -> Payment:
        return replace(real(payment, refund, now), effects=(), refunds=real(payment, refund, now).refunds[:1])

    return [patch.object(server.payments.rules.returning, "_closed", closed)]


def accepted_is_succeeded() -> Patches:
    real = server.payments.rules.returning.refund_answered

    def refund_answered(payment: Payment, answer: ChannelRefund, *more: Any, **named: Any) -> Payment:
        done = answer.outcome is RefundOutcome.PROCESSING
        return real(payment, replace(answer, outcome=RefundOutcome.SUCCEEDED) if done else answer, *more, **named)

    return everywhere(real, refund_answered)


def no_alarms() -> Patches:
    async def raise_none(self: Ledger[Payment], before: Payment, after: Payment) -> None:
        return None

    return [patch.object(Ledger, "_raise_alarms", raise_none)]
