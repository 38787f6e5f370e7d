"""Played payment channels, named by how they behave."""

from __future__ import annotations

from datetime import timedelta

from server.core.ports import RawReply, RawRequest
from server.payments.part import ChannelRequest
from server.payments.ports import SHOW_CODE, ChannelCapabilities, ClientCall, PaidOrder, VerifiedNotification
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from tests.support.builders import APP, MERCHANT, TRANSACTION
from tests.support.clock_and_ids import MORNING
from tests.support.played import Played


class FaithfulChannel(Played):
    """A channel that keeps its books as the real ones do: orders by number, a repeat must be equal, money only once."""

    def __init__(self, name: str = "wechat") -> None:
        super().__init__()
        self.name = name
        self.capabilities = ChannelCapabilities(
            methods=frozenset({"jsapi"}),
            title="微信支付",
            arrival="零钱几分钟内到账，银行卡1至3个工作日",
            reach=RefundWindow(within=timedelta(days=365), times=50),
        )
        self.orders: dict[str, ChannelRequest] = {}
        self.states: dict[str, TradeState] = {}
        self.transactions: dict[str, str] = {}
        self.amounts: dict[str, int] = {}
        self.refunds: dict[str, tuple[int, RefundOutcome]] = {}
        self.refund_orders: dict[str, str] = {}

    def account(self, method: str) -> tuple[str, str]:
        return APP, MERCHANT

    async def order(self, out_trade_no: str, request: ChannelRequest) -> str:
        await self._begin("order", out_trade_no)
        known = self.orders.get(out_trade_no)
        if known is not None and known != request:
            raise AssertionError("OUT_TRADE_NO_USED: a repeat must be equal in everything")
        self.orders[out_trade_no] = request
        self.states.setdefault(out_trade_no, TradeState.UNPAID)
        self._end("order")
        return f"prepay-{out_trade_no}"

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        assert self.orders[out_trade_no] == request, "the cashier is opened for the order that was placed"
        return ClientCall(bridge="wechat_jsapi", params={"package": f"prepay_id={order_ref}"})

    def pay(self, out_trade_no: str, amount_fen: int | None = None) -> VerifiedNotification:
        """What the cashier does; the notification that follows. Only an open order can be paid."""
        assert self.states.get(out_trade_no) is TradeState.UNPAID, self.states.get(out_trade_no)
        self.states[out_trade_no] = TradeState.PAID
        self.transactions[out_trade_no] = f"{TRANSACTION}{len(self.transactions)}"
        self.amounts[out_trade_no] = self.orders[out_trade_no].amount_fen if amount_fen is None else amount_fen
        return VerifiedNotification(channel=self.name, content=self.trade(out_trade_no))

    def trade(self, out_trade_no: str) -> Trade:
        asked = self.orders.get(out_trade_no)
        if asked is None:
            return Trade(out_trade_no=out_trade_no, state=TradeState.ABSENT)
        return Trade(
            out_trade_no=out_trade_no,
            state=self.states[out_trade_no],
            app_id=asked.app_id,
            merchant_id=asked.merchant_id,
            currency=asked.currency,
            amount_fen=self.amounts.get(out_trade_no, asked.amount_fen),
            transaction_id=self.transactions.get(out_trade_no, ""),
            payer=asked.payer.subject,
            paid_at=MORNING if out_trade_no in self.transactions else None,
        )

    async def query(self, out_trade_no: str) -> Trade:
        await self._begin("query", out_trade_no)
        self._end("query")
        return self.trade(out_trade_no)

    async def close(self, out_trade_no: str) -> Trade:
        await self._begin("close", out_trade_no)
        if self.states.get(out_trade_no) is TradeState.UNPAID:
            self.states[out_trade_no] = TradeState.CLOSED
        self._end("close")
        return self.trade(out_trade_no)

    async def refund(self, order: PaidOrder, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        await self._begin("refund", (refund_id, amount_fen))
        self.refunds.setdefault(refund_id, (amount_fen, RefundOutcome.PROCESSING))
        self.refund_orders[refund_id] = order.out_trade_no
        self._end("refund")
        return self.refund_word(order.out_trade_no, refund_id)

    async def query_refund(self, out_trade_no: str, refund_id: str) -> ChannelRefund:
        await self._begin("query_refund", refund_id)
        self._end("query_refund")
        return self.refund_word(out_trade_no, refund_id)

    def settle_refund(self, refund_id: str, outcome: RefundOutcome = RefundOutcome.SUCCEEDED) -> VerifiedNotification:
        self.refunds[refund_id] = (self.refunds[refund_id][0], outcome)
        content = self.refund_word(self.refund_orders.get(refund_id, refund_id[:-3]), refund_id)
        return VerifiedNotification(channel=self.name, content=content)

    def refund_word(self, payment_id: str, refund_id: str) -> ChannelRefund:
        if refund_id not in self.refunds:
            return ChannelRefund(out_trade_no=payment_id, out_refund_no=refund_id, outcome=RefundOutcome.ABSENT)
        amount_fen, outcome = self.refunds[refund_id]
        return ChannelRefund(
            out_trade_no=payment_id,
            out_refund_no=refund_id,
            outcome=outcome,
            amount_fen=amount_fen,
            channel_refund_id=f"5{refund_id}",
            merchant_id=MERCHANT,
        )

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        raise AssertionError("services never verify")

    def acknowledge(self) -> RawReply:
        return RawReply(status=204)

    def refuse(self) -> RawReply:
        return RawReply(status=500)


class CodeShown(FaithfulChannel):
    """Every order is paid by a code on a screen; the handle is the code's text."""

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        super().client_call(out_trade_no, request, order_ref)
        return ClientCall(bridge=SHOW_CODE, params={"code": order_ref})
