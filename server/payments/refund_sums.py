"""What a channel says has been refunded of a payment in all: explained by the refunds that we know, or else kept for a person."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import NotAllowed
from server.core.ports import Clock, Ids
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.ports import PaymentChannel
from server.payments.rules.refund_shares import taken_fen
from server.payments.rules.refunded_elsewhere import perhaps_taken, sum_told, unseen_refund
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome


class RefundSums:
    def __init__(self, hospitals: Mapping[str, Hospital], transitions: Transitions, clock: Clock, ids: Ids) -> None:
        self._hospitals = hospitals
        self._transitions = transitions
        self._clock = clock
        self._ids = ids

    async def told(self, payment: Payment, part: Part, sum_fen: int | None) -> Payment:
        """The payment after it: unchanged where the sum is explained. ``sum_fen`` None: there is some refund.

        The channel is asked for each refund of ours that it may have taken meanwhile, and for one that was made without a number of
        its own, which then has the order's. Raises OutsideError while it does not answer: it must be told again.
        """
        channel, order_no = self._hospitals[payment.hospital].channels[part.channel], part.order_no
        absent: set[str] = set()
        if sum_fen is None or sum_fen > taken_fen(payment, part):
            for number in (*perhaps_taken(payment, part), order_no):
                payment = await self._asked(payment, order_no, channel, number, absent)
        now = self._clock.now()
        if sum_fen is None:
            return await self._transitions.apply(
                payment.hospital, payment.id, lambda p: unseen_refund(p, absent, now, order_no)
            )
        return await self._transitions.apply(
            payment.hospital, payment.id, lambda p: sum_told(p, sum_fen, now, order_no)
        )

    async def _asked(
        self, payment: Payment, order_no: str, channel: PaymentChannel, number: str, absent: set[str]
    ) -> Payment:
        answer = await channel.query_refund(order_no, number)
        if answer.outcome is RefundOutcome.ABSENT:
            absent.add(number)
            return payment
        now, jitter = self._clock.now(), self._ids.jitter()
        try:
            return await self._transitions.apply(
                payment.hospital, payment.id, lambda p: refund_answered(p, answer, now, jitter)
            )
        except NotAllowed:  # what does not fit is told in the sum, which a person gets to see
            return payment
