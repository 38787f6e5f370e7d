"""Broken orders and claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import server.effects.model
import server.payments.rules.alarms
import server.payments.rules.paying
import server.payments.rules.returning
import server.payments.rules.starting
import server.payments.rules.trades
from server.core.errors import OutcomeUnknown
from server.effects.engine import EffectRunner
from server.effects.model import Effect, EffectKind, without
from server.payments.attempts import Attempts
from server.payments.model import Payment, bumped
from server.payments.rules.trades import Trade, TradeState
from server.platforms.wechat.pay.channel import WechatPayChannel
from tests.simulation.mutants.patching import Patches, everywhere


def close_only_locally() -> Patches:
    async def close(self: WechatPayChannel, out_trade_no: str) -> Trade:
        return Trade(out_trade_no=out_trade_no, state=TradeState.CLOSED)

    return [patch.object(WechatPayChannel, "close", close)]


def close_of_nothing_is_closed() -> Patches:
    """Safe only where a close of a number that was never ordered uses the number up (204, as measured)."""
    real = WechatPayChannel.close

    async def close(self: WechatPayChannel, out_trade_no: str) -> Trade:
        trade = await real(self, out_trade_no)
        return replace(trade, state=TradeState.CLOSED) if trade.state is TradeState.ABSENT else trade

    return [patch.object(WechatPayChannel, "close", close)]


def closed_must_be_known() -> Patches:
    """Ends only where such a close is refused (404, the official table): a close counts once a query knows the order as closed."""
    real = WechatPayChannel.close

    async def close(self: WechatPayChannel, out_trade_no: str) -> Trade:
        trade = await real(self, out_trade_no)
        if trade.state is not TradeState.CLOSED:
            return trade
        known = await self.query(out_trade_no)
        if known.state is TradeState.ABSENT:
            raise OutcomeUnknown("wechatpay", "closed and not known")
        return known

    return [patch.object(WechatPayChannel, "close", close)]


def other_attempt_not_closed() -> Patches:
    async def free(self: Attempts, wanted: Payment, *more: Any) -> Payment | None:
        for live in await self._payments.by_claims(wanted.hospital, wanted.claims):
            await self._transitions.apply(live.hospital, live.id, lambda p: bumped(p, claims=()))
        return None

    return [patch.object(Attempts, "continue_or_close", free)]


def continued_by_anyone() -> Patches:
    real = server.payments.rules.starting.can_continue

    def can_continue(live: Payment, wanted: Payment, now: datetime) -> bool:
        parts = tuple(replace(part, request=replace(part.request, payer=live.payer)) for part in wanted.parts)
        return real(live, replace(wanted, parts=parts), now)

    return everywhere(real, can_continue)


def unknown_is_closed() -> Patches:
    real = EffectRunner._again

    def again(
        self: EffectRunner[Payment], payment: Payment, effect: Effect, error: BaseException, *, unknown: bool
    ) -> Any:
        if unknown and effect.kind is EffectKind.QUERY:
            return lambda current: server.payments.rules.paying.closed(current, "no answer", self._clock.now())
        return real(self, payment, effect, error, unknown=unknown)

    return [patch.object(EffectRunner, "_again", again)]


def absent_is_closed() -> Patches:
    return [patch.object(server.payments.rules.paying, "ABSENT_MARGIN", timedelta(days=-1))]


def no_look_at_the_channel() -> Patches:
    real = server.payments.rules.starting.start

    def start(**given: Any) -> Payment:
        payment = real(**given)
        return replace(payment, effects=without(payment.effects, EffectKind.QUERY))

    return everywhere(real, start)


def claims_kept_after_close() -> Patches:
    real = server.payments.rules.paying.closed

    def closed(payment: Payment, *given: Any) -> Payment:
        return replace(real(payment, *given), claims=payment.claims)

    return everywhere(real, closed)


def claims_freed_before_closed() -> Patches:
    real = server.payments.rules.paying.request_close

    def request_close(payment: Payment, *given: Any, **named: Any) -> Payment:
        asked = real(payment, *given, **named)
        return asked if asked is payment else replace(asked, claims=())

    return everywhere(real, request_close)
