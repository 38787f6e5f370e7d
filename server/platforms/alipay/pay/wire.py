"""Trades and refunds as Alipay writes them (docs/protocols/alipay.md sections 4 and 7), read strictly into Zhenfu's words.

Only what we use is read. Anything unreadable raises ValueError: the caller knows whether that is an unknown outcome or bad input.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from server.core.days import HOSPITAL_ZONE
from server.payments.rules.trades import ChannelRefund, RefundNews, RefundOutcome, RefundSum, Trade, TradeState
from server.platforms.alipay.pay.amounts import fen_of

_TRADE_STATES = {
    "WAIT_BUYER_PAY": TradeState.UNPAID,
    "TRADE_SUCCESS": TradeState.PAID,
    "TRADE_FINISHED": TradeState.PAID,
    "TRADE_CLOSED": TradeState.CLOSED,
}
_REFUND_OUTCOMES = {"REFUND_SUCCESS": RefundOutcome.SUCCEEDED, "": RefundOutcome.UNCONFIRMED}
NOTIFY_TYPE = "trade_status_sync"


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class _Order(_Wire):
    """``out_trade_no`` is ours, ``trade_no`` Alipay's."""

    out_trade_no: str = Field(min_length=1, max_length=64)
    trade_no: str = Field(min_length=1, max_length=64)


class _Precreated(_Wire):
    out_trade_no: str = Field(min_length=1, max_length=64)
    qr_code: str = Field(pattern=r"^https?://[^\s]{1,512}$")


class _Standing(_Order):
    """A trade as a query answers it. ``total_amount`` is what was asked; coupons lower the others, which are never compared."""

    trade_status: str
    total_amount: str
    send_pay_date: str = ""
    buyer_pay_amount: str = ""
    receipt_amount: str = ""
    fund_bill_list: JsonValue = None
    buyer_user_id: str = ""
    buyer_open_id: str = ""

    def was_paid(self) -> bool:
        """Any trace of money counts: each of these fields alone may be missing."""
        amounts = (self.buyer_pay_amount, self.receipt_amount)
        return bool(self.send_pay_date or self.fund_bill_list or any(amount and fen_of(amount) for amount in amounts))


class _Refunded(_Order):
    """``refund_fee`` is the sum of all refunds of the trade so far, not this one's amount."""

    fund_change: str
    refund_fee: str
    gmt_refund_pay: str = ""


class _RefundStanding(_Wire):
    """An unknown request number is answered without any of these."""

    out_trade_no: str = ""
    out_request_no: str = ""
    refund_status: str = ""
    refund_amount: str = ""
    gmt_refund_pay: str = ""


class _Cancelled(_Wire):
    out_trade_no: str = Field(min_length=1, max_length=64)
    retry_flag: str
    action: str = ""


class _Notice(_Order):
    """A notification. ``refund_fee``, ``gmt_refund`` and ``out_biz_no`` mark the news of a refund, whatever else it says."""

    notify_id: str = Field(min_length=1, max_length=128)
    notify_type: str
    app_id: str
    trade_status: str
    total_amount: str
    seller_id: str = ""
    buyer_id: str = ""
    buyer_open_id: str = ""
    gmt_payment: str = ""
    refund_fee: str = ""
    gmt_refund: str = ""
    out_biz_no: str = Field(default="", max_length=64)

    def tells_of_a_refund(self) -> bool:
        return bool(self.gmt_refund or self.out_biz_no or (self.refund_fee and fen_of(self.refund_fee)))

    def refunded_fen(self) -> int | None:
        """The sum of all refunds of the trade. A trade that was paid and is closed has been given back whole."""
        if self.refund_fee and fen_of(self.refund_fee):
            return fen_of(self.refund_fee)
        return fen_of(self.total_amount) if self.trade_status == "TRADE_CLOSED" else None


def moment(text: str) -> datetime | None:
    """``2026-11-23 09:30:00`` (or with ``.SSS``) of Asia/Shanghai; None for nothing. Raises ValueError."""
    if not text:
        return None
    told = datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone is known, and not in the text
    return told.replace(tzinfo=HOSPITAL_ZONE)


def read_trade_no(body: bytes) -> str:
    return _Order.model_validate_json(body).trade_no


def read_closed(body: bytes) -> str:
    """Our number of the trade that was closed."""
    return _Order.model_validate_json(body).out_trade_no


def read_qr_code(body: bytes) -> str:
    return _Precreated.model_validate_json(body).qr_code


def read_trade(body: bytes, app_id: str, merchant_id: str) -> Trade:
    """The answer to a query; it names neither app nor seller, so they are those that asked."""
    told = _Standing.model_validate_json(body)
    state = _state(told.trade_status)
    if state is TradeState.CLOSED and told.was_paid():
        state = TradeState.REFUNDED  # closed by having been given back whole
    return Trade(
        out_trade_no=told.out_trade_no,
        state=state,
        app_id=app_id,
        merchant_id=merchant_id,
        amount_fen=fen_of(told.total_amount),
        transaction_id=told.trade_no,
        payer=told.buyer_user_id or told.buyer_open_id,
        paid_at=moment(told.send_pay_date),
        refunded_fen=fen_of(told.total_amount) if state is TradeState.REFUNDED else None,
    )


def read_refunded(body: bytes, refund_id: str, amount_fen: int, merchant_id: str) -> ChannelRefund:
    """``fund_change`` Y: the money went back with this call. N: it did not, for it had before, or for it is not known yet."""
    told = _Refunded.model_validate_json(body)
    moved = told.fund_change == "Y"
    if moved and fen_of(told.refund_fee) < amount_fen:
        raise ValueError("less refunded in all than by this refund")
    return ChannelRefund(
        out_trade_no=told.out_trade_no,
        out_refund_no=refund_id,
        outcome=RefundOutcome.SUCCEEDED if moved else RefundOutcome.PROCESSING,
        amount_fen=amount_fen,
        finished_at=moment(told.gmt_refund_pay),
        merchant_id=merchant_id,
    )


def read_refund(body: bytes, out_trade_no: str, refund_id: str, merchant_id: str) -> ChannelRefund:
    """The answer to a refund query: ABSENT when it tells of no refund. Only REFUND_SUCCESS says that the money has arrived; an amount
    without a status means "not received, or failed" (docs/protocols/alipay.md, Corrections). Raises ValueError if it does not say of what.
    """
    told = _RefundStanding.model_validate_json(body)
    if not told.refund_status and not told.refund_amount:
        return ChannelRefund(out_trade_no=out_trade_no, out_refund_no=refund_id, outcome=RefundOutcome.ABSENT)
    if not told.out_trade_no or not told.out_request_no:
        raise ValueError("a refund without its numbers")
    return ChannelRefund(
        out_trade_no=told.out_trade_no,
        out_refund_no=told.out_request_no,
        outcome=_REFUND_OUTCOMES.get(told.refund_status, RefundOutcome.PROCESSING),
        amount_fen=fen_of(told.refund_amount),
        finished_at=moment(told.gmt_refund_pay),
        merchant_id=merchant_id,
    )


def read_cancelled(body: bytes) -> TradeState:
    """What cancelling did: CLOSED, REFUNDED, or ABSENT where there was no trade. Raises ValueError while it must be repeated."""
    told = _Cancelled.model_validate_json(body)
    if told.retry_flag != "N":
        raise ValueError("to be repeated")
    return {"close": TradeState.CLOSED, "refund": TradeState.REFUNDED, "": TradeState.ABSENT}[told.action]


def read_notice(fields: Mapping[str, str]) -> Trade | RefundNews | RefundSum:
    """``refund_fee`` is the sum of all refunds so far. With ``out_biz_no`` it is news of that refund, and says
    nothing of its amount; without one it may ride on any later notification, and is no new refund.
    """
    told = _Notice.model_validate(dict(fields))
    if told.notify_type != NOTIFY_TYPE:
        raise ValueError("another kind of notification")
    if told.tells_of_a_refund():
        if told.out_biz_no:
            return RefundNews(out_trade_no=told.out_trade_no, out_refund_no=told.out_biz_no)
        return RefundSum(out_trade_no=told.out_trade_no, merchant_id=told.seller_id, sum_fen=told.refunded_fen())
    return Trade(
        out_trade_no=told.out_trade_no,
        state=_state(told.trade_status),
        app_id=told.app_id,
        merchant_id=told.seller_id,
        amount_fen=fen_of(told.total_amount),
        transaction_id=told.trade_no,
        payer=told.buyer_id or told.buyer_open_id,
        paid_at=moment(told.gmt_payment),
    )


def _state(trade_status: str) -> TradeState:
    state = _TRADE_STATES.get(trade_status)
    if state is None:
        raise ValueError("unknown trade_status")
    return state
