"""What a channel says has been refunded of a payment in all: explained by the refunds that we know, or else kept for a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from server.core.errors import NotAllowed
from server.core.ports import Clock, Ids
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.ports import PaymentChannel
from server.payments.rules.refund_shares import all_told_fen
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
        if sum_fen is not None and sum_fen <= all_told_fen(payment, part):
            return payment
        channel, order_no = self._hospitals[payment.hospital].channels[part.channel], part.order_no
        asked: set[str] = set()
        absent: set[str] = set()
        while unasked := [one for one in (*perhaps_taken(payment, part), order_no) if one not in asked]:
            for number in unasked:
                payment = await self._asked(payment, order_no, channel, number, absent)
            asked.update(unasked)
            stored = partial(_stored, part=part, sum_fen=sum_fen, asked=asked, absent=absent, now=self._clock.now())
            payment = await self._transitions.apply(payment.hospital, payment.id, stored)
        return payment

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


def _stored(
    payment: Payment, part: Part, sum_fen: int | None, asked: Collection[str], absent: Collection[str], now: datetime
) -> Payment:
    """A refund of ours that was sent while the others were asked for is asked for first: it may be in the sum."""
    if not set(perhaps_taken(payment, payment.part_for(part.order_no))).issubset(asked):
        return payment
    if sum_fen is None:
        return unseen_refund(payment, absent, now, part.order_no)
    return sum_told(payment, sum_fen, now, part.order_no)
