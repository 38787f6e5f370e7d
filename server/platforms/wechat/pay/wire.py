"""The JSON of trades and refunds (docs/protocols/wechat_pay_v3.md sections 5.4, 6 and 7), read strictly into Zhenfu's words.

Only what we use is read. Anything unreadable raises ValueError: the caller knows whether that is an unknown outcome or bad input.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt

from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState

_TRADE_STATES = {
    "SUCCESS": TradeState.PAID,
    "REFUND": TradeState.REFUNDED,
    "NOTPAY": TradeState.UNPAID,
    "ACCEPT": TradeState.UNPAID,
    "USERPAYING": TradeState.UNPAID,
    "PAYERROR": TradeState.UNPAID,
    "CLOSED": TradeState.CLOSED,
    "REVOKED": TradeState.CLOSED,
}
_REFUND_OUTCOMES = {
    "PROCESSING": RefundOutcome.PROCESSING,
    "SUCCESS": RefundOutcome.SUCCEEDED,
    "CLOSED": RefundOutcome.CLOSED,
    "ABNORMAL": RefundOutcome.ABNORMAL,
}


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class _Standing(_Wire):
    """What every transaction object has, paid or not."""

    appid: str
    mchid: str
    out_trade_no: str = Field(min_length=1, max_length=32)
    trade_state: str


class _Amount(_Wire):
    """``total`` is what was asked; ``payer_total`` is less when coupons were used and is never compared."""

    total: NonNegativeInt
    currency: str


class _Payer(_Wire):
    openid: str = ""


class _Money(_Wire):
    """What a transaction object has besides once it is paid."""

    transaction_id: str = Field(min_length=1, max_length=64)
    success_time: AwareDatetime
    amount: _Amount
    payer: _Payer = _Payer()


class _RefundAmount(_Wire):
    refund: NonNegativeInt
    total: NonNegativeInt


class _Refund(_Wire):
    out_trade_no: str = Field(min_length=1, max_length=32)
    out_refund_no: str = Field(min_length=1, max_length=64)
    refund_id: str = Field(min_length=1, max_length=64)
    amount: _RefundAmount
    success_time: AwareDatetime | Literal[""] | None = None


class _RefundAnswer(_Refund):
    status: str


class _RefundNotification(_Refund):
    mchid: str
    refund_status: str


class _PrepayAnswer(_Wire):
    prepay_id: str = Field(pattern=r"^[0-9A-Za-z_\-]{1,64}$")


class _CodeAnswer(_Wire):
    code_url: str = Field(pattern=r"^weixin://[!-~]{1,500}$")


class _Resource(_Wire):
    algorithm: Literal["AEAD_AES_256_GCM"]
    ciphertext: str
    nonce: str
    associated_data: str | None = None


class Envelope(_Wire):
    """A notification before it is opened."""

    id: str = Field(min_length=1, max_length=64)
    event_type: str
    resource: _Resource


def read_trade(body: bytes) -> Trade:
    """A transaction object. Raises ValueError."""
    standing = _Standing.model_validate_json(body)
    state = _TRADE_STATES.get(standing.trade_state)
    if state is None:
        raise ValueError("unknown trade_state")
    trade = Trade(out_trade_no=standing.out_trade_no, state=state, app_id=standing.appid, merchant_id=standing.mchid)
    return _with_money(trade, body) if trade.has_money else trade


def _with_money(trade: Trade, body: bytes) -> Trade:
    money = _Money.model_validate_json(body)
    return Trade(
        out_trade_no=trade.out_trade_no,
        state=trade.state,
        app_id=trade.app_id,
        merchant_id=trade.merchant_id,
        currency=money.amount.currency,
        amount_fen=money.amount.total,
        transaction_id=money.transaction_id,
        payer=money.payer.openid,
        paid_at=money.success_time,
    )


def read_refund_answer(body: bytes, merchant_id: str) -> ChannelRefund:
    """A refund as order and query answer it; they name no merchant, so it is the one that asked. Raises ValueError."""
    answer = _RefundAnswer.model_validate_json(body)
    return _refund(answer, answer.status, merchant_id)


def read_refund_notification(body: bytes) -> ChannelRefund:
    """A refund as its notification tells it. Raises ValueError."""
    told = _RefundNotification.model_validate_json(body)
    return _refund(told, told.refund_status, told.mchid)


def _refund(refund: _Refund, status: str, merchant_id: str) -> ChannelRefund:
    outcome = _REFUND_OUTCOMES.get(status)
    if outcome is None:
        raise ValueError("unknown refund status")
    return ChannelRefund(
        out_trade_no=refund.out_trade_no,
        out_refund_no=refund.out_refund_no,
        outcome=outcome,
        amount_fen=refund.amount.refund,
        channel_refund_id=refund.refund_id,
        finished_at=refund.success_time or None,
        merchant_id=merchant_id,
    )


def read_prepay_id(body: bytes) -> str:
    """Raises ValueError."""
    return _PrepayAnswer.model_validate_json(body).prepay_id


def read_code_url(body: bytes) -> str:
    """The code's address of an order that is paid by a code on a screen. Raises ValueError."""
    return _CodeAnswer.model_validate_json(body).code_url


def read_envelope(body: bytes) -> Envelope:
    """Raises ValueError."""
    return Envelope.model_validate_json(body)
