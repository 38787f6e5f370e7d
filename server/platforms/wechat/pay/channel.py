"""WeChat Pay as a PaymentChannel: orders, queries, closes and refunds in the platform's words (docs/protocols/wechat_pay_v3.md 5, 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from server.core.characters import cut_to_bytes, for_xml
from server.core.days import hospital_time
from server.core.errors import BadInput, OutcomeUnknown, OutsideRefusal
from server.core.ports import Clock, Ids, RawReply, RawRequest, Transport
from server.payments.part import ChannelRequest
from server.payments.ports import ChannelCapabilities, ClientCall, PaidOrder, VerifiedNotification
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.platforms.wechat.pay.account import SYSTEM, WechatPayAccount
from server.platforms.wechat.pay.client import NONCE_LENGTH, WechatPayClient, path_part
from server.platforms.wechat.pay.errors import ORDER_ABSENT, ORDER_CLOSED, ORDER_PAID, REFUND_ABSENT, Throttled
from server.platforms.wechat.pay.jsapi import Jsapi, PayMethod
from server.platforms.wechat.pay.notifications import WechatPayNotifications
from server.platforms.wechat.pay.signing import MerchantSigner, PlatformVerifier
from server.platforms.wechat.pay.statement_download import WechatPayStatements
from server.platforms.wechat.pay.wire import read_refund_answer, read_trade

DESCRIPTION_BYTES_MAX = 127
REASON_BYTES_MAX = 80
REACH = RefundWindow(within=timedelta(days=365), times=50)
_ORDERS = "/v3/pay/transactions/out-trade-no"
_REFUNDS = "/v3/refund/domestic/refunds"
_Answer = TypeVar("_Answer")


class WechatPayChannel:
    """ports.PaymentChannel. Raises only OutcomeUnknown, NotSent and OutsideRefusal from its calls, and retries none of them."""

    name = "wechat"

    def __init__(
        self,
        account: WechatPayAccount,
        transport: Transport,
        clock: Clock,
        ids: Ids,
        methods: Sequence[PayMethod] | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        chosen = methods if methods is not None else (Jsapi(account.app_id),)
        self._methods = {method.name: method for method in chosen}
        self.capabilities = ChannelCapabilities(
            methods=frozenset(self._methods),
            title="微信支付",
            arrival="零钱几分钟内到账，银行卡1至3个工作日",
            reach=REACH,
        )
        self._account = account
        self._clock = clock
        self._ids = ids
        self._signer = MerchantSigner(account)
        verifier = PlatformVerifier(account.verify_keys)
        self._client = WechatPayClient(account, transport, clock, ids, self._signer, verifier, timeout_s)
        self.statements = WechatPayStatements(account, self._client)
        self._notifications = WechatPayNotifications(self.name, account, verifier, clock)

    def account(self, method: str) -> tuple[str, str]:
        return self._method(method).app_id, self._account.mch_id

    # ---- orders --------------------------------------------------------------------------------------------------------------

    async def order(self, out_trade_no: str, request: ChannelRequest) -> str:
        """The prepay_id (or another method's handle). The body follows from ``request`` alone, so that a repeat is equal to it."""
        method = self._method(request.method)
        body: dict[str, object] = {
            "appid": request.app_id,
            "mchid": request.merchant_id,
            "description": cut_to_bytes(for_xml(request.description), DESCRIPTION_BYTES_MAX),
            "out_trade_no": out_trade_no,
            "time_expire": hospital_time(request.expires_at).isoformat(timespec="seconds"),
            "notify_url": self._account.payment_notify_url,
            "amount": {"total": request.amount_fen, "currency": request.currency},
            **method.specifics(request),
        }
        return _read(method.order_ref, await self._client.post(method.path, body))

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        timestamp = int(self._clock.now().timestamp())
        nonce = self._ids.text(NONCE_LENGTH)
        return self._method(request.method).client_call(self._signer, request, order_ref, timestamp, nonce)

    async def query(self, out_trade_no: str) -> Trade:
        path = f"{_ORDERS}/{path_part(out_trade_no)}"
        try:
            body = await self._client.get(path, {"mchid": self._account.mch_id})
        except OutsideRefusal as refusal:
            if refusal.reason_code in ORDER_ABSENT:
                return Trade(out_trade_no=out_trade_no, state=TradeState.ABSENT)
            raise
        trade = _read(read_trade, body)
        if trade.out_trade_no != out_trade_no:
            raise OutcomeUnknown(SYSTEM, "answer about another order")
        return trade

    async def close(self, out_trade_no: str) -> Trade:
        """204 is the confirmation. "Paid" is answered by what a query then says, never by the error alone."""
        path = f"{_ORDERS}/{path_part(out_trade_no)}/close"
        try:
            await self._client.command(path, {"mchid": self._account.mch_id})
        except OutsideRefusal as refusal:
            if refusal.reason_code in ORDER_PAID:
                return await self.query(out_trade_no)
            if refusal.reason_code in ORDER_ABSENT:
                return Trade(out_trade_no=out_trade_no, state=TradeState.ABSENT)
            if refusal.reason_code not in ORDER_CLOSED:
                raise
        return Trade(out_trade_no=out_trade_no, state=TradeState.CLOSED)

    # ---- refunds -------------------------------------------------------------------------------------------------------------

    async def refund(self, order: PaidOrder, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        """Accepted is not yet paid back: the outcome says how far it is. ``total`` is what the platform holds of the order.

        "Too many" does not say that a refund was not taken (docs/protocols/wechat_pay_v3.md, Corrections): its outcome is unknown, and the repeat under
        the same number tells. Raises OutcomeUnknown, NotSent, OutsideRefusal.
        """
        body: dict[str, object] = {
            "out_trade_no": order.out_trade_no,
            "out_refund_no": refund_id,
            "reason": cut_to_bytes(for_xml(reason), REASON_BYTES_MAX),
            "notify_url": self._account.refund_notify_url,
            "amount": {"refund": amount_fen, "total": order.paid_fen, "currency": order.currency},
        }
        try:
            answer = await self._client.post(_REFUNDS, body)
        except Throttled as throttled:
            raise OutcomeUnknown(SYSTEM, "too many requests") from throttled
        return self._refund_answer(answer, order.out_trade_no, refund_id)

    async def query_refund(self, out_trade_no: str, refund_id: str) -> ChannelRefund:
        try:
            body = await self._client.get(f"{_REFUNDS}/{path_part(refund_id)}")
        except OutsideRefusal as refusal:
            if refusal.reason_code in REFUND_ABSENT:
                return ChannelRefund(out_trade_no=out_trade_no, out_refund_no=refund_id, outcome=RefundOutcome.ABSENT)
            raise
        return self._refund_answer(body, out_trade_no, refund_id)

    # ---- notifications ---------------------------------------------------------------------------------------------------------

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        return self._notifications.verify(raw)

    def acknowledge(self) -> RawReply:
        return self._notifications.acknowledge()

    def refuse(self) -> RawReply:
        return self._notifications.refuse()

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    def _method(self, name: str) -> PayMethod:
        method = self._methods.get(name)
        if method is None:
            raise BadInput("no such method of WeChat Pay", user_message="医院暂未开通这种支付方式，请到窗口缴费。")
        return method

    def _refund_answer(self, body: bytes, out_trade_no: str, refund_id: str) -> ChannelRefund:
        refund = _read(lambda raw: read_refund_answer(raw, self._account.mch_id), body)
        if (refund.out_trade_no, refund.out_refund_no) != (out_trade_no, refund_id):
            raise OutcomeUnknown(SYSTEM, "answer about another refund")
        return refund


def _read(reader: Callable[[bytes], _Answer], body: bytes) -> _Answer:
    """What was answered; an answer that can't be read says nothing about what was done."""
    try:
        return reader(body)
    except ValueError as error:
        raise OutcomeUnknown(SYSTEM, "unreadable answer") from error
