"""Alipay as a PaymentChannel: orders, queries, closes and refunds in the platform's words (docs/protocols/alipay.md section 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from server.core.characters import cut_to_chars, for_xml
from server.core.days import hospital_time
from server.core.errors import BadInput, OutcomeUnknown, OutsideRefusal
from server.core.ports import RawReply, RawRequest
from server.payments.part import ChannelRequest
from server.payments.ports import ChannelCapabilities, ClientCall, PaidOrder, VerifiedNotification
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.platforms.alipay.openapi.account import CHANNEL, SYSTEM
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.account import AlipayMerchant
from server.platforms.alipay.pay.amounts import yuan_of
from server.platforms.alipay.pay.jsapi import Jsapi
from server.platforms.alipay.pay.methods import Order, PayMethod
from server.platforms.alipay.pay.notifications import AlipayNotifications
from server.platforms.alipay.pay.precreate import Precreate
from server.platforms.alipay.pay.statement_download import AlipayStatements
from server.platforms.alipay.pay.wap import Wap
from server.platforms.alipay.pay.wire import read_cancelled, read_closed, read_refund, read_refunded, read_trade

SUBJECT_CHARS_MAX = 256
REASON_CHARS_MAX = 256
REACH = RefundWindow(within=timedelta(days=365))
"""Twelve months, counted short; no bound on how often is known."""
_NOT_IN_A_SUBJECT = str.maketrans("/=&", "   ")
_ABSENT = frozenset({"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"})
_NOT_OPEN = frozenset(
    {
        "ACQ.TRADE_HAS_SUCCESS",
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_HAS_CLOSE",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.REASON_TRADE_STATUS_INVALID",
        "ACQ.REASON_ILLEGAL_STATUS",
    }
)
"""Answers to a close of what is paid or closed: they don't say which of the two."""
_Answer = TypeVar("_Answer")


class AlipayChannel:
    """ports.PaymentChannel. Raises only OutcomeUnknown, NotSent and OutsideRefusal from its calls, and retries none of them."""

    name = CHANNEL

    def __init__(self, client: AlipayClient, merchant: AlipayMerchant) -> None:
        self._client = client
        self._merchant = merchant
        methods: tuple[PayMethod, ...] = (Jsapi(client), Wap(client), Precreate(client))
        self._methods = {method.name: method for method in methods}
        self.capabilities = ChannelCapabilities(
            methods=frozenset(self._methods),
            title="支付宝",
            arrival="余额几分钟内到账，银行卡1至3个工作日",
            reach=REACH,
        )
        self.statements = AlipayStatements(client)
        self._notifications = AlipayNotifications(client.verifier, client.app.app_id)

    def account(self, method: str) -> tuple[str, str]:
        self._method(method)
        return self._client.app.app_id, self._merchant.seller_id

    # ---- orders --------------------------------------------------------------------------------------------------------------

    async def order(self, out_trade_no: str, request: ChannelRequest) -> str:
        """The handle of the method. What is sent follows from ``request`` alone, so that a repeat is equal to it."""
        try:
            return await self._method(request.method).order(self._order(out_trade_no, request), request)
        except ValueError as error:
            raise OutcomeUnknown(SYSTEM, "unreadable answer") from error

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        return self._method(request.method).client_call(self._order(out_trade_no, request), order_ref)

    async def query(self, out_trade_no: str) -> Trade:
        try:
            body = await self._client.call("alipay.trade.query", {"out_trade_no": out_trade_no})
        except OutsideRefusal as refusal:
            if refusal.reason_code in _ABSENT:
                return Trade(out_trade_no=out_trade_no, state=TradeState.ABSENT)
            raise
        trade = _read(lambda raw: read_trade(raw, *self.account("jsapi")), body)
        if trade.out_trade_no != out_trade_no:
            raise OutcomeUnknown(SYSTEM, "answer about another order")
        return trade

    async def close(self, out_trade_no: str) -> Trade:
        """Only an open trade can be closed; of any other, what it is is asked. No trade (yet) is not a closed one."""
        try:
            body = await self._client.call("alipay.trade.close", {"out_trade_no": out_trade_no})
        except OutsideRefusal as refusal:
            if refusal.reason_code in _ABSENT:
                return Trade(out_trade_no=out_trade_no, state=TradeState.ABSENT)
            if refusal.reason_code in _NOT_OPEN:
                return await self.query(out_trade_no)
            raise
        if _read(read_closed, body) != out_trade_no:
            raise OutcomeUnknown(SYSTEM, "answer about another order")
        return Trade(out_trade_no=out_trade_no, state=TradeState.CLOSED)

    async def cancel(self, out_trade_no: str) -> Trade:
        """撤销: closes what is open and gives back what was paid a moment ago, for a cashier who sees the payer's code fail."""
        body = await self._client.call("alipay.trade.cancel", {"out_trade_no": out_trade_no})
        return Trade(out_trade_no=out_trade_no, state=_read(read_cancelled, body))

    # ---- refunds -------------------------------------------------------------------------------------------------------------

    async def refund(self, order: PaidOrder, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        """A repeat moves no money and says so: then only a look at the refund itself tells whether it is done."""
        content: dict[str, object] = {
            "out_trade_no": order.out_trade_no,
            "out_request_no": refund_id,
            "refund_amount": yuan_of(amount_fen),
            "refund_reason": cut_to_chars(for_xml(reason), REASON_CHARS_MAX),
            "query_options": ["deposit_back_info"],  # else nobody tells what became of it at the payer's bank
        }
        body = await self._client.call("alipay.trade.refund", content)
        answer = _read(lambda raw: read_refunded(raw, refund_id, amount_fen, self._merchant.seller_id), body)
        if answer.out_trade_no != order.out_trade_no:
            raise OutcomeUnknown(SYSTEM, "answer about another order")
        if answer.outcome is RefundOutcome.SUCCEEDED:
            return answer
        found = await self.query_refund(order.out_trade_no, refund_id)
        return answer if found.outcome is RefundOutcome.ABSENT else found

    async def query_refund(self, out_trade_no: str, refund_id: str) -> ChannelRefund:
        content = {"out_trade_no": out_trade_no, "out_request_no": refund_id, "query_options": ["gmt_refund_pay"]}
        try:
            body = await self._client.call("alipay.trade.fastpay.refund.query", content)
        except OutsideRefusal as refusal:
            if refusal.reason_code in _ABSENT:
                return ChannelRefund(out_trade_no=out_trade_no, out_refund_no=refund_id, outcome=RefundOutcome.ABSENT)
            raise
        refund = _read(lambda raw: read_refund(raw, out_trade_no, refund_id, self._merchant.seller_id), body)
        if (refund.out_trade_no, refund.out_refund_no) != (out_trade_no, refund_id):
            raise OutcomeUnknown(SYSTEM, "answer about another refund")
        return refund

    # ---- notifications -------------------------------------------------------------------------------------------------------

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        return self._notifications.verify(raw)

    def acknowledge(self) -> RawReply:
        return self._notifications.acknowledge()

    def refuse(self) -> RawReply:
        return self._notifications.refuse()

    # ---- steps ---------------------------------------------------------------------------------------------------------------

    def _method(self, name: str) -> PayMethod:
        method = self._methods.get(name)
        if method is None:
            raise BadInput("no such method of Alipay", user_message="医院暂未开通这种支付方式，请到窗口缴费。")
        return method

    def _order(self, out_trade_no: str, request: ChannelRequest) -> Order:
        content = {
            "out_trade_no": out_trade_no,
            "total_amount": yuan_of(request.amount_fen),
            "subject": cut_to_chars(for_xml(request.description).translate(_NOT_IN_A_SUBJECT), SUBJECT_CHARS_MAX),
            "seller_id": request.merchant_id,
            "time_expire": f"{hospital_time(request.expires_at):%Y-%m-%d %H:%M:%S}",
        }
        page = self._merchant.page_of(out_trade_no)
        return Order(content=content, notify_url=self._merchant.notify_url, page=page)


def _read(reader: Callable[[bytes], _Answer], body: bytes) -> _Answer:
    """What was answered; an answer that can't be read says nothing about what was done."""
    try:
        return reader(body)
    except (ValueError, KeyError) as error:
        raise OutcomeUnknown(SYSTEM, "unreadable answer") from error
