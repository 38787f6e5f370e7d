"""Outside systems that are played, each named by how it behaves. All keep what they were asked in ``calls``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from server.domain.bills import Bill
from server.domain.errors import BadInput, LoginNeeded, OutcomeUnknown, ZhenfuError
from server.domain.payment import Booking, ChannelRequest, Payment
from server.domain.people import Patient, PayerIdentity
from server.domain.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.ports import (
    ChannelCapabilities,
    ChatMessage,
    ChatReply,
    ClientCall,
    ConfirmRequest,
    DeliveryReport,
    HisCapabilities,
    Hospital,
    Notice,
    RawReply,
    RawRequest,
    VerifiedNotification,
)
from tests.support.builders import APP, HOSPITAL, MERCHANT, TRANSACTION, a_bill, a_booking, a_patient
from tests.support.chance import MORNING

Behaviour = Callable[[], Any]


class _Played:
    """``next_calls[name]`` is a list of what the coming calls of that name do first: an error to raise, "hang", or a function to run.

    An error in ``after_calls`` is raised when the work has been done: the answer that got lost.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.next_calls: dict[str, list[Any]] = {}
        self.after_calls: dict[str, list[ZhenfuError]] = {}

    def will(self, name: str, *behaviours: Any) -> None:
        self.next_calls.setdefault(name, []).extend(behaviours)

    def will_lose_the_answer(self, name: str, times: int = 1) -> None:
        self.after_calls.setdefault(name, []).extend(OutcomeUnknown("played", "lost answer") for _ in range(times))

    def named(self, name: str) -> list[Any]:
        return [what for called, what in self.calls if called == name]

    async def _begin(self, name: str, what: Any) -> None:
        self.calls.append((name, what))
        await asyncio.sleep(0)
        waiting = self.next_calls.get(name)
        behaviour = waiting.pop(0) if waiting else None
        if isinstance(behaviour, BaseException):
            raise behaviour
        if behaviour == "hang":
            await asyncio.Event().wait()
        if callable(behaviour):
            answer = behaviour()
            if asyncio.iscoroutine(answer):
                await answer

    def _end(self, name: str) -> None:
        waiting = self.after_calls.get(name)
        if waiting:
            raise waiting.pop(0)


class FaithfulChannel(_Played):
    """A channel that keeps its books as the real ones do: orders by number, a repeat must be equal, money only once."""

    def __init__(self, name: str = "wechat") -> None:
        super().__init__()
        self.name = name
        self.capabilities = ChannelCapabilities(methods=frozenset({"jsapi"}))
        self.orders: dict[str, ChannelRequest] = {}
        self.states: dict[str, TradeState] = {}
        self.transactions: dict[str, str] = {}
        self.amounts: dict[str, int] = {}
        self.refunds: dict[str, tuple[int, RefundOutcome]] = {}

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
        return ClientCall(bridge="wechat_jsapi", params={"package": f"prepay_id={order_ref}"})

    def pay(self, out_trade_no: str, amount_fen: int | None = None) -> VerifiedNotification:
        """What the cashier does; the notification that follows. Only an open order can be paid."""
        assert self.states.get(out_trade_no) is TradeState.UNPAID, self.states.get(out_trade_no)
        self.states[out_trade_no] = TradeState.PAID
        self.transactions[out_trade_no] = f"{TRANSACTION}{len(self.transactions)}"
        self.amounts[out_trade_no] = self.orders[out_trade_no].amount_fen if amount_fen is None else amount_fen
        return VerifiedNotification(
            channel=self.name, notification_id=f"EV-{out_trade_no}", content=self.trade(out_trade_no)
        )

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

    async def refund(self, payment: Payment, refund_id: str, amount_fen: int, reason: str) -> ChannelRefund:
        await self._begin("refund", (refund_id, amount_fen))
        self.refunds.setdefault(refund_id, (amount_fen, RefundOutcome.PROCESSING))
        self._end("refund")
        return self._refund(payment.id, refund_id)

    async def query_refund(self, payment: Payment, refund_id: str) -> ChannelRefund:
        await self._begin("query_refund", refund_id)
        self._end("query_refund")
        return self._refund(payment.id, refund_id)

    def settle_refund(self, refund_id: str, outcome: RefundOutcome = RefundOutcome.SUCCEEDED) -> VerifiedNotification:
        self.refunds[refund_id] = (self.refunds[refund_id][0], outcome)
        content = self._refund(refund_id[:-3], refund_id)
        return VerifiedNotification(channel=self.name, notification_id=f"EV-{refund_id}", content=content)

    def _refund(self, payment_id: str, refund_id: str) -> ChannelRefund:
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


class FaithfulHis(_Played):
    """A HIS that books each number once, and each bill once."""

    def __init__(self, *bills: Bill) -> None:
        super().__init__()
        self.capabilities = HisCapabilities()
        self.bills = {bill.bill_no: bill for bill in bills or (a_bill(),)}
        self.patients: dict[str, Patient] = {card: a_patient() for card in a_patient().card_nos}
        self.booked: dict[str, Booking] = {}
        self.presettled_fen = 0

    async def patient(self, card_no: str) -> Patient | None:
        await self._begin("patient", card_no)
        return self.patients.get(card_no)

    async def unpaid_bills(self, card_no: str) -> Sequence[Bill]:
        await self._begin("unpaid_bills", card_no)
        return [bill for bill in self.bills.values() if bill.card_no == card_no and bill.status == "unpaid"]

    async def bill(self, card_no: str, bill_no: str) -> Bill | None:
        await self._begin("bill", (card_no, bill_no))
        bill = self.bills.get(bill_no)
        return bill if bill is not None and bill.card_no == card_no else None

    async def presettle(self, card_no: str, bill_nos: Sequence[str]) -> int:
        await self._begin("presettle", tuple(bill_nos))
        return self.presettled_fen

    async def confirm(self, request: ConfirmRequest) -> Booking:
        await self._begin("confirm", request)
        booking = self.booked.setdefault(request.out_trade_no, a_booking(f"HIS-{len(self.booked) + 1}"))
        self._end("confirm")
        return booking

    async def check(self, out_trade_no: str) -> Booking | None:
        await self._begin("check", out_trade_no)
        return self.booked.get(out_trade_no)


class RecordingMessenger(_Played):
    """Delivers everything to those who follow."""

    def __init__(self, follows: bool = True) -> None:
        super().__init__()
        self.follows = follows

    async def send(self, to: PayerIdentity, notice: Notice, dedupe: str) -> str | None:
        await self._begin("send", (to, notice, dedupe))
        self._end("send")
        return f"msg-{len(self.calls)}" if self.follows else None


class RecordingSms(_Played):
    """Sends everything and remembers the numbers it sent under, each with its day."""

    def __init__(self, day: date = date(2026, 11, 23)) -> None:
        super().__init__()
        self.day = day
        self.sent: list[tuple[str, Notice, str]] = []
        self.days: dict[str, date] = {}

    async def send(self, phone: str, notice: Notice, out_id: str) -> str:
        await self._begin("send", out_id)
        self.sent.append((phone, notice, out_id))
        self.days[out_id] = self.day
        self._end("send")
        return f"biz-{len(self.sent)}"

    async def was_sent(self, phone: str, out_id: str, day: date) -> bool:
        await self._begin("was_sent", (out_id, day))
        return self.days.get(out_id) == day

    def is_receipt_secret(self, secret: str) -> bool:
        return secret == "receipt-secret"

    def reports(self, body: bytes) -> Sequence[DeliveryReport]:
        raise BadInput("not used here")

    def acknowledge(self) -> RawReply:
        return RawReply(status=200, body=b'{"code":0}')


class ObligingIdentity(_Played):
    """Every code ``code-of-X`` is X's; anything else is refused."""

    def __init__(self, channel: str = "wechat") -> None:
        super().__init__()
        self.channel = channel
        self.user_agent_mark = "MicroMessenger"
        self.entrance = "official_account"
        self.client_name = "微信"

    def authorize_url(self, return_url: str, state: str) -> str:
        return f"https://platform.example/authorize?redirect_uri={return_url}&state={state}"

    async def identify(self, code: str) -> PayerIdentity:
        await self._begin("identify", code)
        if not code.startswith("code-of-"):
            raise LoginNeeded("code")
        return PayerIdentity(channel=self.channel, app_id=APP, subject=code.removeprefix("code-of-"))


class RecordingChat(_Played):
    """A chat account that keeps the menus pushed to it."""

    def __init__(self) -> None:
        super().__init__()
        self.menus: list[Mapping[str, object]] = []

    def check_address(self, raw: RawRequest) -> str:
        return raw.query["echostr"]

    def receive(self, raw: RawRequest) -> ChatMessage:
        raise AssertionError("services never parse")

    def reply(self, message: ChatMessage, reply: ChatReply) -> RawReply:
        return RawReply(status=200, body=reply.text.encode())

    async def push_menu(self, menu: Mapping[str, object]) -> None:
        await self._begin("push_menu", menu)
        self.menus.append(menu)


class TrustingHisDoor:
    """Lets every request of the HIS in."""

    async def verify(self, raw: RawRequest) -> None:
        return None

    def answer(self, raw: RawRequest, body: bytes) -> Mapping[str, str]:
        return {}


def a_hospital(hospital_id: str = HOSPITAL, **fields: Any) -> Hospital:
    """A whole hospital whose outside does what it should; swap parts by keyword."""
    facts: dict[str, Any] = {
        "id": hospital_id,
        "prefix": "ZF",
        "name": "测试医院",
        "public_url": "https://pay.hospital.example",
        "channels": {"wechat": FaithfulChannel()},
        "identities": {"wechat": ObligingIdentity()},
        "chats": {"wechat": RecordingChat()},
        "messengers": {"wechat": RecordingMessenger()},
        "sms": RecordingSms(),
        "his": FaithfulHis(),
        "his_door": TrustingHisDoor(),
        "menu": {},
        "help_phone": "0571-00000000",
    }
    return Hospital(**{**facts, **fields})
