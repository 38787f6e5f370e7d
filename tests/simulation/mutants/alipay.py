"""Broken readings of Alipay alone: the other channel goes on being right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from server.payments.notifications import NotificationService
from server.payments.ports import VerifiedNotification
from server.payments.rules.trades import ChannelRefund, RefundNews, RefundOutcome, Trade, TradeState
from server.platforms.alipay.openapi.keys import AlipayVerifier
from server.platforms.alipay.pay.channel import AlipayChannel
from tests.simulation.mutants.patching import Patches


def absent_is_closed() -> Patches:
    def believing(real: Any) -> Any:
        async def ask(self: AlipayChannel, out_trade_no: str) -> Trade:
            trade: Trade = await real(self, out_trade_no)
            return replace(trade, state=TradeState.CLOSED) if trade.state is TradeState.ABSENT else trade

        return ask

    return [patch.object(AlipayChannel, name, believing(getattr(AlipayChannel, name))) for name in ("query", "close")]


def close_only_locally() -> Patches:
    async def close(self: AlipayChannel, out_trade_no: str) -> Trade:
        return Trade(out_trade_no=out_trade_no, state=TradeState.CLOSED)

    return [patch.object(AlipayChannel, "close", close)]


def signature_not_checked() -> Patches:
    return [patch.object(AlipayVerifier, "check", lambda *given: None)]


def missing_status_is_success() -> Patches:
    """An amount without a ``refund_status`` counts as arrived."""
    real = AlipayChannel.query_refund

    async def query_refund(self: AlipayChannel, out_trade_no: str, refund_id: str) -> ChannelRefund:
        answer = await real(self, out_trade_no, refund_id)
        open_end = answer.outcome is RefundOutcome.UNCONFIRMED
        return replace(answer, outcome=RefundOutcome.SUCCEEDED) if open_end else answer

    return [patch.object(AlipayChannel, "query_refund", query_refund)]


def refund_news_not_asked() -> Patches:
    real = NotificationService.apply

    async def apply(self: NotificationService, hospital_id: str, notification: VerifiedNotification) -> None:
        if not isinstance(notification.content, RefundNews):
            await real(self, hospital_id, notification)

    return [patch.object(NotificationService, "apply", apply)]
