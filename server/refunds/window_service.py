"""窗口退费: the HIS has written off at a window and asks us to send the money. One of its numbers is one refund, however often it asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from server.core.actors import HIS_DOOR, his_actor
from server.core.errors import NotAllowed, Refusal
from server.core.ports import ANSWERS_MAX, Clock, ShortLivedStore
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Payment, PaymentState
from server.payments.ports import PaymentStore
from server.payments.refund_channel import must_lead_back
from server.payments.refund_looks import RefundLooks
from server.payments.refund_model import REASONS, Refund, RefundLine, RefundOrigin
from server.payments.rules.refund_shares import request_fen
from server.payments.rules.search_keys import FindBy, his_tag
from server.payments.texts import REFUND_NUMBER
from server.refunds.rules.requests import RefundAsk, window_refund

DOOR = HIS_DOOR
HELD = timedelta(minutes=2)
"""Far longer than a request takes from here to its stored refund, by which it is known afterwards."""
_TAKEN = "his_refund_no"


class NumberReused(NotAllowed):
    """The HIS gave this number to another refund before."""

    user_message = f"这个{REFUND_NUMBER}已用于其他内容。"


class NumberBusy(NotAllowed):
    """The same number was given with another payment a moment ago, and that is not decided yet: ask again."""

    user_message = f"这个{REFUND_NUMBER}正在用于另一笔支付，请稍后再试。"


class NotBookedYet(NotAllowed):
    """The HIS has it, and its answer to our booking is on its way: ask again."""

    user_message = "这笔支付正在入账，请稍后再试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOff:
    """What the HIS wrote off under ``his_refund_no``. ``operator`` is a number of the HIS's staff, never a name."""

    out_trade_no: str
    his_refund_no: str
    amount_fen: int
    lines: tuple[RefundLine, ...]
    reason: str
    operator: str


class WindowRefundService:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        short_lived: ShortLivedStore,
        transitions: Transitions,
        looks: RefundLooks,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._short_lived = short_lived
        self._transitions = transitions
        self._looks = looks
        self._clock = clock

    async def make(self, hospital: str, told: WrittenOff) -> Refund:
        """The refund that was opened for it. Its number is the one under which the HIS is told of the money, even if the channel refuses
        it and the money goes under a later one.

        Raises NotFound, NumberReused, NotBookedYet, NumberBusy, NotAllowed with words, LostRace or StoreUnavailable.
        """
        await self._take_number(hospital, told)
        payment = await self._payments.get(hospital, told.out_trade_no)
        if payment is not None and _known(payment, told.his_refund_no) is None:
            await self._looks.touched(payment)
        try:
            return await self._make(hospital, told)
        except Refusal:
            await self._short_lived.drop(_TAKEN, f"{hospital}:{told.his_refund_no}")
            raise

    async def _take_number(self, hospital: str, told: WrittenOff) -> None:
        """A number of the HIS is one refund of the whole hospital: it is looked for among all payments, and held meanwhile, so that two
        requests at the same time can't both find it free.
        """
        now, key, short_lived = self._clock.now(), f"{hospital}:{told.his_refund_no}", self._short_lived
        for payment in await self._payments.find(hospital, [(FindBy.TAG, his_tag(told.his_refund_no))], ANSWERS_MAX):
            if payment.id != told.out_trade_no:
                raise NumberReused(told.his_refund_no)
        free = await short_lived.put_once(_TAKEN, key, told.out_trade_no, now, now + HELD)
        if not free and await short_lived.get(_TAKEN, key, now) not in {told.out_trade_no, None}:
            raise NumberBusy(told.his_refund_no)

    async def _make(self, hospital: str, told: WrittenOff) -> Refund:
        now = self._clock.now()
        ask = RefundAsk(
            request_id=told.his_refund_no,
            amount_fen=told.amount_fen,
            lines=told.lines,
            reason=told.reason if told.reason in REASONS else "window",
            note="",
            by=his_actor(told.operator),
            requested_via=DOOR,
            approval_reasons=(),
        )

        def decide(payment: Payment) -> Payment:
            known = _known(payment, told.his_refund_no)
            if known is not None and (request_fen(payment, known), known.lines) != (told.amount_fen, told.lines):
                raise NumberReused(told.his_refund_no)
            if known is None and payment.state is PaymentState.PAID:
                raise NotBookedYet(payment.id)
            after = window_refund(payment, ask, told.his_refund_no, now)
            if after is not payment:
                must_lead_back(self._hospitals[hospital], payment, now)
            return after

        return next(_made(await self._transitions.apply(hospital, told.out_trade_no, decide), told.his_refund_no))


def _made(payment: Payment, his_refund_no: str) -> Iterator[Refund]:
    """The refunds of the payment that the HIS asked for under this number, the first one first."""
    return (r for r in payment.refunds if r.origin is RefundOrigin.HIS and r.request_id == his_refund_no)


def _known(payment: Payment, his_refund_no: str) -> Refund | None:
    return next(_made(payment, his_refund_no), None)
